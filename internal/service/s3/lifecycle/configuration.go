package lifecycle

import (
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// Configuration is a bucket's lifecycle configuration as it is stored and shown.
type Configuration struct {
	Rules                              []api.LifecycleRule
	TransitionDefaultMinimumObjectSize *string
}

// What TransitionDefaultMinimumObjectSize says of objects that are too small to
// be moved unless a rule's filter speaks of sizes: none of less than 128 KiB moves
// to any class, or some classes take them.
const (
	AllClasses128K = "all_storage_classes_128K"
	VariesByClass  = "varies_by_storage_class"
)

func enabled(r *api.LifecycleRule) bool { return r.Status != nil && *r.Status == "Enabled" }

// filter is a rule's filter, in whichever form it was given.
type filter struct {
	prefix     string
	tag        *api.Tag
	tags       []api.Tag
	over, less *int64 // sizes that an object must be above and below
}

func filterOf(r *api.LifecycleRule) (f filter) {
	switch {
	case r.Filter == nil:
		f.prefix = text(r.Prefix)
	case r.Filter.And != nil:
		and := r.Filter.And
		f = filter{text(and.Prefix), nil, and.Tags, and.ObjectSizeGreaterThan, and.ObjectSizeLessThan}
	default:
		f = filter{text(r.Filter.Prefix), r.Filter.Tag, nil, r.Filter.ObjectSizeGreaterThan, r.Filter.ObjectSizeLessThan}
	}
	return f
}

func (f *filter) tagged() bool { return f.tag != nil || len(f.tags) > 0 }

func (f *filter) sized() bool { return f.over != nil || f.less != nil }

func (f *filter) matches(o *Object) bool {
	if !strings.HasPrefix(o.Key, f.prefix) || f.over != nil && o.Size <= *f.over || f.less != nil && o.Size >= *f.less {
		return false
	}
	if f.tag != nil && !o.has(f.tag) {
		return false
	}
	for i := range f.tags {
		if !o.has(&f.tags[i]) {
			return false
		}
	}
	return true
}

// Prefix is what the keys of all objects begin with that an enabled rule can apply
// to. ok is false if there are none.
func (c *Configuration) Prefix() (prefix string, ok bool) {
	for i := range c.Rules {
		if !enabled(&c.Rules[i]) {
			continue
		}
		f := filterOf(&c.Rules[i])
		if !ok {
			prefix, ok = f.prefix, true
		}
		for !strings.HasPrefix(f.prefix, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix, ok
}

// Aborts tells whether an enabled rule ends uploads that were not completed.
func (c *Configuration) Aborts() bool {
	for i := range c.Rules {
		if enabled(&c.Rules[i]) && c.Rules[i].AbortIncompleteMultipartUpload != nil {
			return true
		}
	}
	return false
}

// Counts tells whether an enabled rule asks how many noncurrent versions there
// are.
func (c *Configuration) Counts() bool {
	for i := range c.Rules {
		r := &c.Rules[i]
		if !enabled(r) {
			continue
		}
		if e := r.NoncurrentVersionExpiration; e != nil && e.NewerNoncurrentVersions != nil {
			return true
		}
		for j := range r.NoncurrentVersionTransitions {
			if r.NoncurrentVersionTransitions[j].NewerNoncurrentVersions != nil {
				return true
			}
		}
	}
	return false
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
