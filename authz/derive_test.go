package authz_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// derived is everything that Derive says, as text; lists in brackets.
func derived(req *authz.Request, docs *authz.Documents) map[string]string {
	v := new(policy.Values)
	authz.Derive(req, docs, v)
	out := map[string]string{}
	for name, values := range v.All {
		out[name] = strings.Join(values, ",")
	}
	return out
}

// TestDerive: each kind of caller and resource with all the condition keys that follow from it, and no other.
func TestDerive(t *testing.T) {
	org := authz.Org{ID: "o-1", Paths: []string{"o-1/r-1/"}}
	tags := policy.MakeTags(map[string]string{"team": "red"})
	alice := user(owner, "alice")
	alice.UserID, alice.Org, alice.Tags, alice.SourceIdentity = "AIDAALICE", org, tags, "someone"
	session := &authz.Principal{Caller: policy.Caller{Kind: policy.CallerSession, Account: owner, ARN: "arn:aws:sts::111111111111:assumed-role/r/s",
		PrincipalARN: "arn:aws:iam::111111111111:role/r", UserID: "AROAR:s", UserName: "nobody's"},
		TokenIssued: time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC), FederatedProvider: "accounts.example.com"}
	provider := &authz.Principal{Caller: policy.Caller{Kind: policy.CallerProvider, ARN: "p"}, FederatedProvider: "p"}
	user := map[string]string{"aws:PrincipalType": "User", "aws:PrincipalAccount": owner, "aws:PrincipalArn": alice.ARN, "aws:userid": "AIDAALICE",
		"aws:username": "alice", "aws:PrincipalIsAWSService": "false", "aws:PrincipalOrgID": "o-1", "aws:PrincipalOrgPaths": "o-1/r-1/",
		"aws:SourceIdentity": "someone", "aws:principaltag/team": "red"}
	anonymous := map[string]string{"aws:PrincipalType": "Anonymous", "aws:userid": "anonymous"}
	bucket := authz.Resource{Kind: authz.ResourceBucket, ARN: "arn:aws:s3:::b", Account: owner, Org: org, Tags: tags}
	inBucket := map[string]string{"aws:ResourceAccount": owner, "aws:ResourceOrgID": "o-1", "aws:ResourceOrgPaths": "o-1/r-1/", "aws:resourcetag/team": "red"}
	s3Account := map[string]string{"s3:ResourceAccount": owner}
	onS3 := []map[string]string{anonymous, inBucket, s3Account}
	object := bucket
	object.Kind, object.ARN = authz.ResourceObject, "arn:aws:s3:::b/k"
	tagged := authz.Documents{S3: &authz.S3{Object: &authz.Object{Tags: tags}}}
	objectTag := map[string]string{"s3:existingobjecttag/team": "red"}
	key := authz.Resource{Kind: authz.ResourceKey, ARN: "arn:aws:kms:r:1:key/k", Account: owner}
	context := &authz.EncryptionContext{Pairs: policy.MakeTags(map[string]string{"a": "b"}), Keys: []string{"a"}}
	point := &authz.AccessPoint{ARN: "arn:aws:s3:r:222222222222:accesspoint/x", Account: partner}
	inVPC := *point
	inVPC.VPC = "vpc-1"
	pointKeys := map[string]string{"s3:DataAccessPointArn": point.ARN, "s3:DataAccessPointAccount": partner}
	for name, c := range map[string]struct {
		req  authz.Request
		docs authz.Documents
		want []map[string]string
	}{
		"user": {authz.Request{Principal: alice, Action: policy.MakeAction("iam:GetUser")}, authz.Documents{}, []map[string]string{user}},
		"public image": {authz.Request{Principal: alice, Action: policy.MakeAction("ec2:RunInstances"),
			Resource: authz.Resource{ARN: "arn:aws:ec2:r::image/ami-1", Account: owner, Org: org, PublicOf: partner}}, authz.Documents{},
			[]map[string]string{user, {"aws:ResourceAccount": partner}}},
		"anonymous, no resource": {authz.Request{Action: policy.MakeAction("iam:GetUser")}, authz.Documents{}, []map[string]string{anonymous}},
		"session": {authz.Request{Principal: session, Action: policy.MakeAction("iam:GetUser")}, authz.Documents{}, []map[string]string{{
			"aws:PrincipalType": "AssumedRole", "aws:PrincipalAccount": owner, "aws:PrincipalArn": session.PrincipalARN, "aws:userid": "AROAR:s",
			"aws:PrincipalIsAWSService": "false", "aws:TokenIssueTime": "2026-04-01T12:00:00Z", "aws:FederatedProvider": "accounts.example.com"}}},
		"service":           {authz.Request{Principal: service("x.amazonaws.com"), Action: policy.MakeAction("iam:GetUser")}, authz.Documents{}, []map[string]string{{"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "x.amazonaws.com"}}},
		"provider":          {authz.Request{Principal: provider, Action: policy.MakeAction("sts:AssumeRoleWithSAML")}, authz.Documents{}, []map[string]string{{"aws:FederatedProvider": "p"}}},
		"bucket":            {authz.Request{Action: policy.MakeAction("s3:ListBucket"), Resource: bucket}, authz.Documents{}, onS3},
		"object, reading":   {authz.Request{Action: policy.MakeAction("s3:GetObject"), Resource: object}, tagged, append(slices.Clone(onS3), objectTag)},
		"object, writing":   {authz.Request{Action: policy.MakeAction("s3:PutObject"), Resource: object}, tagged, onS3},
		"object, unknown":   {authz.Request{Action: policy.MakeAction("s3:GetObject"), Resource: object}, authz.Documents{S3: &authz.S3{}}, onS3},
		"all buckets":       {authz.Request{Action: policy.MakeAction("s3:ListAllMyBuckets"), Resource: authz.Resource{ARN: "*", Account: owner, Org: org}}, authz.Documents{}, []map[string]string{anonymous, s3Account}},
		"key":               {authz.Request{Principal: alice, Action: policy.MakeAction("kms:Decrypt"), Resource: key, Encryption: context}, authz.Documents{}, []map[string]string{user, {"aws:ResourceAccount": owner, "kms:CallerAccount": owner, "kms:encryptioncontext:a": "b", "kms:EncryptionContextKeys": "a"}}},
		"key, no context":   {authz.Request{Principal: alice, Action: policy.MakeAction("kms:Decrypt"), Resource: key}, authz.Documents{}, []map[string]string{user, {"aws:ResourceAccount": owner, "kms:CallerAccount": owner}}},
		"access point":      {authz.Request{Action: policy.MakeAction("s3:ListBucket"), Resource: bucket, AccessPoint: point}, authz.Documents{}, append(slices.Clone(onS3), pointKeys, map[string]string{"s3:AccessPointNetworkOrigin": "Internet"})},
		"access point, VPC": {authz.Request{Action: policy.MakeAction("s3:ListBucket"), Resource: bucket, AccessPoint: &inVPC}, authz.Documents{}, append(slices.Clone(onS3), pointKeys, map[string]string{"s3:AccessPointNetworkOrigin": "VPC"})},
	} {
		want := map[string]string{}
		for _, m := range c.want {
			maps.Copy(want, m)
		}
		if got := derived(&c.req, &c.docs); !maps.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, want)
		}
	}
}

