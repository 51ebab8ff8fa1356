package cases

import (
	"encoding/json"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// build translates one action and resource of the case into Decide's terms.
func (w *world) build(action, resource string, primary bool) (*authz.Request, *authz.Documents) {
	docs := new(authz.Documents)
	req := &authz.Request{
		Principal: w.principal(docs), Action: policy.MakeAction(action), Resource: authz.Resource{ARN: resource},
		RequestPayer: bool(w.c.Request.RequestPayer),
	}
	if primary {
		req.ExpectedBucketOwner = w.c.Request.ExpectedBucketOwner
	}
	docs.Endpoint = w.load(w.c.Request.EndpointPolicy, authz.SourceEndpoint, "endpoint")
	req.Context = w.context()
	switch service, _, _ := strings.Cut(strings.ToLower(action), ":"); service {
	case "s3":
		w.s3(req, docs, primary)
	case "kms":
		w.kms(req, docs)
	case "sts":
		w.sts(req, docs)
	default:
		if a, err := arn.Parse(resource); err == nil {
			req.Resource.Account = a.Account
		}
	}
	if req.Resource.Account == "" && req.Principal != nil {
		req.Resource.Account = req.Principal.Account
	}
	req.Resource.Org = w.org(req.Resource.Account)
	docs.RCPs = w.rcps(req.Resource.Account)
	return req, docs
}

func (w *world) context() *policy.Values {
	v := new(policy.Values)
	v.SetBool(policy.KeySecureTransport, true)
	for name, values := range w.c.Request.Context {
		if values.Many {
			v.SetNamedList(name, values.List)
			continue
		}
		v.SetNamed(name, values.List...)
	}
	return v
}

func (w *world) s3(req *authz.Request, docs *authz.Documents, primary bool) {
	r := &req.Resource
	if account, _, _, _, _, ok := arn.SplitAccessPoint(r.ARN); ok {
		r.Account = account
		return
	}
	name, key, object, ok := arn.SplitS3(r.ARN)
	if !ok {
		return
	}
	account, b := w.bucket(name)
	if b == nil {
		return
	}
	r.Kind, r.Account = authz.ResourceBucket, account
	docs.Resource = w.load(b.Policy, authz.SourceResource, name)
	docs.S3 = &authz.S3{
		Ownership: ownership(b.Ownership), RequesterPays: b.RequesterPays, ACL: grants(b.ACL),
		BPA: bpa(b.BPA).Or(bpa(w.account(account).BPA)),
	}
	if object {
		r.Kind = authz.ResourceObject
		docs.S3.Object = w.object(b, key, account, docs, primary)
	}
	w.accessPoint(req, docs)
	if action := req.Action.Lower(); strings.HasPrefix(action, "s3:put") {
		req.ACL = w.requestACL(action, account)
	}
}

func (w *world) object(b *Bucket, key, account string, docs *authz.Documents, primary bool) *authz.Object {
	out := &authz.Object{Owner: account}
	if o := b.Objects[key]; o != nil {
		if o.Owner != "" {
			out.Owner = o.Owner
		}
		out.ACL, out.Tags = grants(o.ACL), policy.MakeTags(o.Tags)
	}
	if exists := w.c.Request.ObjectExists; primary && exists != nil {
		out.Missing = !*exists
	}
	if out.Owner != account {
		out.OwnerOrg = w.org(out.Owner)
		docs.ObjectOwnerRCPs = w.rcps(out.Owner)
	}
	return out
}

func (w *world) accessPoint(req *authz.Request, docs *authz.Documents) {
	account, _, name, _, _, ok := arn.SplitAccessPoint(w.c.Request.Via)
	if !ok {
		return
	}
	ap := w.account(account).AccessPoints[name]
	if ap == nil {
		ap = &AccessPoint{}
	}
	req.AccessPoint = &authz.AccessPoint{
		ARN: w.c.Request.Via, Account: account, Org: w.org(account), VPC: ap.VPC,
		BPA: bpa(ap.BPA).Or(bpa(w.account(account).BPA)),
	}
	docs.AccessPoint = w.load(ap.Policy, authz.SourceResource, name)
	docs.AccessPointRCPs = w.rcps(account)
}

func (w *world) requestACL(action, owner string) authz.RequestACL {
	switch action {
	case "s3:putobject", "s3:putobjectacl", "s3:putobjectversionacl", "s3:putbucketacl":
	default:
		return authz.RequestACL{}
	}
	given := w.c.Request.Context
	for name, values := range given {
		if strings.EqualFold(name, "s3:x-amz-acl") {
			return authz.CannedACL(values.List[0])
		}
	}
	out := authz.RequestACL{OwnerFullControl: true}
	for name, values := range given {
		kind, ok := strings.CutPrefix(strings.ToLower(name), "s3:x-amz-grant-")
		if !ok {
			continue
		}
		text := strings.Join(values.List, ",")
		out.Given = true
		out.Public = out.Public || strings.Contains(text, "/AllUsers") || strings.Contains(text, "/AuthenticatedUsers")
		if kind != "full-control" || !strings.Contains(text, w.canonicalID(owner)) {
			out.OwnerFullControl = false
		}
	}
	return out
}

func (w *world) kms(req *authz.Request, docs *authz.Documents) {
	r := &req.Resource
	a, err := arn.Parse(r.ARN)
	if err != nil {
		return
	}
	r.Kind, r.Account = authz.ResourceKey, a.Account
	pairs := map[string]string{}
	for name, values := range w.c.Request.Context {
		if key, ok := strings.CutPrefix(name, "kms:EncryptionContext:"); ok {
			pairs[key] = values.List[0]
		}
	}
	if strings.HasPrefix(w.c.Request.Action, "s3:") {
		pairs["aws:s3:arn"] = w.c.Request.Resource
		req.Context.Set(policy.KeyKMSViaService, "s3."+a.Region+".amazonaws.com")
	}
	req.Encryption = &authz.EncryptionContext{Pairs: policy.MakeTags(pairs), Keys: keys(pairs)}
	account, k := w.key(r.ARN)
	if k == nil {
		return
	}
	r.Account, r.AWSManaged = account, k.AWSManaged
	docs.Resource = w.load(k.Policy, authz.SourceResource, r.ARN)
	for _, g := range k.Grants {
		docs.KeyGrants = append(docs.KeyGrants, authz.KeyGrant{
			Grantee: g.Grantee, GranteeID: g.GranteeID, Operations: g.Operations, ContextEquals: g.Constraints.Equals, ContextSubset: g.Constraints.Subset,
		})
	}
}

func (w *world) sts(req *authz.Request, docs *authz.Documents) {
	r := &req.Resource
	p, err := arn.ParsePrincipal(r.ARN)
	if err != nil {
		return
	}
	r.Account = p.Account
	if p.Kind != arn.KindRole {
		return
	}
	role := w.role(p.Account, p.Name)
	r.Kind, r.Tags = authz.ResourceRole, policy.MakeTags(role.Tags)
	docs.Resource = w.load(role.Trust, authz.SourceResource, "role/"+p.Name)
}

func ownership(s string) authz.Ownership {
	switch s {
	case "BucketOwnerPreferred":
		return authz.BucketOwnerPreferred
	case "ObjectWriter":
		return authz.ObjectWriter
	}
	return authz.BucketOwnerEnforced
}

func bpa(names []string) (b authz.BPA) {
	for _, n := range names {
		switch n {
		case "BlockPublicAcls":
			b.BlockPublicAcls = true
		case "IgnorePublicAcls":
			b.IgnorePublicAcls = true
		case "BlockPublicPolicy":
			b.BlockPublicPolicy = true
		case "RestrictPublicBuckets":
			b.RestrictPublicBuckets = true
		}
	}
	return b
}

var permissions = map[string]authz.Permission{
	"READ": authz.PermissionRead, "WRITE": authz.PermissionWrite, "READ_ACP": authz.PermissionReadACP,
	"WRITE_ACP": authz.PermissionWriteACP, "FULL_CONTROL": authz.PermissionFullControl,
}

func grants(in []Grant) (out []authz.Grant) {
	for _, g := range in {
		grant := authz.Grant{Permission: permissions[g.Permission]}
		switch g.Grantee {
		case "AllUsers":
			grant.Grantee = authz.GranteeAllUsers
		case "AuthenticatedUsers":
			grant.Grantee = authz.GranteeAuthenticatedUsers
		case "LogDelivery":
			grant.Grantee = authz.GranteeLogDelivery
		default:
			grant.Grantee, grant.Account = authz.GranteeAccount, g.Grantee
		}
		out = append(out, grant)
	}
	return out
}

func splitArray(raw json.RawMessage) (out []json.RawMessage) {
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}
