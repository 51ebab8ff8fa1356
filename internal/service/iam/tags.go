package iam

import (
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// A tagRule says how the tags of a kind of entity behave: the keys of users'
// and roles' tags are equal without regard to case, those of policies with.
type tagRule struct {
	fold      func(string) string
	duplicate string
	quota     string
}

func tagRuleOf(k directory.Kind) tagRule {
	if k == directory.KindPolicy {
		return resourceTags("TagsPerPolicy")
	}
	r := tagRule{
		fold:      strings.ToLower,
		duplicate: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
		quota:     "TagsPerUser",
	}
	if k == directory.KindRole {
		r.quota = "TagsPerRole"
	}
	return r
}

// resourceTags is the rule for what is no principal: case matters in keys.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
func resourceTags(quota string) tagRule {
	return tagRule{fold: func(s string) string { return s }, duplicate: "Duplicate tag keys found.", quota: quota}
}

// merge puts the tags of a request over those of an entity.
func (r tagRule) merge(have []directory.Tag, add []api.Tag, limit int) ([]directory.Tag, error) {
	out := slices.Clone(have)
	seen := map[string]bool{}
	for _, t := range add {
		tag := directory.Tag{Key: value(t.Key), Value: value(t.Value)}
		folded := r.fold(tag.Key)
		if seen[folded] {
			return nil, invalidInput("%s", r.duplicate)
		}
		seen[folded] = true
		if strings.HasPrefix(strings.ToLower(tag.Key), "aws:") {
			return nil, invalidInput("Tag keys beginning with aws: are reserved for system use.")
		}
		at := slices.IndexFunc(out, func(o directory.Tag) bool { return r.fold(o.Key) == folded })
		if at < 0 {
			out = append(out, tag)
		} else {
			out[at] = tag
		}
	}
	if len(out) > limit {
		return nil, api.LimitExceeded(r.quota, limit)
	}
	slices.SortFunc(out, func(a, b directory.Tag) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// without takes the tags with the keys away; keys that are not there do not
// matter.
func (r tagRule) without(have []directory.Tag, keys []string) []directory.Tag {
	return slices.DeleteFunc(slices.Clone(have), func(t directory.Tag) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return r.fold(k) == r.fold(t.Key) })
	})
}

func showTags(tags []directory.Tag) []api.Tag {
	if len(tags) == 0 {
		return nil
	}
	out := make([]api.Tag, len(tags))
	for i, t := range tags {
		out[i] = api.Tag{Key: new(t.Key), Value: new(t.Value)}
	}
	return out
}

// listTags is one page of tags, sorted by key.
func listTags(tags []directory.Tag, marker *string, maxItems *int32) (items []api.Tag, more *bool, next *string, err error) {
	p, err := pageOf(marker, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	// A key may be longer than a marker may be, so the marker counts.
	l := window(numbered(tags), func(r row[directory.Tag]) string { return r.place }, p)
	items = []api.Tag{}
	for _, r := range l.Items {
		items = append(items, api.Tag{Key: new(r.item.Key), Value: new(r.item.Value)})
	}
	more, next = truncated(l.Next)
	return items, more, next, nil
}
