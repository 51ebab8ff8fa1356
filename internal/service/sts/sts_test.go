package sts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

const (
	acctA = "111111111111"
	acctB = "222222222222"
)

type world struct {
	t    *testing.T
	dir  *directory.Directory
	svc  *Service
	now  time.Time
	root map[string]*directory.RootCredential
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), root: map[string]*directory.RootCredential{}}
	store := memory.New()
	dir, err := directory.Open(t.Context(), store, seal.NewKey(), directory.Options{
		Clock: func() time.Time { return w.now }, PollInterval: time.Hour, FlushInterval: time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close(); store.Close() })
	w.dir, w.svc = dir, New(dir, Options{})
	for name, id := range map[string]string{"a": acctA, "b": acctB} {
		if w.root[id], err = dir.EnsureAccount(t.Context(), name, id); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func holder(account, name string, policies ...string) directory.Holder {
	h := directory.Holder{Entity: directory.Entity{Account: account, Name: name}}
	for i, p := range policies {
		h.Inline = append(h.Inline, directory.InlinePolicy{Name: fmt.Sprint("p", i), Document: p})
	}
	return h
}

// user makes a user with the identity policies and is its credential.
func (w *world) user(account, name string, policies ...string) *directory.Credential {
	w.t.Helper()
	var key string
	err := w.dir.Update(w.t.Context(), func(tx *directory.Tx) error {
		u := &directory.User{Holder: holder(account, name, policies...)}
		if err := tx.CreateUser(u); err != nil {
			return err
		}
		k, _, err := tx.CreateAccessKey(account, u)
		if err == nil {
			key = k.ID
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.sign(key, "")
}

// role makes a role whose trust policy has the statements.
func (w *world) role(account, name, statements string, policies ...string) *directory.Role {
	w.t.Helper()
	trust, err := w.dir.StorePolicy(w.t.Context(), `{"Version":"2012-10-17","Statement":[`+statements+`]}`)
	if err != nil {
		w.t.Fatal(err)
	}
	r := &directory.Role{Holder: holder(account, name, policies...), Trust: trust, MaxSession: 7200}
	if err := w.dir.Update(w.t.Context(), func(tx *directory.Tx) error { return tx.CreateRole(r) }); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) sign(key, token string) *directory.Credential {
	w.t.Helper()
	c, err := w.dir.Credentials(w.t.Context(), key, token)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// as runs an operation as the gateway does: every access of its row is decided
// before, and further ones when the service asks.
func as[Out any](w *world, c *directory.Credential, op string, in any) (*Out, error) {
	info := &caller.Info{Identity: c.Caller, AccessKeyID: c.KeyID, Session: (*caller.Session)(c.Session), Time: w.now}
	row := api.API().Operation(op)
	decide := func(_ context.Context, access *wire.Access, target *caller.Target) error {
		values := new(policy.Values)
		c.AddKeys(values, w.now)
		access.Collect(in, func(name string, v []string) { values.SetNamed(name, v...) })
		if target.Context != nil {
			target.Context(values)
		}
		docs := authz.Documents{Resource: target.Policy}
		w.dir.Documents(c, &docs)
		req := authz.Request{Principal: c.Principal, Action: policy.MakeAction(access.Action), Resource: target.Resource, Context: values}
		if d := authz.Decide(&req, &docs); !d.Allowed {
			return denied(d.Message(&req))
		}
		return nil
	}
	info.Decide = func(ctx context.Context, action string, target *caller.Target) error {
		return decide(ctx, &wire.Access{Action: action}, target)
	}
	ctx := caller.With(w.t.Context(), info)
	for i := range row.Access {
		access := &row.Access[i]
		if access.When != nil && !access.When(in) {
			continue
		}
		target, err := w.svc.Target(ctx, access, in)
		if err != nil {
			return nil, err
		}
		if err := decide(ctx, access, target); err != nil {
			return nil, err
		}
	}
	out, err := row.Call(ctx, w.svc, in)
	if err != nil {
		return nil, err
	}
	return out.(*Out), nil
}

func assume(role string, change ...func(*api.AssumeRoleInput)) *api.AssumeRoleInput {
	in := &api.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("s1")}
	for _, c := range change {
		c(in)
	}
	return in
}

func (w *world) assume(c *directory.Credential, in *api.AssumeRoleInput) (*directory.Credential, error) {
	out, err := as[api.AssumeRoleOutput](w, c, "AssumeRole", in)
	if err != nil {
		return nil, err
	}
	return w.sign(*out.Credentials.AccessKeyId, *out.Credentials.SessionToken), nil
}

// wantError checks that err is AWS's error written CODE: MESSAGE.
func wantError(t *testing.T, what string, err error, want string) {
	t.Helper()
	var e *wire.Error
	if want == "" {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	if !errors.As(err, &e) || e.Error() != want {
		t.Errorf("%s:\n got %v\nwant %s", what, err, want)
	}
}

const mayAssume = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}`

func trusts(principal, more string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]` + more + `}`
}

func TestAssumeRoleAcrossAccounts(t *testing.T) {
	w := open(t)
	bob, eve := w.user(acctB, "bob", mayAssume), w.user(acctB, "eve")
	named := w.role(acctA, "named", trusts(bob.Caller.ARN, ""))
	whole := w.role(acctA, "whole", trusts(acctB, ""))
	withID := w.role(acctA, "external", trusts(acctB, `,"Condition":{"StringEquals":{"sts:ExternalId":"X-1"}}`))
	alice := w.user(acctA, "alice")
	direct := w.role(acctA, "direct", trusts(alice.Caller.ARN, ""))
	own := w.role(acctA, "own", trusts(acctA, ""))
	external := func(id string) func(*api.AssumeRoleInput) {
		return func(in *api.AssumeRoleInput) { in.ExternalId = &id }
	}
	refusal := func(c *directory.Credential, role string) string {
		return "AccessDenied: User: " + c.Caller.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + role
	}
	missing := "arn:aws:iam::" + acctA + ":role/missing"
	for _, c := range []struct {
		name string
		who  *directory.Credential
		in   *api.AssumeRoleInput
		want string
	}{
		{"named user", bob, assume(named.ARN()), ""},
		{"another user", eve, assume(named.ARN()), refusal(eve, named.ARN())},
		{"account, identity policy", bob, assume(whole.ARN()), ""},
		{"account, no identity policy", eve, assume(whole.ARN()), refusal(eve, whole.ARN())},
		{"external id", bob, assume(withID.ARN(), external("X-1")), ""},
		{"wrong external id", bob, assume(withID.ARN(), external("X-2")), refusal(bob, withID.ARN())},
		{"no external id", bob, assume(withID.ARN()), refusal(bob, withID.ARN())},
		{"same account, named", alice, assume(direct.ARN()), ""},
		{"same account, account named", alice, assume(own.ARN()), refusal(alice, own.ARN())},
		{"a role that is not there", bob, assume(missing), refusal(bob, missing)},
		{"another case", bob, assume("arn:aws:iam::" + acctA + ":role/Named"), refusal(bob, "arn:aws:iam::"+acctA+":role/Named")},
		{"not an ARN", bob, assume("nothing-valid-in-here"), "ValidationError: nothing-valid-in-here is invalid"},
		{"root", w.sign(w.root[acctB].KeyID, ""), assume(whole.ARN()), "AccessDenied: Roles may not be assumed by root accounts."},
	} {
		got, err := w.assume(c.who, c.in)
		wantError(t, c.name, err, c.want)
		if err == nil && got.Caller.ARN != arn.Session("aws", acctA, strings.TrimPrefix(*c.in.RoleArn, "arn:aws:iam::"+acctA+":role/"), "s1") {
			t.Errorf("%s: became %s", c.name, got.Caller.ARN)
		}
	}
}

func TestAssumeRoleChecksItsParameters(t *testing.T) {
	w := open(t)
	bob := w.user(acctB, "bob", mayAssume)
	r := w.role(acctA, "app", trusts(acctB, "")+","+trusts(acctA, ""), mayAssume)
	hop, err := w.assume(bob, assume(r.ARN()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.dir.Update(t.Context(), func(tx *directory.Tx) error {
		return tx.CreatePolicy(&directory.ManagedPolicy{Entity: directory.Entity{Account: acctB, Name: "foreign"}})
	}); err != nil {
		t.Fatal(err)
	}
	tag := func(k, v string) api.Tag { return api.Tag{Key: &k, Value: &v} }
	for _, c := range []struct {
		name   string
		who    *directory.Credential
		change func(*api.AssumeRoleInput)
		want   string
	}{
		{"longest", bob, func(in *api.AssumeRoleInput) { in.DurationSeconds = new(int32(7200)) }, ""},
		{"longer than the role's", bob, func(in *api.AssumeRoleInput) { in.DurationSeconds = new(int32(7201)) },
			"ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		{"chained", hop, func(in *api.AssumeRoleInput) { in.DurationSeconds = new(int32(3600)) }, ""},
		{"chained for longer", hop, func(in *api.AssumeRoleInput) { in.DurationSeconds = new(int32(3601)) },
			"ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."},
		{"a name with a colon", bob, func(in *api.AssumeRoleInput) { in.RoleSessionName = new("Session1:2") },
			`ValidationError: 1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{"tags", bob, func(in *api.AssumeRoleInput) { in.Tags = []api.Tag{tag("a", "1"), tag("b", "2")} }, ""},
		{"fifty short tags", bob, func(in *api.AssumeRoleInput) {
			for i := range 50 {
				in.Tags = append(in.Tags, tag(fmt.Sprint("key", i), fmt.Sprint("value", i)))
			}
		}, ""},
		{"a few long tags", bob, func(in *api.AssumeRoleInput) {
			for i := range 9 {
				in.Tags = append(in.Tags, tag(fmt.Sprint("T", i), strings.Repeat("a", 250)))
			}
		}, "PackedPolicyTooLarge: Packed size of session tags consumes 111% of allotted space."},
		{"a tag twice", bob, func(in *api.AssumeRoleInput) { in.Tags = []api.Tag{tag("a", "1"), tag("A", "2")} },
			"InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		{"a transitive key that is no tag", bob, func(in *api.AssumeRoleInput) { in.TransitiveTagKeys = []string{"a"} },
			"InvalidParameterValue: The specified transitive tag key must be included in the requested tags."},
		{"an MFA code", bob, func(in *api.AssumeRoleInput) {
			in.SerialNumber, in.TokenCode = new("arn:aws:iam::222222222222:mfa/bob"), new("123456")
		},
			"AccessDenied: MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."},
		{"a broken policy", bob, func(in *api.AssumeRoleInput) { in.Policy = new("{") }, "MalformedPolicyDocument: Syntax errors in policy."},
		{"a managed policy of AWS's", bob, func(in *api.AssumeRoleInput) {
			in.PolicyArns = []api.PolicyDescriptorType{{Arn: new("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")}}
		}, ""},
		{"a policy of another account", bob, func(in *api.AssumeRoleInput) {
			in.PolicyArns = []api.PolicyDescriptorType{{Arn: new("arn:aws:iam::222222222222:policy/foreign")}}
		}, "ValidationError: arn:aws:iam::222222222222:policy/foreign is invalid"},
		{"too much policy", bob, func(in *api.AssumeRoleInput) {
			in.Policy = new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/` + strings.Repeat("k", 2048) + `"}]}`)
		}, "PackedPolicyTooLarge: Packed policy consumes 105% of allotted space, please use smaller policy."},
	} {
		_, err := w.assume(c.who, assume(r.ARN(), c.change))
		wantError(t, c.name, err, c.want)
	}
}

func TestAssumeRoleAnswer(t *testing.T) {
	w := open(t)
	bob := w.user(acctB, "bob", mayAssume)
	r := w.role(acctA, "app", trusts(acctB, ""))
	out, err := as[api.AssumeRoleOutput](w, bob, "AssumeRole", assume(r.ARN(), func(in *api.AssumeRoleInput) {
		in.Policy, in.SourceIdentity = new(mayAssume), new("bob")
	}))
	if err != nil {
		t.Fatal(err)
	}
	if u := out.AssumedRoleUser; *u.AssumedRoleId != r.ID+":s1" || *u.Arn != "arn:aws:sts::111111111111:assumed-role/app/s1" {
		t.Errorf("%s %s", *u.AssumedRoleId, *u.Arn)
	}
	if c := out.Credentials; !c.Expiration.Equal(w.now.Add(time.Hour)) || !strings.HasPrefix(*c.AccessKeyId, "ASIA") || len(*c.SecretAccessKey) != 40 {
		t.Errorf("%v %s", c.Expiration, *c.AccessKeyId)
	}
	if *out.SourceIdentity != "bob" || *out.PackedPolicySize < 1 || *out.PackedPolicySize > 20 {
		t.Errorf("%s, %d%%", *out.SourceIdentity, *out.PackedPolicySize)
	}
	key, token := *out.Credentials.AccessKeyId, *out.Credentials.SessionToken
	w.sign(key, token)
	w.now = w.now.Add(time.Hour)
	if _, err := w.dir.Credentials(t.Context(), key, token); !errors.Is(err, directory.ErrExpired) {
		t.Errorf("after an hour: %v", err)
	}
}

func TestChains(t *testing.T) {
	w := open(t)
	bob := w.user(acctB, "bob", mayAssume)
	first := w.role(acctA, "first", trusts(acctB, ""), mayAssume)
	open := w.role(acctA, "open", trusts(first.ARN(), ""))
	noTags := w.role(acctA, "plain", `{"Effect":"Allow","Principal":{"AWS":"`+first.ARN()+`"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}`)
	noIdentity := w.role(acctA, "anonymous", `{"Effect":"Allow","Principal":{"AWS":"`+first.ARN()+`"},"Action":["sts:AssumeRole","sts:TagSession"]}`)
	tag := func(k, v string) api.Tag { return api.Tag{Key: &k, Value: &v} }
	hop, err := w.assume(bob, assume(first.ARN(), func(in *api.AssumeRoleInput) {
		in.Tags, in.TransitiveTagKeys = []api.Tag{tag("Project", "p1"), tag("step", "1")}, []string{"Project"}
		in.SourceIdentity = new("bob")
	}))
	if err != nil {
		t.Fatal(err)
	}
	last, err := w.assume(hop, assume(open.ARN(), func(in *api.AssumeRoleInput) { in.Tags = []api.Tag{tag("own", "x")} }))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(last.Principal.Tags.All(), last.Session.Transitive, last.Principal.SourceIdentity); got != "[{Project p1} {own x}] [{Project p1}]bob" {
		t.Errorf("at the end of the chain: %s", got)
	}
	refusal := func(action, role string) string {
		return "AccessDenied: User: " + hop.Caller.ARN + " is not authorized to perform: " + action + " on resource: " + role
	}
	for _, c := range []struct {
		name string
		in   *api.AssumeRoleInput
		want string
	}{
		{"inherited tags need TagSession", assume(noTags.ARN()), refusal("sts:TagSession", noTags.ARN())},
		{"an inherited source identity needs SetSourceIdentity", assume(noIdentity.ARN()), refusal("sts:SetSourceIdentity", noIdentity.ARN())},
		{"another source identity", assume(open.ARN(), func(in *api.AssumeRoleInput) { in.SourceIdentity = new("eve") }), refusal("sts:SetSourceIdentity", open.ARN())},
		{"a transitive key again", assume(open.ARN(), func(in *api.AssumeRoleInput) { in.Tags = []api.Tag{tag("project", "p2")} }),
			"InvalidParameterValue: One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."},
		{"the role itself", assume(first.ARN()), refusal("sts:AssumeRole", first.ARN())},
	} {
		_, err := w.assume(hop, c.in)
		wantError(t, c.name, err, c.want)
	}
}

func TestGetCallerIdentityAndKeyInfo(t *testing.T) {
	w := open(t)
	bob := w.user(acctB, "bob", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`)
	got, err := as[api.GetCallerIdentityOutput](w, bob, "GetCallerIdentity", &api.GetCallerIdentityInput{})
	if err != nil || *got.Account != acctB || *got.Arn != "arn:aws:iam::222222222222:user/bob" || *got.UserId != bob.Caller.UniqueID {
		t.Errorf("%+v, %v", got, err)
	}
	admin := w.user(acctB, "admin", mayAssume)
	info, err := as[api.GetAccessKeyInfoOutput](w, admin, "GetAccessKeyInfo", &api.GetAccessKeyInfoInput{AccessKeyId: &w.root[acctA].KeyID})
	if err != nil || *info.Account != acctA {
		t.Errorf("%+v, %v", info, err)
	}
	_, err = as[api.GetAccessKeyInfoOutput](w, admin, "GetAccessKeyInfo", &api.GetAccessKeyInfoInput{AccessKeyId: new("AKIA")})
	wantError(t, "no key", err, "ValidationError: AKIA is invalid")
}

func TestGetSessionToken(t *testing.T) {
	w := open(t)
	bob, root := w.user(acctB, "bob"), w.sign(w.root[acctB].KeyID, "")
	get := func(c *directory.Credential, seconds int32) (*directory.Credential, time.Duration, error) {
		in := &api.GetSessionTokenInput{}
		if seconds > 0 {
			in.DurationSeconds = &seconds
		}
		out, err := as[api.GetSessionTokenOutput](w, c, "GetSessionToken", in)
		if err != nil {
			return nil, 0, err
		}
		return w.sign(*out.Credentials.AccessKeyId, *out.Credentials.SessionToken), out.Credentials.Expiration.Sub(w.now), nil
	}
	for _, c := range []struct {
		who     *directory.Credential
		seconds int32
		want    time.Duration
	}{{bob, 0, 12 * time.Hour}, {bob, 900, 15 * time.Minute}, {bob, 129_600, 36 * time.Hour}, {root, 0, time.Hour}, {root, 7200, time.Hour}, {root, 900, 15 * time.Minute}} {
		got, lasts, err := get(c.who, c.seconds)
		if err != nil || lasts != c.want || got.Caller.ARN != c.who.Caller.ARN || !got.Principal.SessionToken {
			t.Errorf("%s for %d s: %v, %v", c.who.Caller.ARN, c.seconds, lasts, err)
		}
	}
	session, _, err := get(bob, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = get(session, 0)
	wantError(t, "from a session", err, "AccessDenied: Cannot call GetSessionToken with session credentials")
	_, _, err = get(bob, 899)
	wantError(t, "too short", err, "ValidationError: The requested DurationSeconds must be between 900 and 129600 seconds.")
}

func TestGetFederationToken(t *testing.T) {
	w := open(t)
	bob := w.user(acctB, "bob", mayAssume)
	in := &api.GetFederationTokenInput{Name: new("app"), Policy: new(mayAssume)}
	out, err := as[api.GetFederationTokenOutput](w, bob, "GetFederationToken", in)
	if err != nil {
		t.Fatal(err)
	}
	if u := out.FederatedUser; *u.Arn != "arn:aws:sts::222222222222:federated-user/app" || *u.FederatedUserId != acctB+":app" {
		t.Errorf("%s %s", *u.Arn, *u.FederatedUserId)
	}
	fed := w.sign(*out.Credentials.AccessKeyId, *out.Credentials.SessionToken)
	if fed.Principal.IssuerID != bob.Caller.UniqueID || fed.Caller.Kind != policy.CallerFederated {
		t.Errorf("%+v", fed.Principal)
	}
	_, err = as[api.GetFederationTokenOutput](w, w.user(acctB, "eve"), "GetFederationToken", in)
	wantError(t, "without permission", err, "AccessDenied: User: arn:aws:iam::222222222222:user/eve is not authorized to perform: "+
		"sts:GetFederationToken on resource: arn:aws:sts::222222222222:federated-user/app because no identity-based policy allows the sts:GetFederationToken action")
	if _, err := as[api.GetFederationTokenOutput](w, fed, "GetFederationToken", in); err == nil {
		t.Error("a federated user federates")
	}
}
