package iam

import (
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

func TestAccountPasswordPolicy(t *testing.T) {
	w := newWorld(t)
	get := func() (*api.PasswordPolicy, error) {
		out, err := w.GetAccountPasswordPolicy(w.ctx, nil)
		if err != nil {
			return nil, err
		}
		return out.PasswordPolicy, nil
	}
	_, err := get()
	refused(t, err, 404, "NoSuchEntity", "The Password Policy with domain name 111111111111 cannot be found.")
	must(w.UpdateAccountPasswordPolicy(w.ctx, &api.UpdateAccountPasswordPolicyInput{
		MinimumPasswordLength: new(int32(14)), RequireSymbols: new(true), MaxPasswordAge: new(int32(90)),
		PasswordReusePrevention: new(int32(24)), HardExpiry: new(false), AllowUsersToChangePassword: new(true),
	}))
	p := must(get())
	same(t, "length", *p.MinimumPasswordLength, 14)
	same(t, "symbols", *p.RequireSymbols, true)
	same(t, "numbers", *p.RequireNumbers, false)
	same(t, "expire", *p.ExpirePasswords, true)
	same(t, "age", *p.MaxPasswordAge, 90)
	same(t, "reuse", *p.PasswordReusePrevention, 24)
	same(t, "hard expiry", p.HardExpiry != nil && !*p.HardExpiry, true)
	same(t, "users may", *p.AllowUsersToChangePassword, true)

	must(w.UpdateAccountPasswordPolicy(w.ctx, &api.UpdateAccountPasswordPolicyInput{}))
	p = must(get())
	same(t, "default length", *p.MinimumPasswordLength, 6)
	same(t, "default symbols", *p.RequireSymbols, false)
	same(t, "default expiry", *p.ExpirePasswords, false)
	same(t, "absent", p.MaxPasswordAge == nil && p.PasswordReusePrevention == nil && p.HardExpiry == nil, true)

	must(w.DeleteAccountPasswordPolicy(w.ctx, nil))
	_, err = w.DeleteAccountPasswordPolicy(w.ctx, nil)
	refused(t, err, 404, "NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")
}

func TestPasswordsConformToTheirPolicy(t *testing.T) {
	a := &directory.Account{Name: "Green-House-1", Email: "green@example.com"}
	all := &directory.PasswordPolicy{MinimumLength: 10, Symbols: true, Numbers: true, Uppercase: true, Lowercase: true}
	const (
		should   = "Password should have "
		atLeast  = should + "at least one "
		requires = " more of the following requirements: "
	)
	for _, c := range []struct {
		policy         *directory.PasswordPolicy
		password, want string
	}{
		{nil, "abcDEF12", ""},
		{nil, "abc-1234", ""},
		{nil, "abcDEF1", should + "a minimum length of 8"},
		{nil, "Äbcdef-1", ""},
		{nil, "abcd1234", "Password should meet 1" + requires + atLeast + "uppercase letter, " + atLeast + "symbol"},
		{nil, "abcdefgh", "Password should meet 2" + requires + atLeast + "uppercase letter, " + atLeast + "number, " + atLeast + "symbol"},
		{nil, "äöüäöüäöü", "Password should meet 3" + requires + atLeast + "uppercase letter, " + atLeast + "lowercase letter, " + atLeast + "number, " + atLeast + "symbol"},
		{nil, "green-house-1", "Password does not conform to the account password policy."},
		{nil, "Green@Example.com", "Password does not conform to the account password policy."},
		{all, "abcDEF-123", ""},
		{all, "abcDEF-12", should + "a minimum length of 10"},
		{all, "abcdef-123", atLeast + "uppercase letter"},
		{all, "äbcDEF?123", atLeast + "symbol"},
		{all, "a", should + "a minimum length of 10, " + atLeast + "uppercase letter, " + atLeast + "number, " + atLeast + "symbol"},
		{&directory.PasswordPolicy{MinimumLength: 6}, "aaaaaa", ""},
		{&directory.PasswordPolicy{MinimumLength: 6}, "äääääÿ", ""},
	} {
		err := checkPassword(c.policy, a, c.password)
		if c.want == "" {
			if err != nil {
				t.Errorf("%q: %v", c.password, err)
			}
			continue
		}
		refused(t, err, 400, "PasswordPolicyViolation", c.want)
	}
}

func TestSecurityTokenServicePreferences(t *testing.T) {
	w := newWorld(t)
	version := func() int32 { return must(w.GetAccountSummary(w.ctx, nil)).SummaryMap["GlobalEndpointTokenVersion"] }
	same(t, "of a new account", version(), 1)
	for _, c := range []struct {
		name string
		want int32
	}{{"v2Token", 2}, {"v1Token", 1}} {
		must(w.SetSecurityTokenServicePreferences(w.ctx, &api.SetSecurityTokenServicePreferencesInput{GlobalEndpointTokenVersion: &c.name}))
		same(t, c.name, version(), c.want)
	}
}
