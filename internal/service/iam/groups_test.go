package iam

import (
	"fmt"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

func TestGroupLifecycle(t *testing.T) {
	w := newWorld(t)
	g := must(w.CreateGroup(w.ctx, &api.CreateGroupInput{GroupName: new("Devs"), Path: new("/eng/")})).Group
	same(t, "ARN", *g.Arn, "arn:aws:iam::111111111111:group/eng/Devs")
	if !strings.HasPrefix(*g.GroupId, "AGPA") {
		t.Error(*g.GroupId)
	}
	w.group("Ops")
	_, err := w.CreateGroup(w.ctx, &api.CreateGroupInput{GroupName: new("devs")})
	refused(t, err, 409, "EntityAlreadyExists", "Group with name devs already exists.")
	_, err = w.UpdateGroup(w.ctx, &api.UpdateGroupInput{GroupName: new("Devs"), NewGroupName: new("ops")})
	refused(t, err, 409, "EntityAlreadyExists", "Group with name ops already exists.")
	for _, err := range []error{
		second(w.GetGroup(w.ctx, &api.GetGroupInput{GroupName: new("none")})),
		second(w.UpdateGroup(w.ctx, &api.UpdateGroupInput{GroupName: new("none")})),
		second(w.DeleteGroup(w.ctx, &api.DeleteGroupInput{GroupName: new("none")})),
	} {
		refused(t, err, 404, "NoSuchEntity", "The group with name none cannot be found.")
	}

	w.user("bob")
	must(w.AddUserToGroup(w.ctx, &api.AddUserToGroupInput{GroupName: new("Devs"), UserName: new("bob")}))
	must(w.UpdateGroup(w.ctx, &api.UpdateGroupInput{GroupName: new("Devs"), NewGroupName: new("Makers"), NewPath: new("/")}))
	out := must(w.GetGroup(w.ctx, &api.GetGroupInput{GroupName: new("makers")}))
	same(t, "ARN after renaming", *out.Group.Arn, "arn:aws:iam::111111111111:group/Makers")
	same(t, "id after renaming", *out.Group.GroupId, *g.GroupId)
	same(t, "members", len(out.Users), 1)

	list := must(w.ListGroups(w.ctx, &api.ListGroupsInput{MaxItems: new(int32(1))}))
	rest := must(w.ListGroups(w.ctx, &api.ListGroupsInput{Marker: list.Marker}))
	same(t, "first page", *list.Groups[0].GroupName, "Makers")
	same(t, "second page", *rest.Groups[0].GroupName, "Ops")
	same(t, "below a path", len(must(w.ListGroups(w.ctx, &api.ListGroupsInput{PathPrefix: new("/eng/")})).Groups), 0)
}

func TestDeleteGroupConflicts(t *testing.T) {
	w := newWorld(t)
	w.group("devs")
	w.user("bob")
	del := func() error { return second(w.DeleteGroup(w.ctx, &api.DeleteGroupInput{GroupName: new("devs")})) }
	must(w.AddUserToGroup(w.ctx, &api.AddUserToGroupInput{GroupName: new("devs"), UserName: new("bob")}))
	must(w.AttachGroupPolicy(w.ctx, &api.AttachGroupPolicyInput{GroupName: new("devs"), PolicyArn: new(adminARN)}))
	must(w.PutGroupPolicy(w.ctx, &api.PutGroupPolicyInput{GroupName: new("devs"), PolicyName: new("p"), PolicyDocument: new(allowAll)}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete entity, must remove users from group first.")
	must(w.RemoveUserFromGroup(w.ctx, &api.RemoveUserFromGroupInput{GroupName: new("devs"), UserName: new("bob")}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	must(w.DetachGroupPolicy(w.ctx, &api.DetachGroupPolicyInput{GroupName: new("devs"), PolicyArn: new(adminARN)}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	must(w.DeleteGroupPolicy(w.ctx, &api.DeleteGroupPolicyInput{GroupName: new("devs"), PolicyName: new("p")}))
	if err := del(); err != nil {
		t.Error(err)
	}
}

func TestMembers(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	for i := range 11 {
		w.group(fmt.Sprintf("g%02d", i))
	}
	add := func(user, group string) error {
		return second(w.AddUserToGroup(w.ctx, &api.AddUserToGroupInput{UserName: &user, GroupName: &group}))
	}
	remove := func(user, group string) error {
		return second(w.RemoveUserFromGroup(w.ctx, &api.RemoveUserFromGroupInput{UserName: &user, GroupName: &group}))
	}
	for i := range 10 {
		for range 2 { // again changes nothing
			if err := add("bob", fmt.Sprintf("g%02d", 9-i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	refused(t, add("bob", "g10"), 409, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
	refused(t, add("none", "g10"), 404, "NoSuchEntity", "The user with name none cannot be found.")
	refused(t, add("bob", "none"), 404, "NoSuchEntity", "The group with name none cannot be found.")
	refused(t, remove("none", "none"), 404, "NoSuchEntity", "The user with name none cannot be found.")
	refused(t, remove("bob", "none"), 404, "NoSuchEntity", "The group with name none cannot be found.")

	page := must(w.ListGroupsForUser(w.ctx, &api.ListGroupsForUserInput{UserName: new("bob"), MaxItems: new(int32(9))}))
	rest := must(w.ListGroupsForUser(w.ctx, &api.ListGroupsForUserInput{UserName: new("bob"), Marker: page.Marker}))
	same(t, "first", *page.Groups[0].GroupName, "g00")
	same(t, "last", *rest.Groups[0].GroupName, "g09")
	same(t, "truncated", *page.IsTruncated && !*rest.IsTruncated, true)

	for range 2 {
		if err := remove("bob", "g00"); err != nil {
			t.Error(err)
		}
	}
	same(t, "groups left", len(must(w.ListGroupsForUser(w.ctx, &api.ListGroupsForUserInput{UserName: new("bob")})).Groups), 9)
	_, err := w.ListGroupsForUser(w.ctx, &api.ListGroupsForUserInput{UserName: new("none")})
	refused(t, err, 404, "NoSuchEntity", "The user with name none cannot be found.")
}

func TestMembersInPages(t *testing.T) {
	w := newWorld(t)
	w.group("devs")
	for i := range 7 {
		name := fmt.Sprint("u", i)
		w.user(name)
		must(w.AddUserToGroup(w.ctx, &api.AddUserToGroupInput{UserName: &name, GroupName: new("devs")}))
	}
	seen := map[string]bool{}
	in := &api.GetGroupInput{GroupName: new("devs"), MaxItems: new(int32(3))}
	for pages := 1; ; pages++ {
		out := must(w.GetGroup(w.ctx, in))
		for _, u := range out.Users {
			seen[*u.UserName] = true
		}
		if in.Marker = out.Marker; in.Marker == nil {
			same(t, "pages", pages, 3)
			break
		}
	}
	same(t, "members", len(seen), 7)
}

func TestGroupQuota(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.Groups = 1 })
	w.group("a")
	_, err := w.CreateGroup(w.ctx, &api.CreateGroupInput{GroupName: new("b")})
	refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 1")
}
