package gateway

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// details is an export of one entity, whose list and members are given.
func details(list, members string) importRequest {
	return importRequest{Files: files(`{"` + list + `":[{"CreateDate":"2020-01-01T00:00:00+00:00",` + members + `}]}`)}
}

// linked is an export of a role with a path of service-linked ones.
func linked(account, service, principal string) importRequest {
	return details("RoleDetailList", `"Path":"/aws-service-role/`+service+`/","RoleName":"Linked","RoleId":"AROALINKEDLINKEDLINK1","Arn":"arn:aws:iam::`+account+
		`:role/aws-service-role/`+service+`/Linked","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":`+principal+
		`,"Action":"sts:AssumeRole"}]},"RolePolicyList":[{"PolicyName":"p","PolicyDocument":`+allOfIt+`}]`)
}

// TestAnImportMakesNoOpenServiceLinkedRole: SCPs and RCPs do not bind such roles, so
// nobody but their service may assume one, however it came to be.
func TestAnImportMakesNoOpenServiceLinkedRole(t *testing.T) {
	w, rootID := organized(t)
	admin := w.user(w.blue, "admin", allOfIt)
	w.want(200, "")(w.as(admin, "PUT", "/blue-bucket", ""))
	w.want(200, "")(w.as(admin, "PUT", "/blue-bucket/k", "text"))
	scp := w.organizationPolicy("NoReads", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`)
	w.organizations("AttachPolicy", map[string]any{"PolicyId": scp, "TargetId": rootID})
	for _, who := range []sigv4.Credentials{admin, w.blue.credentials()} {
		for _, principal := range []string{`{"AWS":"` + w.blue.ID + `"}`, `{"AWS":"*"}`, `"*"`, `{"Service":"x.amazonaws.com","AWS":"` + w.blue.ID + `"}`} {
			if got := w.bring(who, linked(w.blue.ID, "x.amazonaws.com", principal)); got.status != 400 || !strings.Contains(got.Message, "service-linked") {
				t.Errorf("%s: %d %s", principal, got.status, got.Message)
			}
		}
	}
	for _, service := range []string{ecsTasks, eksPods, "ec2.amazonaws.com"} {
		in := linked(w.blue.ID, service, `{"Service":"`+service+`"}`)
		in.Prune = true // of the one before
		if got := w.bring(w.blue.credentials(), in); got.status != 200 {
			t.Fatalf("%s: %d %s", service, got.status, got.Message)
		}
		role := "arn:aws:iam::" + w.blue.ID + ":role/aws-service-role/" + service + "/Linked"
		w.want(403, "AccessDenied")(w.call(w.blue.credentials(), "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session"))
		for _, as := range [][]string{nil, pod()} {
			if status, body := w.container(w.blue.credentials(), role, as...); status != 400 || strings.Contains(body, "ASIA") {
				t.Errorf("%s as %q: %d %s", service, as, status, body)
			}
		}
	}
}

// TestAnImportMovesNothingOutOfItsPath: who may do everything below a path cannot take
// there what lies elsewhere.
func TestAnImportMovesNothingOutOfItsPath(t *testing.T) {
	w := newWorld(t)
	root := w.blue.credentials()
	boss := element(w.ok(root, "iam", "CreateUser", "UserName", "boss", "Path", "/admin/"), "UserId")
	bosses := element(w.ok(root, "iam", "CreateGroup", "GroupName", "bosses", "Path", "/admin/"), "GroupId")
	role := element(w.ok(root, "iam", "CreateRole", "RoleName", "boss", "Path", "/admin/", "AssumeRolePolicyDocument", trusts(w.blue.ID)), "RoleId")
	policy := element(w.ok(root, "iam", "CreatePolicy", "PolicyName", "boss", "Path", "/admin/", "PolicyDocument", allOfIt), "PolicyId")
	at := func(kind string) string { return "arn:aws:iam::" + w.blue.ID + ":" + kind + "/dev/" }
	low := w.user(w.blue, "low", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetAccountAuthorizationDetails","iam:UpdateRole"],"Resource":"*"},{"Effect":"Allow",
		"Action":"iam:*","Resource":["`+at("user")+`*","`+at("group")+`*","`+at("role")+`*","`+at("policy")+`*"]}]}`)
	for kind, in := range map[string]importRequest{
		"user":       details("UserDetailList", `"Path":"/dev/","UserName":"boss","UserId":"`+boss+`","Arn":"`+at("user")+`boss"`),
		"user named": details("UserDetailList", `"Path":"/dev/","UserName":"mine","UserId":"`+boss+`","Arn":"`+at("user")+`mine"`),
		"group":      details("GroupDetailList", `"Path":"/dev/","GroupName":"bosses","GroupId":"`+bosses+`","Arn":"`+at("group")+`bosses"`),
		"role": details("RoleDetailList", `"Path":"/dev/","RoleName":"boss","RoleId":"`+role+`","Arn":"`+at("role")+
			`boss","AssumeRolePolicyDocument":`+trusts("arn:aws:iam::"+w.blue.ID+":user/low")),
		"policy": details(`UserDetailList":[],"Policies`, `"Path":"/dev/","PolicyName":"boss","PolicyId":"`+policy+`","Arn":"`+at("policy")+
			`boss","DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1","IsDefaultVersion":true,"CreateDate":"2020-01-01T00:00:00+00:00","Document":`+allOfIt+`}]`),
	} {
		if got := w.bring(low, in); got.status != 403 || !strings.Contains(got.Message, " on resource: "+kind[:4]) {
			t.Errorf("%s: %d %s", kind, got.status, got.Message)
		}
	}
	w.want(200, "<Path>/admin/</Path>")(w.call(root, "iam", "GetUser", "UserName", "boss"))
}
