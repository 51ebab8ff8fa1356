package gateway

import (
	"regexp"
	"strings"
	"testing"
)

// services is what a report tells of the services that were used.
func services(body string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`(?s)<member>\s*<ServiceName>.*?</TotalAuthenticatedEntities>.*?</member>`).FindAllString(body, -1) {
		who := element(m, "LastAuthenticatedEntity") + element(m, "EntityPath")
		if who != "" {
			out[element(m, "ServiceNamespace")] = who[strings.LastIndexByte(who, '/')+1:] + " " + element(m, "TotalAuthenticatedEntities")
		}
	}
	return out
}

// TestLastAccessedFollowsRequests: what requests try is told, be it allowed or not.
func TestLastAccessedFollowsRequests(t *testing.T) {
	w := hunted(t)
	root := w.green.credentials()
	alice := w.user(w.green, "alice", everything)
	role := w.role(w.green, "guest", trusts(w.green.ID), everything)
	session := credentialsIn(w.ok(alice, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session"))
	w.want(200, "")(w.as(session, "GET", "/", ""))
	w.want(403, "")(w.as(alice, "GET", "/blue-bucket/mine", ""))
	federated := credentialsIn(w.ok(alice, "sts", "GetFederationToken", "Name", "fred", "Policy", everything))
	w.want(403, "")(w.as(federated, "DELETE", "/blue-bucket", ""))
	report := func(arn string) string {
		id := element(w.ok(root, "iam", "GenerateServiceLastAccessedDetails", "Arn", arn, "Granularity", "ACTION_LEVEL"), "JobId")
		return w.ok(root, "iam", "GetServiceLastAccessedDetails", "JobId", id, "MaxItems", "1000")
	}
	got := report("arn:aws:iam::" + w.green.ID + ":user/alice")
	if s := services(got); s["s3"] != "alice 1" || s["sts"] != "alice 1" || len(s) != 2 {
		t.Errorf("alice: %v", s)
	}
	if m := regexp.MustCompile(`(?s)<member>\s*<ActionName>(\w+)</ActionName>\s*<LastAcc`).FindAllStringSubmatch(got, -1); len(m) != 3 ||
		m[0][1] != "DeleteBucket" || m[1][1] != "AssumeRole" || m[2][1] != "GetFederationToken" {
		t.Errorf("alice's actions: %v", m)
	}
	if s := services(report(role)); s["s3"] != "guest 1" || len(s) != 1 {
		t.Errorf("the role: %v", s)
	}
	w.want(403, "AccessDenied")(w.call(w.user(w.green, "nobody", ""), "iam", "GenerateServiceLastAccessedDetails", "Arn", role))
	w.want(200, "JobId")(w.call(w.user(w.green, "one", allow("iam:GenerateServiceLastAccessedDetails", role)), "iam", "GenerateServiceLastAccessedDetails", "Arn", role))
}

func TestOrganizationAccessReport(t *testing.T) {
	w, rootID := organized(t)
	green, blue := w.green.credentials(), w.blue.credentials()
	w.ok(blue, "iam", "ListUsers")
	w.want(200, "")(w.as(blue, "GET", "/", ""))
	w.ok(w.user(w.blue, "bob", everything), "sts", "GetCallerIdentity")
	org := w.organizations("DescribeOrganization", map[string]any{}, "Organization", "Id")
	onlyS3 := w.organizationPolicy("OnlyS3", "SERVICE_CONTROL_POLICY", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
	path := org + "/" + rootID
	report := func(parameters ...string) string {
		id := element(w.ok(green, "iam", "GenerateOrganizationsAccessReport", parameters...), "JobId")
		return w.ok(green, "iam", "GetOrganizationsAccessReport", "JobId", id, "MaxItems", "1000", "SortKey", "LAST_AUTHENTICATED_TIME_DESCENDING")
	}
	for name, c := range map[string]struct {
		parameters []string
		want       string // used services
		services   string
	}{
		"the root":               {[]string{"EntityPath", path}, "iam s3 sts", ""},
		"an account":             {[]string{"EntityPath", path + "/" + w.blue.ID}, "iam s3 sts", ""},
		"the management account": {[]string{"EntityPath", path + "/" + w.green.ID}, "iam organizations", ""},
		"a policy of nobody":     {[]string{"EntityPath", path, "OrganizationsPolicyId", onlyS3}, "", "1"},
		"AWS's policy":           {[]string{"EntityPath", path, "OrganizationsPolicyId", "p-FullAWSAccess"}, "iam s3 sts", ""},
	} {
		got := report(c.parameters...)
		used := services(got)
		for _, namespace := range strings.Fields(c.want) {
			if !strings.HasSuffix(used[namespace], " 1") {
				t.Errorf("%s: %s is %q", name, namespace, used[namespace])
			}
			delete(used, namespace)
		}
		if len(used) > 0 || c.services != "" && element(got, "NumberOfServicesAccessible") != c.services {
			t.Errorf("%s: also %v of %s", name, used, element(got, "NumberOfServicesAccessible"))
		}
	}
	w.organizations("AttachPolicy", map[string]any{"PolicyId": onlyS3, "TargetId": w.blue.ID})
	w.organizations("DetachPolicy", map[string]any{"PolicyId": "p-FullAWSAccess", "TargetId": w.blue.ID})
	if s := services(report("EntityPath", path+"/"+w.blue.ID)); s["s3"] != w.blue.ID+" 1" || len(s) != 1 {
		t.Errorf("the bound account: %v", s)
	}
	for _, wrong := range []string{path + "/" + "999999999999", org + "/r-none", path + "/ou-none-12345678"} {
		w.want(400, "InvalidInput")(w.call(green, "iam", "GenerateOrganizationsAccessReport", "EntityPath", wrong))
	}
	w.want(404, "NoSuchEntity")(w.call(green, "iam", "GenerateOrganizationsAccessReport", "EntityPath", path, "OrganizationsPolicyId", "p-12345678"))
	w.want(403, "AccessDenied")(w.call(blue, "iam", "GenerateOrganizationsAccessReport", "EntityPath", path))
}
