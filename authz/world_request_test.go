package authz_test

import "strings"

var (
	objectActions = []string{"s3:GetObject", "s3:GetObject", "s3:GetObject", "s3:PutObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion",
		"s3:GetObjectAcl", "s3:GetObjectVersionAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:DeleteObjectVersion", "s3:GetObjectTagging",
		"s3:PutObjectTagging", "s3:DeleteObjectTagging", "s3:GetObjectAttributes", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "S3:GETOBJECT"}
	bucketActions = []string{"s3:ListBucket", "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketAcl", "s3:PutBucketAcl",
		"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicyStatus", "s3:GetBucketVersioning"}
	keyActions = []string{"kms:Decrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:RetireGrant", "kms:DescribeKey"}
)

// request asks the world something.
func (m *maker) request() Request {
	r := Request{Context: m.context()}
	signedOnly := false
	switch n := m.IntN(100); {
	case n < 72:
		m.s3(&r)
	case n < 86:
		r.Action, r.Resource = one(m, keyActions), "arn:aws:kms:us-east-1:"+one(m, accountIDs[:2])+":key/1"
		signedOnly = true
	case n < 95:
		id := one(m, accountIDs[:2])
		role := one(m, names(m.c.Accounts[id].Roles))
		r.Action = one(m, []string{"sts:AssumeRole", "sts:AssumeRole", "sts:AssumeRole", "sts:TagSession", "sts:AssumeRoleWithWebIdentity"})
		r.Resource = "arn:aws:iam::" + id + ":role" + m.c.Accounts[id].Roles[role].Path + role
		signedOnly = true
	default:
		m.other(&r)
		signedOnly = true
	}
	m.who(&r, signedOnly)
	if m.chance(10) {
		r.EndpointPolicy = m.policy("endpoint")
	}
	return r
}

func (m *maker) s3(r *Request) {
	name := one(m, []string{"b", "b", "b", "bb", "o"})
	if m.chance(75) {
		key := one(m, objectKeys)
		r.Action, r.Resource = one(m, objectActions), "arn:aws:s3:::"+name+"/"+key
		_, exists := m.c.Accounts[accountIDs[strings.Index("bo", name[:1])]].Buckets[name].Objects[key]
		r.ObjectExists = &exists
	} else {
		r.Action, r.Resource = one(m, bucketActions), "arn:aws:s3:::"+name
	}
	if m.chance(15) && name == "b" {
		r.Via = "arn:aws:s3:us-east-1:" + one(m, accountIDs[:2]) + ":accesspoint/ap"
	}
	if m.chance(6) {
		r.ExpectedBucketOwner = one(m, accountIDs)
	}
	r.RequestPayer = Flag(m.chance(50))
	if r.Action == "s3:PutBucketPolicy" && m.chance(70) {
		r.BodyPolicy = m.policy("bucket")
	}
	if m.chance(5) && r.Action == "s3:GetObject" {
		r.Also = [][2]string{{"kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/1"}}
	}
}

func (m *maker) other(r *Request) {
	id := one(m, accountIDs[:2])
	pair := one(m, [][2]string{
		{"s3:ListAllMyBuckets", "*"}, {"s3:CreateBucket", "arn:aws:s3:::new"}, {"sts:GetCallerIdentity", "*"}, {"sts:GetSessionToken", "*"},
		{"iam:GetUser", "arn:aws:iam::" + id + ":user/alice"}, {"iam:ListUsers", "*"}, {"iam:GetRole", "arn:aws:iam::" + id + ":role/app"},
		{"sts:GetFederationToken", "arn:aws:sts::" + id + ":federated-user/fred"},
		{"s3:GetAccessPointPolicy", "arn:aws:s3:us-east-1:" + id + ":accesspoint/ap"},
	})
	r.Action, r.Resource = pair[0], pair[1]
}

// who asks.
func (m *maker) who(r *Request, signedOnly bool) {
	id := one(m, []string{accountIDs[0], accountIDs[0], accountIDs[1], accountIDs[2]})
	a := m.c.Accounts[id]
	if strings.HasPrefix(r.Action, "sts:AssumeRoleWith") {
		r.Principal = one(m, providers)
		return
	}
	switch n := m.IntN(100); {
	case n < 45:
		name := one(m, names(a.Users))
		r.Principal = "arn:aws:iam::" + id + ":user" + a.Users[name].Path + name
		r.SessionToken = m.chance(3)
	case n < 68:
		r.Principal = "arn:aws:sts::" + id + ":assumed-role/" + one(m, names(a.Roles)) + "/" + one(m, sessions)
		r.SessionTags = m.tags()
		if m.chance(25) {
			r.SessionPolicy = m.policy("session")
		}
	case n < 76:
		r.Principal = "arn:aws:sts::" + id + ":federated-user/" + one(m, []string{"fred", "Fred"})
		name := one(m, names(a.Users))
		r.Issuer = "arn:aws:iam::" + id + ":user" + a.Users[name].Path + name
		if m.chance(10) {
			r.Issuer = "arn:aws:iam::" + id + ":root"
		}
		if m.chance(80) {
			r.SessionPolicy = m.policy("session")
		}
	case n < 86:
		r.Principal = "arn:aws:iam::" + id + ":root"
	case n < 92 || signedOnly:
		r.Principal = one(m, services)
		r.RequestPayer = true
	default:
		r.Principal = "anonymous"
	}
}
