package cases

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/arn"
)

// Load reads a file of cases and completes each; see Complete.
func Load(path string) ([]*Case, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var cases []*Case
	if err := json.Unmarshal(b, &cases); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	now := time.Now()
	for _, c := range cases {
		Complete(c, now)
	}
	return cases, nil
}

// Complete adds to the request's context what every server knows by itself and a
// case leaves out: the time, that PutObject creates an object, what a copy is made
// from, and the names of the tags that are given.
func Complete(c *Case, now time.Time) {
	r := &c.Request
	if r.Context == nil {
		r.Context = map[string]Values{}
	}
	if Action(r.Action) == "s3:putobject" {
		r.setDefault("s3:ObjectCreationOperation", "true")
		if source, ok := c.CopySource(); ok {
			r.setDefault("s3:x-amz-copy-source", source)
		}
	}
	r.tagNames("s3:RequestObjectTag/", "s3:RequestObjectTagKeys")
	r.tagNames("aws:RequestTag/", "aws:TagKeys")
	r.time(now)
}

// Action is an action's name for comparisons, which do without its case.
func Action(s string) string { return strings.ToLower(s) }

// Key finds a context key without regard to case.
func (r *Request) Key(name string) (v Values, ok bool) {
	for given, v := range r.Context {
		if strings.EqualFold(given, name) {
			return v, true
		}
	}
	return Values{}, false
}

// Text is the first value of a context key, empty if there is none.
func (r *Request) Text(name string) string {
	if v, ok := r.Key(name); ok && len(v.List) > 0 {
		return v.List[0]
	}
	return ""
}

// Tags are the values of the keys that begin with family, by the rest of their
// names.
func (r *Request) Tags(family string) map[string]string {
	out := map[string]string{}
	for name, v := range r.Context {
		if len(name) > len(family) && strings.EqualFold(name[:len(family)], family) && len(v.List) > 0 {
			out[name[len(family):]] = v.List[0]
		}
	}
	return out
}

func (r *Request) setDefault(name, value string) {
	if _, ok := r.Key(name); !ok {
		r.Context[name] = Values{List: []string{value}}
	}
}

func (r *Request) tagNames(family, names string) {
	tags := slices.Sorted(maps.Keys(r.Tags(family)))
	if _, ok := r.Key(names); ok || len(tags) == 0 {
		return
	}
	r.Context[names] = Values{List: tags, Many: true}
}

// time gives the request its time in both forms.
func (r *Request) time(now time.Time) {
	if t, ok := r.Time(); ok {
		now = t
	} else if _, given := r.Key("aws:CurrentTime"); given {
		return
	} else if _, given := r.Key("aws:EpochTime"); given {
		return
	}
	r.setDefault("aws:CurrentTime", now.UTC().Format("2006-01-02T15:04:05Z"))
	r.setDefault("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
}

// Time is when the request is made, if the case says so in a form that is a time.
func (r *Request) Time() (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, r.Text("aws:CurrentTime")); err == nil {
		return t, true
	}
	if n, err := strconv.ParseInt(r.Text("aws:EpochTime"), 10, 64); err == nil {
		return time.Unix(n, 0), true
	}
	return time.Time{}, false
}

// CopySource is the bucket/key that the request copies from, if what it asks for
// besides is reading another object.
func (c *Case) CopySource() (source string, ok bool) {
	for _, also := range c.Request.Also {
		bucket, key, object, isS3 := arn.SplitS3(also[1])
		if a := Action(also[0]); isS3 && object && also[1] != c.Request.Resource && (a == "s3:getobject" || a == "s3:getobjectversion") {
			return bucket + "/" + key, true
		}
	}
	return "", false
}
