package awsexport

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/arn"
)

// awsAccount stands where an account id would in the ARNs of AWS's policies.
const awsAccount = "aws"

func decodeDocument(s string) string {
	if strings.HasPrefix(strings.TrimSpace(s), "{") {
		return s
	}
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// details reads what aws iam get-account-authorization-details prints, or a page
// of it.
func (p *parser) details(o *object) {
	p.out.Details = true
	p.pages(o)
	for _, item := range o.list("UserDetailList") {
		p.user(item)
	}
	for _, item := range o.list("GroupDetailList") {
		p.group(item)
	}
	for _, item := range o.list("RoleDetailList") {
		p.role(item)
	}
	for _, item := range o.list("Policies") {
		p.policy(item)
	}
	o.end()
}

// pages counts the pages that say that others follow, and those that are last.
func (p *parser) pages(o *object) {
	if o.flag("IsTruncated") {
		p.truncated++
	} else {
		p.last++
	}
	if o.text("NextToken") != "" {
		p.out.Incomplete = true
	}
	o.ignore("Marker")
}

// entity reads what all have in common and checks that it is of one account.
func (p *parser) entity(o *object, kind, name, id string, prefix arn.Prefix) (Entity, bool) {
	e := Entity{Name: o.text(name), ID: o.text(id), Path: o.text("Path"), ARN: o.text("Arn"), Created: o.when("CreateDate"), File: p.file}
	label := kind + " " + cmp.Or(e.Name, o.what)
	o.what = label
	if e.Name == "" {
		p.wrong(label, "has no %s", name)
		return e, false
	}
	a, err := arn.Parse(e.ARN)
	if err != nil || a.Partition != arn.PartitionAWS || a.Service != "iam" || a.Region != "" {
		p.wrong(label, "%q is not its ARN", e.ARN)
		return e, false
	}
	if e.Path == "" {
		e.Path = "/"
	}
	if a.Resource != kind+e.Path+e.Name || !plainPath(e.Path) || !plainName(e.Name) {
		p.wrong(label, "the ARN %s is not that of %s%s", e.ARN, e.Path, e.Name)
		return e, false
	}
	if !arn.IsUniqueID(prefix, e.ID) {
		p.wrong(label, "%q is not the unique id of a %s, which begins with %s", e.ID, kind, prefix)
		return e, false
	}
	if a.Account == awsAccount {
		return e, kind == "policy" || p.wrongf(label, "is AWS's")
	}
	if !arn.ValidAccountID(a.Account) {
		return e, p.wrongf(label, "%q is no account", a.Account)
	}
	return e, p.of(label, a.Account)
}

func (r *reader) wrongf(what, format string, args ...any) bool {
	r.wrong(what, format, args...)
	return false
}

// of notes the account that the files are of.
func (p *parser) of(label, account string) bool {
	if p.out.Account == "" {
		p.out.Account = account
	}
	if p.out.Account != account {
		return p.wrongf(label, "is of account %s, and what came before it of account %s", account, p.out.Account)
	}
	return true
}

// Names and paths as IAM has them.
func plainName(s string) bool {
	return s != "" && len(s) <= 128 && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("+=,.@_-", r))
	}) < 0
}

func plainPath(s string) bool {
	return s == "/" || len(s) <= 512 && s[0] == '/' && s[len(s)-1] == '/' &&
		strings.IndexFunc(s, func(r rune) bool { return r < '!' || r > '~' || r == '*' || r == '?' }) < 0
}

func (p *parser) holder(o *object, e Entity, inline string) Holder {
	h := Holder{Entity: e}
	for _, item := range o.few(inline) {
		name := item.text("PolicyName")
		item.what = o.what + ": policy " + name
		if name == "" || slices.ContainsFunc(h.Inline, func(d Document) bool { return d.Name == name }) {
			p.wrong(item.what, "has no name of its own")
		}
		h.Inline = append(h.Inline, Document{name, item.document("PolicyDocument")})
		item.end()
	}
	for _, item := range o.few("AttachedManagedPolicies") {
		policyARN := item.text("PolicyArn")
		item.ignore("PolicyName")
		if !slices.Contains(h.Attached, policyARN) {
			h.Attached = append(h.Attached, policyARN)
		}
		item.end()
	}
	if b := o.inner("PermissionsBoundary"); b != nil {
		h.Boundary = b.text("PermissionsBoundaryArn")
		b.ignore("PermissionsBoundaryType")
		b.end()
	}
	h.Tags = o.tags("Tags")
	return h
}

