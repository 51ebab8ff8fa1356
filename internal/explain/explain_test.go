package explain

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

const (
	green = "111111111111" // owns bucket b
	blue  = "222222222222" // bob's account
	bob   = "arn:aws:iam::222222222222:user/bob"
)

func load(t testing.TB, kind authz.SourceKind, name, on, text string) authz.Document {
	t.Helper()
	p, err := policy.Load([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return authz.Document{Policy: p, Source: &authz.Source{Kind: kind, Name: name, On: on}}
}

func doc(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// scene is a request about an object of green's, by bob of blue unless changed.
type scene struct {
	t    *testing.T
	req  authz.Request
	docs authz.Documents
}

func newScene(t *testing.T) *scene {
	return &scene{t: t, req: authz.Request{
		Principal: &authz.Principal{Caller: policy.Caller{
			Kind: policy.CallerUser, Account: blue, ARN: bob, PrincipalARN: bob, UniqueID: "AIDABOB", UserID: "AIDABOB", UserName: "bob",
		}},
		Action:   policy.MakeAction("s3:GetObject"),
		Resource: authz.Resource{Kind: authz.ResourceObject, ARN: "arn:aws:s3:::b/k", Account: green},
		Context:  new(policy.Values),
	}}
}

func (s *scene) identity(statements ...string) *scene {
	s.docs.Identity = append(s.docs.Identity, load(s.t, authz.SourceInline, "own", "user/bob", doc(statements...)))
	return s
}

func (s *scene) bucket(statements ...string) *scene {
	d := load(s.t, authz.SourceResource, "b", "", doc(statements...))
	s.docs.Resource = &d
	return s
}

func (s *scene) explain(viewer string) Question {
	s.req.Trace = true
	d := authz.Decide(&s.req, &s.docs)
	return Explain(Input{Request: &s.req, Documents: &s.docs, Decision: &d, Viewer: viewer,
		Principal: func(string) (string, bool) { return "", false }})
}

const (
	allowGet   = `{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
	bucketGet  = `{"Sid":"Share","Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
	bucketDeny = `{"Sid":"Keep","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`
)

func TestEachAccountSeesItsOwnSide(t *testing.T) {
	for name, c := range map[string]struct {
		build                 func(*scene)
		viewer, reason        string
		caller, resource      string
		callerDocs, ownerDocs int
		changes               []string // doors
	}{
		"both shut, to the caller": {
			func(s *scene) {
				s.bucket(bucketGet[:len(bucketGet)-1] + `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)
			},
			blue, "no_identity_policy", Shut, Shut, 0, 0, []string{DoorCaller, DoorResource},
		},
		"both shut, to the owner": {
			func(s *scene) {
				s.bucket(bucketGet[:len(bucketGet)-1] + `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)
			},
			green, CallerSide, Shut, Shut, 0, 1, []string{DoorCaller, DoorResource},
		},
		"the bucket's is shut, to the caller": {
			func(s *scene) { s.identity(allowGet) }, blue, ResourceSide, Open, Shut, 1, 0, []string{DoorResource},
		},
		"the bucket's is shut, to the owner": {
			func(s *scene) { s.identity(allowGet) }, green, "no_resource_policy", Open, Shut, 0, 0, []string{DoorResource},
		},
		"a deny, to the caller": {
			func(s *scene) { s.identity(allowGet).bucket(bucketDeny) }, blue, ResourceSide, Open, Shut, 1, 0, []string{DoorResource},
		},
		"a deny, to the owner": {
			func(s *scene) { s.identity(allowGet).bucket(bucketGet, bucketDeny) }, green, "explicit_deny_resource_policy", Open, Denied, 0, 1,
			[]string{DoorResource},
		},
		"the caller's deny, to the owner": {
			func(s *scene) { s.identity(`{"Effect":"Deny","Action":"*","Resource":"*"}`).bucket(bucketGet) },
			green, CallerSide, Shut, Open, 0, 1, []string{DoorCaller},
		},
		"the caller's deny, to the caller": {
			func(s *scene) { s.identity(`{"Effect":"Deny","Action":"*","Resource":"*"}`).bucket(bucketGet) },
			blue, "explicit_deny_identity_policy", Denied, Open, 1, 0, []string{DoorCaller, DoorCaller},
		},
		"allowed, to the caller": {
			func(s *scene) { s.identity(allowGet).bucket(bucketGet) }, blue, "identity_and_resource_policy", Open, Open, 1, 0, nil,
		},
		"to a third account": {
			func(s *scene) { s.identity(allowGet).bucket(bucketDeny) }, "333333333333", ResourceSide, Open, Shut, 0, 0, []string{DoorResource},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			c.build(s)
			q := s.explain(c.viewer)
			if q.Reason != c.reason || q.CallerDoor.State != c.caller || q.ResourceDoor.State != c.resource {
				t.Errorf("%s: doors %s and %s, want %s: %s and %s", q.Reason, q.CallerDoor.State, q.ResourceDoor.State, c.reason, c.caller, c.resource)
			}
			if len(q.CallerDoor.Documents) != c.callerDocs || len(q.ResourceDoor.Documents) != c.ownerDocs {
				t.Errorf("shows %d and %d documents, want %d and %d", len(q.CallerDoor.Documents), len(q.ResourceDoor.Documents), c.callerDocs, c.ownerDocs)
			}
			var got []string
			for _, ch := range q.Changes {
				got = append(got, ch.Door)
			}
			if strings.Join(got, " ") != strings.Join(c.changes, " ") {
				t.Errorf("changes at %v, want %v", got, c.changes)
			}
		})
	}
}

// TestNothingOfTheOtherSideShows: what an account reads of a refusal is the same
// whatever made the other account refuse.
func TestNothingOfTheOtherSideShows(t *testing.T) {
	ways := map[string]func(*scene){
		"silent": func(s *scene) {
			s.bucket(`{"Effect":"Allow","Principal":{"AWS":"333333333333"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`)
		},
		"none":   func(s *scene) {},
		"denies": func(s *scene) { s.bucket(bucketGet, bucketDeny) },
		"condition": func(s *scene) {
			s.bucket(bucketGet[:len(bucketGet)-1] + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`)
		},
		"blocked": func(s *scene) {
			s.bucket(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`)
			s.docs.S3 = &authz.S3{BPA: authz.BPA{RestrictPublicBuckets: true}}
		},
		"the payer": func(s *scene) {
			s.bucket(bucketGet)
			s.docs.S3 = &authz.S3{RequesterPays: true}
		},
		"a third account's object": func(s *scene) {
			s.bucket(bucketGet)
			s.docs.S3 = &authz.S3{Ownership: authz.ObjectWriter, Object: &authz.Object{Owner: "333333333333"}}
		},
		"an organization's policy": func(s *scene) {
			s.bucket(bucketGet)
			s.docs.RCPs = []authz.Level{{load(s.t, authz.SourceOrganization, "p-deny", "r-root", doc(bucketDeny))}}
		},
	}
	var first string
	for name, build := range ways {
		s := newScene(t).identity(allowGet)
		build(s)
		q := s.explain(blue)
		if q.Allowed {
			t.Fatalf("%s: allowed", name)
		}
		text, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(text)
		}
		if string(text) != first {
			t.Errorf("%s:\n%s\nanother:\n%s", name, text, first)
		}
	}
}

func TestConditionsShowWhatTheySaw(t *testing.T) {
	s := newScene(t).identity(`{"Sid":"Team","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",
		"Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1","aws:ResourceTag/secret":"x"},"Null":{"aws:TokenIssueTime":"true"}}}`)
	s.req.Context.Set(policy.KeyRequestedRegion, "us-east-1")
	s.req.Resource.Tags = policy.MakeTags(map[string]string{"secret": "of green"})
	q := s.explain(blue)
	st := q.CallerDoor.Documents[0].Statements[0]
	if st.Sid != "Team" || st.Number != 1 || st.Line != 1 || st.Column != 38 || st.Failed != "condition" || len(st.Conditions) != 3 {
		t.Fatalf("got %+v", st)
	}
	by := map[string]Condition{}
	for _, c := range st.Conditions {
		by[c.Key] = c
	}
	if c := by["aws:RequestedRegion"]; c.Holds || !c.Present || c.Got[0] != "us-east-1" || c.Want[0] != "eu-west-1" {
		t.Errorf("region: %+v", c)
	}
	if c := by["aws:ResourceTag/secret"]; !c.Hidden || c.Present || c.Got != nil {
		t.Errorf("the owner's tag: %+v", c)
	}
	if c := by["aws:TokenIssueTime"]; !c.Holds {
		t.Errorf("null: %+v", c)
	}
	if text, _ := json.Marshal(q); strings.Contains(string(text), "of green") {
		t.Errorf("a tag of the other account's resource in %s", text)
	}
	if q := s.explain(""); q.CallerDoor.Documents[0].Statements[0].Conditions[1].Hidden {
		t.Error("hidden from who may see all")
	}
}

func TestChangesName(t *testing.T) {
	for name, c := range map[string]struct {
		build     func(*scene)
		viewer    string
		account   string
		policy    string
		statement string
	}{
		"the user's policy": {func(s *scene) { s.bucket(bucketGet) }, blue, blue, "an identity-based policy of user/bob",
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`},
		"the bucket policy": {func(s *scene) { s.identity(allowGet) }, green, green, "the bucket policy of b",
			`{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`},
		"a session's role": {func(s *scene) {
			s.identity(allowGet)
			s.req.Principal.Kind, s.req.Principal.ARN, s.req.Principal.PrincipalARN = policy.CallerSession,
				"arn:aws:sts::222222222222:assumed-role/r/s", "arn:aws:iam::222222222222:role/p/r"
		}, green, green, "the bucket policy of b",
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/p/r"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`},
		"everybody": {func(s *scene) { s.req.Principal = nil }, green, green, "the bucket policy of b",
			`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`},
		"the boundary": {func(s *scene) {
			s.identity(allowGet).bucket(bucketGet)
			d := load(s.t, authz.SourceBoundary, "limit", "user/bob", doc(`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`))
			s.docs.Boundary = &d
		}, blue, blue, "the permissions boundary of user/bob", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`},
		"a service control policy": {func(s *scene) {
			s.identity(allowGet).bucket(bucketGet)
			s.docs.SCPs = []authz.Level{
				{load(s.t, authz.SourceOrganization, "p-full", "r-root", doc(`{"Effect":"Allow","Action":"*","Resource":"*"}`))},
				{load(s.t, authz.SourceOrganization, "p-ec2", "ou-x", doc(`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`))},
			}
		}, blue, "", "a service control policy", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`},
		"a new session": {func(s *scene) {
			s.identity(allowGet).bucket(bucketGet)
			s.docs.Session = []authz.Document{load(s.t, authz.SourceSession, "", "s", doc(`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`))}
		}, blue, blue, "the session policy of a new session", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`},
		"the trust policy, to the role's account": {func(s *scene) {
			s.identity(`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}`)
			s.req.Action = policy.MakeAction("sts:AssumeRole")
			s.req.Resource = authz.Resource{Kind: authz.ResourceRole, ARN: "arn:aws:iam::111111111111:role/r", Account: green}
		}, green, green, "the trust policy of arn:aws:iam::111111111111:role/r",
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:AssumeRole"}`},
		"the trust policy, to the caller": {func(s *scene) {
			s.identity(`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}`)
			s.req.Action = policy.MakeAction("sts:AssumeRole")
			s.req.Resource = authz.Resource{Kind: authz.ResourceRole, ARN: "arn:aws:iam::111111111111:role/r", Account: green}
		}, blue, green, "the trust policy of arn:aws:iam::111111111111:role/r",
			`{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"sts:AssumeRole"}`},
		"one's own role": {func(s *scene) {
			s.req.Action = policy.MakeAction("sts:AssumeRole")
			s.req.Resource = authz.Resource{Kind: authz.ResourceRole, ARN: "arn:aws:iam::222222222222:role/r", Account: blue}
		}, blue, blue, "the trust policy of arn:aws:iam::222222222222:role/r",
			`{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"sts:AssumeRole"}`},
		"the key policy": {func(s *scene) {
			s.identity(`{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)
			s.req.Action = policy.MakeAction("kms:Decrypt")
			s.req.Resource = authz.Resource{Kind: authz.ResourceKey, ARN: "arn:aws:kms:us-east-1:111111111111:key/k", Account: green}
		}, green, green, "the key policy of arn:aws:kms:us-east-1:111111111111:key/k",
			`{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"kms:Decrypt","Resource":"*"}`},
		"the list permission that hides a missing key": {func(s *scene) {
			s.identity(allowGet).bucket(bucketGet)
			s.docs.S3 = &authz.S3{Object: &authz.Object{Missing: true}}
		}, blue, blue, "an identity-based policy of user/bob", `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			c.build(s)
			q := s.explain(c.viewer)
			if len(q.Changes) == 0 {
				t.Fatalf("no change; %+v", q)
			}
			got := q.Changes[0]
			if got.Account != c.account || got.Policy != c.policy || string(got.Statement) != c.statement {
				t.Errorf("got  %q %q %s\nwant %q %q %s", got.Account, got.Policy, got.Statement, c.account, c.policy, c.statement)
			}
		})
	}
}

// TestTheChangesOpenTheDoors: adding what an explanation asks for allows what
// was refused.
func TestTheChangesOpenTheDoors(t *testing.T) {
	s := newScene(t)
	for _, ch := range s.explain("").Changes {
		if ch.Door == DoorCaller {
			s.identity(string(ch.Statement))
		} else {
			s.bucket(string(ch.Statement))
		}
	}
	if q := s.explain(""); !q.Allowed {
		t.Errorf("still refused: %+v", q)
	}
}

func TestTextFitsATerminal(t *testing.T) {
	s := newScene(t).identity(`{"Sid":"Team","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}`)
	q := s.explain(blue)
	r := &Report{RequestID: "ABC", Service: "s3", Operation: "GetObject", Status: 403, ErrorCode: "AccessDenied", Caller: CallerOf(s.req.Principal, "s3", blue), Questions: []Question{q}, Omitted: 2}
	var out bytes.Buffer
	if err := Text(&out, r, 80); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"s3 GetObject by " + bob, "Answered 403 AccessDenied", "s3:GetObject on arn:aws:s3:::b/k: REFUSED", "[no_identity_policy]",
		"Caller's door (account 222222222222): SHUT", `inline policy "own" of user/bob: says nothing to this`, `statement 1 "Team", line 1 column 38, Allow: fails at the condition`,
		`StringEquals aws:RequestedRegion: wants "eu-west-1"; the request has no such key`,
		"Resource's door (account 111111111111): it did not allow", "Add to an identity-based policy of user/bob:", `"Action": "s3:GetObject"`,
		"It would allow if its conditions held.", "2 more questions",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	for line := range strings.Lines(out.String()) {
		if len(strings.TrimRight(line, "\n")) > 80 && len(strings.Fields(line)) > 1 && !strings.Contains(line, `"`) {
			t.Errorf("too long: %s", line)
		}
	}
}
