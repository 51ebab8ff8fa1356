package e2e

import "testing"

// TestMFAWithBoto3 enables devices and gives their codes to STS and S3.
func TestMFAWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	reported(t, s.boto3(t, "mfa.py"), map[string]string{
		"picture":                   `"89504e470d0a1a0a"`,
		"serial":                    `true`,
		"wrong codes":               `"InvalidAuthenticationCode"`,
		"assigned":                  `["ann"]`,
		"deleted while enabled":     `"DeleteConflict"`,
		"a code again":              `"MultiFactorAuthentication failed with invalid MFA one time pass code. "`,
		"half":                      `"MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."`,
		"the bucket opens":          `["AccessDenied","AccessDenied","ok"]`,
		"the role":                  `["AccessDenied","AccessDenied","ok","ok","AccessDenied"]`,
		"mfa delete without a code": `"Mfa Authentication must be used for this request"`,
		"mfa delete":                `"Enabled"`,
		"a version":                 `["AccessDenied","AccessDenied","ok"]`,
		"service credential":        `true`,
		"states of the report":      `["STARTED","COMPLETE"]`,
		"report":                    `[["<root_account>","true","true"],["ann","true","true"]]`,
		"summary":                   `[2,2,1]`,
	})
}
