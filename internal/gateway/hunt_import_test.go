package gateway

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/awsexport"
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

// TestAnImportChangesNothingUnasked: dates too are asked for, and to pass a role is
// asked as AddRoleToInstanceProfile does.
func TestAnImportChangesNothingUnasked(t *testing.T) {
	w := newWorld(t)
	root := w.blue.credentials()
	user := element(w.ok(root, "iam", "CreateUser", "UserName", "u"), "UserId")
	role := element(w.ok(root, "iam", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trustsEC2, "Tags.member.1.Key", "class", "Tags.member.1.Value", "secret"), "RoleId")
	at := "arn:aws:iam::" + w.blue.ID + ":"
	look := `{"Effect":"Allow","Action":"iam:GetAccountAuthorizationDetails","Resource":"*"}`
	low := w.user(w.blue, "low", statements(look))
	made := element(w.ok(root, "iam", "GetRole", "RoleName", "r"), "CreateDate")
	roleOf := func(more string) importRequest {
		in := details("RoleDetailList", `"Path":"/","RoleName":"r","RoleId":"`+role+`","Arn":"`+at+`role/r","AssumeRolePolicyDocument":`+trustsEC2+
			`,"Tags":[{"Key":"class","Value":"secret"}]`+more)
		in.Files[0].Text = strings.Replace(in.Files[0].Text, "2020-01-01T00:00:00+00:00", made, 1)
		return in
	}
	for name, in := range map[string]importRequest{
		"date of a user": details("UserDetailList", `"Path":"/","UserName":"u","UserId":"`+user+`","Arn":"`+at+`user/u"`),
		"last use":       roleOf(`,"RoleLastUsed":{"LastUsedDate":"2026-01-01T00:00:00+00:00","Region":"us-east-1"}`),
	} {
		if got := w.bring(low, in); got.status != 403 {
			t.Errorf("%s: %d %s", name, got.status, got.Message)
		}
	}
	profile := roleOf(`,"InstanceProfileList":[{"InstanceProfileName":"p","InstanceProfileId":"AIPALINKEDLINKEDLINK1","Arn":"` + at +
		`instance-profile/p","Path":"/","CreateDate":"2020-01-01T00:00:00+00:00","Roles":[{"RoleName":"r"}]}]`)
	all := look + "," + allows("iam:*InstanceProfile", "*")
	for name, c := range map[string]struct {
		policy string
		status int
	}{
		"elsewhere": {statements(all, allows("iam:PassRole", "*", `{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}`)), 403},
		"denied":    {statements(all, allows("iam:PassRole", "*"), `{"Effect":"Deny","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}}`), 403},
		"tagged":    {statements(all, allows("iam:PassRole", "*"), `{"Effect":"Deny","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/class":"secret"}}}`), 403},
		"ec2":       {statements(all, allows("iam:PassRole", "*", `{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}`)), 200},
	} {
		in := profile
		in.DryRun = true
		if got := w.bring(w.user(w.blue, name, c.policy), in); got.status != c.status {
			t.Errorf("%s: %d %s", name, got.status, got.Message)
		}
	}
}

