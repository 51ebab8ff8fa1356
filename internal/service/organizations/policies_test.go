package organizations

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

const denyAssume = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:*","Resource":"*"}]}`

func (w *world) policy(t *testing.T, name, policyType, content string) string {
	t.Helper()
	out, err := w.svc.CreatePolicy(by(t, management), &api.CreatePolicyInput{Name: &name, Type: &policyType, Content: &content})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Policy.PolicySummary.Id
}

func (w *world) enable(t *testing.T, policyType string) {
	t.Helper()
	out, err := w.svc.EnablePolicyType(by(t, management), &api.EnablePolicyTypeInput{RootId: new(w.root(t)), PolicyType: &policyType})
	if err != nil || len(out.Root.PolicyTypes) == 0 {
		t.Fatal(out, err)
	}
}

func (w *world) attach(t *testing.T, policy, target string) error {
	t.Helper()
	_, err := w.svc.AttachPolicy(by(t, management), &api.AttachPolicyInput{PolicyId: &policy, TargetId: &target})
	return err
}

func (w *world) detach(t *testing.T, policy, target string) error {
	t.Helper()
	_, err := w.svc.DetachPolicy(by(t, management), &api.DetachPolicyInput{PolicyId: &policy, TargetId: &target})
	return err
}

// on is the ids of a target's policies of a type.
func (w *world) on(t *testing.T, target, policyType string) (ids []string) {
	t.Helper()
	out, err := w.svc.ListPoliciesForTarget(by(t, management), &api.ListPoliciesForTargetInput{TargetId: &target, Filter: &policyType})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range out.Policies {
		ids = append(ids, *p.Id)
	}
	return ids
}

func TestPolicies(t *testing.T) {
	w := open(t)
	ctx, org := by(t, management), w.dir.Org(management).ID
	id := w.policy(t, "No S3", scp, denyS3)
	shown, err := w.svc.DescribePolicy(ctx, &api.DescribePolicyInput{PolicyId: &id})
	if err != nil {
		t.Fatal(err)
	}
	if s := shown.Policy.PolicySummary; *s.Arn != "arn:aws:organizations::111111111111:policy/"+org+"/service_control_policy/"+id ||
		*s.Name != "No S3" || *s.Type != scp || *s.AwsManaged || *shown.Policy.Content != denyS3 {
		t.Errorf("%+v", s)
	}
	shown, err = w.svc.DescribePolicy(ctx, &api.DescribePolicyInput{PolicyId: new(directory.FullAWSAccess)})
	if s := shown.Policy.PolicySummary; err != nil || *s.Arn != "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess" || !*s.AwsManaged {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := w.svc.UpdatePolicy(ctx, &api.UpdatePolicyInput{PolicyId: &id, Description: new("why")}); err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string]int{scp: 2, rcp: 1, "TAG_POLICY": 0} {
		list, err := w.svc.ListPolicies(ctx, &api.ListPoliciesInput{Filter: &filter})
		if err != nil || len(list.Policies) != want {
			t.Errorf("%s: %+v, %v", filter, list, err)
		}
	}
	if _, err := w.svc.DeletePolicy(ctx, &api.DeletePolicyInput{PolicyId: &id}); err != nil {
		t.Fatal(err)
	}
	_, err = w.svc.DescribePolicy(ctx, &api.DescribePolicyInput{PolicyId: &id})
	wantCode(t, "gone", err, "PolicyNotFoundException", "")
}

