package authz_test

import (
	"testing"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// TestRules: corners that neither the specification's cases nor random worlds come to often enough. Most of them are what
// is left out or empty, which must not open a door.
func TestRules(t *testing.T) {
	all := []authz.Document{*doc(t, `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}
	onlyKey := []authz.Document{*doc(t, `{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
		{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringEquals":{"s3:prefix":"k"}}}]}`)}
	public := bucketPolicy(t, everybody)
	everyone := []authz.Grant{{Grantee: authz.GranteeAllUsers, Permission: authz.PermissionFullControl}}
	writer := func(o *authz.Object, bucket ...authz.Grant) *authz.S3 {
		return &authz.S3{Ownership: authz.ObjectWriter, ACL: bucket, Object: o}
	}
	alice := user(owner, "a")
	session := &authz.Principal{Caller: policy.Caller{Kind: policy.CallerSession, Account: owner, ARN: "arn:aws:sts::111111111111:assumed-role/r/s",
		PrincipalARN: "arn:aws:iam::111111111111:role/r"}}
	restricted := *alice
	restricted.SessionToken = true
	delegated := func(p authz.Principal) *authz.Principal { p.Delegated = true; return &p }
	ec2 := []authz.Document{*doc(t, `{"Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`)}
	provider := &authz.Principal{Caller: policy.Caller{Kind: policy.CallerProvider, ARN: "logging.s3.amazonaws.com"}}
	point := &authz.AccessPoint{ARN: "arn:aws:s3:r:111111111111:accesspoint/x", Account: owner}
	change := func(r *authz.Request, f func(*authz.Request)) *authz.Request { f(r); return r }
	via := func(ap authz.AccessPoint) *authz.Request {
		return change(object(alice, "s3:GetObject"), func(r *authz.Request) { r.AccessPoint, r.Context = &ap, nil })
	}
	key := func(p *authz.Principal, pairs map[string]string) *authz.Request {
		return change(object(p, "kms:Decrypt"), func(r *authz.Request) {
			r.Resource = authz.Resource{Kind: authz.ResourceKey, ARN: "arn:aws:kms:us-east-1:" + owner + ":key/k", Account: owner}
			if pairs != nil {
				r.Encryption = &authz.EncryptionContext{Pairs: policy.MakeTags(pairs)}
			}
		})
	}
	grant := func(g authz.KeyGrant) authz.Documents {
		g.Operations = []string{"Decrypt"}
		return authz.Documents{KeyGrants: []authz.KeyGrant{g}}
	}
	dept := map[string]string{"dept": "hr"}
	for name, c := range map[string]struct {
		req  *authz.Request
		docs authz.Documents
		want string
	}{
		"access point in a VPC, no context":       {via(authz.AccessPoint{ARN: point.ARN, Account: owner, VPC: "vpc-1"}), authz.Documents{Identity: all}, "access_point_vpc_origin"},
		"access point, resource given":            {via(authz.AccessPoint{ARN: point.ARN, Account: owner, ResourceARN: "x"}), authz.Documents{Identity: []authz.Document{*doc(t, `{"Statement":[{"Effect":"Allow","Action":"*","Resource":["arn:aws:s3:*","arn:aws:s3:::*","arn:aws:s3:*:*:*"]}]}`)}}, "access_point:no_identity_policy"},
		"missing object of another owner":         {object(alice, "s3:GetObject"), authz.Documents{Identity: all, S3: writer(&authz.Object{Missing: true, Owner: partner})}, "not_found"},
		"ACL of a missing object":                 {object(nil, "s3:GetObject"), authz.Documents{S3: writer(&authz.Object{Missing: true, ACL: everyone})}, "no_resource_policy"},
		"ACL of an unknown object":                {object(nil, "s3:GetObject"), authz.Documents{S3: writer(nil)}, "no_resource_policy"},
		"grant to no account":                     {object(nil, "s3:PutObject"), authz.Documents{S3: writer(nil, authz.Grant{Grantee: authz.GranteeAccount, Permission: authz.PermissionWrite})}, "no_resource_policy"},
		"log delivery is a service":               {object(provider, "s3:PutObject"), authz.Documents{S3: writer(nil, authz.Grant{Grantee: authz.GranteeLogDelivery, Permission: authz.PermissionWrite})}, "no_resource_policy"},
		"retention of a missing object":           {object(alice, "s3:GetObjectRetention"), authz.Documents{Identity: all, S3: writer(&authz.Object{Missing: true})}, "not_found"},
		"missing key is asked as a prefix":        {change(object(alice, "s3:GetObject"), func(r *authz.Request) { r.Context = nil }), authz.Documents{Identity: onlyKey, S3: writer(&authz.Object{Missing: true})}, "not_found"},
		"session token and IAM, no context":       {change(object(&restricted, "iam:GetUser"), func(r *authz.Request) { r.Context = nil }), authz.Documents{Identity: all}, "credentials_not_permitted"},
		"role named before a grant":               {key(session, nil), authz.Documents{Resource: bucketPolicy(t, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/r"},"Action":"kms:*","Resource":"*"}`), KeyGrants: []authz.KeyGrant{{Grantee: session.PrincipalARN, Operations: []string{"Decrypt"}}}}, "resource_policy"},
		"key grants are for keys":                 {object(user(partner, "p"), "kms:Decrypt"), grant(authz.KeyGrant{Grantee: user(partner, "p").ARN}), "no_identity_policy"},
		"key grants are for keys, unsigned":       {object(service("x.amazonaws.com"), "kms:Decrypt"), grant(authz.KeyGrant{Grantee: "x.amazonaws.com"}), "no_resource_policy"},
		"grant to a service":                      {key(service("x.amazonaws.com"), nil), grant(authz.KeyGrant{Grantee: "x.amazonaws.com"}), "kms_grant"},
		"grant to another service":                {key(service("x.amazonaws.com"), nil), grant(authz.KeyGrant{Grantee: "y.amazonaws.com"}), "no_key_policy"},
		"grant to a service, provider so named":   {key(&authz.Principal{Caller: policy.Caller{Kind: policy.CallerProvider, ARN: "x"}}, nil), grant(authz.KeyGrant{Grantee: "x"}), "no_key_policy"},
		"grant to nobody":                         {key(nil, nil), grant(authz.KeyGrant{}), "no_key_policy"},
		"grant to nobody, role unknown":           {key(&authz.Principal{Caller: policy.Caller{Kind: policy.CallerSession, Account: owner, ARN: "s"}}, nil), grant(authz.KeyGrant{}), "no_key_policy"},
		"grant to a living user's id":             {key(&authz.Principal{Caller: policy.Caller{Kind: policy.CallerUser, Account: owner, ARN: "new", UniqueID: "AIDAX"}}, nil), grant(authz.KeyGrant{Grantee: "old", GranteeID: "AIDAX"}), "kms_grant"},
		"grant to a role":                         {key(session, nil), grant(authz.KeyGrant{Grantee: session.PrincipalARN}), "kms_grant"},
		"constraint and no encryption context":    {key(alice, nil), grant(authz.KeyGrant{Grantee: alice.ARN, ContextSubset: dept}), "no_key_policy"},
		"empty value is nothing to no constraint": {key(alice, map[string]string{"x": ""}), grant(authz.KeyGrant{Grantee: alice.ARN}), "kms_grant"},
		"empty value is no pair":                  {key(alice, map[string]string{"x": ""}), grant(authz.KeyGrant{Grantee: alice.ARN, ContextSubset: dept}), "no_key_policy"},
		"requester pays, but no service":          {object(service("x.amazonaws.com"), "s3:GetObject"), authz.Documents{Resource: public, S3: &authz.S3{RequesterPays: true}}, "resource_policy"},
		"missing key by access point": {change(via(authz.AccessPoint{ARN: point.ARN, Account: owner, ResourceARN: point.ARN + "/object/k"}), func(*authz.Request) {}), authz.Documents{S3: writer(&authz.Object{Missing: true}), Identity: []authz.Document{*doc(t,
			`{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Effect":"Allow","Action":"s3:ListBucket","Resource":["arn:aws:s3:::b","arn:aws:s3:r:111111111111:accesspoint/x"]}]}`)}}, "not_found"},
		"root's way to its bucket's policy is not through an access point": {change(via(*point), func(r *authz.Request) {
			r.Principal, r.Action, r.Resource = root(owner), policy.MakeAction("s3:PutBucketPolicy"), authz.Resource{Kind: authz.ResourceBucket, ARN: "arn:aws:s3:::b", Account: owner}
		}), authz.Documents{AccessPoint: bucketPolicy(t, `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`)}, "access_point:explicit_deny_resource_policy"},
		"one of two session policies":         {object(session, "s3:GetObject"), authz.Documents{Identity: all, Session: []authz.Document{all[0], *doc(t, `{"Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`)}}, "identity_policy"},
		"delegated, and its policy allows":    {object(delegated(*alice), "s3:GetObject"), authz.Documents{Identity: all, Session: all}, "identity_policy"},
		"delegated, and the approver may not": {object(delegated(*alice), "s3:GetObject"), authz.Documents{Session: all}, "no_identity_policy"},
		"delegated, and everybody may":        {object(delegated(*alice), "s3:GetObject"), authz.Documents{Identity: all, Session: ec2, Resource: public}, "no_session_policy"},
		"delegated by a role":                 {object(delegated(*session), "s3:GetObject"), authz.Documents{Identity: all, Session: ec2, Resource: public}, "no_session_policy"},
		"delegated by a root user":            {object(delegated(*root(owner)), "s3:GetObject"), authz.Documents{Session: ec2}, "no_session_policy"},
		"delegated without a policy":          {object(delegated(*root(owner)), "s3:GetObject"), authz.Documents{}, "no_session_policy"},
		"delegated, a key's grant":            {key(delegated(*alice), nil), func() authz.Documents { d := grant(authz.KeyGrant{Grantee: alice.ARN}); d.Session = ec2; return d }(), "no_session_policy"},
		"nobody's list is the caller's":       {change(object(alice, "s3:ListAllMyBuckets"), func(r *authz.Request) { r.Resource = authz.Resource{ARN: "*"} }), authz.Documents{Identity: all}, "identity_policy"},
		"nobody's bucket is not":              {change(object(alice, "s3:ListBucket"), func(r *authz.Request) { r.Resource = authz.Resource{Kind: authz.ResourceBucket, ARN: "arn:aws:s3:::b"} }), authz.Documents{Identity: all}, "no_resource_policy"},
		"expected owner":                      {change(object(alice, "s3:GetObject"), func(r *authz.Request) { r.ExpectedBucketOwner = partner }), authz.Documents{Identity: all}, "expected_bucket_owner_mismatch"},
		"public bucket, restricted, outsider": {object(nil, "s3:GetObject"), authz.Documents{Resource: public, S3: &authz.S3{BPA: authz.BPA{RestrictPublicBuckets: true}}}, "bpa_restrict_public_buckets"},
		"CreateBucket and an ACL":             {change(object(alice, "s3:CreateBucket"), func(r *authz.Request) { r.Resource, r.ACL = authz.Resource{Account: owner}, authz.CannedACL("private") }), authz.Documents{Identity: all, S3: &authz.S3{}}, "identity_policy"},
		"expected owner of no bucket": {change(object(alice, "s3:ListAllMyBuckets"), func(r *authz.Request) {
			r.Resource, r.ExpectedBucketOwner = authz.Resource{ARN: "*", Account: owner}, partner
		}), authz.Documents{Identity: all}, "identity_policy"},
	} {
		if d := authz.Decide(c.req, &c.docs); d.Code() != c.want {
			t.Errorf("%s: got %s, want %s", name, d.Code(), c.want)
		}
	}
}

// TestHidden: a decision that hides a missing key says what keeps the caller from listing.
func TestHidden(t *testing.T) {
	req := object(user(owner, "a"), "s3:GetObject")
	docs := authz.Documents{
		Identity: []authz.Document{*doc(t, allowS3)},
		Resource: bucketPolicy(t, `{"Effect":"Deny","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}`),
		S3:       &authz.S3{Object: &authz.Object{Missing: true}},
	}
	d := authz.Decide(req, &docs)
	if d.Reason != authz.NotFoundHidden || d.Hidden != authz.ExplicitDenyResource || d.Deny.Statement == nil ||
		d.CallerDoor != authz.DoorNotNeeded || d.ResourceDoor != authz.DoorDenied {
		t.Errorf("%+v", d)
	}
	req.Trace = true
	if d = authz.Decide(req, &docs); len(d.Trace.Entries) < 3 || d.Trace.CallerDoor != authz.DoorOpen || d.Trace.ResourceDoor != authz.DoorDenied {
		t.Errorf("trace %+v", d.Trace)
	}
	docs.Resource = nil
	docs.Identity[0] = *doc(t, `{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`)
	d = authz.Decide(req, &docs)
	if d.Reason != authz.NotFoundHidden || d.Hidden != authz.NoIdentityPolicy || d.Deny.Statement != nil || d.CallerDoor != authz.DoorShut {
		t.Errorf("%+v", d)
	}
	if len(d.Trace.Entries) != 2 || d.Trace.CallerDoor != authz.DoorShut || d.Trace.ResourceDoor != authz.DoorNotNeeded {
		t.Errorf("trace %+v", d.Trace)
	}
}

// TestHits: a decision names the statements that decided and where they come from.
func TestHits(t *testing.T) {
	docs := authz.Documents{Identity: []authz.Document{document(t, "silent", `{"Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`),
		document(t, "own", allowS3), document(t, "another", allowS3)}}
	b := document(t, "b", `{"Statement":[`+everybody+`]}`)
	docs.Resource = &b
	d := authz.Decide(object(user(partner, "p"), "s3:GetObject"), &docs)
	if d.Identity.Statement == nil || d.Identity.Source.Name != "own" || d.Resource.Statement == nil || d.Resource.Source.Name != "b" || d.Deny.Statement != nil {
		t.Errorf("%+v", d)
	}
}

func TestPublicACL(t *testing.T) {
	for grantee, want := range map[authz.Grantee]bool{
		authz.GranteeAccount: false, authz.GranteeLogDelivery: false, authz.GranteeAllUsers: true, authz.GranteeAuthenticatedUsers: true,
	} {
		if got := authz.PublicACL([]authz.Grant{{Grantee: authz.GranteeAccount}, {Grantee: grantee}}); got != want {
			t.Errorf("grantee %d: %v", grantee, got)
		}
	}
}
