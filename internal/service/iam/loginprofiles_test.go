package iam

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
)

const firstPassword = "First-Passw0rd"

func (w *world) login(userName, password string) error {
	_, err := w.CreateLoginProfile(w.ctx, &api.CreateLoginProfileInput{UserName: &userName, Password: &password})
	return err
}

func (w *world) setPassword(userName, password string) error {
	_, err := w.UpdateLoginProfile(w.ctx, &api.UpdateLoginProfileInput{UserName: &userName, Password: &password})
	return err
}

func (w *world) changePassword(ctx context.Context, old, next string) error {
	_, err := w.ChangePassword(ctx, &api.ChangePasswordInput{OldPassword: &old, NewPassword: &next})
	return err
}

// stored is the login profile of a user as it is in the store.
func (w *world) stored(userName string) (p *directory.LoginProfile) {
	w.t.Helper()
	err := w.dir.View(w.t.Context(), func(t *directory.ReadTx) error {
		u, err := t.User(acctA, userName)
		if err != nil {
			return err
		}
		p, err = login(t, acctA, u.ID)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoginProfileLifecycle(t *testing.T) {
	w := newWorld(t)
	w.user("Bob")
	get := func() (*api.LoginProfile, error) {
		out, err := w.GetLoginProfile(w.ctx, &api.GetLoginProfileInput{UserName: new("bob")})
		if err != nil {
			return nil, err
		}
		return out.LoginProfile, nil
	}
	_, err := get()
	refused(t, err, 404, "NoSuchEntity", "Login Profile for User Bob cannot be found.")
	refused(t, w.setPassword("Bob", firstPassword), 404, "NoSuchEntity", "Login Profile for User Bob cannot be found.")
	refused(t, w.login("none", firstPassword), 404, "NoSuchEntity", "The user with name none cannot be found.")
	_, err = w.CreateLoginProfile(w.ctx, &api.CreateLoginProfileInput{UserName: new("Bob")})
	refused(t, err, 400, "ValidationError", "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null")

	made := must(w.CreateLoginProfile(w.ctx, &api.CreateLoginProfileInput{
		UserName: new("Bob"), Password: new(firstPassword), PasswordResetRequired: new(true),
	})).LoginProfile
	same(t, "name", *made.UserName, "Bob")
	same(t, "made", *made.CreateDate, start)
	same(t, "must be changed", *made.PasswordResetRequired, true)
	refused(t, w.login("Bob", firstPassword), 409, "EntityAlreadyExists", "Login Profile for user Bob already exists.")

	ok(t, w.setPassword("Bob", "Second-Passw0rd"))
	same(t, "must still be changed", *must(get()).PasswordResetRequired, true)
	must(w.UpdateLoginProfile(w.ctx, &api.UpdateLoginProfileInput{UserName: new("Bob"), PasswordResetRequired: new(false)}))
	same(t, "need not be changed", *must(get()).PasswordResetRequired, false)

	_, err = w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("Bob")})
	refused(t, err, 409, "DeleteConflict", "Cannot delete entity, must delete login profile first.")
	must(w.UpdateUser(w.ctx, &api.UpdateUserInput{UserName: new("Bob"), NewUserName: new("Rob")}))
	same(t, "name after the user's", *must(w.GetLoginProfile(w.ctx, &api.GetLoginProfileInput{UserName: new("Rob")})).LoginProfile.UserName, "Rob")
	must(w.DeleteLoginProfile(w.ctx, &api.DeleteLoginProfileInput{UserName: new("Rob")}))
	_, err = w.DeleteLoginProfile(w.ctx, &api.DeleteLoginProfileInput{UserName: new("Rob")})
	refused(t, err, 404, "NoSuchEntity", "Login Profile for User Rob cannot be found.")
	must(w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("Rob")}))
}

