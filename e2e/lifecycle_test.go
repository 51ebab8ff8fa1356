package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestLifecycleWithBoto3: rules and what becomes of objects, with days of two
// seconds.
func TestLifecycleWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--lifecycle-day", "2s", "--lifecycle-interval", "1s")
	reported(t, s.boto3(t, "lifecycle.py"), map[string]string{
		"none":    `"NoSuchLifecycleConfiguration"`,
		"first":   `["a",{},"Enabled","2099-01-01T00:00:00+00:00"]`,
		"second":  `[48,{"Prefix":"p","Tags":[{"Key":"k","Value":"v"}],"ObjectSizeGreaterThan":5},[{"Days":0,"StorageClass":"GLACIER"}],{"NoncurrentDays":3,"NewerNoncurrentVersions":2}]`,
		"minimum": `"all_storage_classes_128K"`,
		"wrong": `["MalformedXML","InvalidRequest","InvalidArgument","MalformedXML","InvalidArgument","InvalidArgument","MalformedXML","MalformedXML",
			"NoSuchBucket"]`,
		"message":    `"'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"`,
		"deleted":    `["ok","NoSuchLifecycleConfiguration"]`,
		"told":       `"expiry-date=DATE, rule-id=\"old ones\""`,
		"abort told": `["old ones",true]`,
		"ended":      `true`,
		"uploads":    `true`,
		"marker":     `true`,
		"all gone":   `true`,
		"moved":      `true`,
		"same":       `true`,
	})
}

// TestLifecycleWithCLI: rules as the AWS CLI writes them, over a restart.
func TestLifecycleWithCLI(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--lifecycle-day", "1s", "--lifecycle-interval", "1s")
	s.aws("green", "s3", "mb", "s3://cli-lifecycle").ok(t)
	s.aws("green", "s3api", "put-bucket-lifecycle-configuration", "--bucket", "cli-lifecycle", "--lifecycle-configuration",
		`{"Rules":[{"ID":"r","Status":"Enabled","Filter":{"Prefix":"tmp/"},"Expiration":{"Days":1}}]}`).ok(t)
	if out := s.aws("green", "s3api", "get-bucket-lifecycle-configuration", "--bucket", "cli-lifecycle").ok(t).stdout; !strings.Contains(out, `"tmp/"`) {
		t.Errorf("configured %s", out)
	}
	s.kill()
	s.start()
	s.aws("green", "s3api", "put-object", "--bucket", "cli-lifecycle", "--key", "tmp/a").ok(t)
	s.aws("green", "s3api", "put-object", "--bucket", "cli-lifecycle", "--key", "b").ok(t)
	guard := time.Now().Add(2 * time.Minute) // against hanging
	for {
		out := s.aws("green", "s3", "ls", "--recursive", "s3://cli-lifecycle").ok(t).stdout
		if !strings.Contains(out, "tmp/a") {
			if !strings.HasSuffix(strings.TrimSpace(out), " b") {
				t.Errorf("left: %q", out)
			}
			return
		}
		if time.Now().After(guard) {
			t.Fatalf("still there: %q", out)
		}
	}
}
