package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sallyport/sallyport/arn"
)

// DelegationTemplate is a template of permissions that a partner may ask for: the
// JSON of a policy in whose strings @{name} stands for a parameter.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/temporary-delegation-policy-templates.html
type DelegationTemplate struct {
	ARN     string
	Account string // of the partner, who alone may use it
	text    []byte
}

// Bounds of templates and of what comes of them.
const (
	maxTemplate       = 64 << 10 // bytes
	maxTemplateDepth  = 16
	maxRenderedPolicy = 2048 // characters
)

var placeholder = regexp.MustCompile(`@\{([^{}]*)\}`)

// ParseDelegationTemplate reads a template, named
// arn:aws:iam::ACCOUNT:delegation-template/NAME with the partner's account.
// Statements that depend on a parameter (@Enabled) are refused.
func ParseDelegationTemplate(templateARN string, text []byte) (*DelegationTemplate, error) {
	a, err := arn.Parse(templateARN)
	name, ok := strings.CutPrefix(a.Resource, "delegation-template/")
	if err != nil || a.Partition != arn.PartitionAWS || a.Service != "iam" || a.Region != "" || !arn.ValidAccountID(a.Account) || !ok || name == "" {
		return nil, fmt.Errorf("%q is not arn:aws:iam::ACCOUNT:delegation-template/NAME", templateARN)
	}
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("template %s has more than %d bytes", templateARN, maxTemplate)
	}
	t := &DelegationTemplate{ARN: templateARN, Account: a.Account, text: bytes.Clone(text)}
	// Every parameter is taken for a word, to see what there is.
	r := rendering{any: true}
	if err := r.run(t.text); err != nil {
		return nil, fmt.Errorf("template %s: %w", templateARN, err)
	}
	return t, nil
}

// templateValues are the values of parameters, each a list of one for a string.
type templateValues map[string][]string

// render is the policy that comes of the template, and the permissions boundaries
// that it names. Each value is a part of one string and never more of the JSON.
func (t *DelegationTemplate) render(values templateValues) (policy string, boundaries []string, err error) {
	r := rendering{values: values, used: map[string]bool{}}
	if err := r.run(t.text); err != nil {
		return "", nil, err
	}
	for name := range values {
		if !r.used[name] {
			return "", nil, fmt.Errorf("the template has no parameter %s", name)
		}
	}
	return r.out.String(), r.boundaries, nil
}

// rendering writes a template's JSON again, with values in its strings.
type rendering struct {
	values templateValues
	any    bool // any parameter is good, and stands for itself
	used   map[string]bool

	dec        *json.Decoder
	out        bytes.Buffer
	boundaries []string
}

var (
	errTemplate  = errors.New("not the JSON of a policy template")
	errRendered  = fmt.Errorf("the rendered policy has more than %d characters", maxRenderedPolicy)
	errDirective = errors.New("directives such as @Enabled are not supported")
)

// maxExpanded bounds what is written while a template is rendered, in bytes: four
// for each character, white space aside.
const maxExpanded = 4 * maxRenderedPolicy

func (r *rendering) run(text []byte) error {
	if !utf8.Valid(text) {
		return errTemplate
	}
	r.dec = json.NewDecoder(bytes.NewReader(text))
	r.dec.UseNumber()
	token, err := r.dec.Token()
	if err != nil || token != json.Delim('{') {
		return errTemplate
	}
	if err := r.object(0); err != nil {
		return err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return errTemplate
	}
	if !r.any && utf8.RuneCount(r.out.Bytes()) > maxRenderedPolicy {
		return errRendered
	}
	return nil
}

