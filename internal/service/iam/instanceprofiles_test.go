package iam

import (
	"context"
	"fmt"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/wire"
)

func (w *world) profile(name string) *api.InstanceProfile {
	w.t.Helper()
	return must(w.CreateInstanceProfile(w.ctx, &api.CreateInstanceProfileInput{InstanceProfileName: &name})).InstanceProfile
}

func (w *world) addRole(profile, role string) error {
	_, err := w.AddRoleToInstanceProfile(w.ctx, &api.AddRoleToInstanceProfileInput{InstanceProfileName: &profile, RoleName: &role})
	return err
}

func (w *world) removeRole(profile, role string) error {
	_, err := w.RemoveRoleFromInstanceProfile(w.ctx, &api.RemoveRoleFromInstanceProfileInput{InstanceProfileName: &profile, RoleName: &role})
	return err
}

func (w *world) deleteProfile(name string) error {
	_, err := w.DeleteInstanceProfile(w.ctx, &api.DeleteInstanceProfileInput{InstanceProfileName: &name})
	return err
}

func TestInstanceProfileLifecycle(t *testing.T) {
	w := newWorld(t)
	made := must(w.CreateInstanceProfile(w.ctx, &api.CreateInstanceProfileInput{
		InstanceProfileName: new("App"), Path: new("/svc/"), Tags: []api.Tag{tag("k", "v")},
	})).InstanceProfile
	same(t, "ARN", *made.Arn, "arn:aws:iam::111111111111:instance-profile/svc/App")
	same(t, "id", strings.HasPrefix(*made.InstanceProfileId, "AIPA") && len(*made.InstanceProfileId) == 21, true)
	same(t, "roles", made.Roles != nil && len(made.Roles) == 0, true)
	same(t, "tags", len(made.Tags), 1)
	_, err := w.CreateInstanceProfile(w.ctx, &api.CreateInstanceProfileInput{InstanceProfileName: new("APP")})
	refused(t, err, 409, "EntityAlreadyExists", "Instance Profile APP already exists.")
	_, err = w.GetInstanceProfile(w.root(acctB), &api.GetInstanceProfileInput{InstanceProfileName: new("App")})
	refused(t, err, 404, "NoSuchEntity", "Instance Profile App cannot be found.")

	role := w.role("Reader")
	refused(t, w.addRole("none", "Reader"), 404, "NoSuchEntity", "Instance Profile none cannot be found.")
	refused(t, w.addRole("App", "none"), 404, "NoSuchEntity", "The role with name none cannot be found.")
	refused(t, w.removeRole("App", "Reader"), 404, "NoSuchEntity", "The role with name Reader cannot be found.")
	if err := w.addRole("app", "reader"); err != nil {
		t.Fatal(err)
	}
	refused(t, w.addRole("App", "Reader"), 409, "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
	got := must(w.GetInstanceProfile(w.ctx, &api.GetInstanceProfileInput{InstanceProfileName: new("APP")})).InstanceProfile
	same(t, "role", *got.Roles[0].Arn, *role.Arn)
	same(t, "its trust policy", got.Roles[0].AssumeRolePolicyDocument != nil, true)
	same(t, "tags", len(got.Tags), 1)

	_, err = w.DeleteRole(w.ctx, &api.DeleteRoleInput{RoleName: new("Reader")})
	refused(t, err, 409, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
	refused(t, w.deleteProfile("App"), 409, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
	if err := w.removeRole("App", "Reader"); err != nil {
		t.Fatal(err)
	}
	must(w.DeleteRole(w.ctx, &api.DeleteRoleInput{RoleName: new("Reader")}))
	if err := w.deleteProfile("App"); err != nil {
		t.Fatal(err)
	}
	refused(t, w.deleteProfile("App"), 404, "NoSuchEntity", "Instance Profile App cannot be found.")
}

func TestInstanceProfilesOfARole(t *testing.T) {
	w := newWorld(t)
	w.role("Many")
	w.role("None")
	for i := range 5 {
		name := fmt.Sprintf("P%d", i)
		w.profile(name)
		if i == 2 {
			continue
		}
		if err := w.addRole(name, "Many"); err != nil {
			t.Fatal(err)
		}
	}
	names := func(role string) (all string, pages int) {
		in := &api.ListInstanceProfilesForRoleInput{RoleName: &role, MaxItems: new(int32(2))}
		for more := true; more; pages++ {
			out := must(w.ListInstanceProfilesForRole(w.ctx, in))
			for _, p := range out.InstanceProfiles {
				all += *p.InstanceProfileName
				same(t, "role", *p.Roles[0].RoleName, role)
			}
			in.Marker, more = out.Marker, *out.IsTruncated
		}
		return all, pages
	}
	all, pages := names("Many")
	same(t, "profiles", all, "P0P1P3P4")
	same(t, "pages", pages, 2)
	all, _ = names("None")
	same(t, "of a role in no profile", all, "")
	_, err := w.ListInstanceProfilesForRole(w.ctx, &api.ListInstanceProfilesForRoleInput{RoleName: new("x")})
	refused(t, err, 404, "NoSuchEntity", "The role with name x cannot be found.")

	details := must(w.GetAccountAuthorizationDetails(w.ctx, &api.GetAccountAuthorizationDetailsInput{Filter: []string{"Role"}}))
	same(t, "in the details", len(details.RoleDetailList[0].InstanceProfileList), 4)
	same(t, "in the details of another", len(details.RoleDetailList[1].InstanceProfileList), 0)
	same(t, "in the summary", must(w.GetAccountSummary(w.ctx, nil)).SummaryMap["InstanceProfiles"], 5)
}

func TestListInstanceProfiles(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"b", "A", "c"} {
		w.profile(name)
	}
	must(w.CreateInstanceProfile(w.ctx, &api.CreateInstanceProfileInput{InstanceProfileName: new("deep"), Path: new("/x/y/"), Tags: []api.Tag{tag("k", "v")}}))
	out := must(w.ListInstanceProfiles(w.ctx, &api.ListInstanceProfilesInput{MaxItems: new(int32(2))}))
	same(t, "first", *out.InstanceProfiles[0].InstanceProfileName, "A")
	same(t, "more", *out.IsTruncated, true)
	out = must(w.ListInstanceProfiles(w.ctx, &api.ListInstanceProfilesInput{Marker: out.Marker}))
	same(t, "rest", len(out.InstanceProfiles), 2)
	same(t, "no more", *out.IsTruncated, false)
	out = must(w.ListInstanceProfiles(w.ctx, &api.ListInstanceProfilesInput{PathPrefix: new("/x/")}))
	same(t, "below a path", len(out.InstanceProfiles), 1)
	same(t, "tags in a listing", out.InstanceProfiles[0].Tags == nil, true)
	same(t, "of another account", len(must(w.ListInstanceProfiles(w.root(acctB), &api.ListInstanceProfilesInput{})).InstanceProfiles), 0)
}

func TestInstanceProfileQuota(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.InstanceProfiles = 1 })
	w.profile("one")
	_, err := w.CreateInstanceProfile(w.ctx, &api.CreateInstanceProfileInput{InstanceProfileName: new("two")})
	refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for InstanceProfilesPerAccount: 1")
	if err := w.deleteProfile("one"); err != nil {
		t.Fatal(err)
	}
	w.profile("two")
}