// TestAnImportGivesNoMFACode: what takes a code of a device an import cannot change.
func TestAnImportGivesNoMFACode(t *testing.T) {
	w := newWorld(t)
	root := w.green.credentials()
	serial, code := w.enableMFA(root, w.green.ID)
	w.want(200, "")(w.as(root, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.digested(root, "PUT", "/green-bucket?versioning", `<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>`,
		"X-Amz-Mfa", serial+" "+code(1)))
	in := importRequest{Files: []awsexport.File{{Name: "v.json", Kind: "versioning", Bucket: "green-bucket", Text: `{"Status":"Suspended"}`}}}
	if got := w.bring(root, in); got.status != 400 || !strings.Contains(got.Message, "Mfa Authentication") {
		t.Errorf("%d %s %+v", got.status, got.Message, got.Report)
	}
	w.want(200, "<Status>Enabled</Status>")(w.as(root, "GET", "/green-bucket?versioning", ""))
}

// TestAnImportRaisesNoDead: AWS names by its unique id who is gone. Nobody gets what
// such a one was given by bringing somebody with the id.
func TestAnImportRaisesNoDead(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", secret))
	bucket := func(id string) importRequest {
		return importRequest{Files: []awsexport.File{{Name: "p.json", Kind: "policy", Bucket: "green-bucket", Text: `{"Policy":` + quoted(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+id+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*"}]}`) + `}`}}}
	}
	trust := func(id string) importRequest {
		return details("RoleDetailList", `"Path":"/","RoleName":"r","RoleId":"AROALINKEDLINKEDLINK2","Arn":"arn:aws:iam::`+w.green.ID+
			`:role/r","AssumeRolePolicyDocument":`+trusts(id))
	}
	user := func(of *RootAccount, id string) importRequest {
		return details("UserDetailList", `"Path":"/","UserName":"u","UserId":"`+id+`","Arn":"arn:aws:iam::`+of.ID+`:user/u"`)
	}
	for id, in := range map[string]importRequest{"AIDADEADDEADDEADDEAD1": bucket("AIDADEADDEADDEADDEAD1"), "AIDADEADDEADDEADDEAD2": trust("AIDADEADDEADDEADDEAD2")} {
		if got := w.bring(w.green.credentials(), in); got.status != 200 || !strings.Contains(strings.Join(got.Notes, ""), id+" is not here; it is named by") {
			t.Errorf("%d %s %q", got.status, got.Message, got.Notes)
		}
		if got := w.bring(w.blue.credentials(), user(w.blue, id)); got.status != 400 || !strings.Contains(got.Message, "was that of a user or role of account "+w.green.ID) {
			t.Errorf("%s: %d %s", id, got.status, got.Message)
		}
		if got := w.bring(w.green.credentials(), in); got.status != 200 {
			t.Errorf("again: %d %s", got.status, got.Message)
		}
	}
	// Nor by having it already.
	third := w.third("third")
	w.brought(third, user(third, "AIDADEADDEADDEADDEAD3"))
	for _, in := range []importRequest{bucket("AIDADEADDEADDEADDEAD3"), trust("AIDADEADDEADDEADDEAD3")} {
		if got := w.bring(w.green.credentials(), in); got.status != 400 || !strings.Contains(got.Message, "is that of arn:aws:iam::"+third.ID+":user/u here") {
			t.Errorf("%d %s", got.status, got.Message)
		}
	}
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

// TestAnImportLeavesNothingOfWhoGoes: a user that has other credentials is not pruned,
// as DeleteUser does not delete it.
func TestAnImportLeavesNothingOfWhoGoes(t *testing.T) {
	w := newWorld(t)
	root := w.blue.credentials()
	for name, has := range map[string][]string{
		"device":   nil,
		"service":  {"CreateServiceSpecificCredential", "ServiceName", "codecommit.amazonaws.com"},
		"password": {"CreateLoginProfile", "Password", "Abcdefg1!"},
	} {
		w.ok(root, "iam", "CreateUser", "UserName", name)
		if has == nil {
			w.enableMFA(root, name)
		} else {
			w.ok(root, "iam", has[0], append([]string{"UserName", name}, has[1:]...)...)
		}
		in := details("UserDetailList", `"Path":"/","UserName":"u","UserId":"AIDALINKEDLINKEDLINK1","Arn":"arn:aws:iam::`+w.blue.ID+`:user/u"`)
		in.Prune = true
		if got := w.bring(root, in); got.status != 400 || !strings.Contains(got.Message, "user/"+name) {
			t.Errorf("%s: %d %s", name, got.status, got.Message)
		}
		w.ok(root, "iam", "ListVirtualMFADevices")
		w.ok(root, "iam", "ListServiceSpecificCredentials", "AllUsers", "true")
		w.ok(root, "iam", "GenerateCredentialReport")
		w.ok(root, "iam", "GetUser", "UserName", name)
		for _, undo := range [][]string{{"DeleteLoginProfile"}, {"DeactivateMFADevice", "SerialNumber", "arn:aws:iam::" + w.blue.ID + ":mfa/device"}} {
			w.call(root, "iam", undo[0], append([]string{"UserName", name}, undo[1:]...)...)
		}
		if id := element(w.ok(root, "iam", "ListServiceSpecificCredentials", "UserName", name), "ServiceSpecificCredentialId"); id != "" {
			w.ok(root, "iam", "DeleteServiceSpecificCredential", "UserName", name, "ServiceSpecificCredentialId", id)
		}
		w.ok(root, "iam", "DeleteUser", "UserName", name)
	}
}
