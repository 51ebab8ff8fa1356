package e2e

import "testing"

// TestKeysWithBoto3 goes through encryption, conditions, restores and parts.
func TestKeysWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	reported(t, s.boto3(t, "keys.py"), map[string]string{
		"encryption of a new bucket":  `"AES256"`,
		"sse-c in a new bucket":       `"ok"`,
		"sse-c in a bucket that says": `{"SSE-C":["AccessDenied",true],"NONE":["ok",false]}`,
		"sse-c":                       `[true,"AES256",true,true,false,false]`,
		"sse-c refused":               `["InvalidRequest","AccessDenied",400,403,"InvalidArgument","InvalidEncryptionAlgorithmError","InvalidArgument"]`,
		"sse-c copies":                `[true,true,"InvalidRequest","AccessDenied"]`,
		"sse-c part without a key":    `"InvalidRequest"`,
		"sse-c parts":                 `true`,
		"sse-c range":                 `true`,
		"kms":                         `["KMS.NotFoundException","Invalid keyId 'fake-key-id'","InvalidArgument"]`,
		"one winner":                  `[1,[]]`,
		"conditional writes":          `["PreconditionFailed","NoSuchKey","PreconditionFailed","ok","ok","ok","PreconditionFailed","PreconditionFailed","ok","NoSuchKey"]`,
		"checksums":                   `[true,"BadDigest",["SHA256"]]`,
		"checksums of parts":          `["InvalidRequest",true,true,2,true]`,
		"archived": `["InvalidObjectState","InvalidObjectState",false,202,200,"body","ongoing-request=\"false\"","InvalidObjectState",
			"InvalidObjectState"]`,
		"parts": `["EntityTooSmall","InvalidPartOrder","InvalidPart","InvalidArgument","InvalidArgument","InvalidArgument","ok","NoSuchUpload",
			"NoSuchUpload"]`,
	})
}
