package iam

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

func TestPolicyLifecycle(t *testing.T) {
	w := newWorld(t)
	created := must(w.CreatePolicy(w.ctx, &api.CreatePolicyInput{
		PolicyName: new("Read"), Path: new("/x/"), PolicyDocument: new(readOne), Description: new("d"),
		Tags: []api.Tag{{Key: new("a"), Value: new("1")}, {Key: new("A"), Value: new("2")}},
	})).Policy
	const arn = "arn:aws:iam::111111111111:policy/x/Read"
	same(t, "ARN", *created.Arn, arn)
	same(t, "version", *created.DefaultVersionId, "v1")
	same(t, "attachable", *created.IsAttachable, true)
	same(t, "tags", len(created.Tags), 2)
	if !strings.HasPrefix(*created.PolicyId, "ANPA") || created.Description != nil || !created.UpdateDate.Equal(start) {
		t.Errorf("created %+v", created)
	}
	got := must(w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: new(arn)})).Policy
	same(t, "description", *got.Description, "d")
	same(t, "tags in order of their keys", *got.Tags[0].Key, "A")
	same(t, "no tags are an empty list", must(w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: w.policy("p").Arn})).Policy.Tags != nil, true)

	_, err := w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: new("READ"), PolicyDocument: new(readOne)})
	refused(t, err, 409, "EntityAlreadyExists", "A policy called READ already exists. Duplicate names are not allowed.")
	for _, wrong := range []string{
		"arn:aws:iam::111111111111:policy/Read", "arn:aws:iam::111111111111:policy/x/read", "arn:aws:iam::222222222222:policy/x/Read",
		"arn:aws:iam::aws:policy/Read",
	} {
		_, err := w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: &wrong})
		refused(t, err, 404, "NoSuchEntity", "Policy "+wrong+" was not found.")
	}
	for _, wrong := range []string{"longpolicynamebutnoarn", "arn:aws:iam::111111111111:role/x/Read", "arn:aws-cn:iam::111111111111:policy/x/Read", "arn:aws:iam::111111111111:policy/"} {
		_, err := w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: &wrong})
		refused(t, err, 400, "ValidationError", "ARN "+wrong+" is not valid.")
	}
	must(w.DeletePolicy(w.ctx, &api.DeletePolicyInput{PolicyArn: new(arn)}))
	_, err = w.DeletePolicy(w.ctx, &api.DeletePolicyInput{PolicyArn: new(arn)})
	refused(t, err, 404, "NoSuchEntity", "Policy "+arn+" was not found.")
}

