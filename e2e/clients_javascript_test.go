package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
)

// javaScript runs a script of testdata with clients for both accounts.
func (r *round) javaScript(name string, env ...string) result {
	r.Helper()
	script, err := filepath.Abs(filepath.Join("testdata", "js", name))
	if err != nil {
		r.Fatal(err)
	}
	green, blue := r.s.profileKeys("green"), r.s.profileKeys("blue")
	return r.with(append(env, "SALLYPORT_ENDPOINT="+r.s.endpoint, "GREEN="+green.AccessKeyID+" "+green.SecretAccessKey,
		"BLUE="+blue.AccessKeyID+" "+blue.SecretAccessKey), "node", script)
}

// TestSDKForJavaScript: lib-storage, paginators, presigner, streams, versions.
func TestSDKForJavaScript(t *testing.T) {
	r := newRound(t)
	r.many("many")
	out := r.javaScript("round.mjs", "BLUE_ID="+r.s.account("blue").id, "BIG="+r.write(r.path("big"), bigFile())).ok(r)
	var report map[string]any
	if err := json.Unmarshal([]byte(out.stdout), &report); err != nil {
		t.Fatalf("the report is no JSON (%v): %s", err, out.stdout)
	}
	reported(t, report, map[string]string{
		"get":        `["0123456789","text/x",{"colour":"blue"},1,true]`,
		"range":      `["345","bytes 3-5/10",206]`,
		"copy":       `["0123456789",{"new":"1"}]`,
		"attributes": `10`,
		"errors":     `["NoSuchKey","NotFound","PreconditionFailed","InvalidRange","PreconditionFailed","BucketAlreadyExists","BucketNotEmpty"]`,
		"upload":     `["-3\"",true,"image/big",true,true]`,
		"part":       `[3,5242880,5242880]`,
		"stream":     `true`,
		"abort":      `["AbortError","NotFound"]`,
		"uploads":    `[]`,
		"joined":     `"the end"`,
		"pages":      fmt.Sprintf(`[%d,10]`, manyKeys),
		"refused":    `"AccessDenied"`,
		"allowed":    `["ok","AccessDenied"]`,
		"presigned":  `[[200,""],[200,"text"],[206,"ex"],[403,"SignatureDoesNotMatch"]]`,
		"versions":   `[true,[true,true],1,"NoSuchKey","first"]`,
		"restored":   `"second"`,
		"emptied":    `[2,"ok"]`,
	})
}
