package iam

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// listed is the names of all pages of a listing.
func (w *world) listed(in api.ListPoliciesInput) (names []string) {
	w.t.Helper()
	for {
		out := must(w.ListPolicies(w.ctx, &in))
		for _, p := range out.Policies {
			names = append(names, *p.PolicyName)
		}
		if in.Marker = out.Marker; !*out.IsTruncated {
			return names
		}
	}
}

func TestPoliciesOfAWSAreListed(t *testing.T) {
	w := newWorld(t)
	must(w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: new("own"), PolicyDocument: new(readOne)}))
	must(w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("u"), PermissionsBoundary: new(readerARN)}))
	must(w.CreateGroup(w.ctx, &api.CreateGroupInput{GroupName: new("g")}))
	must(w.AttachGroupPolicy(w.ctx, &api.AttachGroupPolicyInput{GroupName: new("g"), PolicyArn: new(adminARN)}))
	blue := w.root(acctB)
	must(w.CreateUser(blue, &api.CreateUserInput{UserName: new("u")}))
	must(w.AttachUserPolicy(blue, &api.AttachUserPolicyInput{UserName: new("u"), PolicyArn: new("arn:aws:iam::aws:policy/SecurityAudit")}))

	aws := len(directory.AWSManaged())
	for _, c := range []struct {
		in   api.ListPoliciesInput
		want int
		some string
	}{
		{api.ListPoliciesInput{}, aws + 1, "own"},
		{api.ListPoliciesInput{Scope: new("AWS"), MaxItems: new(int32(1000))}, aws, "ReadOnlyAccess"},
		{api.ListPoliciesInput{Scope: new("Local")}, 1, "own"},
		{api.ListPoliciesInput{Scope: new("AWS"), MaxItems: new(int32(7)), PathPrefix: new("/job-function/")}, 8, "ViewOnlyAccess"},
		{api.ListPoliciesInput{PathPrefix: new("/root-task/")}, 5, "IAMAuditRootUserCredentials"},
		{api.ListPoliciesInput{OnlyAttached: new(true)}, 1, "AdministratorAccess"},
		{api.ListPoliciesInput{PolicyUsageFilter: new("PermissionsPolicy")}, 1, "AdministratorAccess"},
		{api.ListPoliciesInput{PolicyUsageFilter: new("PermissionsBoundary"), Scope: new("AWS")}, 1, "ReadOnlyAccess"},
	} {
		names := w.listed(c.in)
		if len(names) != c.want || !strings.Contains(" "+strings.Join(names, " ")+" ", " "+c.some+" ") {
			t.Errorf("%+v: %d policies, want %d with %s", c.in, len(names), c.want, c.some)
		}
	}
}

func TestPoliciesOfAWSAreWhole(t *testing.T) {
	w := newWorld(t)
	for policyARN, want := range map[string]string{
		readerARN: "ReadOnlyAccess / ANPAILL3HVNFSB6DCOWYQ v182",
		"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": "AWSLambdaBasicExecutionRole /service-role/ ANPAJNCQGXC42545SKXIK v1",
	} {
		p := must(w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: &policyARN})).Policy
		same(t, policyARN, fmt.Sprint(*p.PolicyName, " ", *p.Path, " ", *p.PolicyId, " ", *p.DefaultVersionId), want)
		v := must(w.GetPolicyVersion(w.ctx, &api.GetPolicyVersionInput{PolicyArn: &policyARN, VersionId: p.DefaultVersionId})).PolicyVersion
		document := must(url.PathUnescape(*v.Document))
		if _, err := policy.Validate([]byte(document), policy.Identity, policy.Options{}); err != nil {
			t.Error(err)
		}
		if strings.Contains(policyARN, "ReadOnly") && !strings.Contains(document, `"s3:Get*"`) {
			t.Error("ReadOnlyAccess does not read from S3")
		}
	}
}

func TestServiceRolePoliciesAreForServiceRoles(t *testing.T) {
	w := newWorld(t)
	must(w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: new("r"), AssumeRolePolicyDocument: new(trustEC2)}))
	_, err := w.AttachRolePolicy(w.ctx, &api.AttachRolePolicyInput{
		RoleName: new("r"), PolicyArn: new("arn:aws:iam::aws:policy/aws-service-role/AccessAnalyzerServiceRolePolicy"),
	})
	refused(t, err, 400, "PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")
}
