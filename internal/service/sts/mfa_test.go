package sts

import (
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/totp"
)

const (
	wrongCode = "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. "
	notTheirs = "AccessDenied: MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
	half      = "AccessDenied: MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
)

// device enables a device for the caller. It shows codes by how many steps they
// are after the world's time.
func (w *world) device(c *directory.Credential) (serial string, code func(steps int64) *string) {
	w.t.Helper()
	owner := c.Caller.UniqueID
	if owner == "" {
		owner = c.Caller.Account
	}
	var seed []byte
	err := w.dir.Update(w.t.Context(), func(tx *directory.Tx) (err error) {
		m := &directory.MFADevice{Entity: directory.Entity{Account: c.Caller.Account, Path: "/", Name: owner}}
		if seed, err = tx.CreateMFADevice(m); err != nil {
			return err
		}
		serial = m.ARN()
		return tx.EnableMFA(m, owner)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return serial, func(steps int64) *string { return new(totp.Code(seed, totp.Step(w.now)+steps)) }
}

func (w *world) sessionToken(c *directory.Credential, serial, code *string) (*directory.Credential, error) {
	out, err := as[api.GetSessionTokenOutput](w, c, "GetSessionToken", &api.GetSessionTokenInput{SerialNumber: serial, TokenCode: code})
	if err != nil {
		return nil, err
	}
	return w.sign(*out.Credentials.AccessKeyId, *out.Credentials.SessionToken), nil
}

func TestGetSessionTokenWithMFA(t *testing.T) {
	w := open(t)
	bob, root := w.user(acctB, "bob"), w.sign(w.root[acctB].KeyID, "")
	serial, code := w.device(bob)
	rootSerial, rootCode := w.device(root)
	for _, c := range []struct {
		name         string
		who          *directory.Credential
		serial, code *string
		want         string
	}{
		{"no serial number", bob, nil, code(0), half},
		{"no code", bob, &serial, nil, half},
		{"a code of long ago", bob, &serial, code(-10), wrongCode},
		{"another's device", bob, &rootSerial, rootCode(0), notTheirs},
		{"another's device and code", root, &serial, code(0), notTheirs},
		{"a device that is not there", bob, new(serial + "x"), code(0), notTheirs},
		{"right", bob, &serial, code(0), ""},
		{"used", bob, &serial, code(0), wrongCode},
		{"root's", root, &rootSerial, rootCode(0), ""},
	} {
		got, err := w.sessionToken(c.who, c.serial, c.code)
		wantError(t, c.name, err, c.want)
		if err == nil && !got.Session.MFA.Equal(w.now) {
			t.Errorf("%s: a code at %v", c.name, got.Session.MFA)
		}
	}
	plain, err := w.sessionToken(bob, nil, nil)
	if err != nil || !plain.Session.MFA.IsZero() {
		t.Errorf("a session without a code has one: %v", err)
	}
}

const (
	trustMFA = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + acctB + `:root"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`
	trustAge = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + acctB + `:root"},"Action":"sts:AssumeRole","Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}}`
)

func TestAssumeRoleWithMFA(t *testing.T) {
	w := open(t)
	bob := w.user(acctB, "bob", mayAssume)
	serial, code := w.device(bob)
	role, age := w.role(acctA, "app", trustMFA, mayAssume), w.role(acctA, "age", trustAge)
	hop := w.role(acctA, "hop", `{"Effect":"Allow","Principal":{"AWS":"`+role.ARN()+`"},"Action":"sts:AssumeRole"}`)
	hopMFA := w.role(acctA, "hopmfa", `{"Effect":"Allow","Principal":{"AWS":"`+role.ARN()+`"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`)
	with := func(s, c *string) func(*api.AssumeRoleInput) {
		return func(in *api.AssumeRoleInput) { in.SerialNumber, in.TokenCode = s, c }
	}
	no := func(who, r string) string {
		return "AccessDenied: User: " + who + " is not authorized to perform: sts:AssumeRole on resource: " + r
	}
	wantError(t, "without a code", second(w.assume(bob, assume(role.ARN()))), no(bob.Caller.ARN, role.ARN()))
	wantError(t, "a wrong code", second(w.assume(bob, assume(role.ARN(), with(&serial, code(9))))), wrongCode)
	wantError(t, "half of it", second(w.assume(bob, assume(role.ARN(), with(&serial, nil)))), half)
	wantError(t, "a role that is not there, with a wrong code",
		second(w.assume(bob, assume("arn:aws:iam::"+acctA+":role/none", with(&serial, code(9))))), wrongCode)

	// A request that is refused does not use the code.
	wantError(t, "a role that is not there", second(w.assume(bob, assume("arn:aws:iam::"+acctA+":role/none", with(&serial, code(0))))),
		no(bob.Caller.ARN, "arn:aws:iam::"+acctA+":role/none"))
	wantError(t, "too long", second(w.assume(bob, assume(role.ARN(), with(&serial, code(0)), func(in *api.AssumeRoleInput) { in.DurationSeconds = new(int32(7201)) }))),
		"ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	session, err := w.assume(bob, assume(role.ARN(), with(&serial, code(0))))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "the code again", second(w.assume(bob, assume(role.ARN(), with(&serial, code(0))))), wrongCode)
	wantError(t, "an age", second(w.assume(bob, assume(age.ARN(), with(&serial, code(1))))), "")

	// What was assumed with MFA is not authenticated with MFA.
	if !session.Session.MFA.IsZero() {
		t.Error("a role's session has MFA")
	}
	wantError(t, "the next role", second(w.assume(session, assume(hop.ARN()))), "")
	wantError(t, "the next role that asks for MFA", second(w.assume(session, assume(hopMFA.ARN()))), no(session.Caller.ARN, hopMFA.ARN()))
	wantError(t, "a role's code", second(w.assume(session, assume(hop.ARN(), with(&serial, code(2))))), notTheirs)
}

func second[T any](_ T, err error) error { return err }

// A session token's MFA stands for the calls that are made with it, for a while.
func TestMFAOfASessionTokenAges(t *testing.T) {
	w := open(t)
	bob := w.user(acctB, "bob", mayAssume)
	serial, code := w.device(bob)
	role, age := w.role(acctA, "app", trustMFA), w.role(acctA, "age", trustAge)
	refusal := func(r string) string {
		return "AccessDenied: User: " + bob.Caller.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + r
	}
	plain, err := w.sessionToken(bob, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "without", second(w.assume(plain, assume(role.ARN()))), refusal(role.ARN()))
	mfa, err := w.sessionToken(bob, &serial, code(0))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{0, ""}, {299 * time.Second, ""}, {time.Second, refusal(age.ARN())}} {
		w.now = w.now.Add(c.after)
		wantError(t, "present", second(w.assume(mfa, assume(role.ARN()))), "")
		wantError(t, "age", second(w.assume(mfa, assume(age.ARN()))), c.want)
	}
	// A code that comes with the request is newer.
	wantError(t, "a new code", second(w.assume(mfa, assume(age.ARN(), func(in *api.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &serial, code(0) }))), "")
}
