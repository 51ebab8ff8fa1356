package iam

import (
	"fmt"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

func TestAccountSummary(t *testing.T) {
	w := newWorld(t)
	w.user("u")
	w.user("v")
	w.group("g")
	w.role("r")
	w.provider("https://idp.example.com")
	arn := w.policy("p").Arn
	must(w.CreatePolicyVersion(w.ctx, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: new(allowAll)}))
	got := must(w.GetAccountSummary(w.ctx, &api.GetAccountSummaryInput{})).SummaryMap
	for name, want := range map[string]int32{
		"Users": 2, "Groups": 1, "Roles": 1, "Policies": 1, "PolicyVersionsInUse": 2, "AccountAccessKeysPresent": 1,
		"UsersQuota": 5000, "GroupsQuota": 300, "RolesQuota": 1000, "PoliciesQuota": 1500, "AccessKeysPerUserQuota": 2,
		"AssumeRolePolicySizeQuota": 2048, "VersionsPerPolicyQuota": 5, "RolePolicySizeQuota": 10240, "AccountMFAEnabled": 0, "Providers": 1,
	} {
		same(t, name, got[name], want)
	}
	same(t, "entries", len(got), 34)
	other := must(w.GetAccountSummary(w.root(acctB), &api.GetAccountSummaryInput{})).SummaryMap
	same(t, "the other account's users", other["Users"], 0)
}

func TestAccountAlias(t *testing.T) {
	w := newWorld(t)
	list := func() string {
		return fmt.Sprint(must(w.ListAccountAliases(w.ctx, &api.ListAccountAliasesInput{})).AccountAliases)
	}
	same(t, "none", list(), "[]")
	for _, alias := range []string{"first", "green", "green"} {
		must(w.CreateAccountAlias(w.ctx, &api.CreateAccountAliasInput{AccountAlias: &alias}))
	}
	same(t, "the last", list(), "[green]")
	_, err := w.CreateAccountAlias(w.root(acctB), &api.CreateAccountAliasInput{AccountAlias: new("green")})
	refused(t, err, 409, "EntityAlreadyExists", "The account alias green already exists.")
	same(t, "root's name", *must(w.GetUser(w.ctx, &api.GetUserInput{})).User.UserName, "green")
	_, err = w.DeleteAccountAlias(w.ctx, &api.DeleteAccountAliasInput{AccountAlias: new("first")})
	refused(t, err, 404, "NoSuchEntity", "The account alias first cannot be found.")
	must(w.DeleteAccountAlias(w.ctx, &api.DeleteAccountAliasInput{AccountAlias: new("green")}))
	same(t, "deleted", list(), "[]")
	succeeded, _ := race(6, func(i int) error {
		return second(w.CreateAccountAlias(w.root([]string{acctA, acctB}[i%2]), &api.CreateAccountAliasInput{AccountAlias: new("raced")}))
	})
	same(t, "of two accounts one has it, three times", succeeded, 3)
}
