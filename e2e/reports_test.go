package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestReportsWithBoto3 reads inventories, an analysis and server access logs back
// as their readers do. A day is a second there.
func TestReportsWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--inventory-interval", "1s", "--log-delivery", "1s")
	reported(t, s.boto3(t, "reports.py"), map[string]string{
		"no target":        `"InvalidTargetBucketForLogging"`,
		"target of others": `"The owner for the bucket to be logged and the target bucket must be the same."`,
		"logging":          `true`,
		"denied":           `"AccessDenied"`,
		"log keys":         `true`,
		"log fields":       `[28]`,
		"log put":          `["green-data","200","-","100000","SigV4","AuthHeader"]`,
		"log denied":       `["403","AccessDenied",64]`,
		"id":               `"MalformedXML"`,
		"inventory":        `true`,
		"list":             `["daily"]`,
		"not theirs":       `"AccessDenied"`,
		"nothing yet":      `[]`,
		"checksum":         `true`,
		"manifest": `["green-data","arn:aws:s3:::blue-reports","2016-11-30","CSV",
			"Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, ETag, StorageClass, EncryptionStatus, ChecksumAlgorithm"]`,
		"files": `[true]`,
		"rows": `[["a b,\"c\"/ü.txt",false,"true","false","12",true,"STANDARD","SSE-S3"],
			["empty",false,"false","false","0",true,"STANDARD","SSE-S3"],
			["empty",true,"true","true","",false,"",""],
			["plain/k",false,"true","false","100000",true,"STANDARD","SSE-S3"]]`,
		"algorithms": `[[true,true,true],[""]]`,
		"gone":       `"The specified configuration does not exist."`,
		"metrics":    `true`,
		"tiering":    `true`,
		"analytics":  `true`,
		"export":     `[["Date","ConfigId","Filter","StorageClass","ObjectAge","ObjectCount"],["a","prefix=plain/","STANDARD","ALL","1"]]`,
	})
}

// TestAccessLogSurvivesARestart: what a server has not delivered when it ends is
// delivered by the next one.
func TestAccessLogSurvivesARestart(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--log-delivery", "1h")
	c := s.profileKeys("green")
	green := s.s3(c)
	makeBucket(t, green, "green-data")
	makeBucket(t, green, "green-logs")
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::green-logs/*"}]}`
	send(t, s.signedS3(t, c, "PUT", "/green-logs?policy", []byte(policy))).succeeds(t, 204)
	send(t, s.signedS3(t, c, "PUT", "/green-data?logging", []byte(
		`<BucketLoggingStatus><LoggingEnabled><TargetBucket>green-logs</TargetBucket><TargetPrefix>l/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`))).succeeds(t, 200)
	putText(t, green, "green-data", "last-words", "x")
	s.stop()
	s.args = []string{"--log-delivery", "1s"}
	s.start()
	for range 600 { // a minute is a guard against hanging, not a verdict on speed
		list := string(send(t, s.signedS3(t, c, "GET", "/green-logs?list-type=2", nil)).succeeds(t, 200).body)
		if strings.Contains(list, "<Key>l/2") {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the log was not delivered")
}
