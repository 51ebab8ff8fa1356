package directory

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// TestRootTasksAreKept: a root user's session for a task is never one without it.
func TestRootTasksAreKept(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	w.account(t, "b", acctB)
	var o *Organization
	w.view(t, func(tx *ReadTx) (err error) { o, err = tx.Organization(); return err })
	assumed := func(org, task string) (*Credential, error) {
		return w.Assumed(&Session{
			Kind: RootTaskSession, Account: acctB, Principal: acctB, Org: org, PolicyARNs: []string{task},
			Issued: w.now(), Expires: w.now().Add(time.Minute),
		})
	}
	for task, want := range map[string]bool{
		"arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy": true, "arn:aws:iam::aws:policy/root-task/Gone": false,
	} {
		c, err := assumed(o.ID, task)
		if err != nil {
			t.Fatal(err)
		}
		docs := &authz.Documents{}
		w.Documents(c, docs)
		req := &authz.Request{Principal: c.Principal, Action: policy.MakeAction("s3:GetBucketPolicy"),
			Resource: authz.Resource{Kind: authz.ResourceBucket, ARN: "arn:aws:s3:::b", Account: acctB}}
		if d := authz.Decide(req, docs); d.Allowed != want {
			t.Errorf("%s: %+v", task, d)
		}
	}
	for _, org := range []string{"", "o-another"} {
		if _, err := assumed(org, "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"); !errors.Is(err, ErrGone) {
			t.Errorf("for organization %q: %v", org, err)
		}
	}
}

// TestTokensOfRootTasksAreNewer: a program that does not know them, or delegated
// sessions, takes none.
func TestTokensOfRootTasksAreNewer(t *testing.T) {
	for value, want := range map[string]bool{"\x01{}": true, "\x02{}": true, "\x03{}": true, "\x04{}": false, "\x00{}": false, "": false} {
		if err := decode([]byte(value), new(Session)); (err == nil) != want {
			t.Errorf("%q: %v", value, err)
		}
		if err := decode([]byte(value), new(User)); (err == nil) != (value == "\x01{}") {
			t.Errorf("%q of a user: %v", value, err)
		}
	}
}
