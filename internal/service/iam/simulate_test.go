package iam

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

const objectB = "arn:aws:s3:::b/k"

func policyOf(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// TestSimulateCustomPolicy: what is decided, and what is told of it.
func TestSimulateCustomPolicy(t *testing.T) {
	w := newWorld(t)
	const (
		read   = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
		deny   = `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/k"}`
		tagged = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/a":"1"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`
		bob    = "arn:aws:iam::222222222222:user/bob"
		share  = `{"Effect":"Allow","Principal":{"AWS":"` + bob + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
	)
	for name, c := range map[string]struct {
		in      api.SimulateCustomPolicyInput
		want    string
		matched string // ids
		missing string
		details string
	}{
		"allowed":         {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(read)}}, evalAllowed, "PolicyInputList.1", "", "map[]"},
		"not allowed":     {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`)}}, evalImplicitDeny, "", "", "map[]"},
		"denied":          {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(read), policyOf(deny)}}, evalExplicitDeny, "PolicyInputList.2", "", "map[]"},
		"a key is wanted": {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(tagged)}}, evalImplicitDeny, "", "s3:ExistingObjectTag/a aws:MultiFactorAuthPresent", "map[]"},
		"the key is given": {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(tagged)}, ContextEntries: []api.ContextEntry{
			{ContextKeyName: new("s3:ExistingObjectTag/a"), ContextKeyType: new("string"), ContextKeyValues: []string{"1"}},
			{ContextKeyName: new("aws:multifactorauthpresent"), ContextKeyType: new("boolean"), ContextKeyValues: []string{"true"}},
		}}, evalAllowed, "PolicyInputList.1", "", "map[]"},
		"a boundary limits": {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(read)}, PermissionsBoundaryPolicyInputList: []string{policyOf(`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`)}},
			evalImplicitDeny, "", "", "map[]"},
		"the bucket of another account": {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(read)}, ResourceOwner: new("arn:aws:iam::111111111111:root"), CallerArn: new(bob)},
			evalImplicitDeny, "", "", "map[IAM Policy:allowed Resource Policy:implicitDeny]"},
		"with its policy": {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(read)}, ResourceOwner: new("arn:aws:iam::111111111111:root"), CallerArn: new(bob), ResourcePolicy: new(policyOf(share))},
			evalAllowed, "ResourcePolicy PolicyInputList.1", "", "map[IAM Policy:allowed Resource Policy:allowed]"},
		"with its policy alone": {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`)}, ResourceOwner: new("111111111111"), CallerArn: new(bob), ResourcePolicy: new(policyOf(share))},
			evalImplicitDeny, "", "", "map[IAM Policy:implicitDeny Resource Policy:allowed]"},
		"one account's bucket policy is enough": {api.SimulateCustomPolicyInput{PolicyInputList: []string{policyOf(`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`)}, ResourceOwner: new("222222222222"), CallerArn: new(bob), ResourcePolicy: new(policyOf(share))},
			evalAllowed, "ResourcePolicy", "", "map[]"},
	} {
		t.Run(name, func(t *testing.T) {
			in := c.in
			in.ActionNames, in.ResourceArns = []string{"s3:GetObject"}, []string{objectB}
			out := must(w.SimulateCustomPolicy(w.ctx, &in))
			if len(out.EvaluationResults) != 1 || *out.IsTruncated {
				t.Fatalf("%+v", out)
			}
			r := out.EvaluationResults[0]
			same(t, "decision", *r.EvalDecision, c.want)
			same(t, "matched", ids(r.MatchedStatements), c.matched)
			same(t, "missing", strings.Join(r.ResourceSpecificResults[0].MissingContextValues, " "), c.missing)
			same(t, "details", fmt.Sprint(r.EvalDecisionDetails), c.details)
			same(t, "on the resource", *r.ResourceSpecificResults[0].EvalResourceDecision, c.want)
			if limited := in.PermissionsBoundaryPolicyInputList != nil; limited != (r.PermissionsBoundaryDecisionDetail != nil) ||
				limited && *r.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary {
				t.Errorf("boundary: %+v", r.PermissionsBoundaryDecisionDetail)
			}
		})
	}
}

func ids(list []api.Statement) string {
	var out []string
	for _, s := range list {
		out = append(out, *s.SourcePolicyId)
	}
	return strings.Join(out, " ")
}

