package authz_test

import (
	"testing"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// TestDoors: the state of both sides for the rules that are not a Deny's.
func TestDoors(t *testing.T) {
	const (
		unneeded, open, shut = authz.DoorNotNeeded, authz.DoorOpen, authz.DoorShut
		denied               = authz.DoorDenied
	)
	all := []authz.Document{*doc(t, allowS3)}
	allKeys := []authz.Document{*doc(t, `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}
	none := doc(t, `{"Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`)
	public := bucketPolicy(t, everybody)
	denies := bucketPolicy(t, `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`)
	denial := doc(t, `{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`)
	own, other := object(user(owner, "a"), "s3:GetObject"), object(user(partner, "p"), "s3:GetObject")
	key := object(user(owner, "a"), "kms:Decrypt")
	key.Resource.Kind = authz.ResourceKey
	granted := []authz.KeyGrant{{Grantee: key.Principal.ARN, Operations: []string{"Decrypt"}}}
	acl := &authz.S3{Ownership: authz.ObjectWriter, Object: &authz.Object{ACL: []authz.Grant{{Grantee: authz.GranteeAccount, Account: partner, Permission: authz.PermissionRead}}}}
	for name, c := range map[string]struct {
		req              *authz.Request
		docs             authz.Documents
		want             string
		caller, resource authz.Door
	}{
		"own, identity":              {own, authz.Documents{Identity: all}, "identity_policy", open, unneeded},
		"own, bucket policy":         {own, authz.Documents{Resource: public}, "resource_policy", unneeded, open},
		"own, nothing":               {own, authz.Documents{}, "no_identity_policy", shut, unneeded},
		"root":                       {object(root(owner), "s3:GetObject"), authz.Documents{}, "owner_root", open, unneeded},
		"other, both":                {other, authz.Documents{Identity: all, Resource: public}, "identity_and_resource_policy", open, open},
		"other, ACL":                 {other, authz.Documents{Identity: all, S3: acl}, "acl", open, open},
		"other, identity alone":      {other, authz.Documents{Identity: all}, "no_resource_policy", open, shut},
		"other, consent alone":       {other, authz.Documents{Resource: public}, "no_identity_policy", shut, open},
		"other, ACL alone":           {other, authz.Documents{S3: acl}, "no_identity_policy", shut, open},
		"other, boundary":            {other, authz.Documents{Identity: all, Boundary: none, Resource: public}, "no_permissions_boundary", shut, open},
		"other, session policy":      {other, authz.Documents{Identity: all, Session: []authz.Document{*none}, Resource: public}, "no_session_policy", shut, open},
		"other, SCP":                 {other, authz.Documents{Identity: all, SCPs: []authz.Level{{*none}}, Resource: public}, "no_scp", shut, open},
		"other, endpoint":            {other, authz.Documents{Identity: all, Endpoint: none, Resource: public}, "no_vpc_endpoint_policy", shut, open},
		"another root":               {object(root(partner), "s3:GetObject"), authz.Documents{}, "no_resource_policy", open, shut},
		"anonymous":                  {object(nil, "s3:GetObject"), authz.Documents{}, "no_resource_policy", unneeded, shut},
		"key, grant":                 {key, authz.Documents{KeyGrants: granted}, "kms_grant", unneeded, open},
		"key, identity alone":        {key, authz.Documents{Identity: allKeys}, "no_key_policy", open, shut},
		"key, grant behind endpoint": {key, authz.Documents{KeyGrants: granted, Endpoint: none}, "no_vpc_endpoint_policy", shut, open},
		"requester pays":             {other, authz.Documents{Identity: all, Resource: public, S3: &authz.S3{RequesterPays: true}}, "requester_pays", open, shut},
		"public bucket restricted":   {other, authz.Documents{Identity: all, Resource: public, S3: &authz.S3{BPA: authz.BPA{RestrictPublicBuckets: true}}}, "bpa_restrict_public_buckets", open, denied},
		"SCP denies":                 {other, authz.Documents{SCPs: []authz.Level{{*denial}}}, "explicit_deny_scp", denied, unneeded},
		"RCP denies":                 {other, authz.Documents{RCPs: []authz.Level{{*denies}}}, "explicit_deny_rcp", unneeded, denied},
		"endpoint denies":            {other, authz.Documents{Endpoint: denial}, "explicit_deny_vpc_endpoint_policy", denied, unneeded},
		"bucket policy denies":       {other, authz.Documents{Resource: denies}, "explicit_deny_resource_policy", unneeded, denied},
		"boundary denies":            {other, authz.Documents{Boundary: denial}, "explicit_deny_permissions_boundary", denied, unneeded},
	} {
		req := *c.req
		d := authz.Decide(&req, &c.docs)
		if d.Code() != c.want || d.CallerDoor != c.caller || d.ResourceDoor != c.resource {
			t.Errorf("%s: got %s, doors %s and %s, want %s, %s and %s", name, d.Code(), d.CallerDoor, d.ResourceDoor, c.want, c.caller, c.resource)
		}
		req.Trace = true
		if d := authz.Decide(&req, &c.docs); d.Deny.Statement == nil && (d.Trace.CallerDoor != c.caller || d.Trace.ResourceDoor != c.resource) {
			t.Errorf("%s: the trace has doors %s and %s", name, d.Trace.CallerDoor, d.Trace.ResourceDoor)
		}
	}
}

// TestTraceOfLists: ACLs and KMS grants have their entries, which say what they do.
func TestTraceOfLists(t *testing.T) {
	acl := []authz.Grant{{Grantee: authz.GranteeAccount, Account: owner, Permission: authz.PermissionRead}}
	with := &authz.S3{Ownership: authz.ObjectWriter, Object: &authz.Object{ACL: acl}}
	without := &authz.S3{Ownership: authz.ObjectWriter, Object: &authz.Object{}}
	foreign := &authz.S3{Ownership: authz.ObjectWriter, Object: &authz.Object{Owner: partner, ACL: acl}}
	key := object(user(owner, "a"), "kms:Decrypt")
	key.Resource.Kind = authz.ResourceKey
	for name, c := range map[string]struct {
		req  *authz.Request
		docs authz.Documents
		want *authz.TraceEntry // nil: no such entry
	}{
		"granted":     {object(user(owner, "a"), "s3:GetObject"), authz.Documents{S3: with}, &authz.TraceEntry{Role: authz.RoleACL, Account: owner, Allows: true, Grants: policy.GrantAccount}},
		"not granted": {object(user(owner, "a"), "s3:GetObject"), authz.Documents{S3: without}, &authz.TraceEntry{Role: authz.RoleACL, Account: owner}},
		"of another":  {object(user(owner, "a"), "s3:GetObject"), authz.Documents{S3: foreign}, &authz.TraceEntry{Role: authz.RoleACL, Account: partner, Allows: true, Grants: policy.GrantAccount}},
		"no ACL's":    {object(user(owner, "a"), "s3:GetObjectTagging"), authz.Documents{S3: with}, nil},
		"key":         {key, authz.Documents{KeyGrants: []authz.KeyGrant{{Grantee: key.Principal.ARN, Operations: []string{"Decrypt"}}}}, &authz.TraceEntry{Role: authz.RoleKeyGrant, Account: owner, Allows: true}},
	} {
		c.req.Trace = true
		d := authz.Decide(c.req, &c.docs)
		if c.want == nil {
			if len(d.Trace.Entries) != 0 {
				t.Errorf("%s: %+v", name, d.Trace.Entries)
			}
			continue
		}
		if len(d.Trace.Entries) != 1 {
			t.Errorf("%s: %+v", name, d.Trace.Entries)
			continue
		}
		if e := d.Trace.Entries[0]; e.Role != c.want.Role || e.Account != c.want.Account || e.Allows != c.want.Allows || e.Grants != c.want.Grants {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestTraceOfAccessPoint: both stages stand in the trace, each with the policy that it asked.
func TestTraceOfAccessPoint(t *testing.T) {
	req := object(root(owner), "s3:GetObject")
	req.AccessPoint = &authz.AccessPoint{ARN: "arn:aws:s3:r:222222222222:accesspoint/x", Account: partner}
	req.Trace = true
	d := authz.Decide(req, &authz.Documents{
		AccessPoint: bucketPolicy(t, `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`), Resource: bucketPolicy(t, everybody),
	})
	want := []authz.TraceEntry{
		{Stage1: true, Role: authz.RoleAccessPoint, Account: partner, Resource: req.AccessPoint.ARN + "/object/k"},
		{Role: authz.RoleResource, Account: owner, Resource: "arn:aws:s3:::b/k"},
	}
	if len(d.Trace.Entries) != len(want) {
		t.Fatalf("%+v", d.Trace.Entries)
	}
	for i, e := range d.Trace.Entries {
		w := want[i]
		if e.Stage1 != w.Stage1 || e.Role != w.Role || e.Account != w.Account || e.Resource != w.Resource || !e.Allows || e.Denies || e.Grants != policy.GrantDirect {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
}

// TestTraceOfForeignObject: every entry belongs to the account whose document it is.
func TestTraceOfForeignObject(t *testing.T) {
	const third = "333333333333"
	req := object(user(third, "c"), "s3:GetObject")
	req.Trace = true
	rcp := *bucketPolicy(t, `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)
	d := authz.Decide(req, &authz.Documents{
		Identity: []authz.Document{*doc(t, `{"Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`), *doc(t, allowS3)},
		RCPs:     []authz.Level{{rcp}}, ObjectOwnerRCPs: []authz.Level{{rcp}}, Resource: bucketPolicy(t, everybody),
		S3: &authz.S3{Ownership: authz.ObjectWriter, Object: &authz.Object{Owner: partner}},
	})
	want := []authz.TraceEntry{
		{Role: authz.RoleRCP, Account: owner, Allows: true, Grants: policy.GrantDirect},
		{Role: authz.RoleRCP, Account: partner, Allows: true, Grants: policy.GrantDirect},
		{Role: authz.RoleResource, Account: owner, Allows: true, Grants: policy.GrantDirect},
		{Role: authz.RoleIdentity, Account: third},
		{Role: authz.RoleIdentity, Account: third, Allows: true},
		{Role: authz.RoleACL, Account: partner},
	}
	if d.Reason != authz.NoObjectACLGrant || len(d.Trace.Entries) != len(want) {
		t.Fatalf("%s: %+v", d.Code(), d.Trace.Entries)
	}
	for i, e := range d.Trace.Entries {
		if w := want[i]; e.Role != w.Role || e.Account != w.Account || e.Allows != w.Allows || e.Grants != w.Grants || len(e.Statements) != 1 && e.Role != authz.RoleACL {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
}
