package ec2

import (
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
)

// fields are what a listing can be filtered by: the values of T under each name.
// A nil function is a filter of AWS's that nothing here has a value for.
type fields[T any] map[string]func(T) []string

// maxFilterValues is how many values a request's filters may have together.
const maxFilterValues = 200

// filtered is the test that a request's filters make: each must match, one of its
// values is enough. tagsOf is nil for what has no tags.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
func filtered[T any](filters []api.Filter, by fields[T], tagsOf func(T) []directory.Tag) (func(T) bool, error) {
	var tests []func(T) bool
	n := 0
	for _, f := range filters {
		name := value(f.Name)
		if name == "" {
			return nil, invalidValue("The filter '%s' is invalid", "null")
		}
		if n += len(f.Values); n > maxFilterValues {
			return nil, fault("FilterLimitExceeded", "The maximum number of filter values specified on a single call is %d", maxFilterValues)
		}
		get, known := by[name]
		key, isTag := strings.CutPrefix(name, "tag:")
		switch {
		case known:
		case isTag && tagsOf != nil:
			get = func(v T) []string { return tagValues(tagsOf(v), key) }
		case name == "tag-key" && tagsOf != nil:
			get = func(v T) (keys []string) {
				for _, t := range tagsOf(v) {
					keys = append(keys, t.Key)
				}
				return keys
			}
		default:
			return nil, invalidValue("The filter '%s' is invalid", cut(name))
		}
		values := f.Values
		tests = append(tests, func(v T) bool { return get != nil && anyMatch(values, get(v)) })
	}
	return func(v T) bool {
		for _, t := range tests {
			if !t(v) {
				return false
			}
		}
		return true
	}, nil
}

func tagValues(tags []directory.Tag, key string) []string {
	for _, t := range tags {
		if t.Key == key {
			return []string{t.Value}
		}
	}
	return nil
}

func anyMatch(patterns, values []string) bool {
	for _, p := range patterns {
		for _, v := range values {
			if like(p, v) {
				return true
			}
		}
	}
	return false
}

// like matches with * and ?, which a backslash makes plain, and regard to case.
func like(pattern, s string) bool {
	p, at, star, mark := 0, 0, -1, 0
	for at < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, at
			p++
		case p < len(pattern) && pattern[p] == '?':
			p, at = p+1, at+1
		case p < len(pattern) && pattern[p] == '\\' && p+1 < len(pattern) && pattern[p+1] == s[at]:
			p, at = p+2, at+1
		case p < len(pattern) && pattern[p] != '\\' && pattern[p] == s[at]:
			p, at = p+1, at+1
		case star >= 0:
			mark++
			p, at = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