func TestLoginProfileOfTheRootUser(t *testing.T) {
	w := newWorld(t)
	_, err := w.GetLoginProfile(w.ctx, &api.GetLoginProfileInput{})
	refused(t, err, 404, "NoSuchEntity", "Login Profile for User "+acctA+" cannot be found.")
	_, err = w.CreateLoginProfile(w.ctx, &api.CreateLoginProfileInput{Password: new(firstPassword)})
	refused(t, err, 400, "ValidationError", "The password of the root user can not be set.")
	same(t, "none", must(w.GetAccountSummary(w.ctx, nil)).SummaryMap["AccountPasswordPresent"], 0)
	must(w.CreateLoginProfile(w.ctx, &api.CreateLoginProfileInput{}))
	same(t, "one", must(w.GetAccountSummary(w.ctx, nil)).SummaryMap["AccountPasswordPresent"], 1)
	must(w.DeleteLoginProfile(w.ctx, &api.DeleteLoginProfileInput{}))
	_, err = w.GetLoginProfile(w.asSession(), &api.GetLoginProfileInput{})
	refused(t, err, 400, "ValidationError", "Must specify userName when calling with non-User credentials")
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	w.user("Bob")
	bob := w.asUser("Bob")
	refused(t, w.changePassword(bob, "x", firstPassword), 404, "NoSuchEntity", "Login Profile for User Bob cannot be found.")
	must(w.CreateLoginProfile(w.ctx, &api.CreateLoginProfileInput{UserName: new("Bob"), Password: new(firstPassword), PasswordResetRequired: new(true)}))
	for _, who := range []context.Context{w.ctx, w.asSession()} {
		refused(t, w.changePassword(who, firstPassword, "Second-Passw0rd"), 400, "InvalidUserType", "Only IAM Users can change their own password")
	}
	refused(t, w.changePassword(bob, "first-Passw0rd", "Second-Passw0rd"), 403, "AccessDenied", "The old password was incorrect.")
	refused(t, w.changePassword(bob, firstPassword, "short"), 400, "PasswordPolicyViolation", "Password should have a minimum length of 8")
	ok(t, w.changePassword(bob, firstPassword, "Second-Passw0rd"))
	same(t, "must be changed", w.stored("Bob").ResetRequired, false)
	refused(t, w.changePassword(bob, firstPassword, "Third-Passw0rd"), 403, "AccessDenied", "The old password was incorrect.")
	ok(t, w.changePassword(bob, "Second-Passw0rd", firstPassword)) // nothing forbids it
}

func TestPasswordsAreNotUsedAgain(t *testing.T) {
	w := newWorld(t)
	w.user("Bob")
	ok(t, w.login("Bob", "word-0"+firstPassword))
	for i := range 3 {
		ok(t, w.setPassword("Bob", fmt.Sprintf("word-%d%s", i+1, firstPassword)))
	}
	must(w.UpdateAccountPasswordPolicy(w.ctx, &api.UpdateAccountPasswordPolicyInput{PasswordReusePrevention: new(int32(3))}))
	const again = "Password does not conform to the account password policy."
	for i := 1; i <= 3; i++ { // the present one and two before it
		refused(t, w.setPassword("Bob", fmt.Sprintf("word-%d%s", i, firstPassword)), 400, "PasswordPolicyViolation", again)
	}
	refused(t, w.changePassword(w.asUser("Bob"), "word-3"+firstPassword, "word-2"+firstPassword), 400, "PasswordPolicyViolation", again)
	ok(t, w.setPassword("Bob", "word-0"+firstPassword))
	same(t, "remembered", len(w.stored("Bob").Former), 4)
}

func TestPasswordsAreRememberedUpToALimit(t *testing.T) {
	w := newWorld(t)
	w.user("Bob")
	ok(t, w.login("Bob", firstPassword))
	p := w.stored("Bob")
	for range keptPasswords {
		p.Former = append(p.Former, p.Password)
	}
	ok(t, w.dir.Update(t.Context(), func(tx *directory.Tx) error { return tx.PutResource(p) }))
	ok(t, w.setPassword("Bob", "Second-Passw0rd"))
	same(t, "remembered", len(w.stored("Bob").Former), keptPasswords-1)
}

func TestNothingOfAPasswordIsKept(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"Bob", "Eve"} {
		w.user(name)
		ok(t, w.login(name, firstPassword))
	}
	ok(t, w.setPassword("Bob", "Second-Passw0rd"))
	kept := string(must(json.Marshal(w.stored("Bob"))))
	if strings.Contains(kept, firstPassword) || strings.Contains(kept, "Second") {
		t.Error(kept)
	}
	one, other := w.stored("Bob").Former[0], w.stored("Eve").Password
	if string(one.Key) == string(other.Key) || string(one.Salt) == string(other.Salt) || len(one.Key) != hashSize {
		t.Error("two users with one password have one hash")
	}
}

