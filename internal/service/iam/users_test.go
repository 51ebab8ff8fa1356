package iam

import (
	"fmt"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

func TestUserLifecycle(t *testing.T) {
	w := newWorld(t)
	created := must(w.CreateUser(w.ctx, &api.CreateUserInput{
		UserName: new("Bob"), Path: new("/dev/"), Tags: []api.Tag{{Key: new("team"), Value: new("x")}},
	})).User
	same(t, "ARN", *created.Arn, "arn:aws:iam::111111111111:user/dev/Bob")
	same(t, "tags", len(created.Tags), 1)
	same(t, "date", *created.CreateDate, start)
	if !strings.HasPrefix(*created.UserId, "AIDA") || created.PasswordLastUsed != nil || created.PermissionsBoundary != nil {
		t.Errorf("got %+v", created)
	}

	got := must(w.GetUser(w.ctx, &api.GetUserInput{UserName: new("bob")})).User
	same(t, "found without regard to case", *got.UserName, "Bob")

	must(w.UpdateUser(w.ctx, &api.UpdateUserInput{UserName: new("Bob"), NewUserName: new("Rob"), NewPath: new("/ops/")}))
	got = must(w.GetUser(w.ctx, &api.GetUserInput{UserName: new("Rob")})).User
	same(t, "ARN after renaming", *got.Arn, "arn:aws:iam::111111111111:user/ops/Rob")
	same(t, "id after renaming", *got.UserId, *created.UserId)
	_, err := w.GetUser(w.ctx, &api.GetUserInput{UserName: new("Bob")})
	refused(t, err, 404, "NoSuchEntity", "The user with name Bob cannot be found.")

	must(w.UpdateUser(w.ctx, &api.UpdateUserInput{UserName: new("Rob"), NewUserName: new("ROB")}))
	same(t, "case alone", *must(w.GetUser(w.ctx, &api.GetUserInput{UserName: new("rob")})).User.UserName, "ROB")

	must(w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("ROB")}))
	_, err = w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("ROB")})
	refused(t, err, 404, "NoSuchEntity", "The user with name ROB cannot be found.")
	if again := w.user("Bob"); *again.UserId == *created.UserId {
		t.Error("a user made again has its predecessor's id")
	}
}

func TestUserNamesAreUniqueWithoutCase(t *testing.T) {
	w := newWorld(t)
	w.user("Bob")
	w.user("Eve")
	_, err := w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("BOB")})
	refused(t, err, 409, "EntityAlreadyExists", "User with name BOB already exists.")
	_, err = w.UpdateUser(w.ctx, &api.UpdateUserInput{UserName: new("Eve"), NewUserName: new("bob")})
	refused(t, err, 409, "EntityAlreadyExists", "User with name bob already exists.")
	_, err = w.UpdateUser(w.ctx, &api.UpdateUserInput{UserName: new("nobody"), NewUserName: new("x")})
	refused(t, err, 404, "NoSuchEntity", "The user with name nobody cannot be found.")
	if _, err := w.CreateUser(w.root(acctB), &api.CreateUserInput{UserName: new("Bob")}); err != nil {
		t.Errorf("another account's names count: %v", err)
	}
}

func TestGetUserWithoutName(t *testing.T) {
	w := newWorld(t)
	w.user("Bob")
	same(t, "user", *must(w.GetUser(w.asUser("Bob"), &api.GetUserInput{})).User.UserName, "Bob")

	root := must(w.GetUser(w.ctx, &api.GetUserInput{})).User
	same(t, "root", *root.Arn, "arn:aws:iam::111111111111:root")
	same(t, "root's id", *root.UserId, acctA)
	if root.UserName != nil || root.CreateDate == nil {
		t.Errorf("got %+v", root)
	}
	_, err := w.GetUser(w.asSession(), &api.GetUserInput{})
	refused(t, err, 400, "ValidationError", "Must specify userName when calling with non-User credentials")

	gone := w.asUser("Bob")
	must(w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("Bob")}))
	_, err = w.GetUser(gone, &api.GetUserInput{})
	refused(t, err, 404, "NoSuchEntity", "The user with name Bob cannot be found.")
}

