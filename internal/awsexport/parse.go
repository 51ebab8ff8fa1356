package awsexport

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sallyport/sallyport/arn"
)

// File is one file: what the AWS CLI printed.
type File struct {
	Name string `json:"name"` // for messages
	// Kind is what it is, empty to tell it by its shape.
	Kind Kind `json:"kind,omitempty"`
	// Bucket is the bucket that it is of, which the CLI does not print.
	Bucket string `json:"bucket,omitempty"`
	Text   string `json:"text"`
}

// Kind is what a file holds. In directories it is the name of the file without its
// .json.
type Kind string

// Kinds of files, and the commands that print them.
const (
	DetailsFile       Kind = "account"           // iam get-account-authorization-details
	RolesFile         Kind = "roles"             // iam list-roles
	RoleFile          Kind = "role"              // iam get-role
	ManagedPolicyFile Kind = "managed-policy"    // iam get-policy
	ProfilesFile      Kind = "instance-profiles" // iam list-instance-profiles
	BucketsFile       Kind = "buckets"           // s3api list-buckets

	BucketPolicy      Kind = "policy"              // s3api get-bucket-policy
	BucketACL         Kind = "acl"                 // s3api get-bucket-acl
	BucketOwnership   Kind = "ownership"           // s3api get-bucket-ownership-controls
	PublicAccessBlock Kind = "public-access-block" // s3api or, without a bucket, s3control get-public-access-block
	BucketTags        Kind = "tagging"             // s3api get-bucket-tagging
	BucketABAC        Kind = "abac"                // s3api get-bucket-abac
	BucketVersioning  Kind = "versioning"          // s3api get-bucket-versioning
	BucketLocation    Kind = "location"            // s3api get-bucket-location
)

// ofBucket are the kinds that are of one bucket.
var ofBucket = []Kind{BucketPolicy, BucketACL, BucketOwnership, PublicAccessBlock, BucketTags, BucketABAC, BucketVersioning, BucketLocation}

// Known tells whether there are files of the kind.
func (k Kind) Known() bool {
	return slices.Contains(ofBucket, k) || slices.Contains([]Kind{DetailsFile, RolesFile, RoleFile, ManagedPolicyFile, ProfilesFile, BucketsFile}, k)
}

// OfBucket tells whether files of the kind are of a bucket, which somebody has to
// name.
func (k Kind) OfBucket() bool { return slices.Contains(ofBucket, k) }

// shapes tells kinds by a member that only they have. The first that fits counts.
var shapes = []struct {
	member string
	kind   Kind
}{
	{"UserDetailList", DetailsFile}, {"RoleDetailList", DetailsFile}, {"GroupDetailList", DetailsFile},
	{"Roles", RolesFile}, {"Role", RoleFile}, {"InstanceProfiles", ProfilesFile}, {"Buckets", BucketsFile}, {"Grants", BucketACL},
	{"OwnershipControls", BucketOwnership}, {"PublicAccessBlockConfiguration", PublicAccessBlock}, {"TagSet", BucketTags},
	{"AbacStatus", BucketABAC}, {"LocationConstraint", BucketLocation},
}

// uncarried are shapes that are recognized and cannot be carried, with the reason.
var uncarried = []struct{ member, why string }{
	{"AccessPointList", "access points are not served here yet"},
	{"AccessPointArn", "access points are not served here yet"},
	{"Organization", "the organization is this server's own"},
	{"Roots", "the organization is this server's own"},
	{"OrganizationalUnits", "the organization is this server's own"},
	{"Accounts", "the organization is this server's own"},
	{"Policies", "it is no answer of aws iam get-account-authorization-details, which tells more"},
	{"PolicySummary", "the organization's policies are this server's own"},
	{"Targets", "the organization's policies are this server's own"},
	{"AccountAliases", "an alias is set with aws iam create-account-alias"},
	{"LoginProfile", "passwords cannot be read at AWS"},
	{"AccessKeyMetadata", "the secrets of access keys cannot be read at AWS"},
	{"MFADevices", "the secrets of MFA devices cannot be read at AWS"},
	{"VirtualMFADevices", "the secrets of MFA devices cannot be read at AWS"},
	{"PasswordPolicy", "a password policy is set with aws iam update-account-password-policy"},
	{"OpenIDConnectProviderList", "providers are made with aws iam create-open-id-connect-provider"},
	{"SAMLProviderList", "providers are made with aws iam create-saml-provider"},
	{"Users", "aws iam get-account-authorization-details tells the same and more"},
	{"Groups", "aws iam get-account-authorization-details tells the same and more"},
}

