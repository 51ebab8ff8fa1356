package authz_test

import (
	"testing"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

const (
	owner   = "111111111111"
	partner = "222222222222"
	allowS3 = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
)

func user(account, name string) *authz.Principal {
	a := "arn:aws:iam::" + account + ":user/" + name
	return &authz.Principal{Caller: policy.Caller{Kind: policy.CallerUser, Account: account, ARN: a, PrincipalARN: a, UserName: name}}
}

func root(account string) *authz.Principal {
	a := "arn:aws:iam::" + account + ":root"
	return &authz.Principal{Caller: policy.Caller{Kind: policy.CallerRoot, Account: account, ARN: a, PrincipalARN: a}}
}

func service(name string) *authz.Principal {
	return &authz.Principal{Caller: policy.Caller{Kind: policy.CallerService, ARN: name}}
}

func object(p *authz.Principal, action string) *authz.Request {
	return &authz.Request{Principal: p, Action: policy.MakeAction(action), Context: new(policy.Values),
		Resource: authz.Resource{Kind: authz.ResourceObject, ARN: "arn:aws:s3:::b/k", Account: owner}}
}

func doc(t *testing.T, text string) *authz.Document {
	d := load(t, text)
	return &d
}

func bucketPolicy(t *testing.T, statements string) *authz.Document {
	return doc(t, `{"Version":"2012-10-17","Statement":[`+statements+`]}`)
}

const everybody = `{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}`

func TestDecide(t *testing.T) {
	all := []authz.Document{*doc(t, allowS3)}
	foreign := &authz.S3{Ownership: authz.ObjectWriter, Object: &authz.Object{Owner: partner}}
	granted := &authz.S3{Ownership: authz.ObjectWriter, Object: &authz.Object{Owner: partner,
		ACL: []authz.Grant{{Grantee: authz.GranteeAccount, Account: owner, Permission: authz.PermissionRead}}}}
	session := &authz.Principal{Caller: policy.Caller{Kind: policy.CallerSession, Account: owner, ARN: "arn:aws:sts::" + owner + ":assumed-role/r/s",
		PrincipalARN: "arn:aws:iam::" + owner + ":role/r"}}
	linked := *session
	linked.ServiceLinked = true
	federated := &authz.Principal{Caller: policy.Caller{Kind: policy.CallerFederated, Account: owner, ARN: "arn:aws:sts::" + owner + ":federated-user/f"}}
	mfa := user(owner, "a")
	mfa.SessionToken = true
	denyAll := []authz.Level{{*bucketPolicy(t, `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`)}}
	noS3 := []authz.Level{{*doc(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`)}}
	with := func(r *authz.Request, f func(*authz.Request)) *authz.Request { f(r); return r }
	bucket := func(p *authz.Principal, action string) *authz.Request {
		return with(object(p, action), func(r *authz.Request) {
			r.Resource.Kind, r.Resource.ARN = authz.ResourceBucket, "arn:aws:s3:::b"
		})
	}
	for name, c := range map[string]struct {
		req  *authz.Request
		docs authz.Documents
		want string
	}{
		"bucket owner's root and a foreign object":    {object(root(owner), "s3:GetObject"), authz.Documents{S3: foreign}, "no_object_acl_grant"},
		"… and replication of it":                     {object(session, "s3:GetObjectVersionForReplication"), authz.Documents{S3: foreign, Identity: all}, "no_object_acl_grant"},
		"… once it is granted":                        {object(session, "s3:GetObjectVersionForReplication"), authz.Documents{S3: granted, Identity: all}, "acl"},
		"… may delete it":                             {object(root(owner), "s3:DeleteObject"), authz.Documents{S3: foreign}, "owner_root"},
		"object owner by its identity policy":         {object(user(partner, "p"), "s3:GetObject"), authz.Documents{S3: foreign, Identity: all}, "identity_policy"},
		"bucket policy does not grant foreign object": {object(nil, "s3:GetObject"), authz.Documents{S3: foreign, Resource: bucketPolicy(t, everybody)}, "no_object_acl_grant"},
		"signed stranger on a public bucket":          {object(user(partner, "p"), "s3:GetObject"), authz.Documents{Resource: bucketPolicy(t, everybody)}, "no_identity_policy"},
		"public grant does not free an own user": {object(user(owner, "a"), "s3:GetObject"), authz.Documents{S3: &authz.S3{Ownership: authz.ObjectWriter,
			Object: &authz.Object{ACL: []authz.Grant{{Grantee: authz.GranteeAllUsers, Permission: authz.PermissionRead}}}}}, "no_identity_policy"},
		"IgnorePublicAcls": {object(nil, "s3:GetObject"), authz.Documents{S3: &authz.S3{Ownership: authz.ObjectWriter, BPA: authz.BPA{IgnorePublicAcls: true},
			Object: &authz.Object{ACL: []authz.Grant{{Grantee: authz.GranteeAllUsers, Permission: authz.PermissionRead}}}}}, "no_resource_policy"},
		"log delivery by ACL": {object(service("logging.s3.amazonaws.com"), "s3:PutObject"), authz.Documents{S3: &authz.S3{Ownership: authz.ObjectWriter,
			ACL: []authz.Grant{{Grantee: authz.GranteeLogDelivery, Permission: authz.PermissionWrite}}}}, "acl"},
		"service and RestrictPublicBuckets": {object(service("x.amazonaws.com"), "s3:GetObject"), authz.Documents{Resource: bucketPolicy(t, everybody),
			S3: &authz.S3{BPA: authz.BPA{RestrictPublicBuckets: true}}}, "resource_policy"},
		"SCP without an Allow":                     {object(root(owner), "s3:GetObject"), authz.Documents{SCPs: noS3}, "no_scp"},
		"SCP does not bind service-linked roles":   {object(&linked, "s3:GetObject"), authz.Documents{SCPs: noS3, Identity: all}, "identity_policy"},
		"SCP does not bind anonymous callers":      {object(nil, "s3:GetObject"), authz.Documents{SCPs: noS3, Resource: bucketPolicy(t, everybody)}, "resource_policy"},
		"RCP binds anonymous callers":              {object(nil, "s3:GetObject"), authz.Documents{RCPs: denyAll, Resource: bucketPolicy(t, everybody)}, "explicit_deny_rcp"},
		"RCP does not bind service-linked roles":   {object(&linked, "s3:GetObject"), authz.Documents{RCPs: denyAll, Identity: all}, "identity_policy"},
		"RCP of a foreign object's owner":          {object(user(partner, "p"), "s3:GetObject"), authz.Documents{S3: foreign, Identity: all, ObjectOwnerRCPs: denyAll}, "explicit_deny_rcp"},
		"RCP does not reach IAM":                   {with(object(root(owner), "iam:GetUser"), func(r *authz.Request) { r.Resource.Kind = authz.ResourceOther }), authz.Documents{RCPs: denyAll}, "owner_root"},
		"permitted stranger and the bucket policy": {bucket(user(partner, "p"), "s3:GetBucketPolicy"), authz.Documents{Resource: bucketPolicy(t, everybody), Identity: all}, "method_not_allowed_non_owner_account"},
		"root and a Deny on its own bucket policy": {bucket(root(owner), "s3:PutBucketPolicy"), authz.Documents{Resource: &denyAll[0][0]}, "owner_root"},
		"… but not on the rest":                    {bucket(root(owner), "s3:GetBucketAcl"), authz.Documents{Resource: &denyAll[0][0]}, "explicit_deny_resource_policy"},
		"federated user without session policy":    {object(federated, "s3:GetObject"), authz.Documents{Identity: all}, "no_session_policy"},
		"federated user and IAM":                   {object(federated, "iam:GetUser"), authz.Documents{Identity: all, Session: all}, "credentials_not_permitted"},
		"GetSessionToken's credentials and IAM":    {object(mfa, "iam:GetUser"), authz.Documents{}, "credentials_not_permitted"},
		"GetSessionToken's credentials and MFA":    {with(object(mfa, "iam:GetUser"), func(r *authz.Request) { r.Context.Set(policy.KeyMultiFactorAuthPresent, "true") }), authz.Documents{}, "no_identity_policy"},
		"endpoint without an Allow":                {object(root(owner), "s3:GetObject"), authz.Documents{Endpoint: &noS3[0][0]}, "no_vpc_endpoint_policy"},
		"requester pays: anonymous":                {with(object(nil, "s3:GetObject"), func(r *authz.Request) { r.RequestPayer = true }), authz.Documents{Resource: bucketPolicy(t, everybody), S3: &authz.S3{RequesterPays: true}}, "requester_pays"},
		"missing key, listing denied":              {object(user(owner, "a"), "s3:GetObject"), authz.Documents{Identity: all, Resource: bucketPolicy(t, `{"Effect":"Deny","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}`), S3: &authz.S3{Object: &authz.Object{Missing: true}}}, "not_found_hidden"},
		"missing key, may list":                    {object(user(owner, "a"), "s3:GetObject"), authz.Documents{Identity: all, S3: &authz.S3{Object: &authz.Object{Missing: true}}}, "not_found"},
		"missing key, writing":                     {object(user(owner, "a"), "s3:PutObject"), authz.Documents{Identity: all, S3: &authz.S3{Object: &authz.Object{Missing: true}}}, "identity_policy"},
		"role named, boundary limits":              {object(session, "s3:GetObject"), authz.Documents{Boundary: &noS3[0][0], Resource: bucketPolicy(t, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/r"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`)}, "no_permissions_boundary"},
		"session named, boundary does not":         {object(session, "s3:GetObject"), authz.Documents{Boundary: &noS3[0][0], Resource: bucketPolicy(t, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::111111111111:assumed-role/r/s"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`)}, "resource_policy"},
		"root assumes no role":                     {with(object(root(owner), "sts:AssumeRole"), func(r *authz.Request) { r.Resource.Kind = authz.ResourceRole }), authz.Documents{Resource: bucketPolicy(t, `{"Effect":"Allow","Principal":"*","Action":"sts:*"}`)}, "no_trust_policy"},
	} {
		t.Run(name, func(t *testing.T) {
			d := authz.Decide(c.req, &c.docs)
			if d.Code() != c.want {
				t.Errorf("got %s, want %s", d.Code(), c.want)
			}
			c.req.Trace = true
			if traced := authz.Decide(c.req, &c.docs); traced.Code() != d.Code() || traced.Trace == nil && d.Reason != authz.CredentialsNotPermitted {
				t.Errorf("with a trace: %s", traced.Code())
			}
		})
	}
}

func TestKeyGrants(t *testing.T) {
	key := func(p *authz.Principal, context map[string]string) *authz.Request {
		r := &authz.Request{Principal: p, Action: policy.MakeAction("kms:Decrypt"), Context: new(policy.Values),
			Resource: authz.Resource{Kind: authz.ResourceKey, ARN: "arn:aws:kms:us-east-1:" + owner + ":key/k", Account: owner}}
		r.Encryption = &authz.EncryptionContext{Pairs: policy.MakeTags(context)}
		return r
	}
	grant := authz.KeyGrant{Grantee: user(owner, "a").ARN, Operations: []string{"Decrypt"}}
	subset, equals, renewed := grant, grant, grant
	subset.ContextSubset = map[string]string{"dept": "hr"}
	equals.ContextEquals = map[string]string{"dept": "hr"}
	renewed.GranteeID = "AIDAOLDOLDOLDOLDOLDOL"
	for name, c := range map[string]struct {
		grant   authz.KeyGrant
		p       *authz.Principal
		context map[string]string
		want    string
	}{
		"plain":               {grant, user(owner, "a"), nil, "kms_grant"},
		"another user":        {grant, user(owner, "b"), nil, "no_key_policy"},
		"subset":              {subset, user(owner, "a"), map[string]string{"dept": "hr", "x": "y"}, "kms_grant"},
		"subset missing":      {subset, user(owner, "a"), nil, "no_key_policy"},
		"equals":              {equals, user(owner, "a"), map[string]string{"dept": "hr"}, "kms_grant"},
		"equals with more":    {equals, user(owner, "a"), map[string]string{"dept": "hr", "x": "y"}, "no_key_policy"},
		"letter case matters": {equals, user(owner, "a"), map[string]string{"Dept": "hr"}, "no_key_policy"},
		"recreated grantee":   {renewed, user(owner, "a"), nil, "no_key_policy"},
		"root is powerless":   {grant, root(owner), nil, "no_key_policy"},
	} {
		d := authz.Decide(key(c.p, c.context), &authz.Documents{KeyGrants: []authz.KeyGrant{c.grant}})
		if d.Code() != c.want {
			t.Errorf("%s: got %s, want %s", name, d.Code(), c.want)
		}
	}
}

func TestMessages(t *testing.T) {
	deny := bucketPolicy(t, `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`)
	orgUser := user(partner, "p")
	orgUser.Org.ID = "o-1"
	inOrg := object(orgUser, "s3:GetObject")
	inOrg.Resource.Org.ID = "o-1"
	role := &authz.Request{Principal: user(owner, "a"), Action: policy.MakeAction("sts:AssumeRole"),
		Resource: authz.Resource{Kind: authz.ResourceRole, ARN: "arn:aws:iam::111111111111:role/r", Account: owner}}
	iam := &authz.Request{Principal: user(owner, "a"), Action: policy.MakeAction("iam:GetUser"), Resource: authz.Resource{ARN: "*"}}
	missing := &authz.S3{Object: &authz.Object{Missing: true}}
	onlyGet := []authz.Document{*doc(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`)}
	const alice = "User: arn:aws:iam::111111111111:user/a is not authorized to perform: "
	for name, c := range map[string]struct {
		req  *authz.Request
		docs authz.Documents
		want string
	}{
		"own account":  {object(user(owner, "a"), "s3:GetObject"), authz.Documents{}, alice + `s3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:GetObject action`},
		"own, deny":    {object(user(owner, "a"), "s3:GetObject"), authz.Documents{Resource: deny}, alice + `s3:GetObject on resource: "arn:aws:s3:::b/k" with an explicit deny in a resource-based policy`},
		"stranger":     {object(user(partner, "p"), "s3:GetObject"), authz.Documents{}, "Access Denied"},
		"anonymous":    {object(nil, "s3:GetObject"), authz.Documents{}, "Access Denied"},
		"organization": {inOrg, authz.Documents{}, `User: arn:aws:iam::222222222222:user/p is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:GetObject action`},
		"hidden":       {object(user(owner, "a"), "s3:GetObject"), authz.Documents{S3: missing, Identity: onlyGet}, alice + `s3:ListBucket on resource: "arn:aws:s3:::b" because no identity-based policy allows the s3:ListBucket action`},
		"role":         {role, authz.Documents{}, alice + "sts:AssumeRole on resource: arn:aws:iam::111111111111:role/r"},
		"iam":          {iam, authz.Documents{}, alice + "iam:GetUser on resource: * because no identity-based policy allows the iam:GetUser action"},
		"allowed":      {object(root(owner), "s3:GetObject"), authz.Documents{}, ""},
	} {
		d := authz.Decide(c.req, &c.docs)
		if got := d.Message(c.req); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestTrace(t *testing.T) {
	req := object(user(partner, "p"), "s3:GetObject")
	req.Trace = true
	req.Context.Set(policy.KeySourceIP, "198.51.100.7")
	docs := &authz.Documents{
		Identity: []authz.Document{*doc(t, allowS3)},
		Resource: bucketPolicy(t, `{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}`),
	}
	d := authz.Decide(req, docs)
	if d.Reason != authz.NoResourcePolicy || d.CallerDoor != authz.DoorOpen || d.ResourceDoor != authz.DoorShut {
		t.Fatalf("%s, doors %s and %s", d.Code(), d.CallerDoor, d.ResourceDoor)
	}
	if len(d.Trace.Entries) != 2 || d.Trace.Entries[0].Account != owner || d.Trace.Entries[1].Account != partner {
		t.Fatalf("entries %+v", d.Trace.Entries)
	}
	s := d.Trace.Entries[0].Statements[0]
	if s.Failed != policy.FailedCondition || len(s.Conditions) != 1 || s.Conditions[0].Got[0] != "198.51.100.7" {
		t.Errorf("statement %+v", s)
	}
}
