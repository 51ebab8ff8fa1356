package directory

import (
	"slices"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// Features of IAM for the root users of an organization's members, as IAM names
// them.
const (
	RootCredentialsManagement = "RootCredentialsManagement"
	RootSessions              = "RootSessions"
)

// rootTasks are the policies of the tasks that AssumeRoot is for, each with the
// feature that has to be enabled for it.
//
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html.
var rootTasks = map[string]string{
	"arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials":  RootCredentialsManagement,
	"arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword":    RootCredentialsManagement,
	"arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials": RootCredentialsManagement,
	"arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy":         RootSessions,
	"arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy":         RootSessions,
}

// RootTask tells whether an ARN is that of the policy of a root task.
func RootTask(policyARN string) bool { return rootTasks[policyARN] != "" }

// RootFeature tells whether the feature is enabled; trusted access for IAM is
// needed besides.
func (o *Organization) RootFeature(feature string) bool {
	return o.Trusts(IAMService) && slices.Contains(o.RootFeatures, feature)
}

// RootTrust is who may carry out a task as the root user of an account, in the form
// of a trust policy: the management account of the account's organization and its
// delegated administrators for IAM, if the task's feature is enabled. Nil: nobody
// may, as for accounts that are no members or closed and for the management account
// itself. The id of the organization goes with it.
func (d *Directory) RootTrust(account, task string) (trust *authz.Document, org string) {
	o := d.MembershipOf(account)
	if o == nil || account == o.Management || !o.RootFeature(rootTasks[task]) || d.Closed(account) != nil {
		return nil, ""
	}
	may := `"` + RootARN(o.Management) + `"`
	for _, of := range o.Delegations {
		if of.Service == IAMService && of.Account != account {
			may += `,"` + RootARN(of.Account) + `"`
		}
	}
	p, err := policy.Load([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":[` + may +
		`]},"Action":"sts:AssumeRoot","Resource":"*"}]}`))
	if err != nil {
		return nil, ""
	}
	return &authz.Document{Policy: p, Source: &authz.Source{Kind: authz.SourceResource, Name: "centralized root access", On: o.ID}}, o.ID
}
