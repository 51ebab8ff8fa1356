package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// allOfIt is a policy that allows all.
var allOfIt = allow("*", "*")

// organizations calls an operation as the management account, green, and gives
// what is at the path of its answer.
func (w *world) organizations(operation string, in map[string]any, path ...string) string {
	w.Helper()
	status, text := w.organize(w.green.credentials(), operation, in)
	if status != http.StatusOK {
		w.Fatalf("%s: %d %s", operation, status, text)
	}
	return w.find(text, path...)
}

// organize calls an operation of Organizations.
func (w *world) organize(who sigv4.Credentials, operation string, in map[string]any) (int, string) {
	w.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		w.Fatal(err)
	}
	req := w.request("POST", "/", string(body))
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSOrganizationsV20161128."+operation)
	sigv4.Sign(req, who, "us-east-1", "organizations", sigv4.HashPayload(body), time.Now())
	return w.send(req)
}

// find is what is at the path of an answer.
func (w *world) find(text string, path ...string) string {
	w.Helper()
	if len(path) == 0 {
		return ""
	}
	var out any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		w.Fatal(err)
	}
	for _, name := range path {
		if list, ok := out.([]any); ok {
			out = list[0]
		}
		out = out.(map[string]any)[name]
	}
	return out.(string)
}

// organized is a world with both types of policies on; it gives the root's id.
func organized(t *testing.T) (w *world, rootID string) {
	w = newWorld(t)
	rootID = w.organizations("ListRoots", map[string]any{}, "Roots", "Id")
	for _, policyType := range []string{"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"} {
		w.organizations("EnablePolicyType", map[string]any{"RootId": rootID, "PolicyType": policyType})
	}
	return w, rootID
}

func (w *world) organizationPolicy(name, policyType, statement string) string {
	w.Helper()
	return w.organizations("CreatePolicy", map[string]any{
		"Name": name, "Type": policyType, "Description": "", "Content": `{"Version":"2012-10-17","Statement":[` + statement + `]}`,
	}, "Policy", "PolicySummary", "Id")
}

func TestServiceControlPoliciesDecide(t *testing.T) {
	w, rootID := organized(t)
	blue, green := w.user(w.blue, "alice", allOfIt), w.user(w.green, "alice", allOfIt)
	w.want(200, "")(w.as(blue, "PUT", "/blue-bucket", ""))
	w.want(200, "")(w.as(blue, "PUT", "/blue-bucket/k", "text"))
	w.want(200, "")(w.as(green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.as(green, "PUT", "/green-bucket/k", "text"))

	noReads := w.organizationPolicy("NoReads", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`)
	w.want(200, "text")(w.as(blue, "GET", "/blue-bucket/k", ""))
	w.organizations("AttachPolicy", map[string]any{"PolicyId": noReads, "TargetId": rootID})
	w.want(403, "with an explicit deny in a service control policy")(w.as(blue, "GET", "/blue-bucket/k", ""))
	w.want(403, "with an explicit deny in a service control policy")(w.as(w.blue.credentials(), "GET", "/blue-bucket/k", ""))
	w.want(200, "")(w.as(blue, "PUT", "/blue-bucket/k2", "text"))
	w.want(200, "text")(w.as(green, "GET", "/green-bucket/k", "")) // the management account
	w.organizations("UpdatePolicy", map[string]any{"PolicyId": noReads,
		"Content": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}]}`})
	w.want(200, "text")(w.as(blue, "GET", "/blue-bucket/k", ""))
	w.want(403, "service control policy")(w.as(blue, "PUT", "/blue-bucket/k2", "text"))
	w.organizations("DetachPolicy", map[string]any{"PolicyId": noReads, "TargetId": rootID})
	w.want(200, "")(w.as(blue, "PUT", "/blue-bucket/k2", "text"))

	// An allow list on the account: what no level's policy allows is not allowed.
	only := w.organizationPolicy("OnlyReads", "SERVICE_CONTROL_POLICY", `{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`)
	w.organizations("AttachPolicy", map[string]any{"PolicyId": only, "TargetId": w.blue.ID})
	w.want(200, "")(w.as(blue, "PUT", "/blue-bucket/k2", "text"))
	w.organizations("DetachPolicy", map[string]any{"PolicyId": "p-FullAWSAccess", "TargetId": w.blue.ID})
	w.want(403, "because no service control policy allows the s3:PutObject action")(w.as(blue, "PUT", "/blue-bucket/k2", "text"))
	w.want(200, "text")(w.as(blue, "GET", "/blue-bucket/k", ""))
	w.organizations("DisablePolicyType", map[string]any{"RootId": rootID, "PolicyType": "SERVICE_CONTROL_POLICY"})
	w.want(200, "")(w.as(blue, "PUT", "/blue-bucket/k2", "text"))
}