func TestOnlyOneOfTwoChangesOfAPasswordHolds(t *testing.T) {
	w := newWorld(t)
	w.user("Bob")
	ok(t, w.login("Bob", firstPassword))
	bob := w.asUser("Bob")
	n, failures := race(2, func(i int) error { return w.changePassword(bob, firstPassword, fmt.Sprintf("Passw0rd-%d", i)) })
	same(t, "changes", n, 1)
	for _, err := range failures {
		if e, _ := wire.AsError(err); e == nil || e.Code != "ConcurrentModification" && e.Code != "AccessDenied" {
			t.Error(err)
		}
	}
}

func TestAllowUsersToChangePassword(t *testing.T) {
	w := newWorld(t)
	w.user("Bob")
	must(w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("Bound"), PermissionsBoundary: new(adminARN)}))
	gives := func(ctx context.Context, action, kind string, in any) bool {
		return must(w.Target(ctx, &wire.Access{Action: action, Resource: kind}, in)).Policy != nil
	}
	change := func(ctx context.Context) bool {
		return gives(ctx, "iam:ChangePassword", "user", &api.ChangePasswordInput{})
	}
	same(t, "without a policy", change(w.asUser("Bob")), false)
	must(w.UpdateAccountPasswordPolicy(w.ctx, &api.UpdateAccountPasswordPolicyInput{}))
	same(t, "with one that does not", change(w.asUser("Bob")), false)
	must(w.UpdateAccountPasswordPolicy(w.ctx, &api.UpdateAccountPasswordPolicyInput{AllowUsersToChangePassword: new(true)}))
	same(t, "with one that does", change(w.asUser("Bob")), true)
	same(t, "a bounded user", change(w.asUser("Bound")), false)
	same(t, "a session", change(w.asSession()), false)
	same(t, "another account", change(w.root(acctB)), false)
	same(t, "the policy", gives(w.asUser("Bob"), "iam:GetAccountPasswordPolicy", "*", &api.GetAccountPasswordPolicyInput{}), true)
	same(t, "anything else", gives(w.asUser("Bob"), "iam:UpdateLoginProfile", "user", &api.UpdateLoginProfileInput{UserName: new("Bob")}), false)

	target := must(w.Target(w.asUser("Bob"), &wire.Access{Action: "iam:ChangePassword", Resource: "user"}, &api.ChangePasswordInput{}))
	same(t, "on", target.Resource.ARN, "arn:aws:iam::111111111111:user/Bob")
	target = must(w.Target(w.asSession(), &wire.Access{Action: "iam:ChangePassword", Resource: "user"}, &api.ChangePasswordInput{}))
	same(t, "of a session", target.Resource.ARN, "arn:aws:sts::111111111111:assumed-role/R/s")
}

func TestPasswordsInTheCredentialReport(t *testing.T) {
	w := newWorld(t)
	w.user("Bob")
	w.user("Zoe")
	ok(t, w.login("Bob", firstPassword))
	report := func(at context.Context) string {
		must(w.GenerateCredentialReport(at, &api.GenerateCredentialReportInput{}))
		return string(must(w.GetCredentialReport(at, &api.GetCredentialReportInput{})).Content)
	}
	const at = "2026-03-01T12:00:00+00:00,"
	if got := report(w.ctx); !strings.Contains(got, "user/Bob,"+at+"true,no_information,"+at+"N/A,") || !strings.Contains(got, "user/Zoe,"+at+"false,N/A,N/A,N/A,") {
		t.Error(got)
	}
	must(w.UpdateAccountPasswordPolicy(w.ctx, &api.UpdateAccountPasswordPolicyInput{MaxPasswordAge: new(int32(31))}))
	if got := report(later(w.ctx, 5*time.Hour)); !strings.Contains(got, "user/Bob,"+at+"true,no_information,"+at+"2026-04-01T12:00:00+00:00,") {
		t.Error(got)
	}
}