// TestWithheld: what the request may say and policies must not see.
func TestWithheld(t *testing.T) {
	all := []string{"aws:SourceIp", "aws:SecureTransport", "aws:VpcSourceIp", "s3:TlsVersion"}
	for name, c := range map[string]struct {
		p      *authz.Principal
		action string
		vpce   bool
		want   []string // that policies see
	}{
		"user":                 {user(owner, "a"), "s3:GetObject", false, all},
		"user by VPC endpoint": {user(owner, "a"), "s3:GetObject", true, all[1:]},
		"service to S3":        {service("x.amazonaws.com"), "s3:GetObject", false, nil},
		"service to KMS":       {service("x.amazonaws.com"), "kms:Decrypt", false, all},
	} {
		req := object(c.p, c.action)
		for _, k := range all {
			req.Context.SetNamed(k, "1")
		}
		if c.vpce {
			req.Context.Set(policy.KeySourceVpce, "vpce-1")
		}
		v := new(policy.Values)
		authz.Derive(req, &authz.Documents{}, v)
		q := policy.MakeQuery(req.Action, req.Resource.ARN, nil)
		q.Derived, q.Request = v, req.Context
		var got []string
		for _, k := range all {
			if _, ok := q.Lookup(k); ok {
				got = append(got, k)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: policies see %v, want %v", name, got, c.want)
		}
	}
}
