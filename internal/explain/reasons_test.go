package explain

import (
	"testing"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// TestEveryReasonHasWords: no decision ends without a sentence, and no refusal
// without something that can be done or the word that nothing can.
func TestEveryReasonHasWords(t *testing.T) {
	codes := 0
	for r := authz.Reason(1); r.String() != ""; r++ {
		codes++
		if reasons[r] == "" {
			t.Errorf("%s has no words", r)
		}
	}
	if codes < 30 || codes != len(reasons) {
		t.Errorf("%d reasons, %d texts", codes, len(reasons))
	}
}

// TestEveryRefusalHasAWayOut plays each refusal that policies do not cover.
func TestEveryRefusalHasAWayOut(t *testing.T) {
	open := func(s *scene) { s.identity(`{"Effect":"Allow","Action":"*","Resource":"*"}`) }
	public := `{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}`
	own := func(s *scene) { open(s); s.req.Resource.Account = blue }
	put := func(s *scene) { s.req.Action = policy.MakeAction("s3:PutObject") }
	for want, c := range map[authz.Reason]struct {
		build   func(*scene)
		account string // that can do something; "": nobody
	}{
		authz.BPARestrictPublicBuckets: {func(s *scene) {
			open(s)
			s.bucket(public)
			s.docs.S3 = &authz.S3{BPA: authz.BPA{RestrictPublicBuckets: true}}
		}, green},
		authz.BPABlockPublicPolicy: {func(s *scene) {
			own(s)
			s.req.Action, s.req.Resource.Kind, s.req.Resource.ARN = policy.MakeAction("s3:PutBucketPolicy"), authz.ResourceBucket, "arn:aws:s3:::b"
			d, err := policy.Parse([]byte(doc(public)))
			if err != nil {
				s.t.Fatal(err)
			}
			s.req.NewPolicy = d
			s.docs.S3 = &authz.S3{BPA: authz.BPA{BlockPublicPolicy: true}}
		}, blue},
		authz.BPABlockPublicACLs: {func(s *scene) {
			own(s)
			put(s)
			s.req.ACL = authz.CannedACL("public-read")
			s.docs.S3 = &authz.S3{Ownership: authz.ObjectWriter, BPA: authz.BPA{BlockPublicAcls: true}}
		}, blue},
		authz.ACLNotSupported: {func(s *scene) {
			own(s)
			put(s)
			s.req.ACL = authz.CannedACL("private")
			s.req.ACL.Given = true
			s.docs.S3 = &authz.S3{}
		}, blue},
		authz.ExpectedBucketOwnerMismatch: {func(s *scene) { own(s); s.req.ExpectedBucketOwner = green }, blue},
		authz.RequesterPays: {func(s *scene) {
			open(s)
			s.bucket(public)
			s.docs.S3 = &authz.S3{RequesterPays: true}
		}, blue},
		authz.MethodNotAllowed: {func(s *scene) {
			open(s)
			s.bucket(public)
			s.req.Action, s.req.Resource.Kind, s.req.Resource.ARN = policy.MakeAction("s3:GetBucketPolicy"), authz.ResourceBucket, "arn:aws:s3:::b"
		}, blue},
		authz.NoObjectACLGrant: {func(s *scene) {
			own(s)
			s.docs.S3 = &authz.S3{Ownership: authz.ObjectWriter, Object: &authz.Object{Owner: green}}
		}, green},
		authz.CredentialsNotPermitted: {func(s *scene) {
			s.req.Principal.SessionToken = true
			s.req.Action, s.req.Resource = policy.MakeAction("iam:ListUsers"), authz.Resource{ARN: "*", Account: blue}
		}, blue},
		authz.NoEndpointPolicy: {func(s *scene) {
			own(s)
			d := load(s.t, authz.SourceEndpoint, "vpce-1", "", doc(`{"Effect":"Allow","Principal":"*","Action":"ec2:*","Resource":"*"}`))
			s.docs.Endpoint = &d
		}, blue},
		authz.ExplicitDenyRCP: {func(s *scene) {
			own(s)
			s.docs.RCPs = []authz.Level{{load(s.t, authz.SourceOrganization, "p-1", "r-1", doc(bucketDeny))}}
		}, ""},
		authz.ExplicitDenySession: {func(s *scene) {
			own(s)
			s.docs.Session = []authz.Document{load(s.t, authz.SourceSession, "", "s", doc(`{"Effect":"Deny","Action":"*","Resource":"*"}`))}
		}, blue},
		authz.AccessPointVPCOrigin: {func(s *scene) {
			own(s)
			s.req.AccessPoint = &authz.AccessPoint{ARN: "arn:aws:s3:us-east-1:222222222222:accesspoint/ap", Account: blue, VPC: "vpc-1"}
		}, blue},
		authz.AccessPointAnonymous: {func(s *scene) {
			s.req.Principal = nil
			s.req.AccessPoint = &authz.AccessPoint{ARN: "arn:aws:s3:us-east-1:222222222222:accesspoint/ap", Account: blue}
			d := load(s.t, authz.SourceResource, "ap", "", doc(`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`))
			s.docs.AccessPoint = &d
		}, ""},
	} {
		t.Run(want.String(), func(t *testing.T) {
			s := newScene(t)
			c.build(s)
			q := s.explain("")
			if q.Allowed || q.Reason != want.String() || q.Summary == "" {
				t.Fatalf("got %s: %s", q.Reason, q.Summary)
			}
			if len(q.Changes) == 0 || q.Changes[0].Account != c.account || q.Changes[0].Text == "" {
				t.Errorf("changes %+v, want one for account %q", q.Changes, c.account)
			}
		})
	}
}

func TestRootsCannotAssumeRoles(t *testing.T) {
	s := newScene(t)
	s.role()
	s.docs.Identity = nil
	s.req.Principal.Kind, s.req.Principal.ARN = policy.CallerRoot, "arn:aws:iam::222222222222:root"
	for _, viewer := range []string{"", blue} {
		q := s.explain(viewer)
		if len(q.Changes) != 1 || q.Changes[0].Statement != nil || q.Changes[0].Account != "" {
			t.Errorf("to %q: %+v", viewer, q.Changes)
		}
	}
}