func (o *object) tags(name string) []Tag {
	var tags []Tag
	for _, item := range o.few(name) {
		t := Tag{item.text("Key"), item.text("Value")}
		if t.Key == "" || len(t.Key) > 512 || len(t.Value) > 1024 || slices.ContainsFunc(tags, func(other Tag) bool { return other.Key == t.Key }) {
			o.r.wrong(o.what, "the tag %q is none, or is there twice", t.Key)
		}
		tags = append(tags, t)
		item.end()
	}
	slices.SortFunc(tags, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	return tags
}

func (p *parser) user(o *object) {
	e, ok := p.entity(o, "user", "UserName", "UserId", arn.PrefixUser)
	if !ok {
		return
	}
	u := &User{Holder: p.holder(o, e, "UserPolicyList"), Groups: bounded(o, "GroupList", o.texts("GroupList"))}
	p.out.Users = append(p.out.Users, u)
	o.end()
}

func (p *parser) group(o *object) {
	e, ok := p.entity(o, "group", "GroupName", "GroupId", arn.PrefixGroup)
	if !ok {
		return
	}
	g := &Group{p.holder(o, e, "GroupPolicyList")}
	if g.Boundary != "" {
		p.wrong(o.what, "a group has no permissions boundary")
	}
	p.out.Groups = append(p.out.Groups, g)
	o.end()
}

func (p *parser) role(o *object) {
	e, ok := p.entity(o, "role", "RoleName", "RoleId", arn.PrefixRole)
	if !ok {
		return
	}
	r := &Role{Trust: o.document("AssumeRolePolicyDocument")}
	r.Holder = p.holder(o, e, "RolePolicyList")
	p.roleFacts(o, r)
	for _, item := range o.list("InstanceProfileList") {
		p.profile(item)
	}
	p.out.Roles = append(p.out.Roles, r)
	o.end()
}

// roleFacts reads what listings of roles tell of one beside its policies.
func (p *parser) roleFacts(o *object, r *Role) {
	r.Description = o.optional("Description")
	if r.MaxSession = o.number("MaxSessionDuration"); r.MaxSession != nil && (*r.MaxSession < 3600 || *r.MaxSession > 43200) {
		p.wrong(o.what, "MaxSessionDuration is not from 3600 to 43200")
	}
	if use := o.inner("RoleLastUsed"); use != nil {
		r.LastUsed, r.LastRegion = use.when("LastUsedDate"), use.text("Region")
		use.end()
	}
}

func (p *parser) profile(o *object) {
	e, ok := p.entity(o, "instance-profile", "InstanceProfileName", "InstanceProfileId", arn.PrefixInstanceProfile)
	if !ok {
		return
	}
	f := &Profile{Entity: e}
	f.Tags = o.tags("Tags")
	for _, item := range o.list("Roles") {
		f.Role = item.text("RoleName") // the rest stands in the role itself
	}
	p.out.Profiles = append(p.out.Profiles, f)
	o.end()
}

func (p *parser) policy(o *object) {
	e, ok := p.entity(o, "policy", "PolicyName", "PolicyId", arn.PrefixManagedPolicy)
	if !ok {
		return
	}
	v := &Policy{Entity: e, Description: o.optional("Description"), Updated: o.when("UpdateDate"), Default: o.text("DefaultVersionId")}
	if v.Tagged = o.has("Tags"); v.Tagged {
		v.Tags = o.tags("Tags")
	}
	o.ignore("AttachmentCount", "PermissionsBoundaryUsageCount", "IsAttachable") // which follow
	for _, item := range o.few("PolicyVersionList") {
		p.version(o, item, v)
	}
	if !slices.ContainsFunc(v.Versions, func(w Version) bool { return w.ID == v.Default }) {
		p.wrong(o.what, "has no version %q, which should be in force", v.Default)
	}
	slices.SortFunc(v.Versions, func(a, b Version) int { return cmp.Compare(VersionNumber(a.ID), VersionNumber(b.ID)) })
	if strings.HasPrefix(e.ARN, "arn:aws:iam::"+awsAccount+":") {
		p.out.AWSPolicies = append(p.out.AWSPolicies, v)
	} else {
		p.out.Policies = append(p.out.Policies, v)
	}
	o.end()
}

func (p *parser) version(of, o *object, v *Policy) {
	w := Version{ID: o.text("VersionId"), Created: o.when("CreateDate")}
	o.what = of.what + ": version " + w.ID
	w.Text = o.document("Document")
	if VersionNumber(w.ID) == 0 || slices.ContainsFunc(v.Versions, func(other Version) bool { return other.ID == w.ID }) {
		p.wrong(o.what, "is no version, or is there twice")
	}
	if isDefault := o.flag("IsDefaultVersion"); isDefault != (w.ID == v.Default) {
		p.wrong(o.what, "the policy and the version disagree on what is in force")
	}
	v.Versions = append(v.Versions, w)
	o.end()
}

// VersionNumber is the number in v1, v2 …; 0 for what is no version.
func VersionNumber(id string) int {
	digits, ok := strings.CutPrefix(id, "v")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || n > 1<<30 || strconv.Itoa(n) != digits {
		return 0
	}
	return n
}
