package importing

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// verbs are the words of IAM's actions on one kind of holder.
type verbs struct{ kind, noun string }

var (
	ofUser  = verbs{kindUser, "User"}
	ofGroup = verbs{kindGroup, "Group"}
	ofRole  = verbs{kindRole, "Role"}
)

// draft is a user, group or role while it is compared.
type draft struct {
	p     *plan
	v     verbs
	arn   string
	had   *directory.Holder // nil for one that is to be made
	what  []string
	asks  []ask
	saved directory.Holder // as it is to be
}

// ask adds a permission on the entity. A new one is judged with the tags and the
// boundary that it is made with, as it would be by one operation after the other.
func (d *draft) ask(action string) ask {
	h := d.had
	if h == nil {
		h = &d.saved
	}
	return on(action, d.arn, d.v.kind+" "+h.Name, d.p.account, h.Tags)
}

// boundary is the boundary that counts for a change of policies.
func (d *draft) boundary() string {
	if d.had == nil {
		return d.saved.Boundary
	}
	return d.had.Boundary
}

func (d *draft) need(a ask) { d.asks = append(d.asks, a) }

// holder compares what users, groups and roles have in common.
func (p *plan) holder(v verbs, in *awsexport.Holder, had *directory.Holder) *draft {
	d := &draft{p: p, v: v, arn: in.ARN, had: had}
	d.saved.Entity = directory.Entity{
		ID: in.ID, Account: p.account, Name: in.Name, Path: in.Path, Created: in.Created, Tags: wantTags(in.Tags),
	}
	d.saved.Boundary = in.Boundary
	if had != nil {
		d.entity(&had.Entity)
	} else {
		d.create(in)
	}
	d.inline(in)
	d.attached(in)
	d.bounded(in)
	return d
}

// create asks for the making of the entity.
func (d *draft) create(in *awsexport.Holder) {
	action := "iam:Create" + d.v.noun
	if strings.HasPrefix(in.Path, directory.ServiceRolePath) && d.v == ofRole {
		action = "iam:CreateServiceLinkedRole"
	}
	a := d.making(action)
	if service := linkedService(in.Path); service != "" && d.v == ofRole {
		a = a.with("iam:AWSServiceName", service)
	}
	d.need(a)
	if len(d.saved.Tags) > 0 {
		d.need(d.making("iam:Tag" + d.v.noun))
	}
}

// making is a permission on what is made: it has no tags before.
func (d *draft) making(action string) ask {
	a := d.ask(action).bound(d.saved.Boundary).tagging(d.saved.Tags)
	a.target.Resource.Display, a.target.Resource.Tags = "", nil
	return a
}

// entity compares name, path, date and tags.
func (d *draft) entity(had *directory.Entity) {
	if had.Name != d.saved.Name || had.Path != d.saved.Path {
		d.what = append(d.what, "name and path, from "+had.Path+had.Name)
		d.moved(had)
	}
	if d.saved.Created.IsZero() || had.Created.Equal(d.saved.Created) {
		d.saved.Created = had.Created
	} else if same := had.Created.Unix() == d.saved.Created.Unix(); same {
		d.saved.Created = had.Created // which listings show in whole seconds
	} else { // which AWS changes by making it anew
		d.what = append(d.what, "date")
		d.need(d.ask("iam:Create" + d.v.noun))
	}
	d.tags(had.Tags, d.saved.Tags)
}

// moved asks for another name or path, on what was and on what is to be. What AWS
// cannot move it has to delete and make anew.
func (d *draft) moved(had *directory.Entity) {
	leave, come := "iam:Delete"+d.v.noun, "iam:Create"+d.v.noun
	if d.v.kind == kindUser || d.v.kind == kindGroup {
		leave, come = "iam:Update"+d.v.noun, "iam:Update"+d.v.noun
	}
	old := "arn:aws:iam::" + d.p.account + ":" + d.v.kind + had.Path + had.Name
	d.need(on(leave, old, d.v.kind+" "+had.Name, d.p.account, had.Tags))
	d.need(d.ask(come).bound(d.saved.Boundary))
}

func (d *draft) tags(had, want []directory.Tag) {
	if slices.Equal(had, want) {
		return
	}
	d.what = append(d.what, "tags")
	if changed := slices.DeleteFunc(slices.Clone(want), func(t directory.Tag) bool { return slices.Contains(had, t) }); len(changed) > 0 {
		d.need(d.ask("iam:Tag" + d.v.noun).tagging(changed))
	}
	var gone []string
	for _, t := range had {
		if !slices.ContainsFunc(want, func(w directory.Tag) bool { return w.Key == t.Key }) {
			gone = append(gone, t.Key)
		}
	}
	if len(gone) > 0 {
		d.need(d.ask("iam:Untag" + d.v.noun).untagging(gone))
	}
}

