package authz_test

import (
	"slices"
	"strings"
)

var (
	// refPolicyActions are those that a bucket policy cannot deny the owner's root user (3.6).
	refPolicyActions = refSet("GetBucketPolicy PutBucketPolicy DeleteBucketPolicy")
	// refOwnAccountActions answer 405 to another account (5.1).
	refOwnAccountActions = refSet("GetBucketPolicy PutBucketPolicy DeleteBucketPolicy GetBucketPolicyStatus")
	// refBucketContext are object actions that are the bucket owner's to allow whoever owns the object (4.1, 4.3).
	refBucketContext = refSet("PutObject DeleteObject DeleteObjectVersion AbortMultipartUpload ListMultipartUploadParts")
	refACLActions    = refSet("PutObject PutObjectAcl PutObjectVersionAcl PutBucketAcl")
	refGranted       = map[string]map[string]map[string]bool{
		"bucket": {
			"READ": refSet("ListBucket ListBucketVersions ListBucketMultipartUploads"), "WRITE": refSet("PutObject"),
			"READ_ACP": refSet("GetBucketAcl"), "WRITE_ACP": refSet("PutBucketAcl"),
		},
		"object": {
			"READ": refSet("GetObject GetObjectVersion GetObjectVersionForReplication"), "READ_ACP": refSet("GetObjectAcl GetObjectVersionAcl"),
			"WRITE_ACP": refSet("PutObjectAcl PutObjectVersionAcl"),
		},
	}
)

// acl is what an ACL adds to K (4.4). on is what the ACL is on.
func (c *refCaller) acl(grants []Grant, on, action string, ignorePublic bool) (k refKinds) {
	for _, g := range grants {
		covers := false
		for permission, actions := range refGranted[on] {
			covers = covers || (g.Permission == permission || g.Permission == "FULL_CONTROL") && actions[strings.ToLower(action)]
		}
		if !covers {
			continue
		}
		switch g.Grantee {
		case "AllUsers":
			if !ignorePublic {
				k.direct = k.direct || c.kind == "anonymous"
				k.account = k.account || c.account != ""
			}
		case "AuthenticatedUsers":
			k.account = k.account || c.account != "" && !ignorePublic
		case "LogDelivery":
			k.direct = k.direct || c.arn == "logging.s3.amazonaws.com"
		default:
			k.account = k.account || g.Grantee == c.account
		}
	}
	return k
}

func (w *refWorld) bpa(setting string, lists ...[]string) bool {
	return slices.Contains(slices.Concat(lists...), setting)
}

// s3 decides on a bucket or object (stage 2 if the request comes through an access point).
func (w *refWorld) s3(c *refCaller, t *refTarget, primary bool) refAnswer {
	req, action := &w.c.Request, strings.ToLower(t.action)
	bpa := slices.Concat(t.bucket.BPA, w.account(t.account).BPA)
	if t.ap != nil {
		bpa = slices.Concat(bpa, t.ap.BPA, w.account(t.apAccount).BPA)
	}
	ignore := w.bpa("IgnorePublicAcls", bpa)
	enforced := t.bucket.Ownership == "" || t.bucket.Ownership == "BucketOwnerEnforced"
	q := refQuestion{t: t, resource: t.resource, owner: t.account, policy: t.policy, rcps: []string{t.account}}
	missing := primary && req.ObjectExists != nil && !*req.ObjectExists && t.kind == "object"
	if missing {
		t.object = nil
	}
	if o := t.object; o != nil && !enforced && o.Owner != "" && o.Owner != t.account && !refBucketContext[action] {
		q.owner, q.denyOnly, q.rcps, q.accountInKeys = o.Owner, true, []string{t.account, o.Owner}, t.account
	}
	if !enforced {
		if !q.denyOnly {
			q.acl = c.acl(t.bucket.ACL, "bucket", t.action, ignore)
		}
		if t.object != nil {
			q.acl = q.acl.or(c.acl(t.object.ACL, "object", t.action, ignore))
		}
	}
	answer := w.core(c, q)
	if !answer.allow {
		return answer
	}
	own := c.account == t.account
	if w.bpa("RestrictPublicBuckets", bpa) && refPublic(t.policy) && !own && c.kind != "service" {
		return refDeny("bpa_restrict_public_buckets")
	}
	if action == "s3:putbucketpolicy" && len(req.BodyPolicy) > 0 && w.bpa("BlockPublicPolicy", bpa) {
		if p, err := refParse(req.BodyPolicy); err == nil && refPublic(p) {
			return refDeny("bpa_block_public_policy")
		}
	}
	if refACLActions[action] {
		if why := w.requestACLRefused(enforced, w.bpa("BlockPublicAcls", bpa)); why != "" {
			return refDeny(why)
		}
	}
	if primary && req.ExpectedBucketOwner != "" && req.ExpectedBucketOwner != t.account {
		return refDeny("expected_bucket_owner_mismatch")
	}
	if t.bucket.RequesterPays && !own && (c.kind == "anonymous" || !bool(req.RequestPayer)) {
		return refDeny("requester_pays")
	}
	if refOwnAccountActions[action] && !own {
		return refDeny("method_not_allowed_non_owner_account")
	}
	if missing && !refBucketContext[action] {
		return w.missing(c, t)
	}
	return answer
}

