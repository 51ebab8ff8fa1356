package authz_test

import (
	"testing"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

func document(t *testing.T, name, text string) authz.Document {
	t.Helper()
	p, err := policy.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return authz.Document{Policy: p, Source: &authz.Source{Name: name}}
}

// TestTraceGoesOnAfterADeny: the decision ends at the first Deny; its trace still tells what each side says for itself,
// and asking for it changes nothing.
func TestTraceGoesOnAfterADeny(t *testing.T) {
	const caller, owner = "111111111111", "222222222222"
	allow := `{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	denyAll := `{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
	bucketDeny := `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`
	bucketAllow := `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`
	for name, c := range map[string]struct {
		identity, bucket          string
		reason                    authz.Reason
		callerDoor, resourceDoor  authz.Door
		entries                   int
		decidedCaller, decidedRes authz.Door
	}{
		"bucket denies, identity allows": {allow, bucketDeny, authz.ExplicitDenyResource, authz.DoorOpen, authz.DoorDenied, 2, authz.DoorNotNeeded, authz.DoorDenied},
		"bucket denies, identity silent": {"", bucketDeny, authz.ExplicitDenyResource, authz.DoorShut, authz.DoorDenied, 1, authz.DoorNotNeeded, authz.DoorDenied},
		"both deny":                      {denyAll, bucketDeny, authz.ExplicitDenyResource, authz.DoorDenied, authz.DoorDenied, 2, authz.DoorNotNeeded, authz.DoorDenied},
		"identity denies, bucket allows": {denyAll, bucketAllow, authz.ExplicitDenyIdentity, authz.DoorDenied, authz.DoorOpen, 2, authz.DoorDenied, authz.DoorNotNeeded},
		"nobody denies, bucket allows":   {"", bucketAllow, authz.NoIdentityPolicy, authz.DoorShut, authz.DoorOpen, 1, authz.DoorShut, authz.DoorOpen},
	} {
		t.Run(name, func(t *testing.T) {
			var docs authz.Documents
			if c.identity != "" {
				docs.Identity = []authz.Document{document(t, "own", c.identity)}
			}
			bucket := document(t, "b", c.bucket)
			docs.Resource = &bucket
			req := &authz.Request{
				Principal: &authz.Principal{Caller: policy.Caller{Kind: policy.CallerUser, Account: caller, ARN: "arn:aws:iam::" + caller + ":user/u"}},
				Action:    policy.MakeAction("s3:GetObject"),
				Resource:  authz.Resource{Kind: authz.ResourceObject, ARN: "arn:aws:s3:::b/k", Account: owner},
			}
			plain := authz.Decide(req, &docs)
			req.Trace = true
			d := authz.Decide(req, &docs)
			tr := d.Trace
			d.Trace = nil
			if d != plain {
				t.Errorf("with a trace %+v, without %+v", d, plain)
			}
			if d.Allowed || d.Reason != c.reason || d.CallerDoor != c.decidedCaller || d.ResourceDoor != c.decidedRes {
				t.Errorf("decided %+v", d)
			}
			if tr.CallerDoor != c.callerDoor || tr.ResourceDoor != c.resourceDoor || len(tr.Entries) != c.entries {
				t.Errorf("doors %v %v with %d entries, want %v %v with %d", tr.CallerDoor, tr.ResourceDoor, len(tr.Entries), c.callerDoor, c.resourceDoor, c.entries)
			}
		})
	}
}
