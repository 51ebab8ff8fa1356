package explain

import (
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// resourceChanges are for the account that owns the resource.
func (x *explainer) resourceChanges() []Change {
	out := x.denials(true)
	if x.grants() != 0 || x.allows(authz.RoleKeyGrant) || x.own() && !x.strict() {
		return out
	}
	c := x.consent()
	for _, role := range []authz.DocumentRole{authz.RoleResource, authz.RoleAccessPoint} {
		c.Instead = append(c.Instead, x.instead(role)...)
	}
	return append(out, c)
}

// askOwner is what another account can tell the owner's: what would open its
// door, were there nothing else. It is the same whatever kept the door shut.
func (x *explainer) askOwner() Change {
	c := x.consent()
	if c.Account == "" {
		return c
	}
	c.Text = "Only the account that owns the resource can open this door. Ask it to see this request explained, or for this:"
	return c
}

// consent is the grant that is missing on the resource's side.
func (x *explainer) consent() Change {
	c := Change{Door: DoorResource, Account: x.resourceAccount}
	s := statement{Effect: policy.Allow, Principal: x.principal(), Action: x.action, Resource: x.arn}
	switch {
	case x.resource.Kind == authz.ResourceRole && x.caller.Kind == policy.CallerRoot:
		c.Text = "Nothing opens this: root users cannot assume roles. Use a user or a role of the account."
		c.Account = ""
		return c
	case x.resource.Kind == authz.ResourceRole:
		c.Text, s.Resource = "The role's trust policy must name the caller.", ""
	case x.resource.Kind == authz.ResourceKey:
		c.Text, s.Resource = "The key's policy must name the caller.", "*"
	case (x.reason == authz.NoObjectACLGrant || x.foreignObject()) && x.shows(x.resourceAccount):
		c.Text = "The account that owns the object must grant it in the object's ACL, or the bucket's owner must take all its objects over with Object Ownership BucketOwnerEnforced."
		return c
	case x.Decision.Stage1:
		c.Text = "The access point's policy must name the caller."
	case x.resource.Kind == authz.ResourceBucket || x.resource.Kind == authz.ResourceObject:
		c.Text = "The bucket policy must name the caller."
	default:
		c.Text = "The operation does not cross accounts: it works in the caller's own account alone."
		c.Account = ""
		return c
	}
	if x.restricted() {
		c.Text += " RestrictPublicBuckets is on: the policy must not become public by it."
	}
	c.Policy, c.Statement = "the "+x.consentPolicy(), s.json()
	return c
}

func (x *explainer) restricted() bool {
	return x.caller.Kind == policy.CallerAnonymous && x.Documents != nil && x.Documents.S3 != nil && x.shows(x.resourceAccount) &&
		x.Documents.S3.BPA.RestrictPublicBuckets
}

func (x *explainer) consentPolicy() string {
	if x.Decision.Stage1 {
		return "policy of access point " + x.arn
	}
	return x.resourcePolicy()
}

// principal is the caller as a statement names it. A caller whose name is not
// the viewer's to know is named by its account.
func (x *explainer) principal() any {
	p := x.caller
	aws := func(arn string) any { return map[string]string{"AWS": arn} }
	switch {
	case p.Kind == policy.CallerAnonymous:
		return "*"
	case p.Kind == policy.CallerService:
		return map[string]string{"Service": p.ARN}
	case p.Kind == policy.CallerProvider:
		return map[string]string{"Federated": p.ARN}
	case p.Kind == policy.CallerRoot || x.hidesCaller():
		return aws("arn:aws:iam::" + p.Account + ":root")
	case p.Kind == policy.CallerSession:
		return aws(p.PrincipalARN)
	}
	return aws(p.ARN)
}

// rule is what to do about a refusal that no policy decided.
func (x *explainer) rule() (Change, bool) {
	owner := func(text string) (Change, bool) {
		if !x.shows(x.resourceAccount) {
			return Change{}, false
		}
		return Change{Door: DoorResource, Account: x.resourceAccount, Text: text}, true
	}
	sender := func(text string) (Change, bool) {
		return Change{Door: DoorCaller, Account: x.callerAccount, Text: text}, true
	}
	switch x.reason {
	case authz.BPARestrictPublicBuckets:
		return owner("No statement helps while the policy is public: take the public statement out of it, or switch RestrictPublicBuckets off for bucket and account.")
	case authz.BPABlockPublicPolicy:
		return owner("Save a policy that is not public, or switch BlockPublicPolicy off for bucket and account.")
	case authz.BPABlockPublicACLs:
		return owner("Send the request without a public ACL, or switch BlockPublicAcls off for bucket and account.")
	case authz.ACLNotSupported:
		return sender("Send the request without an ACL and let the bucket policy share, or have the owner set Object Ownership to BucketOwnerPreferred.")
	case authz.AccessPointVPCOrigin:
		return owner("Send the request from the access point's VPC, or use an access point of Internet origin.")
	case authz.AccessPointAnonymous:
		return sender("Sign the request.")
	case authz.ExpectedBucketOwnerMismatch:
		return sender("Send the id of the account that owns the bucket as x-amz-expected-bucket-owner, or leave the header out.")
	case authz.RequesterPays:
		if !x.shows(x.resourceAccount) {
			return Change{}, false
		}
		if x.caller.Kind == policy.CallerAnonymous {
			return sender("Sign the request and send x-amz-request-payer: requester; anonymous callers cannot pay.")
		}
		return sender("Send x-amz-request-payer: requester.")
	case authz.MethodNotAllowed:
		return sender("Use a principal of the account that owns the bucket: its user, or a role of it that may be assumed.")
	case authz.CredentialsNotPermitted:
		return sender("Use long-term keys or a role's session; GetSessionToken's credentials reach IAM only with MFA, and federated users neither IAM nor STS.")
	}
	return Change{}, false
}