func (d *draft) inline(in *awsexport.Holder) {
	var had []directory.InlinePolicy
	if d.had != nil {
		had = d.had.Inline
	}
	for _, doc := range in.Inline {
		d.p.checkIdentity(&in.Entity, "inline policy "+doc.Name, doc.Text)
		at := slices.IndexFunc(had, func(h directory.InlinePolicy) bool { return h.Name == doc.Name })
		if at >= 0 && sameDocument(had[at].Document, doc.Text) {
			d.saved.Inline = append(d.saved.Inline, had[at])
			continue
		}
		d.saved.Inline = append(d.saved.Inline, directory.InlinePolicy{Name: doc.Name, Document: doc.Text})
		d.what = append(d.what, "inline policy "+doc.Name)
		d.need(d.ask("iam:Put" + d.v.noun + "Policy").bound(d.boundary()))
	}
	slices.SortFunc(d.saved.Inline, func(a, b directory.InlinePolicy) int { return strings.Compare(a.Name, b.Name) })
	for _, h := range had {
		if !slices.ContainsFunc(in.Inline, func(doc awsexport.Document) bool { return doc.Name == h.Name }) {
			d.what = append(d.what, "inline policy "+h.Name+" goes")
			d.need(d.ask("iam:Delete" + d.v.noun + "Policy").bound(d.boundary()))
		}
	}
}

func (d *draft) attached(in *awsexport.Holder) {
	var had []string
	if d.had != nil {
		had = d.had.Attached
	}
	for _, policyARN := range had { // in the order in which they are here
		if slices.Contains(in.Attached, policyARN) {
			d.saved.Attached = append(d.saved.Attached, policyARN)
			continue
		}
		d.what = append(d.what, policyARN+" goes")
		d.need(d.ask("iam:Detach"+d.v.noun+"Policy").with("iam:PolicyARN", policyARN).bound(d.boundary()))
	}
	for _, policyARN := range in.Attached {
		if slices.Contains(had, policyARN) {
			continue
		}
		if !d.p.hasPolicy(policyARN) {
			d.p.wrong(&in.Entity, "the policy %s, attached to it, is neither in the files nor here", policyARN)
		}
		d.saved.Attached = append(d.saved.Attached, policyARN)
		d.what = append(d.what, policyARN)
		d.need(d.ask("iam:Attach"+d.v.noun+"Policy").with("iam:PolicyARN", policyARN).bound(d.boundary()))
	}
}

func (d *draft) bounded(in *awsexport.Holder) {
	if in.Boundary != "" && !d.p.hasPolicy(in.Boundary) {
		d.p.wrong(&in.Entity, "the policy %s, its permissions boundary, is neither in the files nor here", in.Boundary)
	}
	if d.had == nil || d.had.Boundary == in.Boundary {
		return
	}
	d.what = append(d.what, "permissions boundary")
	if in.Boundary == "" {
		d.need(d.ask("iam:Delete" + d.v.noun + "PermissionsBoundary").bound(d.had.Boundary))
	} else {
		d.need(d.ask("iam:Put" + d.v.noun + "PermissionsBoundary").bound(in.Boundary))
	}
}

// hasPolicy tells whether there will be a managed policy of the ARN that the
// account can use.
func (p *plan) hasPolicy(policyARN string) bool {
	for _, list := range [][]*awsexport.Policy{p.export.Policies, p.export.AWSPolicies} {
		if at, ok := slices.BinarySearchFunc(list, policyARN, func(v *awsexport.Policy, want string) int {
			return strings.Compare(policyKey(v.ARN), policyKey(want))
		}); ok && list[at].ARN == policyARN {
			return true
		}
	}
	return p.usable(policyARN) && p.dir.ManagedPolicyExists(p.account, policyARN)
}

// usable tells whether a policy of the ARN is the account's or AWS's.
func (p *plan) usable(policyARN string) bool {
	return strings.HasPrefix(policyARN, "arn:aws:iam::"+p.account+":policy/") ||
		strings.HasPrefix(policyARN, "arn:aws:iam::"+directory.AWSAccount+":policy/")
}

// policyKey orders ARNs of policies as an export has them: by their names.
func policyKey(policyARN string) string {
	return strings.ToLower(policyARN[strings.LastIndexByte(policyARN, '/')+1:])
}

// removal asks for the removal of an entity with all that it has.
func (p *plan) removal(v verbs, h *directory.Holder, entityARN string) *draft {
	d := &draft{p: p, v: v, arn: entityARN, had: h}
	for range h.Inline {
		d.need(d.ask("iam:Delete" + v.noun + "Policy").bound(h.Boundary))
	}
	for _, policyARN := range h.Attached {
		d.need(d.ask("iam:Detach"+v.noun+"Policy").with("iam:PolicyARN", policyARN).bound(h.Boundary))
	}
	d.need(d.ask("iam:Delete" + v.noun))
	return d
}

// sameDocument tells whether two policies are the same JSON, whatever the white
// space and the order of members.
func sameDocument(a, b string) bool {
	if a == b || string(policy.Compact([]byte(a))) == string(policy.Compact([]byte(b))) {
		return true
	}
	var one, other any
	return json.Unmarshal([]byte(a), &one) == nil && json.Unmarshal([]byte(b), &other) == nil && reflect.DeepEqual(one, other)
}
