package explain

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// TestHints: grants that look right and are not.
func TestHints(t *testing.T) {
	share := func(principal, resource, more string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:GetObject","Resource":"` + resource + `"` + more + `}`
	}
	const objects = "arn:aws:s3:::b/*"
	for name, c := range map[string]struct {
		build func(*scene)
		want  string
	}{
		"the bucket's ARN for its objects": {func(s *scene) {
			s.identity(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}`)
		}, `Add "arn:aws:s3:::b/*".`},
		"the objects' ARN for the bucket": {func(s *scene) {
			s.req.Action, s.req.Resource.Kind, s.req.Resource.ARN = policy.MakeAction("s3:ListBucket"), authz.ResourceBucket, "arn:aws:s3:::b"
			s.identity(`{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b/*"}`)
		}, `Add "arn:aws:s3:::b".`},
		"an account in the ARN": {func(s *scene) {
			s.identity(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3::111111111111:b/*"}`)
		}, "neither Region nor account: arn:aws:s3:::b/*."},
		"letter case": {func(s *scene) {
			s.identity(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/K"}`)
		}, "letter case counts"},
		"a slip in the key": {func(s *scene) {
			s.req.Resource.ARN = "arn:aws:s3:::b/report.txt"
			s.identity(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/reprot.txt"}`)
		}, "asked was arn:aws:s3:::b/report.txt"},
		"an operation for an action": {func(s *scene) {
			s.identity(`{"Effect":"Allow","Action":"s3:HeadObject","Resource":"arn:aws:s3:::b/*"}`)
		}, "There is no action s3:HeadObject"},
		"a version": {func(s *scene) {
			s.req.Action = policy.MakeAction("s3:GetObjectVersion")
			s.identity(allowGet)
		}, "asks for s3:GetObjectVersion instead"},
		"a slip in the principal": {func(s *scene) { s.bucket(share(`{"AWS":"arn:aws:iam::222222222222:user/bbo"}`, objects, "")) },
			"It names arn:aws:iam::222222222222:user/bbo; the caller is " + bob},
		"another path":               {func(s *scene) { s.bucket(share(`{"AWS":"arn:aws:iam::222222222222:user/team/bob"}`, objects, "")) }, "The paths differ."},
		"another account's namesake": {func(s *scene) { s.bucket(share(`{"AWS":"arn:aws:iam::111111111111:user/bob"}`, objects, "")) }, "The accounts differ."},
		"a slip in the account":      {func(s *scene) { s.bucket(share(`{"AWS":"222222222223"}`, objects, "")) }, "It names account 222222222223; the caller's is 222222222222."},
		"a dead principal":           {func(s *scene) { s.bucket(share(`{"AWS":"AIDAAAAAAAAAAAAAAAAA2"}`, objects, "")) }, "no longer exists"},
		"one session of the role": {func(s *scene) {
			s.req.Principal.Kind, s.req.Principal.ARN, s.req.Principal.PrincipalARN = policy.CallerSession,
				"arn:aws:sts::222222222222:assumed-role/r/two", "arn:aws:iam::222222222222:role/r"
			s.bucket(share(`{"AWS":"arn:aws:sts::222222222222:assumed-role/r/one"}`, objects, ""))
		}, "name the role to mean all"},
		"the user behind a session": {func(s *scene) {
			s.req.Principal.Kind, s.req.Principal.ARN, s.req.Principal.PrincipalARN = policy.CallerSession,
				"arn:aws:sts::222222222222:assumed-role/r/two", "arn:aws:iam::222222222222:role/r"
			s.bucket(share(`{"AWS":"`+bob+`"}`, objects, ""))
		}, "no longer the user"},
		"NotPrincipal": {func(s *scene) {
			s.bucket(`{"Effect":"Deny","NotPrincipal":{"AWS":"` + bob + `"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`)
		}, "listed in every form"},
		"NotPrincipal and a boundary": {func(s *scene) {
			s.req.Principal.HasBoundary = true
			s.bucket(`{"Effect":"Deny","NotPrincipal":{"AWS":["` + bob + `","222222222222"]},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`)
		}, "never spares a caller with a permissions boundary"},
		"old variables": {func(s *scene) {
			s.docs.Identity = []authz.Document{load(s.t, authz.SourceInline, "own", "user/bob",
				`{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"}]}`)}
		}, "plain text and no variable"},
		"delegation to one's own account": {func(s *scene) {
			s.req.Resource.Account = blue
			s.bucket(bucketGet)
		}, "only lets that account's identity-based policies decide"},
		"no MFA": {func(s *scene) {
			s.identity(allowGet[:len(allowGet)-1] + `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`)
		}, "GetSessionToken"},
		"no ExternalId": {func(s *scene) { s.role(); s.trust(`,"Condition":{"StringEquals":{"sts:ExternalId":"x"}}`) }, "came without an ExternalId"},
		"another ExternalId": {func(s *scene) {
			s.role()
			s.req.Context.Set(policy.KeySTSExternalID, "y")
			s.trust(`,"Condition":{"StringEquals":{"sts:ExternalId":"x"}}`)
		}, "is not the one that the condition asks for"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			c.build(s)
			q := s.explain("")
			if q.Allowed {
				t.Fatal("allowed")
			}
			var notes []string
			for _, d := range append(q.CallerDoor.Documents, q.ResourceDoor.Documents...) {
				for _, st := range d.Statements {
					notes = append(notes, st.Note)
				}
			}
			if all := strings.Join(notes, "\n"); !strings.Contains(all, c.want) {
				t.Errorf("no %q in %q", c.want, all)
			}
		})
	}
}

// TestAnotherService: the role's account is told which service its trust policy
// names and which one came.
func TestAnotherService(t *testing.T) {
	s := newScene(t)
	s.role()
	s.req.Principal.Caller = policy.Caller{Kind: policy.CallerService, ARN: "ec2.amazonaws.com"}
	d := load(s.t, authz.SourceResource, "AssumeRolePolicyDocument", "role/r", doc(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`))
	s.docs.Resource = &d
	q := s.explain(green)
	const want = "It names lambda.amazonaws.com; the caller is the service ec2.amazonaws.com."
	if note := q.ResourceDoor.Documents[0].Statements[0].Note; q.Allowed || note != want {
		t.Errorf("said %q", note)
	}
}

func (s *scene) role() {
	s.identity(`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}`)
	s.req.Action = policy.MakeAction("sts:AssumeRole")
	s.req.Resource = authz.Resource{Kind: authz.ResourceRole, ARN: "arn:aws:iam::111111111111:role/r", Account: green}
}

func (s *scene) trust(more string) {
	d := load(s.t, authz.SourceResource, "AssumeRolePolicyDocument", "role/r", doc(`{"Effect":"Allow","Principal":{"AWS":"`+blue+`"},"Action":"sts:AssumeRole"`+more+`}`))
	s.docs.Resource = &d
}

func TestNoHintWhereNothingIsClose(t *testing.T) {
	s := newScene(t).identity(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::quite-another/*"}`).
		bucket(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333333333333:user/carol"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`)
	for _, d := range []Door{s.explain("").CallerDoor, s.explain("").ResourceDoor} {
		for _, st := range d.Documents[0].Statements {
			if st.Note != "" {
				t.Errorf("said %q", st.Note)
			}
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"bob", "bbo", 1}, {"bob", "rob", 1}, {"kitten", "sitting", 3}, {"abc", "abcd", 1}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q is %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
