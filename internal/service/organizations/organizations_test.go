package organizations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

const (
	management = "111111111111"
	member     = "222222222222"
)

type world struct {
	dir *directory.Directory
	svc *Service
}

func empty(t *testing.T) *world {
	t.Helper()
	store := memory.New()
	dir, err := directory.Open(t.Context(), store, seal.NewKey(), directory.Options{
		PollInterval: time.Hour, FlushInterval: time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close(); store.Close() })
	return &world{dir, New(dir)}
}

func open(t *testing.T) *world {
	t.Helper()
	w := empty(t)
	for _, a := range [][2]string{{"green", management}, {"blue", member}} {
		if _, err := w.dir.EnsureAccount(t.Context(), a[0], a[1]); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// by is the context of a request of the account's root user.
func by(t *testing.T, account string) context.Context {
	who := &policy.Caller{Kind: policy.CallerRoot, Account: account, ARN: directory.RootARN(account)}
	return caller.With(t.Context(), &caller.Info{Identity: who})
}

func wantCode(t *testing.T, what string, err error, code, reason string) {
	t.Helper()
	var e *wire.Error
	if !errors.As(err, &e) || e.Code != code || e.Status != 400 {
		t.Errorf("%s: %v, want %s", what, err, code)
		return
	}
	if reason != "" && (len(e.Fields) != 1 || e.Fields[0] != wire.Field{Name: "Reason", Value: reason}) {
		t.Errorf("%s: fields %v, want reason %s", what, e.Fields, reason)
	}
}

func TestCreateAccount(t *testing.T) {
	w := open(t)
	ctx := by(t, management)
	out, err := w.svc.CreateAccount(ctx, &api.CreateAccountInput{
		Email: new("red@example.org"), AccountName: new("Red Team"), Tags: []api.Tag{{Key: new("k"), Value: new("v")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := out.CreateAccountStatus
	if *s.State != "SUCCEEDED" || !strings.HasPrefix(*s.Id, "car-") || len(*s.Id) != 36 || !arn.ValidAccountID(*s.AccountId) || s.FailureReason != nil {
		t.Errorf("%+v", s)
	}
	again, err := w.svc.DescribeCreateAccountStatus(ctx, &api.DescribeCreateAccountStatusInput{CreateAccountRequestId: s.Id})
	if err != nil || *again.CreateAccountStatus.AccountId != *s.AccountId || *again.CreateAccountStatus.AccountName != "Red Team" {
		t.Errorf("%+v, %v", again, err)
	}
	shown, err := w.svc.DescribeAccount(ctx, &api.DescribeAccountInput{AccountId: s.AccountId})
	if err != nil {
		t.Fatal(err)
	}
	org := w.dir.Org(management).ID
	if a := shown.Account; *a.Arn != "arn:aws:organizations::111111111111:account/"+org+"/"+*s.AccountId || *a.Email != "red@example.org" ||
		*a.Status != "ACTIVE" || *a.JoinedMethod != "CREATED" || a.JoinedTimestamp.IsZero() {
		t.Errorf("%+v", a)
	}
	role, err := w.dir.LookupRole(ctx, "arn:aws:iam::"+*s.AccountId+":role/OrganizationAccountAccessRole")
	if err != nil || role.Trust.Doc.Statements[0].Principal.Entries[0].Value != directory.RootARN(management) {
		t.Errorf("%+v, %v", role, err)
	}
	tags, err := w.svc.ListTagsForResource(ctx, &api.ListTagsForResourceInput{ResourceId: s.AccountId})
	if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].Value != "v" {
		t.Errorf("%+v, %v", tags, err)
	}
}

func TestCreateAccountWithAnAddressThatIsTaken(t *testing.T) {
	w := open(t)
	ctx := by(t, management)
	out, err := w.svc.CreateAccount(ctx, &api.CreateAccountInput{Email: new("Blue@Example.com"), AccountName: new("blue")})
	if err != nil {
		t.Fatal(err)
	}
	if s := out.CreateAccountStatus; *s.State != "FAILED" || *s.FailureReason != "EMAIL_ALREADY_EXISTS" || s.AccountId != nil {
		t.Errorf("%+v", s)
	}
	for states, want := range map[string]int{"": 1, "FAILED": 1, "SUCCEEDED": 0} {
		in := &api.ListCreateAccountStatusInput{}
		if states != "" {
			in.States = []string{states}
		}
		list, err := w.svc.ListCreateAccountStatus(ctx, in)
		if err != nil || len(list.CreateAccountStatuses) != want {
			t.Errorf("in state %q: %+v, %v", states, list, err)
		}
	}
	all, err := w.svc.ListAccounts(ctx, &api.ListAccountsInput{})
	if err != nil || len(all.Accounts) != 2 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestCreateAccountChecksItsInput(t *testing.T) {
	w := open(t)
	in := func(change func(*api.CreateAccountInput)) *api.CreateAccountInput {
		in := &api.CreateAccountInput{Email: new("red@example.org"), AccountName: new("red")}
		change(in)
		return in
	}
	for _, c := range []struct {
		name, reason string
		in           *api.CreateAccountInput
	}{
		{"no address", "INVALID_PATTERN", in(func(in *api.CreateAccountInput) { in.Email = nil })},
		{"an address without a host", "INVALID_PATTERN", in(func(in *api.CreateAccountInput) { in.Email = new("red@host") })},
		{"a name with a line break", "INVALID_PATTERN", in(func(in *api.CreateAccountInput) { in.AccountName = new("a\nb") })},
		{"a role's path", "INVALID_ROLE_NAME", in(func(in *api.CreateAccountInput) { in.RoleName = new("a/b") })},
		{"billing", "INVALID_ENUM", in(func(in *api.CreateAccountInput) { in.IamUserAccessToBilling = new("MAYBE") })},
		{"a tag of AWS's", "INVALID_SYSTEM_TAGS_PARAMETER", in(func(in *api.CreateAccountInput) { in.Tags = []api.Tag{{Key: new("aws:x"), Value: new("")}} })},
		{"a tag twice", "DUPLICATE_TAG_KEY", in(func(in *api.CreateAccountInput) {
			in.Tags = []api.Tag{{Key: new("x"), Value: new("1")}, {Key: new("x"), Value: new("2")}}
		})},
	} {
		_, err := w.svc.CreateAccount(by(t, management), c.in)
		wantCode(t, c.name, err, "InvalidInputException", c.reason)
	}
}

func TestErrors(t *testing.T) {
	w := open(t)
	ctx := by(t, management)
	for _, c := range []struct {
		name, code string
		fn         func() error
	}{
		{"account", "AccountNotFoundException", func() error {
			_, err := w.svc.DescribeAccount(ctx, &api.DescribeAccountInput{AccountId: new("999999999999")})
			return err
		}},
		{"request", "CreateAccountStatusNotFoundException", func() error {
			_, err := w.svc.DescribeCreateAccountStatus(ctx, &api.DescribeCreateAccountStatusInput{CreateAccountRequestId: new("car-00000000")})
			return err
		}},
		{"parent", "ParentNotFoundException", func() error {
			_, err := w.svc.ListChildren(ctx, &api.ListChildrenInput{ParentId: new("r-0000"), ChildType: new("ACCOUNT")})
			return err
		}},
		{"parent of accounts", "ParentNotFoundException", func() error {
			_, err := w.svc.ListAccountsForParent(ctx, &api.ListAccountsForParentInput{ParentId: new("r-0000")})
			return err
		}},
		{"child", "ChildNotFoundException", func() error {
			_, err := w.svc.ListParents(ctx, &api.ListParentsInput{ChildId: new("999999999999")})
			return err
		}},
		{"tags", "TargetNotFoundException", func() error {
			_, err := w.svc.TagResource(ctx, &api.TagResourceInput{ResourceId: new("999999999999")})
			return err
		}},
	} {
		wantCode(t, c.name, c.fn(), c.code, "")
	}
}

func TestOnlyTheManagementAccountManages(t *testing.T) {
	w := open(t)
	ctx := by(t, member)
	root := new("r-0000")
	for name, fn := range map[string]func() error{
		"CreateAccount": func() error {
			_, err := w.svc.CreateAccount(ctx, &api.CreateAccountInput{Email: new("red@example.org"), AccountName: new("red")})
			return err
		},
		"DescribeCreateAccountStatus": func() error {
			_, err := w.svc.DescribeCreateAccountStatus(ctx, &api.DescribeCreateAccountStatusInput{CreateAccountRequestId: new("car-00000000")})
			return err
		},
		"ListCreateAccountStatus": func() error {
			_, err := w.svc.ListCreateAccountStatus(ctx, &api.ListCreateAccountStatusInput{})
			return err
		},
		"ListAccounts": func() error { _, err := w.svc.ListAccounts(ctx, &api.ListAccountsInput{}); return err },
		"ListAccountsForParent": func() error {
			_, err := w.svc.ListAccountsForParent(ctx, &api.ListAccountsForParentInput{ParentId: root})
			return err
		},
		"DescribeAccount": func() error {
			_, err := w.svc.DescribeAccount(ctx, &api.DescribeAccountInput{AccountId: new(member)})
			return err
		},
		"ListRoots": func() error { _, err := w.svc.ListRoots(ctx, &api.ListRootsInput{}); return err },
		"ListParents": func() error {
			_, err := w.svc.ListParents(ctx, &api.ListParentsInput{ChildId: new(member)})
			return err
		},
		"ListChildren": func() error {
			_, err := w.svc.ListChildren(ctx, &api.ListChildrenInput{ParentId: root, ChildType: new("ACCOUNT")})
			return err
		},
		"ListOrganizationalUnitsForParent": func() error {
			_, err := w.svc.ListOrganizationalUnitsForParent(ctx, &api.ListOrganizationalUnitsForParentInput{ParentId: root})
			return err
		},
		"CreateOrganizationalUnit": func() error {
			_, err := w.svc.CreateOrganizationalUnit(ctx, &api.CreateOrganizationalUnitInput{ParentId: root, Name: new("x")})
			return err
		},
		"UpdateOrganizationalUnit": func() error {
			_, err := w.svc.UpdateOrganizationalUnit(ctx, &api.UpdateOrganizationalUnitInput{OrganizationalUnitId: root})
			return err
		},
		"DeleteOrganizationalUnit": func() error {
			_, err := w.svc.DeleteOrganizationalUnit(ctx, &api.DeleteOrganizationalUnitInput{OrganizationalUnitId: root})
			return err
		},
		"DescribeOrganizationalUnit": func() error {
			_, err := w.svc.DescribeOrganizationalUnit(ctx, &api.DescribeOrganizationalUnitInput{OrganizationalUnitId: root})
			return err
		},
		"MoveAccount": func() error {
			_, err := w.svc.MoveAccount(ctx, &api.MoveAccountInput{AccountId: new(member), SourceParentId: root, DestinationParentId: root})
			return err
		},
		"CreatePolicy": func() error {
			_, err := w.svc.CreatePolicy(ctx, &api.CreatePolicyInput{Name: new("x"), Type: new(scp), Content: new(denyS3)})
			return err
		},
		"UpdatePolicy": func() error {
			_, err := w.svc.UpdatePolicy(ctx, &api.UpdatePolicyInput{PolicyId: new("p-x")})
			return err
		},
		"DeletePolicy": func() error {
			_, err := w.svc.DeletePolicy(ctx, &api.DeletePolicyInput{PolicyId: new("p-x")})
			return err
		},
		"DescribePolicy": func() error {
			_, err := w.svc.DescribePolicy(ctx, &api.DescribePolicyInput{PolicyId: new("p-x")})
			return err
		},
		"ListPolicies": func() error {
			_, err := w.svc.ListPolicies(ctx, &api.ListPoliciesInput{Filter: new(scp)})
			return err
		},
		"AttachPolicy": func() error {
			_, err := w.svc.AttachPolicy(ctx, &api.AttachPolicyInput{PolicyId: new("p-x"), TargetId: root})
			return err
		},
		"DetachPolicy": func() error {
			_, err := w.svc.DetachPolicy(ctx, &api.DetachPolicyInput{PolicyId: new("p-x"), TargetId: root})
			return err
		},
		"ListPoliciesForTarget": func() error {
			_, err := w.svc.ListPoliciesForTarget(ctx, &api.ListPoliciesForTargetInput{TargetId: root, Filter: new(scp)})
			return err
		},
		"ListTargetsForPolicy": func() error {
			_, err := w.svc.ListTargetsForPolicy(ctx, &api.ListTargetsForPolicyInput{PolicyId: new("p-x")})
			return err
		},
		"EnablePolicyType": func() error {
			_, err := w.svc.EnablePolicyType(ctx, &api.EnablePolicyTypeInput{RootId: root, PolicyType: new(scp)})
			return err
		},
		"DisablePolicyType": func() error {
			_, err := w.svc.DisablePolicyType(ctx, &api.DisablePolicyTypeInput{RootId: root, PolicyType: new(scp)})
			return err
		},
		"DescribeEffectivePolicy of another account": func() error {
			_, err := w.svc.DescribeEffectivePolicy(ctx, &api.DescribeEffectivePolicyInput{PolicyType: new("TAG_POLICY"), TargetId: new(management)})
			return err
		},
		"ListTagsForResource": func() error {
			_, err := w.svc.ListTagsForResource(ctx, &api.ListTagsForResourceInput{ResourceId: new(member)})
			return err
		},
		"TagResource": func() error {
			_, err := w.svc.TagResource(ctx, &api.TagResourceInput{ResourceId: new(member)})
			return err
		},
		"UntagResource": func() error {
			_, err := w.svc.UntagResource(ctx, &api.UntagResourceInput{ResourceId: new(member)})
			return err
		},
	} {
		wantCode(t, name, fn(), "AccessDeniedException", "")
	}
	out, err := w.svc.DescribeOrganization(ctx, &api.DescribeOrganizationInput{})
	if err != nil || *out.Organization.MasterAccountId != management || *out.Organization.MasterAccountEmail != "green@example.com" || *out.Organization.FeatureSet != "ALL" {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = empty(t).svc.DescribeOrganization(ctx, &api.DescribeOrganizationInput{})
	wantCode(t, "without an organization", err, "AWSOrganizationsNotInUseException", "")
}

func TestPaging(t *testing.T) {
	w := open(t)
	ctx := by(t, management)
	for i := range 28 {
		if _, err := w.dir.EnsureAccount(ctx, fmt.Sprint("n", i), fmt.Sprint(300000000000+i)); err != nil {
			t.Fatal(err)
		}
	}
	for limit, want := range map[int32]string{0: "[20 10]", 7: "[7 7 7 7 2]", 15: "[15 15]", 20: "[20 10]"} {
		in := &api.ListAccountsInput{}
		if limit > 0 {
			in.MaxResults = &limit
		}
		var sizes []int
		seen := map[string]bool{}
		for {
			out, err := w.svc.ListAccounts(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, len(out.Accounts))
			for _, a := range out.Accounts {
				seen[*a.Id] = true
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
		}
		if fmt.Sprint(sizes) != want || len(seen) != 30 {
			t.Errorf("by %d: %v, %d accounts", limit, sizes, len(seen))
		}
	}
	first, err := w.svc.ListAccounts(ctx, &api.ListAccountsInput{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.svc.ListAccounts(ctx, &api.ListAccountsInput{NextToken: new("###")})
	wantCode(t, "a token that is none", err, "InvalidInputException", "INVALID_NEXT_TOKEN")
	_, err = w.svc.ListCreateAccountStatus(ctx, &api.ListCreateAccountStatusInput{NextToken: first.NextToken})
	wantCode(t, "another list's token", err, "InvalidInputException", "INVALID_NEXT_TOKEN")
	_, err = w.svc.ListAccounts(ctx, &api.ListAccountsInput{MaxResults: new(int32(0))})
	wantCode(t, "no results", err, "InvalidInputException", "MIN_VALUE_EXCEEDED")
}

func TestTheTreeIsFlat(t *testing.T) {
	w := open(t)
	ctx := by(t, management)
	roots, err := w.svc.ListRoots(ctx, &api.ListRootsInput{})
	if err != nil || len(roots.Roots) != 1 {
		t.Fatal(err)
	}
	root := roots.Roots[0]
	parents, err := w.svc.ListParents(ctx, &api.ListParentsInput{ChildId: new(member)})
	if err != nil || len(parents.Parents) != 1 || *parents.Parents[0].Id != *root.Id || *parents.Parents[0].Type != "ROOT" {
		t.Errorf("%+v, %v", parents, err)
	}
	for kind, want := range map[string]int{"ACCOUNT": 2, "ORGANIZATIONAL_UNIT": 0} {
		got, err := w.svc.ListChildren(ctx, &api.ListChildrenInput{ParentId: root.Id, ChildType: &kind})
		if err != nil || len(got.Children) != want {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
	under, err := w.svc.ListAccountsForParent(ctx, &api.ListAccountsForParentInput{ParentId: root.Id})
	if err != nil || len(under.Accounts) != 2 {
		t.Errorf("%+v, %v", under, err)
	}
	units, err := w.svc.ListOrganizationalUnitsForParent(ctx, &api.ListOrganizationalUnitsForParentInput{ParentId: root.Id})
	if err != nil || len(units.OrganizationalUnits) != 0 {
		t.Errorf("%+v, %v", units, err)
	}
}

func TestTarget(t *testing.T) {
	w := open(t)
	ctx := by(t, management)
	if _, err := w.svc.TagResource(ctx, &api.TagResourceInput{ResourceId: new(member), Tags: []api.Tag{{Key: new("k"), Value: new("v")}}}); err != nil {
		t.Fatal(err)
	}
	org := w.dir.Org(management).ID
	for _, c := range []struct {
		op   string
		in   any
		want string
	}{
		{"ListAccounts", &api.ListAccountsInput{}, "*"},
		{"DescribeAccount", &api.DescribeAccountInput{AccountId: new(member)}, "arn:aws:organizations::111111111111:account/" + org + "/222222222222 v"},
		{"DescribeAccount", &api.DescribeAccountInput{AccountId: new("999999999999")}, "arn:aws:organizations::111111111111:account/" + org + "/999999999999"},
		{"TagResource", &api.TagResourceInput{ResourceId: new(member)}, "arn:aws:organizations::111111111111:account/" + org + "/222222222222 v"},
		{"ListChildren", &api.ListChildrenInput{ParentId: new("r-abcd")}, "arn:aws:organizations::111111111111:root/" + org + "/r-abcd"},
		{"ListParents", &api.ListParentsInput{ChildId: new("x")}, "*"},
	} {
		target, err := w.svc.Target(ctx, &api.API().Operation(c.op).Access[0], c.in)
		if err != nil {
			t.Fatal(err)
		}
		got := target.Resource.ARN
		if v, ok := target.Resource.Tags.Get("k"); ok {
			got += " " + v
		}
		if got != c.want || target.Resource.Account != management {
			t.Errorf("%s: %s of %s", c.op, got, target.Resource.Account)
		}
	}
}
