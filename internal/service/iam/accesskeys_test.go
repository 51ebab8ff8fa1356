package iam

import (
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

func TestAccessKeyLifecycle(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	w.user("eve")
	bob := w.asUser("bob")
	same(t, "none", len(must(w.ListAccessKeys(bob, &api.ListAccessKeysInput{})).AccessKeyMetadata), 0)
	k := must(w.CreateAccessKey(bob, &api.CreateAccessKeyInput{})).AccessKey
	same(t, "user", *k.UserName, "bob")
	same(t, "status", *k.Status, "Active")
	same(t, "secret", len(*k.SecretAccessKey), 40)
	same(t, "id", len(*k.AccessKeyId), 20)

	cred, err := w.dir.Credentials(t.Context(), *k.AccessKeyId, "")
	if err != nil || cred.Secret != *k.SecretAccessKey {
		t.Fatalf("the key does not sign: %v", err)
	}
	must(w.UpdateAccessKey(w.ctx, &api.UpdateAccessKeyInput{UserName: new("bob"), AccessKeyId: k.AccessKeyId, Status: new("Inactive")}))
	if _, err := w.dir.Credentials(t.Context(), *k.AccessKeyId, ""); err == nil {
		t.Error("an inactive key signs")
	}
	same(t, "listed status", *must(w.ListAccessKeys(bob, &api.ListAccessKeysInput{})).AccessKeyMetadata[0].Status, "Inactive")
	_, err = w.UpdateAccessKey(bob, &api.UpdateAccessKeyInput{AccessKeyId: k.AccessKeyId, Status: new("Expired")})
	refused(t, err, 400, "ValidationError", "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set")

	must(w.UpdateUser(w.ctx, &api.UpdateUserInput{UserName: new("bob"), NewUserName: new("rob")}))
	keys := must(w.ListAccessKeys(w.ctx, &api.ListAccessKeysInput{UserName: new("rob")})).AccessKeyMetadata
	same(t, "user after renaming", *keys[0].UserName, "rob")

	for _, name := range []string{"eve", "rob"} {
		_, err = w.DeleteAccessKey(w.ctx, &api.DeleteAccessKeyInput{UserName: &name, AccessKeyId: new("AKIAIOSFODNN7EXAMPLE")})
		refused(t, err, 404, "NoSuchEntity", "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.")
	}
	_, err = w.DeleteAccessKey(w.ctx, &api.DeleteAccessKeyInput{UserName: new("eve"), AccessKeyId: k.AccessKeyId})
	refused(t, err, 404, "NoSuchEntity", "The Access Key with id "+*k.AccessKeyId+" cannot be found.")
	must(w.DeleteAccessKey(bob, &api.DeleteAccessKeyInput{AccessKeyId: k.AccessKeyId}))
	if _, err := w.dir.Credentials(t.Context(), *k.AccessKeyId, ""); err == nil {
		t.Error("a deleted key signs")
	}
}

func TestAccessKeyQuota(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	succeeded, failures := race(6, func(int) error {
		_, err := w.CreateAccessKey(w.ctx, &api.CreateAccessKeyInput{UserName: new("bob")})
		return err
	})
	same(t, "keys", succeeded, 2)
	for _, err := range failures {
		refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
	}
	page := must(w.ListAccessKeys(w.ctx, &api.ListAccessKeysInput{UserName: new("bob"), MaxItems: new(int32(1))}))
	rest := must(w.ListAccessKeys(w.ctx, &api.ListAccessKeysInput{UserName: new("bob"), Marker: page.Marker}))
	if !*page.IsTruncated || *rest.IsTruncated || *page.AccessKeyMetadata[0].AccessKeyId == *rest.AccessKeyMetadata[0].AccessKeyId {
		t.Error("two pages of one key each are the same")
	}
}

func TestAccessKeysOfTheRootUser(t *testing.T) {
	w := newWorld(t)
	before := must(w.ListAccessKeys(w.ctx, &api.ListAccessKeysInput{})).AccessKeyMetadata
	k := must(w.CreateAccessKey(w.ctx, &api.CreateAccessKeyInput{})).AccessKey
	after := must(w.ListAccessKeys(w.ctx, &api.ListAccessKeysInput{})).AccessKeyMetadata
	same(t, "keys", len(after), len(before)+1)
	if k.UserName != nil || after[0].UserName != nil {
		t.Error("the root user has a name")
	}
	must(w.DeleteAccessKey(w.ctx, &api.DeleteAccessKeyInput{AccessKeyId: k.AccessKeyId}))
	same(t, "keys", len(must(w.ListAccessKeys(w.ctx, &api.ListAccessKeysInput{})).AccessKeyMetadata), len(before))
	for _, err := range []error{
		second(w.CreateAccessKey(w.asSession(), &api.CreateAccessKeyInput{})),
		second(w.ListAccessKeys(w.asSession(), &api.ListAccessKeysInput{})),
		second(w.DeleteAccessKey(w.asSession(), &api.DeleteAccessKeyInput{AccessKeyId: k.AccessKeyId})),
	} {
		refused(t, err, 400, "ValidationError", "Must specify userName when calling with non-User credentials")
	}
	_, err := w.CreateAccessKey(w.ctx, &api.CreateAccessKeyInput{UserName: new("nobody")})
	refused(t, err, 404, "NoSuchEntity", "The user with name nobody cannot be found.")
}

func second[T any](_ T, err error) error { return err }

func TestGetAccessKeyLastUsed(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	id := *must(w.CreateAccessKey(w.ctx, &api.CreateAccessKeyInput{UserName: new("bob")})).AccessKey.AccessKeyId
	out := must(w.GetAccessKeyLastUsed(w.ctx, &api.GetAccessKeyLastUsedInput{AccessKeyId: &id}))
	same(t, "user", *out.UserName, "bob")
	if u := out.AccessKeyLastUsed; *u.Region != "N/A" || *u.ServiceName != "N/A" || u.LastUsedDate != nil {
		t.Errorf("never used: %+v", u)
	}
	w.dir.Used(id, "", "eu-west-1", "s3")
	out = must(w.GetAccessKeyLastUsed(w.ctx, &api.GetAccessKeyLastUsedInput{AccessKeyId: &id}))
	if u := out.AccessKeyLastUsed; *u.Region != "eu-west-1" || *u.ServiceName != "s3" || u.LastUsedDate.Before(start.Add(-time.Minute)) {
		t.Errorf("used: %+v", u)
	}
	for ctx, arn := range map[string]string{acctA: "AKIAIOSFODNN7EXAMPLE", acctB: id} {
		_, err := w.GetAccessKeyLastUsed(w.root(ctx), &api.GetAccessKeyLastUsedInput{AccessKeyId: &arn})
		refused(t, err, 403, "AccessDenied",
			"User: arn:aws:iam::"+ctx+":root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key "+arn)
	}
}