// TestSimulatedPositions: a statement begins where the text before it ended.
func TestSimulatedPositions(t *testing.T) {
	w := newWorld(t)
	for text, want := range map[string]string{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`:                                                                          "1:38 1:84",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`:                                                                            "1:37 1:83",
		"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"*\",\n      \"Resource\": \"*\"\n    }\n  ]\n}": "3:17 8:6",
	} {
		out := must(w.SimulateCustomPolicy(w.ctx, &api.SimulateCustomPolicyInput{PolicyInputList: []string{text}, ActionNames: []string{"s3:ListAllMyBuckets"}}))
		r := out.EvaluationResults[0]
		s := r.MatchedStatements[0]
		same(t, "position", fmt.Sprintf("%d:%d %d:%d", *s.StartPosition.Line, *s.StartPosition.Column, *s.EndPosition.Line, *s.EndPosition.Column), want)
		same(t, "resource", *r.EvalResourceName, "*")
		same(t, "type", *s.SourcePolicyType, "IAM Policy")
		if r.ResourceSpecificResults != nil || r.EvalDecisionDetails != nil {
			t.Errorf("of all resources: %+v", r)
		}
	}
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	w := newWorld(t)
	w.user("ada")
	w.group("devs")
	w.role("work")
	must(w.AddUserToGroup(w.ctx, &api.AddUserToGroupInput{UserName: new("ada"), GroupName: new("devs")}))
	must(w.PutUserPolicy(w.ctx, &api.PutUserPolicyInput{UserName: new("ada"), PolicyName: new("own"), PolicyDocument: new(readOne)}))
	must(w.PutGroupPolicy(w.ctx, &api.PutGroupPolicyInput{GroupName: new("devs"), PolicyName: new("group"),
		PolicyDocument: new(policyOf(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/${aws:username}/*"}`))}))
	must(w.AttachRolePolicy(w.ctx, &api.AttachRolePolicyInput{RoleName: new("work"), PolicyArn: new(adminARN)}))
	arn := func(kind, name string) *string { return new("arn:aws:iam::" + acctA + ":" + kind + "/" + name) }
	for name, c := range map[string]struct {
		source, action, resource, want, matched, missing string
		in                                               api.SimulatePrincipalPolicyInput
	}{
		"the user's own":            {"user/ada", "s3:GetObject", objectB, evalAllowed, "user_ada_own", "", api.SimulatePrincipalPolicyInput{}},
		"the group's":               {"user/ada", "s3:PutObject", "arn:aws:s3:::b/ada/x", evalAllowed, "group_devs_group", "", api.SimulatePrincipalPolicyInput{}},
		"nobody's":                  {"user/ada", "s3:DeleteObject", objectB, evalImplicitDeny, "", "", api.SimulatePrincipalPolicyInput{}},
		"the group by itself":       {"group/devs", "s3:PutObject", "arn:aws:s3:::b/ada/x", evalImplicitDeny, "", "aws:username", api.SimulatePrincipalPolicyInput{}},
		"a group, called by a user": {"group/devs", "s3:PutObject", "arn:aws:s3:::b/ada/x", evalAllowed, "group_devs_group", "", api.SimulatePrincipalPolicyInput{CallerArn: arn("user", "ada")}},
		"a managed policy":          {"role/work", "iam:CreateUser", "*", evalAllowed, "AdministratorAccess", "", api.SimulatePrincipalPolicyInput{}},
		"with another policy": {"role/work", "iam:CreateUser", "*", evalExplicitDeny, "PolicyInputList.1", "",
			api.SimulatePrincipalPolicyInput{PolicyInputList: []string{policyOf(`{"Effect":"Deny","Action":"iam:*","Resource":"*"}`)}}},
		"another account's bucket": {"role/work", "s3:GetObject", objectB, evalImplicitDeny, "", "", api.SimulatePrincipalPolicyInput{ResourceOwner: new(acctB)}},
	} {
		t.Run(name, func(t *testing.T) {
			in := c.in
			kind, entity, _ := strings.Cut(c.source, "/")
			in.PolicySourceArn, in.ActionNames, in.ResourceArns = arn(kind, entity), []string{c.action}, []string{c.resource}
			r := must(w.SimulatePrincipalPolicy(w.ctx, &in)).EvaluationResults[0]
			same(t, "decision", *r.EvalDecision, c.want)
			same(t, "matched", ids(r.MatchedStatements), c.matched)
			missing := r.MissingContextValues
			if r.ResourceSpecificResults != nil {
				missing = r.ResourceSpecificResults[0].MissingContextValues
			}
			same(t, "missing", strings.Join(missing, " "), c.missing)
		})
	}
	keys := must(w.GetContextKeysForPrincipalPolicy(w.ctx, &api.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: arn("user", "ada"),
		PolicyInputList: []string{policyOf(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)}})).ContextKeyNames
	same(t, "keys", strings.Join(keys, " "), "aws:username aws:SecureTransport")
}

func TestSimulationsArePaged(t *testing.T) {
	w := newWorld(t)
	in := &api.SimulateCustomPolicyInput{PolicyInputList: []string{allowAll}, MaxItems: new(int32(4)),
		ActionNames: []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, ResourceArns: []string{"arn:aws:s3:::b/1", "arn:aws:s3:::b/2", "arn:aws:s3:::b/3"}}
	var got []string
	for range 5 {
		out := must(w.SimulateCustomPolicy(w.ctx, in))
		for _, r := range out.EvaluationResults {
			got = append(got, *r.EvalActionName+" "+(*r.EvalResourceName)[13:])
		}
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
	}
	if len(got) != 9 || got[0] != "s3:GetObject b/1" || got[8] != "s3:DeleteObject b/3" || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 9 {
		t.Errorf("got %q", got)
	}
}

func TestSimulationsRefuse(t *testing.T) {
	w := newWorld(t)
	w.user("ada")
	w.role("work")
	ada, work := "arn:aws:iam::"+acctA+":user/ada", "arn:aws:iam::"+acctA+":role/work"
	for name, c := range map[string]struct {
		in      api.SimulatePrincipalPolicyInput
		code    string
		message string
	}{
		"no such user":            {api.SimulatePrincipalPolicyInput{PolicySourceArn: new("arn:aws:iam::" + acctA + ":user/bob")}, "NoSuchEntity", "The user with name bob cannot be found."},
		"another account's":       {api.SimulatePrincipalPolicyInput{PolicySourceArn: new("arn:aws:iam::" + acctB + ":user/ada")}, "NoSuchEntity", "The user with name ada cannot be found."},
		"no entity":               {api.SimulatePrincipalPolicyInput{PolicySourceArn: new("arn:aws:s3:::b")}, "InvalidInput", "Invalid Entity Arn: arn:aws:s3:::b does not clearly define entity type and name."},
		"a wildcard":              {api.SimulatePrincipalPolicyInput{PolicySourceArn: &ada, ActionNames: []string{"s3:*"}}, "InvalidInput", "Invalid action name: s3:*"},
		"no ARN":                  {api.SimulatePrincipalPolicyInput{PolicySourceArn: &ada, ResourceArns: []string{"b"}}, "InvalidInput", "Invalid resource ARN: b"},
		"no owner":                {api.SimulatePrincipalPolicyInput{PolicySourceArn: &ada, ResourceOwner: new("x")}, "InvalidInput", "Invalid ResourceOwner: x"},
		"a caller that is a role": {api.SimulatePrincipalPolicyInput{PolicySourceArn: &ada, CallerArn: &work}, "InvalidInput", "CallerArn must be the ARN of an IAM user: " + work},
		"no caller": {api.SimulatePrincipalPolicyInput{PolicySourceArn: &work, ResourcePolicy: new(allowAll)}, "InvalidInput",
			"CallerArn is required when a ResourcePolicy is given and PolicySourceArn is not the ARN of a user."},
		"two boundaries": {api.SimulatePrincipalPolicyInput{PolicySourceArn: &ada, PermissionsBoundaryPolicyInputList: []string{allowAll, allowAll}}, "InvalidInput",
			"Only one permissions boundary policy can be in effect at a time."},
		"no number": {api.SimulatePrincipalPolicyInput{PolicySourceArn: &ada, ContextEntries: []api.ContextEntry{
			{ContextKeyName: new("s3:max-keys"), ContextKeyType: new("numeric"), ContextKeyValues: []string{"x"}}}}, "InvalidInput",
			"Value x of context key s3:max-keys is not of the type numeric."},
		"two values": {api.SimulatePrincipalPolicyInput{PolicySourceArn: &ada, ContextEntries: []api.ContextEntry{
			{ContextKeyName: new("s3:prefix"), ContextKeyType: new("string"), ContextKeyValues: []string{"x", "y"}}}}, "InvalidInput",
			"Context key s3:prefix has the type string and more than one value."},
		"a bad marker": {api.SimulatePrincipalPolicyInput{PolicySourceArn: &ada, Marker: new("x!")}, "ValidationError", "Invalid Marker."},
	} {
		t.Run(name, func(t *testing.T) {
			if c.in.ActionNames == nil {
				c.in.ActionNames = []string{"s3:GetObject"}
			}
			_, err := w.SimulatePrincipalPolicy(w.ctx, &c.in)
			refused(t, err, map[string]int{"NoSuchEntity": 404}[c.code]+map[bool]int{false: 400}[c.code == "NoSuchEntity"], c.code, c.message)
		})
	}
	_, err := w.SimulateCustomPolicy(w.ctx, &api.SimulateCustomPolicyInput{PolicyInputList: []string{"{"}, ActionNames: []string{"s3:GetObject"}})
	if err == nil || !strings.Contains(err.Error(), "PolicyInputList.1 is malformed") {
		t.Errorf("a malformed policy: %v", err)
	}
}
