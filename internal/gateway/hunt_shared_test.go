package gateway

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/directory"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
)

// gateways are two gateways on one store. The second looks for changes only when
// it is told to.
func gateways(t *testing.T) (first, second *world, sync func()) {
	t.Helper()
	meta, blobs, master := kvmemory.New(), blobmemory.New(), seal.NewKey()
	open := func() *world {
		g := newGateway(Options{Decisions: DecisionOptions{Count: 1000, Bytes: 1 << 20, Age: time.Hour}})
		var err error
		g.directory, err = directory.Open(t.Context(), meta, master, directory.Options{PollInterval: time.Hour, FlushInterval: time.Hour, Logger: g.logger})
		if err != nil {
			t.Fatal(err)
		}
		g.meta, g.blobs = meta, blobs
		g.objects = openObjects(g, true)
		g.mountAll()
		server := httptest.NewServer(g)
		t.Cleanup(func() {
			server.Close()
			if err := g.directory.Close(); err != nil {
				t.Error(err)
			}
		})
		return &world{TB: t, g: g, url: server.URL}
	}
	first, second = open(), open()
	for _, made := range []struct { // the management account first
		name string
		of   **RootAccount
	}{{"green", &first.green}, {"blue", &first.blue}} {
		a, err := first.g.EnsureAccount(t.Context(), made.name, "")
		if err != nil {
			t.Fatal(err)
		}
		*made.of = a
	}
	second.green, second.blue = first.green, first.blue
	sync = func() {
		t.Helper()
		if err := second.g.directory.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sync()
	return first, second, sync
}

// TestRemovedRightsEndEverywhere takes a right away through one gateway after
// another gateway has used it and has all of it compiled.
func TestRemovedRightsEndEverywhere(t *testing.T) {
	one, two, sync := gateways(t)
	green := one.green.credentials()
	rootID := one.organizations("ListRoots", map[string]any{}, "Roots", "Id")
	for _, policyType := range []string{"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"} {
		one.organizations("EnablePolicyType", map[string]any{"RootId": rootID, "PolicyType": policyType})
	}
	blue := one.blue.credentials()
	one.want(200, "")(one.as(blue, "PUT", "/blue-bucket", ""))
	one.want(200, "")(one.as(blue, "PUT", "/blue-bucket/k", "text"))
	reads := allow("s3:GetObject", "arn:aws:s3:::blue-bucket/*")
	alice := one.user(one.blue, "alice", "")
	one.ok(blue, "iam", "CreateGroup", "GroupName", "readers")
	one.ok(blue, "iam", "PutGroupPolicy", "GroupName", "readers", "PolicyName", "p", "PolicyDocument", reads)
	one.ok(blue, "iam", "AddUserToGroup", "GroupName", "readers", "UserName", "alice")
	managed := element(one.ok(blue, "iam", "CreatePolicy", "PolicyName", "reads", "PolicyDocument", reads), "Arn")
	role := one.role(one.blue, "reader", trusts(one.blue.ID), "")
	one.ok(blue, "iam", "AttachRolePolicy", "RoleName", "reader", "PolicyArn", managed)
	one.ok(blue, "iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "assume", "PolicyDocument", allow("sts:AssumeRole", "*"))
	session := credentialsIn(one.ok(alice, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "whole"))
	narrow := credentialsIn(one.ok(alice, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "narrow", "PolicyArns.member.1.arn", managed))
	foreign := one.user(one.green, "bob", allOfIt)
	shared := func(principal string) {
		one.want(204, "")(one.as(blue, "PUT", "/blue-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+
			principal+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::blue-bucket/*"}]}`))
	}
	shared(one.green.ID)
	unit := one.organizations("CreateOrganizationalUnit", map[string]any{"ParentId": rootID, "Name": "shut"}, "OrganizationalUnit", "Id")
	scp := one.organizationPolicy("NoReads", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`)
	rcp := one.organizationPolicy("NoReadsEither", "RESOURCE_CONTROL_POLICY", `{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"*"}`)
	one.organizations("AttachPolicy", map[string]any{"PolicyId": scp, "TargetId": unit})
	sync()

	callers := map[string]func() (int, string){
		"alice":   func() (int, string) { return two.as(alice, "GET", "/blue-bucket/k", "") },
		"session": func() (int, string) { return two.as(session, "GET", "/blue-bucket/k", "") },
		"narrow":  func() (int, string) { return two.as(narrow, "GET", "/blue-bucket/k", "") },
		"root":    func() (int, string) { return two.as(blue, "GET", "/blue-bucket/k", "") },
		"foreign": func() (int, string) { return two.as(foreign, "GET", "/blue-bucket/k", "") },
	}
	check := func(what string, allowed string) {
		t.Helper()
		sync()
		for name, get := range callers {
			want := 403
			if strings.Contains(allowed, name) {
				want = 200
			}
			if status, body := get(); status != want && (want == 200 || status < 400) {
				t.Errorf("%s: %s gets %d, want %d: %s", what, name, status, want, body)
			}
		}
	}
	move := func(from, to string) {
		one.organizations("MoveAccount", map[string]any{"AccountId": one.blue.ID, "SourceParentId": from, "DestinationParentId": to})
	}
	all := "alice session narrow root foreign"
	check("at first", all)
	move(rootID, unit)
	check("moved below an SCP", "foreign")
	move(unit, rootID)
	check("moved back", all)
	one.organizations("AttachPolicy", map[string]any{"PolicyId": rcp, "TargetId": one.blue.ID})
	check("an RCP is attached", "")
	one.organizations("DetachPolicy", map[string]any{"PolicyId": rcp, "TargetId": one.blue.ID})
	check("and detached", all)
	one.want(204, "")(one.as(blue, "DELETE", "/blue-bucket?policy", ""))
	check("the bucket policy is deleted", "alice session narrow root")
	shared(one.green.ID)
	check("and there again", all)
	shared("arn:aws:iam::" + one.green.ID + ":user/bob")
	one.ok(green, "iam", "UpdateAccessKey", "UserName", "bob", "AccessKeyId", foreign.AccessKeyID, "Status", "Inactive")
	check("bob's key is switched off", "alice session narrow root")
	one.ok(blue, "iam", "RemoveUserFromGroup", "GroupName", "readers", "UserName", "alice")
	check("alice is out of the group", "session narrow root")
	one.ok(blue, "iam", "AddUserToGroup", "GroupName", "readers", "UserName", "alice")
	one.ok(blue, "iam", "CreatePolicy", "PolicyName", "bound", "PolicyDocument", allow("s3:PutObject", "*"))
	bound := strings.TrimSuffix(managed, "reads") + "bound"
	one.ok(blue, "iam", "PutUserPermissionsBoundary", "UserName", "alice", "PermissionsBoundary", bound)
	check("alice has a boundary", "session narrow root")
	one.ok(blue, "iam", "CreatePolicyVersion", "PolicyArn", bound, "PolicyDocument", allOfIt, "SetAsDefault", "true")
	check("a wider one", "alice session narrow root")
	one.ok(blue, "iam", "CreatePolicyVersion", "PolicyArn", managed, "PolicyDocument", allow("s3:PutObject", "*"), "SetAsDefault", "true")
	check("the managed policy no longer allows", "alice root")
	one.ok(blue, "iam", "PutRolePolicy", "RoleName", "reader", "PolicyName", "p", "PolicyDocument", reads)
	check("the role may by another", "alice session root")
	one.ok(blue, "iam", "DeleteRolePolicy", "RoleName", "reader", "PolicyName", "p")
	one.ok(blue, "iam", "DetachRolePolicy", "RoleName", "reader", "PolicyArn", managed)
	one.ok(blue, "iam", "DeleteRole", "RoleName", "reader")
	if one.role(one.blue, "reader", trusts(one.blue.ID), allOfIt) != role {
		t.Fatal("another name")
	}
	check("the role is another", "alice root")
}

// TestABucketOfTheSameNameIsNotTheCachedOne: what a gateway has compiled of a
// bucket's policy is not the next bucket's.
func TestABucketOfTheSameNameIsNotTheCachedOne(t *testing.T) {
	one, two, _ := gateways(t)
	blue, green := one.blue.credentials(), one.green.credentials()
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + one.blue.ID +
		`"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::shared-name"}]}`
	one.want(200, "")(one.as(green, "PUT", "/shared-name", ""))
	one.want(204, "")(one.as(green, "PUT", "/shared-name?policy", policy))
	two.want(200, "")(two.as(blue, "GET", "/shared-name", ""))
	one.want(204, "")(one.as(green, "DELETE", "/shared-name", ""))
	two.want(404, "NoSuchBucket")(two.as(blue, "GET", "/shared-name", ""))
	one.want(200, "")(one.as(green, "PUT", "/shared-name", ""))
	two.want(403, "AccessDenied")(two.as(blue, "GET", "/shared-name", ""))
	// The same generation as the first bucket's, with another policy.
	one.want(204, "")(one.as(green, "PUT", "/shared-name?policy", strings.ReplaceAll(policy, "ListBucket\"", "ListBucketVersions\"")))
	two.want(403, "AccessDenied")(two.as(blue, "GET", "/shared-name", ""))
}