func TestResourceControlPoliciesDecide(t *testing.T) {
	w, rootID := organized(t)
	blue, green := w.user(w.blue, "alice", allOfIt), w.user(w.green, "alice", allOfIt)
	open := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["` + w.green.ID + `","` + w.blue.ID +
		`"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}]}`
	for bucket, who := range map[string]sigv4.Credentials{"blue-bucket": blue, "green-bucket": green} {
		w.want(200, "")(w.as(who, "PUT", "/"+bucket, ""))
		w.want(200, "")(w.as(who, "PUT", "/"+bucket+"/k", "text"))
		w.want(204, "")(w.as(who, "PUT", "/"+bucket+"?policy", strings.ReplaceAll(open, "BUCKET", bucket)))
	}
	w.want(200, "text")(w.as(green, "GET", "/blue-bucket/k", ""))
	rcp := w.organizationPolicy("Home", "RESOURCE_CONTROL_POLICY", `{"Effect":"Deny","Principal":"*","Action":"s3:GetObject",`+
		`"Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}}`)
	w.organizations("AttachPolicy", map[string]any{"PolicyId": rcp, "TargetId": rootID})
	w.want(403, "with an explicit deny in a resource control policy")(w.as(green, "GET", "/blue-bucket/k", ""))
	w.want(200, "text")(w.as(blue, "GET", "/blue-bucket/k", ""))
	// What is the management account's is not bound.
	w.want(200, "text")(w.as(blue, "GET", "/green-bucket/k", ""))
	w.organizations("DetachPolicy", map[string]any{"PolicyId": rcp, "TargetId": rootID})
	w.want(200, "text")(w.as(green, "GET", "/blue-bucket/k", ""))
}

func TestMovingAnAccountDecides(t *testing.T) {
	w, rootID := organized(t)
	blue, green := w.user(w.blue, "alice", allOfIt), w.user(w.green, "alice", allOfIt)
	unit := func(parent, name string) string {
		return w.organizations("CreateOrganizationalUnit", map[string]any{"ParentId": parent, "Name": name}, "OrganizationalUnit", "Id")
	}
	trusted := unit(rootID, "trusted")
	inner := unit(trusted, "inner")
	org := w.organizations("DescribeOrganization", map[string]any{}, "Organization", "Id")
	w.want(200, "")(w.as(green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.as(green, "PUT", "/green-bucket/k", "text"))
	w.want(204, "")(w.as(green, "DELETE", "/green-bucket?publicAccessBlock", "")) // the path is not a fixed value
	w.want(204, "")(w.as(green, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",`+
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*","Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"`+
		org+"/"+rootID+"/"+trusted+`/*"}}}]}`))
	noReads := w.organizationPolicy("NoReads", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`)
	w.organizations("AttachPolicy", map[string]any{"PolicyId": noReads, "TargetId": inner})

	move := func(from, to string) {
		t.Helper()
		w.organizations("MoveAccount", map[string]any{"AccountId": w.blue.ID, "SourceParentId": from, "DestinationParentId": to})
	}
	w.want(403, "because no resource-based policy allows")(w.as(blue, "GET", "/green-bucket/k", ""))
	move(rootID, trusted)
	w.want(200, "text")(w.as(blue, "GET", "/green-bucket/k", ""))
	move(trusted, inner)
	w.want(403, "service control policy")(w.as(blue, "GET", "/green-bucket/k", ""))
	move(inner, rootID)
	w.want(403, "because no resource-based policy allows")(w.as(blue, "GET", "/green-bucket/k", ""))
}