type parser struct {
	reader
	out             *Export
	truncated, last int
	buckets         map[string]*Bucket
	facts           []*Role   // of aws iam list-roles and get-role
	policyFacts     []*Policy // of aws iam get-policy
}

// Parse reads the files of one account. There is no export beside problems.
func Parse(files []File) (*Export, []Problem) {
	p := &parser{out: &Export{}, buckets: map[string]*Bucket{}}
	for i := range files {
		p.parse(&files[i])
	}
	p.finish()
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	p.out.Left = p.left
	return p.out, nil
}

func (p *parser) parse(f *File) {
	p.file = f.Name
	if f.Kind != "" && !f.Kind.Known() {
		p.leave(string(f.Kind), "nothing is known of such files")
		return
	}
	if f.Bucket != "" && (len(f.Bucket) < 3 || len(f.Bucket) > 63) {
		p.wrong(f.Bucket, "is not a bucket's name")
		return
	}
	text := bytes.TrimSpace([]byte(f.Text))
	if len(text) == 0 {
		p.none(f)
		return
	}
	if !utf8.Valid(text) || !json.Valid(text) {
		p.wrong("", "is not JSON; the AWS CLI prints it with --output json")
		return
	}
	o, ok := p.object("", text)
	if !ok {
		return
	}
	kind := f.Kind
	if kind == "" {
		if kind = o.kind(); kind == "" {
			p.unknown(o)
			return
		}
	}
	if f.Bucket != "" && !kind.OfBucket() {
		p.wrong("", "is of the whole account and not of the bucket %s", f.Bucket)
		return
	}
	p.read(kind, f.Bucket, o)
}

// kind tells what a file is by its members.
func (o *object) kind() Kind {
	if text, ok := o.m["Policy"]; ok {
		if len(text) > 0 && text[0] == '{' {
			if bytes.Contains(text, []byte(`"PolicyId"`)) {
				return ManagedPolicyFile
			}
			return "" // of the organization, or unknown
		}
		return BucketPolicy
	}
	for _, s := range shapes {
		if _, ok := o.m[s.member]; ok {
			return s.kind
		}
	}
	if _, ok := o.m["Status"]; ok {
		return BucketVersioning
	}
	return ""
}

// unknown lists a file that is not read.
func (p *parser) unknown(o *object) {
	if text := o.m["Policy"]; bytes.Contains(text, []byte(`"PolicySummary"`)) {
		p.leave("Policy", "the organization's policies are this server's own")
		return
	}
	for _, u := range uncarried {
		if o.has(u.member) {
			p.leave(u.member, u.why)
			return
		}
	}
	p.leave("the whole file", "it is nothing that is known here")
}

func (p *parser) read(kind Kind, bucket string, o *object) {
	switch kind {
	case DetailsFile:
		p.details(o)
	case RolesFile:
		for _, item := range o.list("Roles") {
			p.roleFactsOnly(item)
		}
		o.ignore("IsTruncated", "Marker")
		o.end()
	case RoleFile:
		if in := o.inner("Role"); in != nil {
			p.roleFactsOnly(in)
		}
		o.end()
	case ManagedPolicyFile:
		if in := o.inner("Policy"); in != nil {
			p.policyFactsOnly(in)
		}
		o.end()
	case ProfilesFile:
		for _, item := range o.list("InstanceProfiles") {
			p.profile(item)
		}
		o.ignore("IsTruncated", "Marker")
		o.end()
	case BucketsFile:
		p.listBuckets(o)
	default:
		p.setting(kind, bucket, o)
	}
}

