package authz_test

import (
	"slices"
	"strings"
)

// keys are the condition keys of a question: those of the request, and on top those that follow from caller and resource.
func (w *refWorld) keys(c *refCaller, t *refTarget) refKeys {
	k := refKeys{}
	k.set("aws:SecureTransport", "true")
	for name, v := range w.c.Request.Context {
		k[strings.ToLower(name)] = refValue{v.List, v.Many}
	}
	w.callerKeys(k, c)
	if _, endpoint := k.get("aws:SourceVpce"); endpoint {
		delete(k, "aws:sourceip")
	}
	if c.kind == "service" && strings.HasPrefix(strings.ToLower(t.action), "s3:") {
		for _, withheld := range []string{"aws:sourceip", "aws:securetransport", "aws:vpcsourceip", "s3:tlsversion"} {
			delete(k, withheld)
		}
	}
	if t.resource != "*" {
		k.set("aws:ResourceAccount", t.account)
	}
	if o := w.account(t.account).Org; o != nil && t.resource != "*" {
		k.set("aws:ResourceOrgID", o.ID)
		k.paths("aws:ResourceOrgPaths", o.Path)
	}
	for name, v := range t.tags {
		k.tag("aws:ResourceTag/"+name, v)
	}
	if strings.HasPrefix(strings.ToLower(t.action), "s3:") {
		k.set("s3:ResourceAccount", t.account)
	}
	if t.object != nil && refTagActions[strings.ToLower(t.action)] {
		for name, v := range t.object.Tags {
			k.tag("s3:ExistingObjectTag/"+name, v)
		}
	}
	if t.ap != nil {
		k.set("s3:DataAccessPointArn", w.c.Request.Via)
		k.set("s3:DataAccessPointAccount", t.apAccount)
		origin := "Internet"
		if t.ap.VPC != "" {
			origin = "VPC"
		}
		k.set("s3:AccessPointNetworkOrigin", origin)
	}
	if t.kind == "key" {
		k.set("kms:CallerAccount", c.account)
		k.set("kms:ViaService", t.viaService)
		pairs := t.encryption
		names := []string{}
		for name, v := range pairs {
			k.tag("kms:EncryptionContext:"+name, v)
			names = append(names, name)
		}
		slices.Sort(names)
		k["kms:encryptioncontextkeys"] = refValue{names, true}
	}
	if t.prefix != nil {
		k["s3:prefix"] = refValue{list: []string{*t.prefix}}
	}
	return k
}

func (k refKeys) tag(name, value string) { k[strings.ToLower(name)] = refValue{list: []string{value}} }

func (k refKeys) paths(name, path string) {
	if path != "" {
		k[strings.ToLower(name)] = refValue{[]string{path}, true}
	}
}

// callerKeys is the table of 1.1 and the Principal… keys of 2.6.
func (w *refWorld) callerKeys(k refKeys, c *refCaller) {
	k.set("aws:PrincipalAccount", c.account)
	if c.kind != "anonymous" && c.kind != "provider" {
		k.set("aws:PrincipalIsAWSService", map[bool]string{true: "true", false: "false"}[c.kind == "service"])
	}
	switch c.kind {
	case "anonymous":
		k.set("aws:PrincipalType", "Anonymous")
		k.set("aws:userid", "anonymous")
	case "root":
		k.set("aws:PrincipalType", "Account")
		k.set("aws:PrincipalArn", c.arn)
		k.set("aws:userid", c.account)
	case "user":
		k.set("aws:PrincipalType", "User")
		k.set("aws:PrincipalArn", c.arn)
		k.set("aws:userid", c.id)
		k.set("aws:username", c.name)
	case "session":
		k.set("aws:PrincipalType", "AssumedRole")
		k.set("aws:PrincipalArn", c.roleARN)
		k.set("aws:userid", c.id+":"+c.name)
	case "federated":
		k.set("aws:PrincipalType", "FederatedUser")
		k.set("aws:PrincipalArn", c.arn)
		k.set("aws:userid", c.account+":"+c.name)
	case "service":
		k.set("aws:PrincipalServiceName", c.arn)
	case "provider":
		k.set("aws:FederatedProvider", c.arn)
	}
	for name, v := range c.tags {
		k.tag("aws:PrincipalTag/"+name, v)
	}
	if o := w.account(c.account).Org; o != nil {
		k.set("aws:PrincipalOrgID", o.ID)
		k.paths("aws:PrincipalOrgPaths", o.Path)
	}
}