// object writes the rest of an object.
func (r *rendering) object(depth int) error {
	if depth > maxTemplateDepth {
		return errTemplate
	}
	r.out.WriteByte('{')
	for first := true; r.dec.More(); first = false {
		token, err := r.dec.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return errTemplate
		}
		switch {
		case strings.HasPrefix(key, "@"):
			return errDirective
		case strings.Contains(key, "@{"):
			return fmt.Errorf("a parameter in the name of element %q", key)
		}
		if !first {
			r.out.WriteByte(',')
		}
		r.quote(key)
		r.out.WriteByte(':')
		if err := r.value(key, depth+1); err != nil {
			return err
		}
	}
	return r.end('}')
}

func (r *rendering) end(c byte) error {
	if _, err := r.dec.Token(); err != nil {
		return errTemplate
	}
	r.out.WriteByte(c)
	return nil
}

// value writes the value of an element. One that is a string with a list in it
// becomes a list.
func (r *rendering) value(key string, depth int) error {
	token, err := r.dec.Token()
	if err != nil {
		return errTemplate
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return r.object(depth)
		}
		return r.array(key, depth)
	case string:
		all, err := r.expand(key, v)
		if err != nil {
			return err
		}
		if len(all) == 1 {
			r.quote(all[0])
			return nil
		}
		r.out.WriteByte('[')
		r.quoteAll(all, true)
		r.out.WriteByte(']')
		return nil
	}
	return r.scalar(token)
}

// array writes the rest of a list.
func (r *rendering) array(key string, depth int) error {
	if depth > maxTemplateDepth {
		return errTemplate
	}
	r.out.WriteByte('[')
	for first := true; r.dec.More(); first = false {
		token, err := r.dec.Token()
		if err != nil {
			return errTemplate
		}
		if s, ok := token.(string); ok {
			all, err := r.expand(key, s)
			if err != nil {
				return err
			}
			r.quoteAll(all, first)
			continue
		}
		if !first {
			r.out.WriteByte(',')
		}
		switch {
		case token == json.Delim('{'):
			err = r.object(depth + 1)
		case token == json.Delim('['):
			err = r.array(key, depth+1)
		default:
			err = r.scalar(token)
		}
		if err != nil {
			return err
		}
	}
	return r.end(']')
}

func (r *rendering) scalar(token json.Token) error {
	text, err := json.Marshal(token)
	if err != nil {
		return errTemplate
	}
	r.out.Write(text)
	return nil
}

func (r *rendering) quoteAll(all []string, first bool) {
	for i, s := range all {
		if i > 0 || !first {
			r.out.WriteByte(',')
		}
		r.quote(s)
	}
}

func (r *rendering) quote(s string) {
	enc := json.NewEncoder(&r.out)
	enc.SetEscapeHTML(false)
	enc.Encode(s)                   // a string can be encoded
	r.out.Truncate(r.out.Len() - 1) // the line feed
}

// expand is a string with its parameters' values in it: one for each value of a
// list, and all combinations of several.
func (r *rendering) expand(key, s string) ([]string, error) {
	if strings.Count(s, "@{") != len(placeholder.FindAllString(s, -1)) {
		return nil, fmt.Errorf("an unfinished parameter in %q", s)
	}
	all := []string{""}
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		name := s[m[2]:m[3]]
		if name == "" {
			return nil, fmt.Errorf("a parameter without a name in %q", s)
		}
		values := r.values[name]
		if r.any {
			values = []string{name}
		} else if len(values) == 0 {
			return nil, fmt.Errorf("parameter %s has no value", name)
		} else {
			r.used[name] = true
		}
		var next []string
		size := r.out.Len()
		for _, before := range all {
			for _, v := range values {
				next = append(next, before+s[at:m[0]]+v)
				if size += len(next[len(next)-1]) + 3; !r.any && size > maxExpanded {
					return nil, errRendered
				}
			}
		}
		all, at = next, m[1]
	}
	for i := range all {
		all[i] += s[at:]
	}
	if strings.EqualFold(key, "iam:PermissionsBoundary") {
		for _, v := range all {
			if !slices.Contains(r.boundaries, v) {
				r.boundaries = append(r.boundaries, v)
			}
		}
	}
	return all, nil
}