func TestPolicyRefusals(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.Policies = 1 })
	create := func(document string) error {
		return second(w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: new("p"), PolicyDocument: &document}))
	}
	refused(t, create("{"), 400, "MalformedPolicyDocument", "Syntax errors in policy.")
	refused(t, create(strings.Replace(allowAll, "2012-10-17", "2008-10-17", 1)), 400, "MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater.")
	refused(t, create(trustEC2), 400, "MalformedPolicyDocument", "Policy document should not specify a principal.")
	refused(t, create(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}`), 400, "MalformedPolicyDocument", "Policy statement must contain resources.")
	long := strings.Replace(readOne, "arn:aws:s3:::b/*", "arn:aws:s3:::b/"+strings.Repeat("x", 6144), 1)
	refused(t, create(long), 409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
	if err := create(readOne + strings.Repeat("\n", 7000)); err != nil {
		t.Errorf("white space counts: %v", err)
	}
	_, err := w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: new("q"), PolicyDocument: new(readOne)})
	refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: 1")
}

func TestDeletePolicyConflicts(t *testing.T) {
	w := newWorld(t)
	w.role("r")
	arn := w.policy("p").Arn
	del := func() error { return second(w.DeletePolicy(w.ctx, &api.DeletePolicyInput{PolicyArn: arn})) }
	must(w.AttachRolePolicy(w.ctx, &api.AttachRolePolicyInput{RoleName: new("r"), PolicyArn: arn}))
	must(w.PutRolePermissionsBoundary(w.ctx, &api.PutRolePermissionsBoundaryInput{RoleName: new("r"), PermissionsBoundary: arn}))
	must(w.CreatePolicyVersion(w.ctx, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: new(allowAll)}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete a policy attached to entities.")
	must(w.DetachRolePolicy(w.ctx, &api.DetachRolePolicyInput{RoleName: new("r"), PolicyArn: arn}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete a policy attached to entities.")
	must(w.DeleteRolePermissionsBoundary(w.ctx, &api.DeleteRolePermissionsBoundaryInput{RoleName: new("r")}))
	refused(t, del(), 409, "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	must(w.DeletePolicyVersion(w.ctx, &api.DeletePolicyVersionInput{PolicyArn: arn, VersionId: new("v2")}))
	if err := del(); err != nil {
		t.Error(err)
	}
}

func TestPolicyVersions(t *testing.T) {
	w := newWorld(t)
	arn := w.policy("p").Arn
	add := func(asDefault bool) (*api.CreatePolicyVersionOutput, error) {
		return w.CreatePolicyVersion(w.ctx, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: new(allowAll), SetAsDefault: &asDefault})
	}
	v2 := must(add(true)).PolicyVersion
	if *v2.VersionId != "v2" || !*v2.IsDefaultVersion || v2.Document != nil {
		t.Errorf("got %+v", v2)
	}
	for range 3 {
		must(add(false))
	}
	_, err := add(false)
	refused(t, err, 409, "LimitExceeded", "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
	_, err = w.DeletePolicyVersion(w.ctx, &api.DeletePolicyVersionInput{PolicyArn: arn, VersionId: new("v2")})
	refused(t, err, 409, "DeleteConflict", "Cannot delete the default version of a policy.")
	must(w.DeletePolicyVersion(w.ctx, &api.DeletePolicyVersionInput{PolicyArn: arn, VersionId: new("v5")}))
	same(t, "numbers are not used again", *must(add(false)).PolicyVersion.VersionId, "v6")
	must(w.SetDefaultPolicyVersion(w.ctx, &api.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: new("v1")}))
	same(t, "default", *must(w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: arn})).Policy.DefaultVersionId, "v1")

	var ids []string
	in := &api.ListPolicyVersionsInput{PolicyArn: arn, MaxItems: new(int32(2))}
	for {
		out := must(w.ListPolicyVersions(w.ctx, in))
		for _, v := range out.Versions {
			ids = append(ids, *v.VersionId)
		}
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
	}
	same(t, "latest first", fmt.Sprint(ids), "[v6 v4 v3 v2 v1]")
	document := *must(w.GetPolicyVersion(w.ctx, &api.GetPolicyVersionInput{PolicyArn: arn, VersionId: new("v1")})).PolicyVersion.Document
	same(t, "document", must(url.PathUnescape(document)), readOne)

	missing := "Policy " + *arn + " version v9 does not exist or is not attachable."
	none := "arn:aws:iam::111111111111:policy/none"
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(w.GetPolicyVersion(w.ctx, &api.GetPolicyVersionInput{PolicyArn: arn, VersionId: new("v9")})), missing},
		{second(w.DeletePolicyVersion(w.ctx, &api.DeletePolicyVersionInput{PolicyArn: arn, VersionId: new("v9")})), missing},
		{second(w.SetDefaultPolicyVersion(w.ctx, &api.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: new("v9")})), missing},
		{second(w.GetPolicyVersion(w.ctx, &api.GetPolicyVersionInput{PolicyArn: &none, VersionId: new("v1")})), "Policy " + none + " version v1 does not exist or is not attachable."},
		{second(w.CreatePolicyVersion(w.ctx, &api.CreatePolicyVersionInput{PolicyArn: &none, PolicyDocument: new(allowAll)})), "Policy " + none + " was not found."},
		{second(w.ListPolicyVersions(w.ctx, &api.ListPolicyVersionsInput{PolicyArn: &none})), "Policy " + none + " was not found."},
		{second(w.GetPolicyVersion(w.root(acctB), &api.GetPolicyVersionInput{PolicyArn: arn, VersionId: new("v1")})), "Policy " + *arn + " version v1 does not exist or is not attachable."},
	} {
		refused(t, c.err, 404, "NoSuchEntity", c.want)
	}
	_, err = w.CreatePolicyVersion(w.ctx, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: new("[]")})
	refused(t, err, 400, "MalformedPolicyDocument", "Syntax errors in policy.")
}

func TestRacingVersions(t *testing.T) {
	w := newWorld(t)
	arn := w.policy("p").Arn
	succeeded, failures := race(8, func(int) error {
		return second(w.CreatePolicyVersion(w.ctx, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: new(allowAll)}))
	})
	same(t, "versions", succeeded, 4)
	same(t, "refusals", len(failures), 4)
}

func TestPoliciesOfAWSCannotBeChanged(t *testing.T) {
	w := newWorld(t)
	got := must(w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: new(readerARN)})).Policy
	same(t, "ARN", *got.Arn, readerARN)
	same(t, "attached", *got.AttachmentCount, 0)
	v := must(w.GetPolicyVersion(w.ctx, &api.GetPolicyVersionInput{PolicyArn: new(adminARN), VersionId: new("v1")})).PolicyVersion
	same(t, "document", strings.Contains(must(url.PathUnescape(*v.Document)), `"Action":"*"`), true)
	same(t, "versions", len(must(w.ListPolicyVersions(w.ctx, &api.ListPolicyVersionsInput{PolicyArn: new(adminARN)})).Versions), 1)
	for action, err := range map[string]error{
		"DeletePolicy":            second(w.DeletePolicy(w.ctx, &api.DeletePolicyInput{PolicyArn: new(adminARN)})),
		"CreatePolicyVersion":     second(w.CreatePolicyVersion(w.ctx, &api.CreatePolicyVersionInput{PolicyArn: new(adminARN), PolicyDocument: new(allowAll)})),
		"DeletePolicyVersion":     second(w.DeletePolicyVersion(w.ctx, &api.DeletePolicyVersionInput{PolicyArn: new(adminARN), VersionId: new("v1")})),
		"SetDefaultPolicyVersion": second(w.SetDefaultPolicyVersion(w.ctx, &api.SetDefaultPolicyVersionInput{PolicyArn: new(adminARN), VersionId: new("v1")})),
		"TagPolicy":               second(w.TagPolicy(w.ctx, &api.TagPolicyInput{PolicyArn: new(adminARN), Tags: []api.Tag{{Key: new("k"), Value: new("v")}}})),
		"UntagPolicy":             second(w.UntagPolicy(w.ctx, &api.UntagPolicyInput{PolicyArn: new(adminARN), TagKeys: []string{"k"}})),
	} {
		refused(t, err, 403, "AccessDenied",
			"User: arn:aws:iam::111111111111:root is not authorized to perform: iam:"+action+" on resource: policy "+adminARN)
	}
}
