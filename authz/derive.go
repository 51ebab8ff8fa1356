package authz

import (
	"github.com/sallyport/sallyport/policy"
)

// Derive fills v with the condition keys that follow from caller, resource and access point: the one place where they
// come from, for the server, the simulator and tests alike. Keys that S3 or AWS withholds from such a request are hidden.
func Derive(req *Request, docs *Documents, v *policy.Values) {
	p := req.principal()
	derivePrincipal(p, v)
	deriveResource(req, docs, p, v)
	withhold(req, p, v)
	if ap := req.AccessPoint; ap != nil {
		v.Set(policy.KeyS3DataAccessPointArn, ap.ARN)
		v.Set(policy.KeyS3DataAccessPointAccount, ap.Account)
		origin := "Internet"
		if ap.VPC != "" {
			origin = "VPC"
		}
		v.Set(policy.KeyS3AccessPointNetworkOrigin, origin)
	}
	if req.prefix != "" {
		v.Set(policy.KeyS3Prefix, req.prefix)
	}
}

var anonymous = &Principal{}

func (r *Request) principal() *Principal {
	if r.Principal == nil {
		return anonymous
	}
	return r.Principal
}

var principalTypes = [...]string{
	policy.CallerAnonymous: "Anonymous", policy.CallerRoot: "Account", policy.CallerUser: "User",
	policy.CallerSession: "AssumedRole", policy.CallerFederated: "FederatedUser", policy.CallerService: "",
	policy.CallerProvider: "",
}

func derivePrincipal(p *Principal, v *policy.Values) {
	setIf(v, policy.KeyPrincipalType, principalTypes[p.Kind])
	switch p.Kind {
	case policy.CallerAnonymous:
		v.Set(policy.KeyUserID, "anonymous")
		return
	case policy.CallerService:
		v.SetBool(policy.KeyPrincipalIsAWSService, true)
		v.Set(policy.KeyPrincipalServiceName, p.ARN)
		return
	case policy.CallerProvider:
		setIf(v, policy.KeyFederatedProvider, p.FederatedProvider)
		return
	}
	v.SetBool(policy.KeyPrincipalIsAWSService, false)
	v.Set(policy.KeyPrincipalAccount, p.Account)
	setIf(v, policy.KeyPrincipalArn, p.PrincipalARN)
	setIf(v, policy.KeyUserID, p.UserID)
	if p.Kind == policy.CallerUser {
		setIf(v, policy.KeyUserName, p.UserName)
	}
	setIf(v, policy.KeySourceIdentity, p.SourceIdentity)
	setIf(v, policy.KeyFederatedProvider, p.FederatedProvider)
	if !p.TokenIssued.IsZero() {
		v.SetTime(policy.KeyTokenIssueTime, p.TokenIssued)
	}
	setIf(v, policy.KeyPrincipalOrgID, p.Org.ID)
	v.SetList(policy.KeyPrincipalOrgPaths, p.Org.Paths)
	v.SetTags(policy.FamilyPrincipalTag, p.Tags)
}

func deriveResource(req *Request, docs *Documents, p *Principal, v *policy.Values) {
	r := &req.Resource
	v.SetTags(policy.FamilyResourceTag, r.Tags)
	switch {
	case r.PublicOf != "":
		v.Set(policy.KeyResourceAccount, r.PublicOf)
	case r.Account != "" && r.ARN != "*":
		v.Set(policy.KeyResourceAccount, r.Account)
		setIf(v, policy.KeyResourceOrgID, r.Org.ID)
		v.SetList(policy.KeyResourceOrgPaths, r.Org.Paths)
	}
	if req.Action.Service() == "s3" {
		setIf(v, policy.KeyS3ResourceAccount, r.Account)
	}
	switch r.Kind {
	case ResourceBucket, ResourceObject:
		if docs.S3 != nil && docs.S3.Object != nil && objectContext(req.Action) {
			v.SetTags(policy.FamilyExistingObjectTag, docs.S3.Object.Tags)
		}
	case ResourceKey:
		setIf(v, policy.KeyKMSCallerAccount, p.Account)
		if req.Encryption != nil {
			v.SetTags(policy.FamilyEncryptionContext, req.Encryption.Pairs)
			v.SetList(policy.KeyKMSEncryptionContextKeys, req.Encryption.Keys)
		}
	}
}

// withhold hides what the request may hold and policies must not see: the source address of traffic through a VPC
// endpoint, and the network keys of calls that a service makes to S3.
func withhold(req *Request, p *Principal, v *policy.Values) {
	if req.Context != nil && req.Context.Has(policy.KeySourceVpce) {
		v.Hide(policy.KeySourceIP)
	}
	if p.Kind == policy.CallerService && req.Action.Service() == "s3" {
		v.Hide(policy.KeySourceIP)
		v.Hide(policy.KeySecureTransport)
		v.Hide(policy.KeyVpcSourceIP)
		v.Hide(policy.KeyS3TLSVersion)
	}
}

func setIf(v *policy.Values, key policy.KeyID, value string) {
	if value != "" {
		v.Set(key, value)
	}
}
