package e2e

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// boto3 runs a script of testdata and returns its report.
func (s *server) boto3(t *testing.T, script string) map[string]any {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	env := append(s.clientEnv(), "SALLYPORT_ENDPOINT="+s.endpoint, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1")
	r := runCommand(t, env, "", "python3", path).ok(t)
	var report map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		t.Fatalf("%s printed no JSON (%v): %s", script, err, r.stdout)
	}
	return report
}

// reported compares a report with what it has to be, written as JSON.
func reported(t *testing.T, report map[string]any, want map[string]string) {
	t.Helper()
	for name, text := range want {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := report[name]; !reflect.DeepEqual(got, value) {
			j, _ := json.Marshal(got)
			t.Errorf("%s: %s, want %s", name, j, text)
		}
	}
}

// TestWalkthroughWithBoto3: the role in the accessing account.
func TestWalkthroughWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	report := s.boto3(t, "walkthrough.py")
	denied := `["AccessDenied","AccessDenied"]`
	reported(t, report, map[string]string{
		"no role":                `"AccessDenied"`,
		"policy for nobody":      `"MalformedPolicy"`,
		"trust alone":            `"AccessDenied"`,
		"neither policy":         denied,
		"bucket policy alone":    denied,
		"both":                   `["ok","ok","AccessDenied"]`,
		"head without the right": `"403"`,
		"role policy alone":      denied,
		"after the role":         `"InvalidClientTokenId"`,
		"after the role s3":      `"InvalidToken"`,
	})
	blue := s.account("blue").id
	for name, want := range map[string]string{
		"no role message":             "User: arn:aws:iam::" + blue + ":user/bob is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::" + blue + ":role/reader",
		"bucket policy alone message": "because no identity-based policy allows the s3:GetObject action",
		"role policy alone message":   "because no resource-based policy allows the s3:GetObject action",
	} {
		if got, _ := report[name].(string); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", name, got, want)
		}
	}
}

// TestObjectsWithBoto3 goes through the life of objects and awkward keys.
func TestObjectsWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	reported(t, s.boto3(t, "objects.py"), map[string]string{
		"bad name":            `"InvalidBucketName"`,
		"no bucket":           `"NoSuchBucket"`,
		"etag":                `true`,
		"get":                 `true`,
		"metadata":            `["text/x","inline",{"colour":"deep blue","empty":""},200]`,
		"range":               `["56789","bytes 5-9/10000",206]`,
		"suffix":              `"89"`,
		"conditions":          `["InvalidRange","ok","PreconditionFailed","304","304","ok","404","NoSuchKey"]`,
		"after an empty body": `"not empty"`,
		"wrong keys":          `[]`,
		"list_objects":        `true`,
		"list_objects_v2":     `true`,
		"too long":            `"KeyTooLongError"`,
		"deleted":             `[true,0]`,
		"quiet":               `false`,
		"prefixes":            `true`,
		"big":                 `[true,"-2\"",{"by":"manager"}]`,
		"parts":               `[5242880,10]`,
		"uploads":             `["parts"]`,
		"wrong order":         `"InvalidPartOrder"`,
		"completed":           `[true,"text/parts"]`,
		"completed twice":     `"NoSuchUpload"`,
		"managed copy":        `true`,
		"copy replaced":       `200`,
		"replaced":            `[{"new":"1"},"x/y"]`,
		"presigned":           `[[200,""],[200,"text"],[403,"SignatureDoesNotMatch"],[204,""]]`,
		"policies":            `["NoSuchBucketPolicy","MalformedPolicy","MalformedPolicy","MalformedPolicyDocument","ok","ok","BucketNotEmpty"]`,
	})
}
