package authz_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/sallyport/sallyport/policy"
)

// shrunk is a case as plain JSON values, which are easy to take things from.
type shrunk struct {
	doc       any
	got, want string
}

// shrink takes parts of a case away as long as the evaluators still disagree in the same way.
func shrink(c *Case) *shrunk {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	s := &shrunk{}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&s.doc); err != nil {
		panic(err)
	}
	s.doc = withoutNulls(s.doc)
	s.got, s.want, _ = disagreement(s.doc)
	if got, want, ok := disagreement(prune(s.doc)); ok && got == s.got && want == s.want {
		s.doc = prune(s.doc)
	}
	for again := true; again; {
		again = false
		for _, smaller := range reductions(s.doc) {
			if reflect.DeepEqual(smaller, s.doc) {
				continue
			}
			if got, want, ok := disagreement(smaller); ok && got == s.got && want == s.want {
				s.doc, again = smaller, true
				break
			}
		}
	}
	return s
}

// disagreement plays a document. It is not ok if the evaluators agree or the document is no case any more.
func disagreement(doc any) (got, want string, ok bool) {
	text, err := json.Marshal(doc)
	if err != nil {
		return "", "", false
	}
	c := new(Case)
	if json.Unmarshal(text, c) != nil || !wellFormed(doc, "") || c.Request.Action == "" || c.Request.Principal == "" {
		return "", "", false
	}
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	g, w, agree := compare(c, map[string]*policy.Policy{}, map[string]*refPolicy{})
	return fmt.Sprint(g.Allowed, g.Reason), fmt.Sprint(w.allow, w.reasons), !agree
}

// wellFormed tells whether statements have the elements that they need where they are.
func wellFormed(v any, in string) bool {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if !wellFormed(x, in) {
				return false
			}
		}
	case map[string]any:
		if v["Effect"] != nil {
			resource := v["Resource"] != nil || v["NotResource"] != nil
			principal := v["Principal"] != nil || v["NotPrincipal"] != nil
			needed := in == "policy" || in == "trust" || in == "rcps" || in == "body_policy"
			for _, element := range []string{"Resource", "NotResource", "Principal", "NotPrincipal", "Action", "NotAction"} {
				if list, ok := v[element].([]any); ok && len(list) == 0 {
					return false
				}
			}
			return resource != (in == "trust") && (principal == needed || in == "vpc_endpoint_policy")
		}
		for k, x := range v {
			if k == strings.ToLower(k) && k != "" && k[0] >= 'a' { // elements of policies are written in capitals
				in = k
			}
			if !wellFormed(x, in) {
				return false
			}
		}
	}
	return true
}

func withoutNulls(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for k, x := range m {
		if x != nil {
			out[k] = withoutNulls(x)
		}
	}
	return out
}

// prune takes away what is empty, which means the same as absent almost everywhere.
func prune(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for k, x := range m {
		x = prune(x)
		if x == false && k != "object_exists" || x == "" {
			continue
		}
		if list, ok := x.([]any); ok && len(list) == 0 {
			continue
		}
		out[k] = x
	}
	return out
}

// reductions are all documents with one part less, the big parts first.
func reductions(v any) (out []any) {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			smaller := clone(v)
			delete(smaller, k)
			out = append(out, smaller)
		}
		for k, x := range v {
			for _, less := range reductions(x) {
				smaller := clone(v)
				smaller[k] = less
				out = append(out, smaller)
			}
		}
	case []any:
		for i := range v {
			out = append(out, append(append([]any{}, v[:i]...), v[i+1:]...))
		}
		if len(v) == 1 {
			out = append(out, v[0])
		}
		for i, x := range v {
			for _, less := range reductions(x) {
				smaller := append([]any{}, v...)
				smaller[i] = less
				out = append(out, smaller)
			}
		}
	}
	return out
}

func clone(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, x := range m {
		out[k] = x
	}
	return out
}

// report is the case for testdata/disagreements.json, and the test that plays it.
func (s *shrunk) report() string {
	m, _ := s.doc.(map[string]any)
	m["id"], m["why"] = "FILL-IN", fmt.Sprintf("Decide: %s; reference: %s", s.got, s.want)
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s\n\nAs a test: add it, with expect and reason, to testdata/disagreements.json, or\n\n"+
		"func TestThis(t *testing.T) {\n\tvar c Case\n\tif err := json.Unmarshal([]byte(`%s`), &c); err != nil {\n\t\tt.Fatal(err)\n\t}\n\tcheck(t, &c)\n}\n", text, text)
}
