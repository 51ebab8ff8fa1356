package gateway

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// TestIAMStaysInItsAccount: names and ARNs of another account's entities lead
// nowhere, whatever blue's own policies say.
func TestIAMStaysInItsAccount(t *testing.T) {
	w := hunted(t)
	green, blue := w.green.credentials(), w.blue.credentials()
	victim := w.user(w.green, "victim", everything)
	role := w.role(w.green, "role", trusts(w.green.ID), everything)
	made := w.ok(green, "iam", "CreatePolicy", "PolicyName", "pol", "PolicyDocument", everything)
	foreign := element(made, "Arn")
	w.user(w.blue, "own", "")
	w.role(w.blue, "own", trusts(w.blue.ID), "")
	w.ok(blue, "iam", "CreateGroup", "GroupName", "own")
	for name, c := range map[string][]string{
		"attach to user":       {"AttachUserPolicy", "UserName", "own", "PolicyArn", foreign},
		"attach to role":       {"AttachRolePolicy", "RoleName", "own", "PolicyArn", foreign},
		"attach to group":      {"AttachGroupPolicy", "GroupName", "own", "PolicyArn", foreign},
		"boundary of user":     {"PutUserPermissionsBoundary", "UserName", "own", "PermissionsBoundary", foreign},
		"boundary at creation": {"CreateUser", "UserName", "new", "PermissionsBoundary", foreign},
		"read policy":          {"GetPolicy", "PolicyArn", foreign},
		"read version":         {"GetPolicyVersion", "PolicyArn", foreign, "VersionId", "v1"},
		"new version":          {"CreatePolicyVersion", "PolicyArn", foreign, "PolicyDocument", everything, "SetAsDefault", "true"},
		"default version":      {"SetDefaultPolicyVersion", "PolicyArn", foreign, "VersionId", "v1"},
		"delete policy":        {"DeletePolicy", "PolicyArn", foreign},
		"holders":              {"ListEntitiesForPolicy", "PolicyArn", foreign},
		"tag policy":           {"TagPolicy", "PolicyArn", foreign, "Tags.member.1.Key", "a", "Tags.member.1.Value", "b"},
		"user":                 {"GetUser", "UserName", "victim"},
		"user by ARN":          {"GetUser", "UserName", "arn:aws:iam::" + w.green.ID + ":user/victim"},
		"role":                 {"GetRole", "RoleName", "role"},
		"role by ARN":          {"GetRole", "RoleName", role},
		"trust":                {"UpdateAssumeRolePolicy", "RoleName", "role", "PolicyDocument", trusts(w.blue.ID)},
		"key of the victim":    {"CreateAccessKey", "UserName", "victim"},
		"switch the key off":   {"UpdateAccessKey", "UserName", "own", "AccessKeyId", victim.AccessKeyID, "Status", "Inactive"},
		"delete the key":       {"DeleteAccessKey", "UserName", "own", "AccessKeyId", victim.AccessKeyID},
		"delete root's key":    {"DeleteAccessKey", "AccessKeyId", w.green.AccessKeyID},
		"whose key":            {"GetAccessKeyLastUsed", "AccessKeyId", victim.AccessKeyID},
		"member of own group":  {"AddUserToGroup", "GroupName", "own", "UserName", "victim"},
		"AWS's policy changed": {"CreatePolicyVersion", "PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess", "PolicyDocument", everything, "SetAsDefault", "true"},
		"AWS's policy deleted": {"DeletePolicy", "PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"},
	} {
		if status, body := w.call(blue, "iam", c[0], c[1:]...); status < 400 || status >= 500 || strings.Contains(body, "<UserName>victim") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	w.want(200, secret)(w.as(victim, "GET", "/green-bucket/dir/k", ""))
	if all := w.ok(blue, "iam", "ListUsers"); strings.Contains(all, "victim") {
		t.Error(all)
	}
}

// TestNoWayUp: a user with part of IAM's actions does not become more by them
// than AWS lets it.
func TestNoWayUp(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	boundary := element(w.ok(green, "iam", "CreatePolicy", "PolicyName", "edge", "PolicyDocument", allow("s3:List*", "*")), "Arn")
	other := element(w.ok(green, "iam", "CreatePolicy", "PolicyName", "other", "PolicyDocument", everything), "Arn")
	statement := func(effect, action, resource, more string) string {
		return `{"Effect":"` + effect + `","Action":` + action + `,"Resource":"` + resource + `"` + more + `}`
	}
	own := "arn:aws:iam::" + w.green.ID + ":"
	delegate := w.user(w.green, "delegate", `{"Version":"2012-10-17","Statement":[`+strings.Join([]string{
		statement("Allow", `["iam:CreateUser","iam:PutUserPermissionsBoundary","iam:AttachUserPolicy","iam:PutUserPolicy"]`, own+"user/team/*",
			`,"Condition":{"StringEquals":{"iam:PermissionsBoundary":"`+boundary+`"}}`),
		statement("Allow", `["iam:CreateAccessKey","iam:UpdateUser"]`, own+"user/team/*", ""),
		statement("Allow", `"iam:CreatePolicyVersion"`, boundary, `,"Condition":{"Null":{"aws:TokenIssueTime":"false"}}`),
	}, ",")+`]}`)
	w.ok(green, "iam", "CreateUser", "UserName", "admin", "Path", "/admins/")
	w.ok(delegate, "iam", "CreateUser", "UserName", "bounded", "Path", "/team/", "PermissionsBoundary", boundary)
	w.ok(delegate, "iam", "PutUserPolicy", "UserName", "bounded", "PolicyName", "p", "PolicyDocument", everything)
	for name, c := range map[string][]string{
		"user without boundary":        {"CreateUser", "UserName", "free", "Path", "/team/"},
		"user with an empty boundary":  {"CreateUser", "UserName", "free", "Path", "/team/", "PermissionsBoundary", ""},
		"user with another boundary":   {"CreateUser", "UserName", "free", "Path", "/team/", "PermissionsBoundary", other},
		"boundary given twice":         {"CreateUser", "UserName", "free", "Path", "/team/", "PermissionsBoundary", other, "PermissionsBoundary.member.1", boundary},
		"path outside":                 {"CreateUser", "UserName", "free", "Path", "/", "PermissionsBoundary", boundary},
		"path that climbs":             {"CreateUser", "UserName", "free", "Path", "/team/../admins", "PermissionsBoundary", boundary},
		"take the boundary off":        {"DeleteUserPermissionsBoundary", "UserName", "bounded"},
		"another boundary":             {"PutUserPermissionsBoundary", "UserName", "bounded", "PermissionsBoundary", other},
		"policy on an unbounded user":  {"PutUserPolicy", "UserName", "admin", "PolicyName", "p", "PolicyDocument", everything},
		"policy on itself":             {"PutUserPolicy", "UserName", "delegate", "PolicyName", "q", "PolicyDocument", everything},
		"key of the admin":             {"CreateAccessKey", "UserName", "admin"},
		"key of the admin, upper case": {"CreateAccessKey", "UserName", "ADMIN"},
		"rename into the admins":       {"UpdateUser", "UserName", "bounded", "NewPath", "/admins/"},
		"pull the admin in":            {"UpdateUser", "UserName", "admin", "NewPath", "/team/"},
		"wider boundary":               {"CreatePolicyVersion", "PolicyArn", boundary, "PolicyDocument", everything, "SetAsDefault", "true"},
		"group":                        {"CreateGroup", "GroupName", "g"},
		"role":                         {"CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trusts(w.green.ID)},
		"list":                         {"ListUsers"},
		"tags at creation":             {"CreateUser", "UserName", "tagged", "Path", "/team/", "PermissionsBoundary", boundary, "Tags.member.1.Key", "team", "Tags.member.1.Value", "admin"},
	} {
		if status, body := w.call(delegate, "iam", c[0], c[1:]...); status != 403 && status != 400 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	bounded := credentialsIn(w.ok(delegate, "iam", "CreateAccessKey", "UserName", "bounded"))
	w.want(403, "AccessDenied")(w.as(bounded, "GET", "/green-bucket/dir/k", ""))
	w.want(200, "<KeyCount>")(w.as(bounded, "GET", "/green-bucket?list-type=2", ""))
	// A boundary also binds the user's sessions, and goes with it when renamed.
	w.ok(delegate, "iam", "UpdateUser", "UserName", "bounded", "NewUserName", "renamed", "NewPath", "/team/deep/")
	w.want(403, "AccessDenied")(w.as(bounded, "GET", "/green-bucket/dir/k", ""))
	session := credentialsIn(w.ok(bounded, "sts", "GetSessionToken"))
	w.want(403, "AccessDenied")(w.as(session, "GET", "/green-bucket/dir/k", ""))
	// When the boundary's policy is gone it allows nothing instead of everything.
	w.want(409, "DeleteConflict")(w.call(green, "iam", "DeletePolicy", "PolicyArn", boundary))
}

// TestSessionPoliciesCannotBeLeft: neither by asking another service, nor by a
// resource policy that names the role, nor by chaining back.
func TestSessionPoliciesCannotBeLeft(t *testing.T) {
	w := hunted(t)
	user := w.user(w.green, "user", everything)
	role := w.role(w.green, "role", trusts(w.green.ID), everything)
	narrow := w.assume(user, role, "ses", "Policy", allow("s3:ListBucket", "*"))
	w.share(role, "s3:GetObject")
	w.want(403, "AccessDenied")(w.as(narrow, "GET", "/green-bucket/dir/k", ""))
	w.want(200, "<KeyCount>")(w.as(narrow, "GET", "/green-bucket?list-type=2", ""))
	w.want(403, "AccessDenied")(w.call(narrow, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "again"))
	w.want(403, "AccessDenied")(w.call(narrow, "iam", "ListUsers"))
	w.want(403, "AccessDenied")(w.call(narrow, "iam", "PutRolePolicy", "RoleName", "role", "PolicyName", "q", "PolicyDocument", everything))
	// A managed session policy that is gone allows nothing.
	managed := element(w.ok(w.green.credentials(), "iam", "CreatePolicy", "PolicyName", "m", "PolicyDocument", everything), "Arn")
	within := w.assume(user, role, "ses", "PolicyArns.member.1.arn", managed)
	w.want(200, "<KeyCount>")(w.as(within, "GET", "/green-bucket?list-type=2", ""))
	w.ok(w.green.credentials(), "iam", "DeletePolicy", "PolicyArn", managed)
	w.want(403, "AccessDenied")(w.as(within, "GET", "/green-bucket?list-type=2", ""))
}

// TestServicesAreNotConfused: a signature for one service is none for another,
// and an operation is named in one place.
// TestServicesThatAreNotServed: their clients can read the answer.
func TestServicesThatAreNotServed(t *testing.T) {
	w := hunted(t)
	req := w.request("POST", "/", "{}")
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AmazonSSM.GetParameters")
	sigv4.Sign(req, w.blue.credentials(), "us-east-1", "ssm", sigv4.HashPayload([]byte("{}")), time.Now())
	status, body := w.send(req)
	var answer struct {
		Type string `json:"__type"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 501 || answer.Type != "NotImplemented" {
		t.Errorf("answered %d %s", status, body)
	}
}

func TestServicesAreNotConfused(t *testing.T) {
	w := hunted(t)
	sign := func(service, method, path, contentType, body string, header ...string) (int, string) {
		req := w.request(method, path, body)
		req.Header.Set("Content-Type", contentType)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		sigv4.Sign(req, w.blue.credentials(), "us-east-1", service, sigv4.HashPayload([]byte(body)), time.Now())
		return w.send(req)
	}
	const form, target = "application/x-www-form-urlencoded", "AWSOrganizationsV20161128."
	for name, try := range map[string]func() (int, string){
		"organizations by IAM": func() (int, string) {
			return sign("iam", "POST", "/", form, "{}", "X-Amz-Target", target+"ListAccounts")
		},
		"IAM by STS": func() (int, string) { return sign("sts", "POST", "/", form, "Action=ListUsers&Version=2010-05-08") },
		"S3 by IAM":  func() (int, string) { return sign("iam", "GET", "/green-bucket/dir/k", form, "") },
		"IAM by S3": func() (int, string) {
			return sign("s3", "POST", "/?Action=ListUsers&Version=2010-05-08", form, "Action=ListUsers&Version=2010-05-08")
		},
		"S3 by S3 Control": func() (int, string) {
			return sign("s3", "GET", "/v20180820/bucket/green-bucket", form, "", "X-Amz-Account-Id", w.green.ID)
		},
		"organizations by S3": func() (int, string) {
			return sign("s3", "POST", "/", "application/x-amz-json-1.1", "{}", "X-Amz-Target", target+"ListAccounts")
		},
		"other prefix": func() (int, string) {
			return sign("organizations", "POST", "/", "application/x-amz-json-1.1", "{}", "X-Amz-Target", "AWSIdentityManagementV20100508.ListUsers")
		},
		"two dots": func() (int, string) {
			return sign("organizations", "POST", "/", "application/x-amz-json-1.1", "{}", "X-Amz-Target", target+".ListAccounts")
		},
		"member lists accounts": func() (int, string) {
			return sign("organizations", "POST", "/", "application/x-amz-json-1.1", "{}", "X-Amz-Target", target+"ListAccounts")
		},
		"member describes green": func() (int, string) {
			return sign("organizations", "POST", "/", "application/x-amz-json-1.1", `{"AccountId":"`+w.green.ID+`"}`, "X-Amz-Target", target+"DescribeAccount")
		},
		"member makes an account": func() (int, string) {
			return sign("organizations", "POST", "/", "application/x-amz-json-1.1", `{"AccountName":"x","Email":"x@example.net"}`, "X-Amz-Target", target+"CreateAccount")
		},
		"member tags green": func() (int, string) {
			return sign("organizations", "POST", "/", "application/x-amz-json-1.1", `{"ResourceId":"`+w.green.ID+`","Tags":[{"Key":"a","Value":"b"}]}`, "X-Amz-Target", target+"TagResource")
		},
		"member lists roots": func() (int, string) {
			return sign("organizations", "POST", "/", "application/x-amz-json-1.1", "{}", "X-Amz-Target", target+"ListRoots")
		},
		"unknown service":           func() (int, string) { return sign("s3express", "GET", "/green-bucket/dir/k", form, "") },
		"service in upper case":     func() (int, string) { return sign("S3", "GET", "/green-bucket/dir/k", form, "") },
		"action in another version": func() (int, string) { return sign("iam", "POST", "/", form, "Action=ListUsers&Version=2011-06-15") },
		"action in upper case":      func() (int, string) { return sign("iam", "POST", "/", form, "Action=LISTUSERS&Version=2010-05-08") },
	} {
		status, body := try()
		if status < 400 || strings.Contains(body, secret) || strings.Contains(body, "<ListUsersResult>") || strings.Contains(body, w.green.ID+"\"") && strings.Contains(body, "Accounts") || status >= 500 && status != 501 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	// The body wins over the query, for check and deed alike.
	weak := w.user(w.green, "weak", allow("iam:GetUser", "*"))
	send := func(path, body string) (int, string) {
		req := w.request("POST", path, body)
		req.Header.Set("Content-Type", form)
		sigv4.Sign(req, weak, "us-east-1", "iam", sigv4.HashPayload([]byte(body)), time.Now())
		return w.send(req)
	}
	w.want(403, "iam:ListUsers")(send("/?Action=GetUser&Version=2010-05-08", "Action=ListUsers&Version=2010-05-08"))
	w.want(200, "<GetUserResult>")(send("/?Action=ListUsers&Version=2010-05-08", "Action=GetUser&Version=2010-05-08"))
	w.want(200, "<GetUserResult>")(send("/", "Action=GetUser&Action=ListUsers&Version=2010-05-08"))
	w.want(403, "iam:CreateUser")(send("/?UserName=weak", "Action=CreateUser&UserName=evil&UserName=weak&Version=2010-05-08"))
}
