package gateway

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// revokes is the policy AWSRevokeOlderSessions, as AWS's console writes it.
func revokes(before time.Time) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"` +
		before.UTC().Format("2006-01-02T15:04:05.000Z") + `"}}}]}`
}

// TestOlderSessionsAreRevoked: an inline denial with aws:TokenIssueTime ends the
// sessions from before it, and no others.
func TestOlderSessionsAreRevoked(t *testing.T) {
	var ahead atomic.Int64 // of the gateway's clock, within what signatures may be off
	w := newWorld(t, func(o *Options) {
		o.Clock = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/dir/k", secret))
	root, user := w.green.credentials(), w.user(w.green, "user", everything)
	role, other := w.role(w.green, "role", trusts(w.green.ID), everything), w.role(w.green, "other", trusts(w.green.ID), everything)
	sessions := func() map[string]sigv4.Credentials {
		s := map[string]sigv4.Credentials{
			"role": w.assume(user, role, "session"), "other": w.assume(user, other, "session"),
			"token":     credentialsIn(w.ok(user, "sts", "GetSessionToken")),
			"federated": credentialsIn(w.ok(user, "sts", "GetFederationToken", "Name", "fred", "Policy", everything)),
		}
		s["chained"] = w.assume(s["role"], other, "chained")
		return s
	}
	open := func(when string, who map[string]sigv4.Credentials, works map[string]bool) {
		t.Helper()
		for name, c := range who {
			status, body := w.as(c, "GET", "/green-bucket/dir/k", "")
			if want := map[bool]int{true: 200, false: 403}[works[name]]; status != want {
				t.Errorf("%s: %s: %d %s", when, name, status, body)
			}
			w.ok(c, "sts", "GetCallerIdentity") // needs no permission, so nothing denies it
		}
	}
	all := map[string]bool{"role": true, "other": true, "token": true, "federated": true, "chained": true}
	before := sessions()
	open("before", before, all)

	ahead.Store(int64(10 * time.Second))
	revoked := revokes(time.Now().Add(5 * time.Second))
	w.ok(root, "iam", "PutRolePolicy", "RoleName", "role", "PolicyName", "AWSRevokeOlderSessions", "PolicyDocument", revoked)
	open("role revoked", before, map[string]bool{"other": true, "token": true, "federated": true, "chained": true})
	w.want(403, "with an explicit deny in an identity-based policy")(w.as(before["role"], "GET", "/green-bucket/dir/k", ""))
	w.ok(root, "iam", "PutUserPolicy", "UserName", "user", "PolicyName", "AWSRevokeOlderSessions", "PolicyDocument", revoked)
	open("user revoked", before, map[string]bool{"other": true, "chained": true})
	open("long-term key", map[string]sigv4.Credentials{"key": user}, map[string]bool{"key": true})
	open("after", sessions(), all)
}
