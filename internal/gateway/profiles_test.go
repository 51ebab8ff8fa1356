package gateway

import (
	"testing"
)

// TestRolesArePassedToProfiles: who puts a role into an instance profile must be
// allowed to pass it to EC2.
func TestRolesArePassedToProfiles(t *testing.T) {
	w := hunted(t)
	role := w.role(w.green, "app", trusts(w.green.ID), "")
	profile := "arn:aws:iam::" + w.green.ID + ":instance-profile/"
	add := `{"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"` + profile + `app/*"}`
	pass := func(resource, service string) string {
		return `{"Version":"2012-10-17","Statement":[` + add + `,{"Effect":"Allow","Action":"iam:PassRole","Resource":"` + resource +
			`","Condition":{"StringEquals":{"iam:PassedToService":"` + service + `"}}}]}`
	}
	for name, c := range map[string]struct {
		policy, path string
		want         int
	}{
		"no PassRole":      {`{"Version":"2012-10-17","Statement":[` + add + `]}`, "/app/", 403},
		"another service":  {pass(role, "lambda.amazonaws.com"), "/app/", 403},
		"another role":     {pass(role+"x", "ec2.amazonaws.com"), "/app/", 403},
		"another profile":  {pass(role, "ec2.amazonaws.com"), "/other/", 403},
		"passed":           {pass(role, "ec2.amazonaws.com"), "/app/", 200},
		"any role, to EC2": {pass("*", "ec2.amazonaws.com"), "/app/", 200},
	} {
		w.ok(w.green.credentials(), "iam", "CreateInstanceProfile", "InstanceProfileName", "p", "Path", c.path)
		who := w.user(w.green, "who", c.policy)
		if status, body := w.call(who, "iam", "AddRoleToInstanceProfile", "InstanceProfileName", "P", "RoleName", "app"); status != c.want {
			t.Errorf("%s: %d %s", name, status, body)
		} else if status == 200 {
			w.want(200, "<RoleName>app</RoleName>")(w.call(w.green.credentials(), "iam", "ListInstanceProfilesForRole", "RoleName", "app"))
			w.ok(w.green.credentials(), "iam", "RemoveRoleFromInstanceProfile", "InstanceProfileName", "p", "RoleName", "app")
		}
		w.ok(w.green.credentials(), "iam", "DeleteInstanceProfile", "InstanceProfileName", "p")
		w.ok(w.green.credentials(), "iam", "DeleteUserPolicy", "UserName", "who", "PolicyName", "p")
		w.ok(w.green.credentials(), "iam", "DeleteAccessKey", "UserName", "who", "AccessKeyId", who.AccessKeyID)
		w.ok(w.green.credentials(), "iam", "DeleteUser", "UserName", "who")
	}
}

// TestServiceLinkedRolesAreMadeForTheirServices: iam:AWSServiceName says for which.
func TestServiceLinkedRolesAreMadeForTheirServices(t *testing.T) {
	w := hunted(t)
	who := w.user(w.green, "who", `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
		"Action":["iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:GetServiceLinkedRoleDeletionStatus"],
		"Resource":"arn:aws:iam::*:role/aws-service-role/*","Condition":{"StringEquals":{"iam:AWSServiceName":"spot.amazonaws.com"}}}}`)
	made := "arn:aws:iam::" + w.green.ID + ":role/aws-service-role/"
	w.want(403, "iam:CreateServiceLinkedRole on resource: "+made+"ecs.amazonaws.com/AWSServiceRoleForECS")(
		w.call(who, "iam", "CreateServiceLinkedRole", "AWSServiceName", "ecs.amazonaws.com"))
	w.want(200, made+"spot.amazonaws.com/AWSServiceRoleForEC2Spot")(w.call(who, "iam", "CreateServiceLinkedRole", "AWSServiceName", "spot.amazonaws.com"))
	w.ok(w.green.credentials(), "iam", "CreateServiceLinkedRole", "AWSServiceName", "ecs.amazonaws.com")
	w.want(403, "AccessDenied")(w.call(who, "iam", "DeleteServiceLinkedRole", "RoleName", "AWSServiceRoleForECS"))
	w.want(400, "UnmodifiableEntity")(w.call(w.green.credentials(), "iam", "UpdateAssumeRolePolicy",
		"RoleName", "AWSServiceRoleForEC2Spot", "PolicyDocument", trusts(w.green.ID)))
	w.want(403, "AccessDenied")(w.call(w.green.credentials(), "sts", "AssumeRole",
		"RoleArn", made+"spot.amazonaws.com/AWSServiceRoleForEC2Spot", "RoleSessionName", "ses"))
	task := element(w.ok(who, "iam", "DeleteServiceLinkedRole", "RoleName", "AWSServiceRoleForEC2Spot"), "DeletionTaskId")
	w.want(200, "<Status>SUCCEEDED</Status>")(w.call(who, "iam", "GetServiceLinkedRoleDeletionStatus", "DeletionTaskId", task))
}

// TestUsersChangeTheirPasswords as far as the account's password policy or their
// own policies let them.
func TestUsersChangeTheirPasswords(t *testing.T) {
	w := hunted(t)
	const one, two = "First-Passw0rd", "Second-Passw0rd"
	root := w.green.credentials()
	plain, denied := w.user(w.green, "plain", ""), w.user(w.green, "denied",
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:ChangePassword","Resource":"*"}}`)
	for _, name := range []string{"plain", "denied"} {
		w.ok(root, "iam", "CreateLoginProfile", "UserName", name, "Password", one)
	}
	w.want(403, "AccessDenied")(w.call(plain, "iam", "ChangePassword", "OldPassword", one, "NewPassword", two))
	w.ok(root, "iam", "UpdateAccountPasswordPolicy", "AllowUsersToChangePassword", "true")
	w.want(403, "explicit deny")(w.call(denied, "iam", "ChangePassword", "OldPassword", one, "NewPassword", two))
	w.want(403, "The old password was incorrect.")(w.call(plain, "iam", "ChangePassword", "OldPassword", two, "NewPassword", two))
	w.want(200, "ChangePasswordResponse")(w.call(plain, "iam", "ChangePassword", "OldPassword", one, "NewPassword", two))
	w.want(200, "<AllowUsersToChangePassword>true")(w.call(plain, "iam", "GetAccountPasswordPolicy"))
	w.want(403, "AccessDenied")(w.call(plain, "iam", "UpdateLoginProfile", "UserName", "plain", "Password", one))
	w.want(403, "AccessDenied")(w.call(plain, "iam", "DeleteAccountPasswordPolicy"))
	// A user of another account gets nothing from it.
	w.want(403, "AccessDenied")(w.call(w.user(w.blue, "other", ""), "iam", "ChangePassword", "OldPassword", one, "NewPassword", two))
}
