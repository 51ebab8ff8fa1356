package iam

import (
	"fmt"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

// tagged are the tag operations of one kind of entity.
type tagged struct {
	kind    string
	missing string // who is missing where the name is "none"
	tag     func(name string, tags ...api.Tag) error
	untag   func(name string, keys ...string) error
	list    func(name string, marker *string, n *int32) ([]api.Tag, *string, error)
}

func (w *world) tagged() []tagged {
	w.user("x")
	w.role("x")
	w.policy("x")
	ctx := w.ctx
	arn := func(name string) *string { return new("arn:aws:iam::111111111111:policy/" + name) }
	return []tagged{{
		kind: "User", missing: "The user with name none cannot be found.",
		tag: func(n string, tags ...api.Tag) error {
			return second(w.TagUser(ctx, &api.TagUserInput{UserName: &n, Tags: tags}))
		},
		untag: func(n string, keys ...string) error {
			return second(w.UntagUser(ctx, &api.UntagUserInput{UserName: &n, TagKeys: keys}))
		},
		list: func(n string, m *string, i *int32) ([]api.Tag, *string, error) {
			out, err := w.ListUserTags(ctx, &api.ListUserTagsInput{UserName: &n, Marker: m, MaxItems: i})
			return out.Tags, out.Marker, err
		},
	}, {
		kind: "Role", missing: "The role with name none cannot be found.",
		tag: func(n string, tags ...api.Tag) error {
			return second(w.TagRole(ctx, &api.TagRoleInput{RoleName: &n, Tags: tags}))
		},
		untag: func(n string, keys ...string) error {
			return second(w.UntagRole(ctx, &api.UntagRoleInput{RoleName: &n, TagKeys: keys}))
		},
		list: func(n string, m *string, i *int32) ([]api.Tag, *string, error) {
			out, err := w.ListRoleTags(ctx, &api.ListRoleTagsInput{RoleName: &n, Marker: m, MaxItems: i})
			return out.Tags, out.Marker, err
		},
	}, {
		kind: "Policy", missing: "Policy " + *arn("none") + " was not found.",
		tag: func(n string, tags ...api.Tag) error {
			return second(w.TagPolicy(ctx, &api.TagPolicyInput{PolicyArn: arn(n), Tags: tags}))
		},
		untag: func(n string, keys ...string) error {
			return second(w.UntagPolicy(ctx, &api.UntagPolicyInput{PolicyArn: arn(n), TagKeys: keys}))
		},
		list: func(n string, m *string, i *int32) ([]api.Tag, *string, error) {
			out, err := w.ListPolicyTags(ctx, &api.ListPolicyTagsInput{PolicyArn: arn(n), Marker: m, MaxItems: i})
			return out.Tags, out.Marker, err
		},
	}}
}

func tag(key, value string) api.Tag { return api.Tag{Key: &key, Value: &value} }

func TestTags(t *testing.T) {
	w := newWorld(t)
	for _, e := range w.tagged() {
		show := func() string {
			tags, _, err := e.list("x", nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, tag := range tags {
				fmt.Fprintf(&b, "%s=%s ", *tag.Key, *tag.Value)
			}
			return strings.TrimSpace(b.String())
		}
		refused(t, e.tag("none", tag("k", "v")), 404, "NoSuchEntity", e.missing)
		refused(t, e.untag("none", "k"), 404, "NoSuchEntity", e.missing)
		_, _, err := e.list("none", nil, nil)
		refused(t, err, 404, "NoSuchEntity", e.missing)

		if err := e.tag("x", tag("b", "1"), tag("a", "2")); err != nil {
			t.Fatal(err)
		}
		if err := e.tag("x", tag("a", ""), tag("c", "3")); err != nil {
			t.Fatal(err)
		}
		same(t, e.kind, show(), "a= b=1 c=3")
		page, marker, _ := e.list("x", nil, new(int32(2)))
		rest, end, _ := e.list("x", marker, nil)
		same(t, "pages", fmt.Sprint(len(page), len(rest), end == nil), "2 1 true")
		if err := e.untag("x", "b", "never there"); err != nil {
			t.Error(err)
		}
		same(t, e.kind, show(), "a= c=3")

		err = e.tag("x", tag("A", "upper"))
		if err != nil {
			t.Fatal(err)
		}
		if e.kind == "Policy" {
			same(t, "with case", show(), "A=upper a= c=3")
			refused(t, e.tag("x", tag("d", ""), tag("d", "")), 400, "InvalidInput", "Duplicate tag keys found.")
		} else {
			same(t, "without case", show(), "A=upper c=3")
			refused(t, e.tag("x", tag("d", ""), tag("D", "")), 400, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
			if err := e.untag("x", "C"); err != nil {
				t.Error(err)
			}
			same(t, "untagged without case", show(), "A=upper")
		}
		refused(t, e.tag("x", tag("AWS:x", "")), 400, "InvalidInput", "Tag keys beginning with aws: are reserved for system use.")
		var many []api.Tag
		for i := range 50 {
			many = append(many, tag(fmt.Sprint("many", i), ""))
		}
		refused(t, e.tag("x", many...), 409, "LimitExceeded", "Cannot exceed quota for TagsPer"+e.kind+": 50")
	}
}

func TestLongTagKeysFitMarkers(t *testing.T) {
	w := newWorld(t)
	w.user("u")
	var tags []api.Tag
	for _, c := range "αβγ" {
		tags = append(tags, tag(strings.Repeat(string(c), 128), ""))
	}
	must(w.TagUser(w.ctx, &api.TagUserInput{UserName: new("u"), Tags: tags}))
	seen := 0
	in := &api.ListUserTagsInput{UserName: new("u"), MaxItems: new(int32(1))}
	for {
		out := must(w.ListUserTags(w.ctx, in))
		seen += len(out.Tags)
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
		if len(*in.Marker) > 320 {
			t.Fatalf("a marker of %d characters", len(*in.Marker))
		}
	}
	same(t, "tags", seen, 3)
}

func TestTagsAtCreation(t *testing.T) {
	w := newWorld(t)
	twice := []api.Tag{tag("k", ""), tag("K", "")}
	message := "Duplicate tag keys found. Please note that Tag keys are case insensitive."
	refused(t, second(w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("u"), Tags: twice})), 400, "InvalidInput", message)
	refused(t, second(w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: new("r"), AssumeRolePolicyDocument: new(trustEC2), Tags: twice})), 400, "InvalidInput", message)
	if _, err := w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: new("p"), PolicyDocument: new(readOne), Tags: twice}); err != nil {
		t.Error(err)
	}
}

// Tags at creation need the permission to tag.
func TestTaggingAtCreationIsAsked(t *testing.T) {
	w := newWorld(t)
	tags := []api.Tag{tag("k", "v")}
	w.refuse = "iam:TagUser arn:aws:iam::111111111111:user/x/u"
	_, err := w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("u"), Path: new("/x/"), Tags: tags})
	refused(t, err, 403, "AccessDenied", "no "+w.refuse)
	w.refuse = "iam:TagRole arn:aws:iam::111111111111:role/r"
	_, err = w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: new("r"), AssumeRolePolicyDocument: new(trustEC2), Tags: tags})
	refused(t, err, 403, "AccessDenied", "no "+w.refuse)
	w.refuse = "iam:TagPolicy arn:aws:iam::111111111111:policy/p"
	_, err = w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: new("p"), PolicyDocument: new(readOne), Tags: tags})
	refused(t, err, 403, "AccessDenied", "no "+w.refuse)
	w.policy("p") // without tags it is not asked
	same(t, "keys", w.asked, "aws:RequestTag/k=v aws:TagKeys=k")
}