func TestDeleteUserConflicts(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	w.group("devs")
	del := func() error {
		_, err := w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("bob")})
		return err
	}
	key := must(w.CreateAccessKey(w.ctx, &api.CreateAccessKeyInput{UserName: new("bob")})).AccessKey
	must(w.AddUserToGroup(w.ctx, &api.AddUserToGroupInput{UserName: new("bob"), GroupName: new("devs")}))
	must(w.AttachUserPolicy(w.ctx, &api.AttachUserPolicyInput{UserName: new("bob"), PolicyArn: new(adminARN)}))
	must(w.PutUserPolicy(w.ctx, &api.PutUserPolicyInput{UserName: new("bob"), PolicyName: new("p"), PolicyDocument: new(allowAll)}))

	refused(t, del(), 409, "DeleteConflict", "Cannot delete entity, must delete access keys first.")
	must(w.DeleteAccessKey(w.ctx, &api.DeleteAccessKeyInput{UserName: new("bob"), AccessKeyId: key.AccessKeyId}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete entity, must remove users from group first.")
	must(w.RemoveUserFromGroup(w.ctx, &api.RemoveUserFromGroupInput{UserName: new("bob"), GroupName: new("devs")}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	must(w.DetachUserPolicy(w.ctx, &api.DetachUserPolicyInput{UserName: new("bob"), PolicyArn: new(adminARN)}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	must(w.DeleteUserPolicy(w.ctx, &api.DeleteUserPolicyInput{UserName: new("bob"), PolicyName: new("p")}))
	if err := del(); err != nil {
		t.Error(err)
	}
}

func TestListUsersInPages(t *testing.T) {
	w := newWorld(t)
	const n = 1203
	err := w.dir.Update(t.Context(), func(tx *directory.Tx) error {
		for i := range n {
			u := new(directory.User)
			u.Account, u.Name, u.Path = acctA, fmt.Sprintf("u%04d", i), "/"
			if i%3 == 0 {
				u.Path = "/third/"
			}
			if err := tx.CreateUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	walk := func(in api.ListUsersInput) (names []string, pages int) {
		for {
			out := must(w.ListUsers(w.ctx, &in))
			for _, u := range out.Users {
				names = append(names, *u.UserName)
			}
			pages++
			if !*out.IsTruncated {
				if out.Marker != nil {
					t.Error("a last page with a marker")
				}
				return names, pages
			}
			if len(*out.Marker) > 320 {
				t.Errorf("marker of %d characters", len(*out.Marker))
			}
			in.Marker = out.Marker
		}
	}
	for _, c := range []struct {
		in           api.ListUsersInput
		users, pages int
	}{
		{api.ListUsersInput{}, n, 13},
		{api.ListUsersInput{MaxItems: new(int32(1000))}, n, 2},
		{api.ListUsersInput{MaxItems: new(int32(401)), PathPrefix: new("/third/")}, 401, 1},
		{api.ListUsersInput{MaxItems: new(int32(400)), PathPrefix: new("/th")}, 401, 2},
		{api.ListUsersInput{PathPrefix: new("/other/")}, 0, 1},
	} {
		names, pages := walk(c.in)
		if len(names) != c.users || pages != c.pages {
			t.Errorf("%+v: %d users on %d pages, want %d on %d", c.in, len(names), pages, c.users, c.pages)
		}
		for i := 1; i < len(names); i++ {
			if names[i-1] >= names[i] {
				t.Fatalf("%s before %s", names[i-1], names[i])
			}
		}
	}
	_, err = w.ListUsers(w.ctx, &api.ListUsersInput{Marker: new("not a marker!")})
	refused(t, err, 400, "ValidationError", "Invalid Marker.")
	same(t, "the other account's", len(must(w.ListUsers(w.root(acctB), &api.ListUsersInput{})).Users), 0)
}

func TestUserQuota(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.Users = 2 })
	w.user("a")
	w.user("b")
	_, err := w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("c")})
	refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for UsersPerAccount: 2")
	must(w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("a")}))
	w.user("c")
}

func TestRacingCreations(t *testing.T) {
	w := newWorld(t)
	creations := map[string]func(name string) error{
		"User with name %s already exists.": func(name string) error {
			_, err := w.CreateUser(w.ctx, &api.CreateUserInput{UserName: &name})
			return err
		},
		"Group with name %s already exists.": func(name string) error {
			_, err := w.CreateGroup(w.ctx, &api.CreateGroupInput{GroupName: &name})
			return err
		},
		"Role with name %s already exists.": func(name string) error {
			_, err := w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: new(trustEC2)})
			return err
		},
		"A policy called %s already exists. Duplicate names are not allowed.": func(name string) error {
			_, err := w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: &name, PolicyDocument: new(readOne)})
			return err
		},
	}
	for message, create := range creations {
		for round := range 5 {
			names := []string{fmt.Sprint("n", round), fmt.Sprint("N", round)}
			succeeded, failures := race(8, func(i int) error { return create(names[i%2]) })
			same(t, message, succeeded, 1)
			for _, err := range failures {
				if got := err.Error(); got != "EntityAlreadyExists: "+fmt.Sprintf(message, names[0]) && got != "EntityAlreadyExists: "+fmt.Sprintf(message, names[1]) {
					t.Errorf("got %s", got)
				}
			}
		}
	}
}

func TestNobodyHasNoAccount(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	if out, err := w.ListUsers(t.Context(), &api.ListUsersInput{}); err == nil && len(out.Users) > 0 {
		t.Error("a caller without account sees users")
	}
	_, err := w.GetUser(w.as(policy.Caller{}), &api.GetUserInput{UserName: new("bob")})
	refused(t, err, 404, "NoSuchEntity", "The user with name bob cannot be found.")
}

// Who may update a user or group may not turn it into one that is beyond reach.
func TestRenamingAsksOnTheNewName(t *testing.T) {
	w := newWorld(t)
	must(w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("bob"), Path: new("/dev/")}))
	must(w.CreateGroup(w.ctx, &api.CreateGroupInput{GroupName: new("devs"), Path: new("/dev/")}))
	w.refuse = "iam:UpdateUser arn:aws:iam::111111111111:user/admin/bob"
	_, err := w.UpdateUser(w.ctx, &api.UpdateUserInput{UserName: new("bob"), NewPath: new("/admin/")})
	refused(t, err, 403, "AccessDenied", "no "+w.refuse)
	w.refuse = "iam:UpdateUser arn:aws:iam::111111111111:user/dev/root"
	_, err = w.UpdateUser(w.ctx, &api.UpdateUserInput{UserName: new("bob"), NewUserName: new("root")})
	refused(t, err, 403, "AccessDenied", "no "+w.refuse)
	w.refuse = "iam:UpdateGroup arn:aws:iam::111111111111:group/admin/admins"
	_, err = w.UpdateGroup(w.ctx, &api.UpdateGroupInput{GroupName: new("devs"), NewPath: new("/admin/"), NewGroupName: new("admins")})
	refused(t, err, 403, "AccessDenied", "no "+w.refuse)
	same(t, "bob", *must(w.GetUser(w.ctx, &api.GetUserInput{UserName: new("bob")})).User.Path, "/dev/")
	same(t, "devs", *must(w.GetGroup(w.ctx, &api.GetGroupInput{GroupName: new("devs")})).Group.Path, "/dev/")
}