func TestPoliciesAreChecked(t *testing.T) {
	w := open(t)
	ctx := by(t, management)
	id := w.policy(t, "taken", scp, denyS3)
	w.policy(t, "taken", rcp, denyAssume) // names are free in another type
	sized := func(document, action string, size int) string {
		return strings.Replace(document, action, action[:len(action)-1]+strings.Repeat("é", size-len(document)), 1) + " "
	}
	for _, c := range []struct{ name, policyType, content, code, reason string }{
		{"taken", scp, denyS3, "DuplicatePolicyException", ""},
		{"FullAWSAccess", scp, denyS3, "DuplicatePolicyException", ""},
		{"x", scp, "{}", "MalformedPolicyDocumentException", ""},
		{"x", scp, denyAssume, "MalformedPolicyDocumentException", ""}, // a principal
		{"x", rcp, denyS3, "MalformedPolicyDocumentException", ""},     // none
		{"x", rcp, strings.Replace(denyAssume, "Deny", "Allow", 1), "MalformedPolicyDocumentException", ""},
		{"x", scp, sized(denyS3, "s3:*", 10_241), "ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED"},
		{"x", rcp, sized(denyAssume, "sts:*", 5_121), "ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED"},
		{"x", "TAG_POLICY", "{}", "PolicyTypeNotAvailableForOrganizationException", ""},
	} {
		_, err := w.svc.CreatePolicy(ctx, &api.CreatePolicyInput{Name: &c.name, Type: &c.policyType, Content: &c.content})
		wantCode(t, c.name+" "+c.policyType, err, c.code, c.reason)
	}
	w.policy(t, "longest", scp, sized(denyS3, "s3:*", 10_240))
	w.policy(t, "longest", rcp, sized(denyAssume, "sts:*", 5_120))
	_, err := w.svc.UpdatePolicy(ctx, &api.UpdatePolicyInput{PolicyId: &id, Content: new("{")})
	wantCode(t, "updated", err, "MalformedPolicyDocumentException", "")
	_, err = w.svc.UpdatePolicy(ctx, &api.UpdatePolicyInput{PolicyId: new(directory.FullAWSAccess), Name: new("mine")})
	wantCode(t, "AWS's updated", err, "InvalidInputException", "IMMUTABLE_POLICY")
	_, err = w.svc.DeletePolicy(ctx, &api.DeletePolicyInput{PolicyId: new(directory.RCPFullAWSAccess)})
	wantCode(t, "AWS's deleted", err, "InvalidInputException", "IMMUTABLE_POLICY")
}

func TestPolicyTypes(t *testing.T) {
	w := open(t)
	ctx, root := by(t, management), w.root(t)
	unit := w.unit(t, root, "unit")
	id := w.policy(t, "p", scp, denyS3)
	wantCode(t, "before it is enabled", w.attach(t, id, root), "PolicyTypeNotEnabledException", "")
	_, err := w.svc.DisablePolicyType(ctx, &api.DisablePolicyTypeInput{RootId: &root, PolicyType: new(scp)})
	wantCode(t, "disabled before it is enabled", err, "PolicyTypeNotEnabledException", "")
	w.enable(t, scp)
	_, err = w.svc.EnablePolicyType(ctx, &api.EnablePolicyTypeInput{RootId: &root, PolicyType: new(scp)})
	wantCode(t, "again", err, "PolicyTypeAlreadyEnabledException", "")
	_, err = w.svc.EnablePolicyType(ctx, &api.EnablePolicyTypeInput{RootId: new("r-none"), PolicyType: new(scp)})
	wantCode(t, "another root", err, "RootNotFoundException", "")
	_, err = w.svc.EnablePolicyType(ctx, &api.EnablePolicyTypeInput{RootId: &root, PolicyType: new("BACKUP_POLICY")})
	wantCode(t, "another type", err, "PolicyTypeNotAvailableForOrganizationException", "")
	w.enable(t, rcp)
	later := w.unit(t, root, "later")
	for _, target := range []string{root, unit, later, management, member} {
		if got := append(w.on(t, target, scp), w.on(t, target, rcp)...); !slices.Equal(got, []string{directory.FullAWSAccess, directory.RCPFullAWSAccess}) {
			t.Errorf("%s has %v", target, got)
		}
	}
	if err := w.attach(t, id, unit); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.DisablePolicyType(ctx, &api.DisablePolicyTypeInput{RootId: &root, PolicyType: new(scp)}); err != nil {
		t.Fatal(err)
	}
	if got := w.on(t, unit, scp); got != nil {
		t.Errorf("disabled: %v", got)
	}
	w.enable(t, scp)
	if got := w.on(t, unit, scp); !slices.Equal(got, []string{directory.FullAWSAccess}) {
		t.Errorf("enabled again: %v", got)
	}
	_, err = w.svc.DescribeEffectivePolicy(by(t, member), &api.DescribeEffectivePolicyInput{PolicyType: new("TAG_POLICY")})
	wantCode(t, "effective", err, "EffectivePolicyNotFoundException", "")
}

