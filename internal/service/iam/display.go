package iam

import (
	"strings"

	"github.com/sallyport/sallyport/internal/wire"
)

// display is what messages of refusals call the resource. IAM prints the ARN of
// what is to be made and of a role that is to be passed; of what is there it
// prints kind and name as the request gives them ("user bob"), of a list its path
// ("policy path /", or the ARN that all its entities' begin with). Empty: the ARN.
func (r *target) display(access *wire.Access) string {
	all := "arn:aws:iam::" + r.account + ":"
	switch access.Action {
	case "iam:CreateUser", "iam:CreateGroup", "iam:CreateRole", "iam:PassRole",
		"iam:CreateInstanceProfile", "iam:CreateServiceLinkedRole":
		return ""
	case "iam:ListPolicies":
		return "policy path " + r.path()
	case "iam:ListUsers":
		return all + "user" + r.path()
	case "iam:ListRoles":
		return all + "role" + r.path()
	case "iam:ListGroups":
		return all + "group" + r.path()
	case "iam:ListInstanceProfiles":
		return all + "instance-profile" + r.path()
	case "iam:ListServerCertificates":
		return all + "server-certificate" + r.path()
	case "iam:ListVirtualMFADevices":
		return all + "mfa/"
	}
	switch kind := strings.TrimPrefix(access.Resource, "new-"); kind {
	case "user", "group", "role", "instance-profile":
		if strings.HasPrefix(access.Resource, "new-") || !strings.HasPrefix(r.arn, all+kind+"/") {
			return ""
		}
		return strings.ReplaceAll(kind, "-", " ") + " " + r.arn[strings.LastIndexByte(r.arn, '/')+1:]
	case "policy":
		if r.creates() {
			return "policy " + r.text("PolicyName")
		}
		return "policy " + r.arn
	}
	return ""
}

func (r *target) path() string {
	if p := r.text("PathPrefix"); p != "" {
		return p
	}
	return "/"
}