// refTagActions see s3:ExistingObjectTag (5.2): object reads, tagging, ACL.
var refTagActions = refSet("GetObject GetObjectVersion GetObjectAttributes GetObjectVersionAttributes GetObjectAcl " +
	"GetObjectVersionAcl PutObjectAcl PutObjectVersionAcl GetObjectTagging GetObjectVersionTagging PutObjectTagging " +
	"PutObjectVersionTagging DeleteObjectTagging DeleteObjectVersionTagging")

func refSet(names string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		out["s3:"+strings.ToLower(name)] = true
	}
	return out
}

// refTarget is what is asked for.
type refTarget struct {
	kind, action, resource string // kind: bucket, object, key, role, other
	account                string // the owner; of a bucket's objects the bucket's owner
	tags                   map[string]string
	policy                 *refPolicy
	name, key              string // of bucket and object
	bucket                 *Bucket
	object                 *Object // nil: there is none
	kmsKey                 *Key
	encryption             map[string]string
	viaService             string
	ap                     *AccessPoint
	apAccount, apName      string
	prefix                 *string // of the ListBucket question behind a 404
}

func (w *refWorld) target(action, resource string, c *refCaller) *refTarget {
	t := &refTarget{kind: "other", action: action, resource: resource, account: c.account}
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) != 6 {
		return t
	}
	service, _, _ := strings.Cut(strings.ToLower(action), ":")
	switch {
	case parts[2] == "s3" && parts[4] == "":
		t.name, t.key, _ = strings.Cut(parts[5], "/")
		for id, a := range w.c.Accounts {
			if b := a.Buckets[t.name]; b != nil {
				t.kind, t.account, t.bucket, t.policy = "bucket", id, b, w.policy(b.Policy)
				if strings.Contains(parts[5], "/") {
					t.kind, t.object = "object", b.Objects[t.key]
				}
			}
		}
		if via := strings.SplitN(w.c.Request.Via, ":", 6); len(via) == 6 && t.bucket != nil {
			t.apAccount, t.apName = via[4], strings.TrimPrefix(via[5], "accesspoint/")
			if t.ap = w.account(t.apAccount).AccessPoints[t.apName]; t.ap == nil {
				t.ap = new(AccessPoint)
			}
		}
	case service == "kms":
		t.kind, t.account, t.encryption = "key", parts[4], map[string]string{}
		if t.kmsKey = w.account(t.account).Keys[resource]; t.kmsKey != nil {
			t.policy = w.policy(t.kmsKey.Policy)
		}
		for name, v := range w.c.Request.Context {
			if pair, ok := strings.CutPrefix(name, "kms:EncryptionContext:"); ok {
				t.encryption[pair] = v.List[0]
			}
		}
		if strings.HasPrefix(w.c.Request.Action, "s3:") {
			t.encryption["aws:s3:arn"] = w.c.Request.Resource
			t.viaService = "s3." + parts[3] + ".amazonaws.com"
		}
	case service == "sts" && strings.HasPrefix(parts[5], "role/"):
		t.kind, t.account = "role", parts[4]
		words := strings.Split(parts[5], "/")
		if role := w.account(t.account).Roles[words[len(words)-1]]; role != nil {
			t.tags, t.policy = role.Tags, w.policy(role.Trust)
		}
	default:
		t.account = parts[4]
	}
	return t
}