// requestACLRefused looks at the ACL that a request brings along (4.3, 4.6).
func (w *refWorld) requestACLRefused(enforced, block bool) string {
	for name, v := range w.c.Request.Context {
		if !strings.EqualFold(name, "s3:x-amz-acl") {
			continue
		}
		public := slices.Contains([]string{"public-read", "public-read-write", "authenticated-read"}, v.List[0])
		switch {
		case block && public:
			return "bpa_block_public_acls"
		case enforced && v.List[0] != "bucket-owner-full-control":
			return "acl_not_supported"
		}
	}
	return ""
}

// missing is section 4.7: who may list the bucket learns that the key is not there.
func (w *refWorld) missing(c *refCaller, t *refTarget) refAnswer {
	list := *t
	list.kind, list.action, list.resource, list.object, list.prefix = "bucket", "s3:ListBucket", "arn:aws:s3:::"+t.name, nil, &t.key
	if list.ap != nil {
		if answer := w.stage1(c, &list); !answer.allow {
			return refDeny("not_found_hidden")
		}
	}
	if answer := w.s3(c, &list, false); !answer.allow {
		return refDeny("not_found_hidden")
	}
	return refAllow("not_found")
}

// stage1 asks about the access point (6.2, 6.4).
func (w *refWorld) stage1(c *refCaller, t *refTarget) refAnswer {
	resource := w.c.Request.Via
	if t.kind == "object" {
		resource += "/object/" + t.key
	}
	p := w.policy(t.ap.Policy)
	answer := w.core(c, refQuestion{t: t, resource: resource, owner: t.apAccount, policy: p, rcps: []string{t.apAccount}})
	if !answer.allow {
		for i, r := range answer.reasons {
			answer.reasons[i] = "access_point:" + r
		}
		return answer
	}
	bpa := slices.Concat(t.ap.BPA, w.account(t.apAccount).BPA, t.bucket.BPA, w.account(t.account).BPA)
	if w.bpa("RestrictPublicBuckets", bpa) && t.ap.VPC == "" && refPublic(p) && c.account != t.apAccount && c.kind != "service" {
		return refDeny("access_point:bpa_restrict_public_buckets")
	}
	if t.ap.VPC != "" && !slices.ContainsFunc(refContext(w.c, "aws:SourceVpc"), func(v string) bool { return v == t.ap.VPC }) {
		return refDeny("access_point_vpc_origin")
	}
	if c.kind == "anonymous" {
		return refDeny("access_point_anonymous")
	}
	return answer
}

func refContext(c *Case, key string) []string {
	for name, v := range c.Request.Context {
		if strings.EqualFold(name, key) {
			return v.List
		}
	}
	return nil
}