func TestAttachments(t *testing.T) {
	w := open(t)
	ctx, root := by(t, management), w.root(t)
	w.enable(t, scp)
	w.enable(t, rcp)
	id := w.policy(t, "p", scp, denyS3)
	if err := w.attach(t, id, member); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "twice", w.attach(t, id, member), "DuplicatePolicyAttachmentException", "")
	wantCode(t, "no policy", w.attach(t, "p-none0000", member), "PolicyNotFoundException", "")
	wantCode(t, "no target", w.attach(t, id, "999999999999"), "TargetNotFoundException", "")
	_, err := w.svc.DeletePolicy(ctx, &api.DeletePolicyInput{PolicyId: &id})
	wantCode(t, "deleted in use", err, "PolicyInUseException", "")
	wantCode(t, "not attached", w.detach(t, id, root), "PolicyNotAttachedException", "")
	wantCode(t, "RCPFullAWSAccess", w.detach(t, directory.RCPFullAWSAccess, member), "InvalidInputException", "IMMUTABLE_POLICY")
	for i := range 8 { // ten with AWS's own
		if err := w.attach(t, w.policy(t, fmt.Sprint(i), scp, denyS3), member); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, "one too many", w.attach(t, w.policy(t, "x", scp, denyS3), member), "ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
	for i := range 4 { // five with AWS's own
		if err := w.attach(t, w.policy(t, fmt.Sprint(i), rcp, denyAssume), member); err != nil {
			t.Errorf("of another type: %v", err)
		}
	}
	wantCode(t, "one too many", w.attach(t, w.policy(t, "y", rcp, denyAssume), member), "ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
	targets, err := w.svc.ListTargetsForPolicy(ctx, &api.ListTargetsForPolicyInput{PolicyId: &id})
	if err != nil || len(targets.Targets) != 1 || *targets.Targets[0].Type != "ACCOUNT" || *targets.Targets[0].Name != "blue" ||
		!strings.HasSuffix(*targets.Targets[0].Arn, "/"+member) {
		t.Errorf("%+v, %v", targets, err)
	}
	all, err := w.svc.ListTargetsForPolicy(ctx, &api.ListTargetsForPolicyInput{PolicyId: new(directory.FullAWSAccess), MaxResults: new(int32(2))})
	if err != nil || len(all.Targets) != 2 || all.NextToken == nil {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestTheLastSCPStays(t *testing.T) {
	w := open(t)
	w.enable(t, scp)
	id := w.policy(t, "p", scp, denyS3)
	wantCode(t, "the last", w.detach(t, directory.FullAWSAccess, member), "ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
	if err := w.attach(t, id, member); err != nil {
		t.Fatal(err)
	}
	if err := w.detach(t, directory.FullAWSAccess, member); err != nil {
		t.Error(err)
	}
	wantCode(t, "the last", w.detach(t, id, member), "ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
}

func TestTargetsOfPolicies(t *testing.T) {
	w := open(t)
	root, org := w.root(t), w.dir.Org(management).ID
	id := w.policy(t, "p", rcp, denyAssume)
	in := &api.AttachPolicyInput{PolicyId: &id, TargetId: &root}
	op := api.API().Operation("AttachPolicy")
	want := []string{
		"arn:aws:organizations::111111111111:policy/" + org + "/resource_control_policy/" + id,
		"arn:aws:organizations::111111111111:root/" + org + "/" + root,
	}
	if len(op.Access) != len(want) {
		t.Fatalf("%d rows", len(op.Access))
	}
	for i := range op.Access {
		target, err := w.svc.Target(by(t, management), &op.Access[i], in)
		if err != nil {
			t.Fatal(err)
		}
		var v policy.Values
		target.Context(&v)
		if got, _ := v.Lookup("organizations:PolicyType"); target.Resource.ARN != want[i] || !slices.Equal(got, []string{rcp}) {
			t.Errorf("%s of %v, want %s", target.Resource.ARN, got, want[i])
		}
	}
}
