package e2e

import "testing"

func TestReplicationAcrossAccountsWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	reported(t, s.boto3(t, "replication.py"), map[string]string{
		"configured without PassRole":   `"AccessDenied"`,
		"configured with PassRole":      `"ok"`,
		"neither door":                  `"FAILED"`,
		"the role's door alone":         `"FAILED"`,
		"without the owner override":    `"FAILED"`,
		"both doors":                    `"COMPLETED"`,
		"another prefix":                `null`,
		"replica":                       `["docs/both","REPLICA",1]`,
		"the same version":              `true`,
		"in the target":                 `["docs/both"]`,
		"the marker":                    `[true]`,
		"a role that does not trust S3": `"FAILED"`,
	})
}