// roleFactsOnly reads a role of a listing that does not tell its policies.
func (p *parser) roleFactsOnly(o *object) {
	e, ok := p.entity(o, "role", "RoleName", "RoleId", arn.PrefixRole)
	if !ok {
		return
	}
	r := &Role{}
	r.Entity = e
	p.roleFacts(o, r)
	o.ignore("AssumeRolePolicyDocument", "PermissionsBoundary", "Tags") // which the details have
	p.facts = append(p.facts, r)
	o.end()
}

func (p *parser) policyFactsOnly(o *object) {
	e, ok := p.entity(o, "policy", "PolicyName", "PolicyId", arn.PrefixManagedPolicy)
	if !ok {
		return
	}
	v := &Policy{Entity: e, Description: o.optional("Description"), Tagged: true}
	v.Tags = o.tags("Tags")
	o.ignore("DefaultVersionId", "AttachmentCount", "PermissionsBoundaryUsageCount", "IsAttachable", "UpdateDate")
	p.policyFacts = append(p.policyFacts, v)
	o.end()
}

// finish puts together what several files tell.
func (p *parser) finish() {
	out := p.out
	if p.truncated > 0 && p.last < 1 {
		out.Incomplete = true
	}
	out.Users = unique(p, "user", out.Users, func(u *User) *Entity { return &u.Entity })
	out.Groups = unique(p, "group", out.Groups, func(g *Group) *Entity { return &g.Entity })
	out.Roles = unique(p, "role", out.Roles, func(r *Role) *Entity { return &r.Entity })
	out.Policies = unique(p, "policy", out.Policies, func(v *Policy) *Entity { return &v.Entity })
	out.AWSPolicies = unique(p, "AWS's policy", out.AWSPolicies, func(v *Policy) *Entity { return &v.Entity })
	out.Profiles = unique(p, "instance-profile", out.Profiles, func(f *Profile) *Entity { return &f.Entity })
	p.addFacts()
	for _, b := range p.buckets {
		out.Buckets = append(out.Buckets, b)
	}
	slices.SortFunc(out.Buckets, func(a, b *Bucket) int { return strings.Compare(a.Name, b.Name) })
}

func (p *parser) addFacts() {
	roles := map[string]*Role{}
	for _, r := range p.out.Roles {
		roles[r.ID] = r
	}
	for _, f := range p.facts {
		p.file = f.File
		r := roles[f.ID]
		if r == nil {
			p.leave("role "+f.Name, "aws iam get-account-authorization-details does not tell of it")
			continue
		}
		r.Description, r.MaxSession = cmp.Or(f.Description, r.Description), cmp.Or(f.MaxSession, r.MaxSession)
		if f.LastUsed.After(r.LastUsed) {
			r.LastUsed, r.LastRegion = f.LastUsed, f.LastRegion
		}
	}
	policies := map[string]*Policy{}
	for _, v := range append(slices.Clone(p.out.Policies), p.out.AWSPolicies...) {
		policies[v.ID] = v
	}
	for _, f := range p.policyFacts {
		p.file = f.File
		v := policies[f.ID]
		if v == nil {
			p.leave("policy "+f.Name, "aws iam get-account-authorization-details does not tell of it")
			continue
		}
		v.Tags, v.Tagged, v.Description = f.Tags, true, cmp.Or(f.Description, v.Description)
	}
}

// unique takes out what several files tell in the same words, and sorts by name.
func unique[T any](p *parser, kind string, items []*T, of func(*T) *Entity) []*T {
	slices.SortStableFunc(items, func(a, b *T) int {
		return strings.Compare(strings.ToLower(of(a).Name), strings.ToLower(of(b).Name))
	})
	ids := map[string]bool{}
	var out []*T
	for _, item := range items {
		e := of(item)
		if len(out) > 0 && strings.EqualFold(of(out[len(out)-1]).Name, e.Name) {
			first, again := *out[len(out)-1], *item
			file := e.File
			of(&first).File, of(&again).File = "", ""
			if !reflect.DeepEqual(first, again) {
				p.file = file
				p.wrong(kind+" "+e.Name, "is there twice, and differs")
			}
			continue
		}
		if ids[e.ID] {
			p.file = e.File
			p.wrong(kind+" "+e.Name, "has the unique id %s of another", e.ID)
		}
		ids[e.ID] = true
		out = append(out, item)
	}
	return out
}
