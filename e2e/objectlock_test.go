package e2e

import "testing"

func TestObjectLockWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	reported(t, s.boto3(t, "objectlock.py"), map[string]string{
		"configuration":                 `{"ObjectLockEnabled":"Enabled"}`,
		"versioning":                    `"Enabled"`,
		"suspend":                       `["InvalidBucketState","An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."]`,
		"head":                          `["GOVERNANCE",true]`,
		"head without the right":        `false`,
		"protected":                     `"Access Denied because object protected by object lock."`,
		"delete":                        `["AccessDenied","AccessDenied","AccessDenied"]`,
		"delete with the bypass":        `["AccessDenied","AccessDenied"]`,
		"bypass without the permission": `"AccessDenied"`,
		"many":                          `[["gov","AccessDenied"],["held","AccessDenied"]]`,
		"many with the bypass, without the permission": `[["gov","AccessDenied"]]`,
		"longer":                `"ok"`,
		"shorter":               `["AccessDenied","AccessDenied","ok"]`,
		"marker":                `true`,
		"retention of a marker": `"MethodNotAllowed"`,
		"breaker":               `"ok"`,
		"lifted":                `["ok","ok"]`,
		"default":               `"GOVERNANCE"`,
		"copied":                `"GOVERNANCE"`,
		"bounded":               `["ok","AccessDenied"]`,
	})
}
