package organizations

import (
	"fmt"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

const (
	scp    = directory.ServiceControl
	rcp    = directory.ResourceControl
	denyS3 = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`
)

func (w *world) root(t *testing.T) string {
	t.Helper()
	out, err := w.svc.ListRoots(by(t, management), &api.ListRootsInput{})
	if err != nil || len(out.Roots) != 1 {
		t.Fatal(err)
	}
	return *out.Roots[0].Id
}

func (w *world) unit(t *testing.T, parent, name string) string {
	t.Helper()
	out, err := w.svc.CreateOrganizationalUnit(by(t, management), &api.CreateOrganizationalUnitInput{ParentId: &parent, Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	return *out.OrganizationalUnit.Id
}

func (w *world) move(t *testing.T, account, from, to string) error {
	t.Helper()
	_, err := w.svc.MoveAccount(by(t, management), &api.MoveAccountInput{AccountId: &account, SourceParentId: &from, DestinationParentId: &to})
	return err
}

func TestUnits(t *testing.T) {
	w := open(t)
	ctx, root, org := by(t, management), w.root(t), w.dir.Org(management).ID
	outer := w.unit(t, root, "outer")
	inner := w.unit(t, outer, "inner")
	shown, err := w.svc.DescribeOrganizationalUnit(ctx, &api.DescribeOrganizationalUnitInput{OrganizationalUnitId: &inner})
	if err != nil {
		t.Fatal(err)
	}
	if u := shown.OrganizationalUnit; *u.Arn != "arn:aws:organizations::111111111111:ou/"+org+"/"+inner || *u.Name != "inner" ||
		*u.Path != org+"/"+root+"/"+outer+"/"+inner+"/" {
		t.Errorf("%s %s %s", *u.Arn, *u.Name, *u.Path)
	}
	if _, err := w.svc.UpdateOrganizationalUnit(ctx, &api.UpdateOrganizationalUnitInput{OrganizationalUnitId: &inner, Name: new("deep")}); err != nil {
		t.Fatal(err)
	}
	list, err := w.svc.ListOrganizationalUnitsForParent(ctx, &api.ListOrganizationalUnitsForParentInput{ParentId: &outer})
	if err != nil || len(list.OrganizationalUnits) != 1 || *list.OrganizationalUnits[0].Name != "deep" {
		t.Errorf("%+v, %v", list, err)
	}
	parents, err := w.svc.ListParents(ctx, &api.ListParentsInput{ChildId: &inner})
	if err != nil || *parents.Parents[0].Id != outer || *parents.Parents[0].Type != "ORGANIZATIONAL_UNIT" {
		t.Errorf("%+v, %v", parents, err)
	}
	children, err := w.svc.ListChildren(ctx, &api.ListChildrenInput{ParentId: &root, ChildType: new("ORGANIZATIONAL_UNIT")})
	if err != nil || len(children.Children) != 1 || *children.Children[0].Id != outer {
		t.Errorf("%+v, %v", children, err)
	}
	_, err = w.svc.DeleteOrganizationalUnit(ctx, &api.DeleteOrganizationalUnitInput{OrganizationalUnitId: &outer})
	wantCode(t, "with a unit in it", err, "OrganizationalUnitNotEmptyException", "")
	if err := w.move(t, member, root, inner); err != nil {
		t.Fatal(err)
	}
	_, err = w.svc.DeleteOrganizationalUnit(ctx, &api.DeleteOrganizationalUnitInput{OrganizationalUnitId: &inner})
	wantCode(t, "with an account in it", err, "OrganizationalUnitNotEmptyException", "")
	if err := w.move(t, member, inner, outer); err != nil {
		t.Fatal(err)
	}
	if _, err = w.svc.DeleteOrganizationalUnit(ctx, &api.DeleteOrganizationalUnitInput{OrganizationalUnitId: &inner}); err != nil {
		t.Error(err)
	}
	_, err = w.svc.DescribeOrganizationalUnit(ctx, &api.DescribeOrganizationalUnitInput{OrganizationalUnitId: &inner})
	wantCode(t, "gone", err, "OrganizationalUnitNotFoundException", "")
}

func TestUnitsHaveLimits(t *testing.T) {
	w := open(t)
	ctx, root := by(t, management), w.root(t)
	at := root
	for i := range maxNesting {
		at = w.unit(t, at, fmt.Sprint("level ", i))
	}
	_, err := w.svc.CreateOrganizationalUnit(ctx, &api.CreateOrganizationalUnitInput{ParentId: &at, Name: new("x")})
	wantCode(t, "too deep", err, "ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED")
	_, err = w.svc.CreateOrganizationalUnit(ctx, &api.CreateOrganizationalUnitInput{ParentId: &root, Name: new("level 0")})
	wantCode(t, "a name that is taken", err, "DuplicateOrganizationalUnitException", "")
	second := w.unit(t, root, "level 1") // taken elsewhere only
	_, err = w.svc.UpdateOrganizationalUnit(ctx, &api.UpdateOrganizationalUnitInput{OrganizationalUnitId: &second, Name: new("level 0")})
	wantCode(t, "renamed to a name that is taken", err, "DuplicateOrganizationalUnitException", "")
	if _, err = w.svc.UpdateOrganizationalUnit(ctx, &api.UpdateOrganizationalUnitInput{OrganizationalUnitId: &second, Name: new("level 1")}); err != nil {
		t.Errorf("to its own name: %v", err)
	}
	_, err = w.svc.CreateOrganizationalUnit(ctx, &api.CreateOrganizationalUnitInput{ParentId: new("ou-none-12345678"), Name: new("x")})
	wantCode(t, "no parent", err, "ParentNotFoundException", "")
	_, err = w.svc.CreateOrganizationalUnit(ctx, &api.CreateOrganizationalUnitInput{ParentId: new(member), Name: new("x")})
	wantCode(t, "an account as parent", err, "ParentNotFoundException", "")
}

func TestMoveAccount(t *testing.T) {
	w := open(t)
	ctx, root := by(t, management), w.root(t)
	one, two := w.unit(t, root, "one"), w.unit(t, root, "two")
	if err := w.move(t, member, root, one); err != nil {
		t.Fatal(err)
	}
	const none = "ou-none-12345678"
	for _, c := range []struct{ account, from, to, code string }{
		{member, one, one, "DuplicateAccountException"},
		{member, two, root, "SourceParentNotFoundException"},
		{member, none, root, "SourceParentNotFoundException"},
		{member, one, none, "DestinationParentNotFoundException"},
		{member, one, management, "DestinationParentNotFoundException"},
		{"999999999999", root, one, "AccountNotFoundException"},
	} {
		wantCode(t, c.account+" from "+c.from+" to "+c.to, w.move(t, c.account, c.from, c.to), c.code, "")
	}
	org := w.dir.Org(member)
	shown, err := w.svc.DescribeAccount(ctx, &api.DescribeAccountInput{AccountId: new(member)})
	if err != nil || shown.Account.Paths[0] != org.Paths[0]+member+"/" || org.Paths[0] != org.ID+"/"+root+"/"+one+"/" {
		t.Errorf("%+v, %v, %v", shown.Account.Paths, org, err)
	}
	for parent, want := range map[string]int{root: 1, one: 1, two: 0} {
		list, err := w.svc.ListAccountsForParent(ctx, &api.ListAccountsForParentInput{ParentId: &parent})
		if err != nil || len(list.Accounts) != want {
			t.Errorf("in %s: %+v, %v", parent, list, err)
		}
	}
	if err := w.move(t, member, one, root); err != nil {
		t.Fatal(err)
	}
	if got := w.dir.Org(member).Paths[0]; got != org.ID+"/"+root+"/" {
		t.Errorf("back at the root: %s", got)
	}
}

func TestTagsOfEverything(t *testing.T) {
	w := open(t)
	ctx, root := by(t, management), w.root(t)
	unit := w.unit(t, root, "unit")
	policy := w.policy(t, "p", scp, denyS3)
	for _, id := range []string{root, unit, policy, member} {
		if _, err := w.svc.TagResource(ctx, &api.TagResourceInput{ResourceId: &id, Tags: []api.Tag{{Key: new("a"), Value: new("1")}, {Key: new("b"), Value: new("2")}}}); err != nil {
			t.Fatal(id, err)
		}
		if _, err := w.svc.UntagResource(ctx, &api.UntagResourceInput{ResourceId: &id, TagKeys: []string{"a"}}); err != nil {
			t.Fatal(id, err)
		}
		got, err := w.svc.ListTagsForResource(ctx, &api.ListTagsForResourceInput{ResourceId: &id})
		if err != nil || len(got.Tags) != 1 || *got.Tags[0].Key != "b" || *got.Tags[0].Value != "2" {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	_, err := w.svc.TagResource(ctx, &api.TagResourceInput{ResourceId: new(directory.FullAWSAccess)})
	wantCode(t, "AWS's policy", err, "InvalidInputException", "IMMUTABLE_POLICY")
}
