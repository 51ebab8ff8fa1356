package gateway

import (
	"strings"
	"testing"
)

// TestARootTaskSeesNoOthersDecisions: what is explained to a root user is more than any
// task needs.
func TestARootTaskSeesNoOthersDecisions(t *testing.T) {
	w := centralized(t)
	boss, low := w.user(w.green, "boss", allOfIt), w.user(w.blue, "low", "")
	_, lows := w.call(low, "iam", "ListUsers")
	_, roots := w.s3(w.blue, "GET", "/green-bucket", "")
	for _, task := range []string{auditKeys, deleteKeys, unlock} {
		root := w.root(boss, w.blue.ID, task)
		_, own := w.call(root, "iam", "ListUsers")
		w.explained(root, element(own, "RequestId"))
		for who, body := range map[string]string{"a user's": lows, "the root user's": roots} {
			if status, _, text := w.decision(root, element(body, "RequestId")); status != 404 {
				t.Errorf("%s sees %s: %d %s", task, who, status, text)
			}
		}
		w.explained(w.blue.credentials(), element(own, "RequestId"))
	}
	w.explained(w.blue.credentials(), element(lows, "RequestId"))
}

// TestARootTaskOpensNoOtherDoor: what lets the root user in lets no task of its in.
func TestARootTaskOpensNoOtherDoor(t *testing.T) {
	w := centralized(t)
	boss, admin := w.user(w.green, "boss", allOfIt), w.user(w.blue, "admin", allOfIt)
	w.want(200, "")(w.as(admin, "PUT", "/blue-bucket", ""))
	w.want(200, "")(w.as(admin, "PUT", "/blue-bucket/k", secret))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	to := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + w.blue.ID + `:root"},"Action":"s3:*","Resource":["arn:aws:s3:::%","arn:aws:s3:::%/*"]}]}`
	w.want(204, "")(w.as(admin, "PUT", "/blue-bucket?policy", strings.ReplaceAll(to, "%", "blue-bucket")))
	w.want(204, "")(w.s3(w.green, "PUT", "/green-bucket?policy", strings.ReplaceAll(to, "%", "green-bucket")))
	role := w.role(w.blue, "app", statements(`{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","`+ecsTasks+`"],"AWS":"`+w.blue.ID+`"},"Action":"sts:AssumeRole"}`), allOfIt)
	w.profile(w.blue, "app", "app")
	id := element(w.okEC2(admin, "RunInstances", "ImageId", w.image(), "MinCount", "1", "MaxCount", "1", "IamInstanceProfile.Name", "app"), "instanceId")
	for _, task := range []string{auditKeys, deleteKeys, unlock, "arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword", "arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy"} {
		root := w.root(boss, w.blue.ID, task)
		for name, r := range map[string][2]string{
			"object": {"GET", "/blue-bucket/k"}, "put": {"PUT", "/blue-bucket/x"}, "delete": {"DELETE", "/blue-bucket/k"}, "acl": {"GET", "/blue-bucket?acl"},
			"another's": {"PUT", "/green-bucket/x"}, "versioning": {"GET", "/blue-bucket?versioning"},
		} {
			if status, body := w.as(root, r[0], r[1], ""); status != 403 {
				t.Errorf("%s %s: %d %s", task, name, status, body)
			}
		}
		if status, body := w.container(root, role); status == 200 || strings.Contains(body, "ASIA") {
			t.Errorf("%s container: %d %s", task, status, body)
		}
		if status, body := w.metadata(root, id, ""); status == 200 || strings.Contains(body, "ASIA") {
			t.Errorf("%s instance: %d %s", task, status, body)
		}
		if got := w.bring(root, details("UserDetailList", `"Path":"/","UserName":"u","UserId":"AIDALINKEDLINKEDLINK1","Arn":"arn:aws:iam::`+w.blue.ID+`:user/u"`)); got.status != 403 {
			t.Errorf("%s import: %d %s", task, got.status, got.Message)
		}
		for _, call := range [][]string{{"sts", "GetSessionToken"}, {"sts", "GetFederationToken", "Name", "bob"}, {"sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session"},
			{"sts", "DecodeAuthorizationMessage", "EncodedMessage", "x"}, {"iam", "CreateAccessKey"}, {"iam", "CreateVirtualMFADevice", "VirtualMFADeviceName", "d"},
			{"iam", "GetAccountAuthorizationDetails"}, {"iam", "CreateLoginProfile", "UserName", "admin", "Password", "Abcdefg1!"}, {"ec2", "DescribeInstances", "Version", "2016-11-15"}} {
			if status, body := w.call(root, call[0], call[1], call[2:]...); status != 403 {
				t.Errorf("%s %v: %d %s", task, call, status, body)
			}
		}
		if status, body := w.organize(root, "LeaveOrganization", in{}); status != 400 || !strings.Contains(body, "AccessDenied") {
			t.Errorf("%s leaves: %d %s", task, status, body)
		}
	}
	w.want(200, secret)(w.as(admin, "GET", "/blue-bucket/k", ""))
}