func TestInstanceProfileTags(t *testing.T) {
	w := newWorld(t)
	w.profile("p")
	add := func(tags ...api.Tag) error {
		_, err := w.TagInstanceProfile(w.ctx, &api.TagInstanceProfileInput{InstanceProfileName: new("p"), Tags: tags})
		return err
	}
	refused(t, add(tag("a", "1"), tag("a", "2")), 400, "InvalidInput", "Duplicate tag keys found.")
	if err := add(tag("a", "1"), tag("A", "2")); err != nil {
		t.Fatal(err)
	}
	must(w.UntagInstanceProfile(w.ctx, &api.UntagInstanceProfileInput{InstanceProfileName: new("p"), TagKeys: []string{"a", "x"}}))
	left := must(w.ListInstanceProfileTags(w.ctx, &api.ListInstanceProfileTagsInput{InstanceProfileName: new("p")}))
	if len(left.Tags) != 1 || *left.Tags[0].Key != "A" {
		t.Errorf("left %+v", left.Tags)
	}
	var many []api.Tag
	for i := range 50 {
		many = append(many, tag(fmt.Sprint(i), ""))
	}
	refused(t, add(many...), 409, "LimitExceeded", "Cannot exceed quota for TagsPerInstanceProfile: 50")

	w.refuse = "iam:TagInstanceProfile arn:aws:iam::111111111111:instance-profile/x/q"
	_, err := w.CreateInstanceProfile(w.ctx, &api.CreateInstanceProfileInput{InstanceProfileName: new("q"), Path: new("/x/"), Tags: []api.Tag{tag("k", "v")}})
	refused(t, err, 403, "AccessDenied", "no "+w.refuse)
}

