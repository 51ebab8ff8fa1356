package awsexport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxProblems is how many problems are kept; one more than that says that there
// are others.
const maxProblems = 200

// maxLeft bounds what is listed as not carried.
const maxLeft = 10_000

// reader collects what is wrong with the files and what is left of them.
type reader struct {
	file     string
	problems []Problem
	left     []Left
}

func (r *reader) wrong(what, format string, args ...any) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{r.file, what, fmt.Sprintf(format, args...)})
	}
}

func (r *reader) leave(what, why string) {
	switch {
	case len(r.left) < maxLeft:
		r.left = append(r.left, Left{r.file, what, why})
	case len(r.left) == maxLeft:
		r.left = append(r.left, Left{r.file, "…", fmt.Sprintf("there are more than %d of these", maxLeft)})
	}
}

// object is a JSON object of which every member is either read or listed as left.
type object struct {
	r    *reader
	what string // for messages: what it is of
	m    map[string]json.RawMessage
}

func (r *reader) object(what string, text json.RawMessage) (*object, bool) {
	o := &object{r: r, what: what}
	if err := json.Unmarshal(text, &o.m); err != nil || o.m == nil {
		r.wrong(what, "is not an object of JSON")
		return nil, false
	}
	return o, true
}

// take is a member, nil if it is absent or null. What is taken is not left.
func (o *object) take(name string) json.RawMessage {
	text := o.m[name]
	delete(o.m, name)
	if string(text) == "null" {
		return nil
	}
	return text
}

func (o *object) has(name string) bool { return o.m[name] != nil }

// into reads a member into v; false if it is absent or no such thing.
func (o *object) into(name, kind string, v any) bool {
	text := o.take(name)
	if text == nil {
		return false
	}
	if err := json.Unmarshal(text, v); err != nil {
		o.r.wrong(o.what, "%s is not %s", name, kind)
		return false
	}
	return true
}

func (o *object) text(name string) (s string) {
	o.into(name, "a string", &s)
	return s
}

// optional is a string that may be absent.
func (o *object) optional(name string) *string {
	var s string
	if !o.into(name, "a string", &s) {
		return nil
	}
	return &s
}

func (o *object) flag(name string) (b bool) {
	o.into(name, "true or false", &b)
	return b
}

func (o *object) texts(name string) (s []string) {
	o.into(name, "a list of strings", &s)
	return s
}

func (o *object) number(name string) *int {
	var n int
	if !o.into(name, "a whole number", &n) {
		return nil
	}
	return &n
}

// list is a member that is a list of objects.
func (o *object) list(name string) []*object {
	var texts []json.RawMessage
	if !o.into(name, "a list", &texts) {
		return nil
	}
	out := make([]*object, 0, len(texts))
	for i, text := range texts {
		if item, ok := o.r.object(o.what+" "+name+"["+strconv.Itoa(i)+"]", text); ok {
			out = append(out, item)
		}
	}
	return out
}

// maxListed is how many tags, policies or groups one thing may have here, many
// more than AWS lets it have: they are compared with one another.
const maxListed = 200

// few is a list of what one thing has.
func (o *object) few(name string) []*object {
	return bounded(o, name, o.list(name))
}

func bounded[T any](o *object, name string, list []T) []T {
	if len(list) > maxListed {
		o.r.wrong(o.what, "%s has more than %d entries", name, maxListed)
		return nil
	}
	return list
}

// inner is a member that is an object, nil if it is absent.
func (o *object) inner(name string) *object {
	text := o.take(name)
	if text == nil {
		return nil
	}
	in, ok := o.r.object(strings.TrimSpace(o.what+" "+name), text)
	if !ok {
		return nil
	}
	return in
}

// when is a time: ISO 8601, or seconds since 1970 as the CLI prints them when its
// cli_timestamp_format is wire.
func (o *object) when(name string) time.Time {
	text := o.take(name)
	if text == nil {
		return time.Time{}
	}
	var s string
	if json.Unmarshal(text, &s) == nil {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil && sane(t) {
			return t.UTC()
		}
	}
	var seconds float64
	if json.Unmarshal(text, &seconds) == nil && seconds >= 0 && seconds < 1<<37 {
		return time.UnixMilli(int64(seconds * 1000)).UTC()
	}
	o.r.wrong(o.what, "%s is not a time", name)
	return time.Time{}
}

// sane times can be written as JSON again.
func sane(t time.Time) bool { return t.UTC().Year() > 0 && t.UTC().Year() < 10_000 }

// document is a member that is a policy: an object, as the CLI prints it, or a
// string, percent-encoded as the API gives it or not.
func (o *object) document(name string) string {
	text := o.take(name)
	if text == nil {
		o.r.wrong(o.what, "has no %s", name)
		return ""
	}
	if text[0] == '{' {
		var out bytes.Buffer
		if json.Compact(&out, text) != nil {
			return string(text)
		}
		return out.String()
	}
	var s string
	if json.Unmarshal(text, &s) != nil {
		o.r.wrong(o.what, "%s is not a policy document", name)
		return ""
	}
	return decodeDocument(s)
}

// end lists what was not read. Empty values say nothing and are not listed.
func (o *object) end() {
	for _, name := range slices.Sorted(maps.Keys(o.m)) {
		switch strings.TrimSpace(string(o.m[name])) {
		case "null", `""`, "[]", "{}":
			continue
		}
		o.r.leave(strings.TrimSpace(o.what+" "+name), "nothing here has such a field")
	}
}

// ignore drops members that say nothing of the account.
func (o *object) ignore(names ...string) {
	for _, name := range names {
		delete(o.m, name)
	}
}
