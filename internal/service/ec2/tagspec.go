package ec2

import (
	"slices"
	"strings"
	"unicode/utf8"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// Bounds of tags.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// requestTags sets the condition keys of the tags that the request gives to a
// kind of resource.
func requestTags(v *policy.Values, specs []api.TagSpecification, kind string) {
	var names []string
	for _, spec := range specs {
		if value(spec.ResourceType) != kind {
			continue
		}
		for _, t := range spec.Tags {
			names = append(names, value(t.Key))
			v.SetNamed("aws:RequestTag/"+value(t.Key), value(t.Value))
		}
	}
	v.SetList(policy.KeyTagKeys, names)
}

// specified are the tags that the request gives to each kind of resource.
func specified(specs []api.TagSpecification, kinds []string) (map[string][]directory.Tag, error) {
	out := map[string][]directory.Tag{}
	for _, spec := range specs {
		kind := value(spec.ResourceType)
		if kind == "" {
			return nil, fault("MissingParameter", "Tag specification resource type must have a value")
		}
		if !slices.Contains(kinds, kind) {
			return nil, invalidValue("'%s' is not a valid taggable resource type for this operation.", cut(kind))
		}
		if _, twice := out[kind]; twice {
			return nil, invalidValue("Duplicate tag specification for resource type '%s'", kind)
		}
		if len(spec.Tags) == 0 {
			return nil, invalidValue("Tag specification must have at least one tag")
		}
		tags, err := tagsOf(spec.Tags)
		if err != nil {
			return nil, err
		}
		out[kind] = tags
	}
	return out, nil
}

// tagsOf checks the tags of a request.
func tagsOf(in []api.Tag) ([]directory.Tag, error) {
	var out []directory.Tag
	for _, t := range in {
		key, val := value(t.Key), value(t.Value)
		switch {
		case key == "":
			return nil, invalidValue("Tag keys cannot be empty")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return nil, invalidValue("Tag keys starting with 'aws:' are reserved for internal use")
		case utf8.RuneCountInString(key) > maxTagKey:
			return nil, invalidValue("Tag key exceeds the maximum length of %d characters", maxTagKey)
		case utf8.RuneCountInString(val) > maxTagValue:
			return nil, invalidValue("Tag value exceeds the maximum length of %d characters", maxTagValue)
		case slices.ContainsFunc(out, func(have directory.Tag) bool { return have.Key == key }):
			return nil, invalidValue("Duplicate tag key '%s' specified.", cut(key))
		}
		out = append(out, directory.Tag{Key: key, Value: val})
	}
	if len(out) > maxTags {
		return nil, tooManyTags()
	}
	return out, nil
}

func tooManyTags() error {
	return fault("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
}

func renderTags(tags []directory.Tag) []api.Tag {
	var out []api.Tag
	for _, t := range tags {
		out = append(out, api.Tag{Key: new(t.Key), Value: new(t.Value)})
	}
	return out
}

// checkMetadataTags refuses tags that the metadata service could not show, of an
// instance that shows its tags there: their keys are parts of paths.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
func checkMetadataTags(i *directory.Instance) error {
	if i.Metadata.Tags != "enabled" {
		return nil
	}
	for _, t := range i.Tags {
		if t.Key == "." || t.Key == ".." || t.Key == "_index" || strings.ContainsAny(t.Key, "/ ") {
			return invalidValue("'%s' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{1,255}), "+
				"and must not be a reserved name ('.', '..', '_index')", cut(t.Key))
		}
	}
	return nil
}
