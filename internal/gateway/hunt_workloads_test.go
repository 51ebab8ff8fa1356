package gateway

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// TestWhatIsSwitchedOffGivesNoCredentials: an instance whose metadata service is off
// has nothing to give.
func TestWhatIsSwitchedOffGivesNoCredentials(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	w.role(w.green, "app", trustsEC2, "")
	w.profile(w.green, "app", "app")
	id := w.launch("IamInstanceProfile.Name", "app", "MetadataOptions.HttpEndpoint", "disabled")
	if status, body := w.metadata(green, id, ""); status != 200 || strings.Contains(body, "ASIA") {
		t.Errorf("%d %s", status, body)
	}
	w.okEC2(green, "ModifyInstanceMetadataOptions", "InstanceId", id, "HttpEndpoint", "enabled")
	w.want(200, "ASIA")(w.metadata(green, id, ""))
}

// TestTheProfileToComeIsAskedFor: policies tell profiles apart by ec2:NewInstanceProfile.
func TestTheProfileToComeIsAskedFor(t *testing.T) {
	w := hunted(t)
	role := w.role(w.green, "app", trustsEC2, "")
	w.profile(w.green, "app", "app")
	w.profile(w.green, "other", "app")
	profile := func(name string) string {
		return "arn:aws:iam::" + w.green.ID + ":instance-profile/" + name
	}
	associate := `["ec2:AssociateIamInstanceProfile","ec2:ReplaceIamInstanceProfileAssociation"]`
	rest := allows("iam:PassRole", role) + "," + allows("ec2:DisassociateIamInstanceProfile", "*")
	only := w.user(w.green, "only", statements(rest, `{"Effect":"Allow","Action":`+associate+
		`,"Resource":"*","Condition":{"ArnEquals":{"ec2:NewInstanceProfile":"`+profile("app")+`"}}}`))
	but := w.user(w.green, "but", statements(rest, `{"Effect":"Allow","Action":`+associate+`,"Resource":"*"}`, `{"Effect":"Deny","Action":`+associate+
		`,"Resource":"*","Condition":{"ArnEquals":{"ec2:NewInstanceProfile":"`+profile("other")+`"}}}`))
	id := w.launch()
	for _, c := range []sigv4.Credentials{only, but} {
		w.want(403, "UnauthorizedOperation")(w.ec2(c, "AssociateIamInstanceProfile", "InstanceId", id, "IamInstanceProfile.Name", "other"))
		w.want(403, "UnauthorizedOperation")(w.ec2(c, "AssociateIamInstanceProfile", "InstanceId", id, "IamInstanceProfile.Arn", profile("other")))
		made := element(w.okEC2(c, "AssociateIamInstanceProfile", "InstanceId", id, "IamInstanceProfile.Name", "app"), "associationId")
		w.want(403, "UnauthorizedOperation")(w.ec2(c, "ReplaceIamInstanceProfileAssociation", "AssociationId", made, "IamInstanceProfile.Name", "other"))
		made = element(w.okEC2(c, "ReplaceIamInstanceProfileAssociation", "AssociationId", made, "IamInstanceProfile.Name", "APP"), "associationId")
		w.okEC2(c, "DisassociateIamInstanceProfile", "AssociationId", made)
	}
}

// TestPassingARoleRunsNoContainer: whoever may only pass a role cannot run what it is for.
func TestPassingARoleRunsNoContainer(t *testing.T) {
	w := newWorld(t)
	task := w.role(w.green, "task", trustOf(ecsTasks, `"sts:AssumeRole"`, ""), "")
	web := w.role(w.green, "web", trustOf(eksPods, `["sts:AssumeRole","sts:TagSession"]`, ""), "")
	pass := w.user(w.green, "pass", allow("iam:PassRole", "*"))
	w.want(400, "is not authorized to perform: ecs:RunTask on resource: arn:aws:ecs:us-east-1:"+w.green.ID+":task-definition/*")(w.container(pass, task))
	w.want(400, "is not authorized to perform: eks:CreatePodIdentityAssociation on resource: arn:aws:eks:us-east-1:"+w.green.ID+":cluster/c1")(w.container(pass, web, pod()...))
	run := w.user(w.green, "run", statements(allows("iam:PassRole", "*"), allows("ecs:RunTask", "*",
		`{"ArnEquals":{"ecs:cluster":"arn:aws:ecs:us-east-1:`+w.green.ID+`:cluster/default"}}`), allows("eks:CreatePodIdentityAssociation", "arn:aws:eks:*:*:cluster/c1")))
	w.want(200, "ASIA")(w.container(run, task))
	w.want(400, "ecs:RunTask")(w.container(run, task, "cluster", "other"))
	w.want(200, "ASIA")(w.container(run, web, pod()...))
	w.want(400, "eks:CreatePodIdentityAssociation")(w.container(run, web, append(pod(), "cluster", "c2")...))
	w.want(403, "iam:PassRole")(w.container(w.user(w.green, "runs", statements(allows("ecs:*", "*"))), task))
}