func TestTargetsOfInstanceProfiles(t *testing.T) {
	w := newWorld(t)
	must(w.CreateInstanceProfile(w.ctx, &api.CreateInstanceProfileInput{InstanceProfileName: new("App"), Path: new("/svc/"), Tags: []api.Tag{tag("t", "app")}}))
	w.role("Reader")
	const of = "arn:aws:iam::111111111111:instance-profile/"
	for _, c := range []struct {
		action, kind       string
		in                 any
		arn, keys, display string
	}{
		{"GetInstanceProfile", "instance-profile", &api.GetInstanceProfileInput{InstanceProfileName: new("APP")}, of + "svc/App", "aws:ResourceTag/t=app iam:ResourceTag/t=app", "instance profile App"},
		{"GetInstanceProfile", "instance-profile", &api.GetInstanceProfileInput{InstanceProfileName: new("no")}, of + "no", "", "instance profile no"},
		{"CreateInstanceProfile", "instance-profile", &api.CreateInstanceProfileInput{InstanceProfileName: new("app"), Path: new("/x/")}, of + "x/app", "", ""},
		{"ListInstanceProfiles", "*", &api.ListInstanceProfilesInput{PathPrefix: new("/svc/")}, "*", "", of + "svc/"},
		{"PassRole", "role", &api.AddRoleToInstanceProfileInput{InstanceProfileName: new("App"), RoleName: new("reader")}, "arn:aws:iam::111111111111:role/Reader", "", ""},
	} {
		got := must(w.Target(w.ctx, &wire.Access{Action: "iam:" + c.action, Resource: c.kind}, c.in))
		same(t, c.action, got.Resource.ARN, c.arn)
		same(t, c.action+" keys", keys(got, "aws:ResourceTag/t", "iam:ResourceTag/t"), c.keys)
		same(t, c.action+" display", got.Resource.Display, c.display)
	}
}

func TestARoleIsNotDeletedWhileItIsPutIntoAProfile(t *testing.T) {
	for range 20 {
		w := newWorld(t)
		w.role("R")
		w.profile("P")
		race(2, func(i int) error {
			if i == 0 {
				return w.addRole("P", "R")
			}
			_, err := w.DeleteRole(w.ctx, &api.DeleteRoleInput{RoleName: new("R")})
			return err
		})
		_, err := w.GetRole(context.WithoutCancel(w.ctx), &api.GetRoleInput{RoleName: new("R")})
		roles := must(w.GetInstanceProfile(w.ctx, &api.GetInstanceProfileInput{InstanceProfileName: new("P")})).InstanceProfile.Roles
		same(t, "the role is there as its profile says", err == nil, len(roles) == 1)
	}
}
