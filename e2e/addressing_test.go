package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAddressingWithBoto3: buckets at hosts of their own, S3 Control's hosts and
// other regions.
func TestAddressingWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	reported(t, s.boto3(t, "addressing.py"), map[string]string{
		"wrong":                    `[]`,
		"s3control":                `[true,true]`,
		"list in another region":   `["AuthorizationHeaderMalformed","The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'"]`,
		"object in another region": `"+"`,
		"head in another region":   `"us-east-1"`,
		"global":                   `"ok"`,
		"location":                 `null`,
		"constraints":              `["IllegalLocationConstraintException","InvalidLocationConstraint","IllegalLocationConstraintException","InvalidLocationConstraint"]`,
		"expected owner":           `["ok","AccessDenied","AccessDenied","InvalidBucketOwnerAWSAccountID"]`,
	})
}

// TestAwkwardKeysWithTheCLI puts, lists, gets and presigns keys that need escapes.
func TestAwkwardKeysWithTheCLI(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	makeBucket(t, s.s3(s.profileKeys("green")), "awkward")
	file := filepath.Join(t.TempDir(), "file")
	keys := []string{" a b+c%20/../ü&=?#;'\"<>\\", "/lead//x/"}
	for _, key := range keys {
		if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
		s.aws("green", "s3api", "put-object", "--bucket", "awkward", "--key", key, "--body", file).ok(t)
	}
	var list struct{ Contents []struct{ Key string } }
	s.aws("green", "s3api", "list-objects-v2", "--bucket", "awkward").decode(t, &list)
	var listed []string
	for _, o := range list.Contents {
		listed = append(listed, o.Key)
		s.aws("green", "s3api", "get-object", "--bucket", "awkward", "--key", o.Key, file).ok(t)
		if got, err := os.ReadFile(file); err != nil || string(got) != o.Key {
			t.Errorf("%q has %q, %v", o.Key, got, err)
		}
	}
	if strings.Join(listed, "\n") != strings.Join(keys, "\n") {
		t.Errorf("listed %q", listed)
	}
	url := strings.TrimSpace(s.aws("green", "s3", "presign", "s3://awkward/"+keys[0]).ok(t).stdout)
	if a := bare(t, "GET", url, "").succeeds(t, 200); string(a.body) != keys[0] {
		t.Errorf("%s gives %q", url, a.body)
	}
}
