package gateway

import (
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// TestNobodyMakesAServiceLinkedRole: SCPs and RCPs do not bind such roles, so a
// member that could make one would be free of both.
func TestNobodyMakesAServiceLinkedRole(t *testing.T) {
	w, rootID := organized(t)
	admin := w.user(w.blue, "admin", allOfIt)
	w.want(200, "")(w.as(admin, "PUT", "/blue-bucket", ""))
	w.want(200, "")(w.as(admin, "PUT", "/blue-bucket/k", "text"))
	scp := w.organizationPolicy("NoReads", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`)
	w.organizations("AttachPolicy", map[string]any{"PolicyId": scp, "TargetId": rootID})
	for _, who := range []sigv4.Credentials{admin, w.blue.credentials()} {
		for _, path := range []string{"/aws-service-role/", "/aws-service-role/s3.amazonaws.com/", "/aws-service-role//", "/aws-service-role/%2e/"} {
			w.want(400, "InvalidInput")(w.call(who, "iam", "CreateRole", "RoleName", "linked", "Path", path, "AssumeRolePolicyDocument", trusts(w.blue.ID)))
		}
	}
	for name, path := range map[string]string{"a": "/AWS-service-role/x/", "b": "/x/aws-service-role/x/", "c": "//aws-service-role/x/", "d": "/aws-service-rolex/"} {
		status, body := w.call(admin, "iam", "CreateRole", "RoleName", name, "Path", path, "AssumeRolePolicyDocument", trusts(w.blue.ID))
		if status == 400 {
			continue
		}
		w.ok(admin, "iam", "PutRolePolicy", "RoleName", name, "PolicyName", "p", "PolicyDocument", allOfIt)
		session := credentialsIn(w.ok(admin, "sts", "AssumeRole", "RoleArn", element(body, "Arn"), "RoleSessionName", "session"))
		w.want(403, "service control policy")(w.as(session, "GET", "/blue-bucket/k", ""))
	}
}

// TestEverybodyOfAMemberIsBound: its root user, and the management account once it
// has come in by the role that CreateAccount makes; but no caller from outside.
func TestEverybodyOfAMemberIsBound(t *testing.T) {
	w, rootID := organized(t)
	boss := w.user(w.green, "boss", allOfIt)
	own := w.role(w.green, "own", trusts(w.blue.ID), "")
	caller := w.user(w.blue, "caller", allow("sts:AssumeRole", own))
	made := w.organizations("CreateAccount", map[string]any{"AccountName": "made", "Email": "made@example.com"}, "CreateAccountStatus", "AccountId")
	role := "arn:aws:iam::" + made + ":role/OrganizationAccountAccessRole"
	inside := credentialsIn(w.ok(boss, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "boss"))
	w.want(200, "")(w.as(inside, "PUT", "/made-bucket", ""))
	w.want(200, "")(w.as(inside, "PUT", "/made-bucket/k", "text"))
	w.want(204, "")(w.as(inside, "PUT", "/made-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+w.green.ID+
		`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::made-bucket/*"}]}`))
	w.want(200, "text")(w.as(inside, "GET", "/made-bucket/k", ""))
	scp := w.organizationPolicy("NoReads", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":["s3:GetObject","iam:*"],"Resource":"*"}`)
	w.organizations("AttachPolicy", map[string]any{"PolicyId": scp, "TargetId": rootID})

	w.want(403, "service control policy")(w.as(inside, "GET", "/made-bucket/k", ""))
	w.want(403, "service control policy")(w.call(inside, "iam", "ListUsers"))
	w.want(403, "service control policy")(w.call(w.blue.credentials(), "iam", "ListUsers"))
	w.want(200, "text")(w.as(boss, "GET", "/made-bucket/k", "")) // the SCP is its own account's, not the bucket's
	w.want(200, "")(w.call(w.green.credentials(), "iam", "ListUsers"))

	// A boundary that a resource's account sets binds who comes from outside.
	rcp := w.organizationPolicy("Home", "RESOURCE_CONTROL_POLICY", `{"Effect":"Deny","Principal":"*","Action":["sts:AssumeRole","s3:*"],`+
		`"Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}}`)
	w.organizations("AttachPolicy", map[string]any{"PolicyId": rcp, "TargetId": made})
	w.want(403, "")(w.as(boss, "GET", "/made-bucket/k", ""))
	w.want(403, "")(w.call(boss, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "boss"))
	w.organizations("AttachPolicy", map[string]any{"PolicyId": rcp, "TargetId": rootID})
	w.ok(caller, "sts", "AssumeRole", "RoleArn", own, "RoleSessionName", "session") // of the management account's roles none is bound
	w.organizations("DetachPolicy", map[string]any{"PolicyId": rcp, "TargetId": rootID})
	w.want(403, "")(w.as(boss, "GET", "/made-bucket/k", ""))
	w.organizations("DisablePolicyType", map[string]any{"RootId": rootID, "PolicyType": "RESOURCE_CONTROL_POLICY"})
	w.want(200, "text")(w.as(boss, "GET", "/made-bucket/k", ""))
	w.organizations("EnablePolicyType", map[string]any{"RootId": rootID, "PolicyType": "RESOURCE_CONTROL_POLICY"})
	w.want(200, "text")(w.as(boss, "GET", "/made-bucket/k", "")) // what was attached is gone
}

// TestS3ControlStaysInItsAccount: whatever account is named, and however often, it
// is the caller's own or nobody's.
func TestS3ControlStaysInItsAccount(t *testing.T) {
	w := hunted(t)
	admin := w.user(w.blue, "admin", allOfIt)
	block := `<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`
	tags := `<TagResourceRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Tags><Tag><Key>k</Key><Value>v</Value></Tag></Tags></TagResourceRequest>`
	tagged := "/v20180820/tags/" + "arn%3Aaws%3As3%3A%3A%3Agreen-bucket"
	for _, accounts := range [][]string{{w.green.ID}, {w.green.ID, w.blue.ID}, {w.blue.ID, w.green.ID}, {" " + w.green.ID}, {w.blue.ID}} {
		var header []string
		for _, a := range accounts {
			header = append(header, "X-Amz-Account-Id", a)
		}
		for _, who := range []sigv4.Credentials{admin, w.blue.credentials()} {
			for _, r := range [][3]string{{"GET", tagged, ""}, {"POST", tagged, tags}, {"DELETE", tagged + "?tagKeys=k", ""}} {
				if status, body := w.as(who, r[0], r[1], r[2], header...); status < 400 {
					t.Errorf("%q %s %s: %d %s", accounts, r[0], r[1], status, body)
				}
			}
			if accounts[0] == w.blue.ID {
				continue
			}
			for _, r := range [][2]string{{"GET", ""}, {"PUT", block}, {"DELETE", ""}} {
				if status, body := w.as(who, r[0], "/v20180820/configuration/publicAccessBlock", r[1], header...); status < 400 {
					t.Errorf("%q %s: %d %s", accounts, r[0], status, body)
				}
			}
		}
	}
	w.want(404, "NoSuchPublicAccessBlockConfiguration")(w.as(w.green.credentials(), "GET", "/v20180820/configuration/publicAccessBlock", "", "X-Amz-Account-Id", w.green.ID))
	w.want(404, "NoSuchTagSet")(w.s3(w.green, "GET", "/green-bucket?tagging", ""))
	w.intact()
}
