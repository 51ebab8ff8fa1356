package wire

import (
	"cmp"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a form.
const (
	maxParams    = 10_000
	maxFormDepth = 24
)

// ParseForm parses the body of a query or ec2 request.
func ParseForm(body []byte) (url.Values, error) {
	if strings.Count(string(body), "&") >= maxParams {
		return nil, malformedForm("Too many parameters.")
	}
	v, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, malformedForm("The query string is malformed.")
	}
	return v, nil
}

func malformedForm(message string) *Error {
	return &Error{Code: "MalformedQueryString", Message: message, Status: 404}
}

// node is one dot-separated step of the parameter names.
type node struct {
	value    string
	set      bool
	children map[string]*node
}

// formTree turns "A.member.1.B=x" into a tree.
func formTree(form url.Values) (*node, error) {
	if len(form) > maxParams {
		return nil, malformedForm("Too many parameters.")
	}
	root := &node{}
	for name, values := range form {
		if strings.Count(name, ".") > maxFormDepth {
			return nil, malformedForm("A parameter name has too many parts.")
		}
		n := root
		for step := range strings.SplitSeq(name, ".") {
			child := n.children[step]
			if child == nil {
				child = &node{}
				if n.children == nil {
					n.children = map[string]*node{}
				}
				n.children[step] = child
			}
			n = child
		}
		if len(values) > 0 {
			n.value, n.set = values[0], true
		}
	}
	return root, nil
}

// formDecoder reads the tree into an input.
type formDecoder struct{ ec2 bool }

func (d formDecoder) structure(dst reflect.Value, p *plan, n *node) error {
	for i := range p.fields {
		f := &p.fields[i]
		child := n.children[d.name(f)]
		if child == nil {
			continue
		}
		if err := d.value(dst.Field(i), f.plan, f.flattened, f.time, child); err != nil {
			if err == errText {
				return &Error{
					Code: "MalformedInput", Status: 400,
					Message: "Could not parse the value of parameter " + d.name(f) + ".",
				}
			}
			return err
		}
	}
	return nil
}

// name is a member's name in a form. EC2 writes its XML names with an upper
// first letter, unless the model gives a name for requests.
func (d formDecoder) name(f *field) string {
	if !d.ec2 {
		return f.name
	}
	if f.QueryName != "" {
		return f.QueryName
	}
	return GoName(f.WireName())
}

func (d formDecoder) value(dst reflect.Value, p *plan, flattened bool, tf TimeFormat, n *node) error {
	switch p.kind {
	case Structure:
		return d.structure(target(dst), p, n)
	case List:
		return d.list(dst, p, flattened, tf, n)
	case Map:
		return d.mapping(dst, p, flattened, tf, n)
	}
	if !n.set {
		return nil
	}
	return setText(dst, n.value, tf)
}

func (d formDecoder) list(dst reflect.Value, p *plan, flattened bool, tf TimeFormat, n *node) error {
	dst.Set(reflect.MakeSlice(dst.Type(), 0, 0))
	if !flattened && !d.ec2 {
		if n = n.children[p.elemName]; n == nil {
			return nil
		}
	}
	children, err := numbered(n)
	if err != nil {
		return err
	}
	for _, c := range children {
		if err := d.value(grow(dst), p.elem, false, tf, c); err != nil {
			return err
		}
	}
	return nil
}

// numbered returns the children 1, 2, … in order; gaps close up.
func numbered(n *node) ([]*node, error) {
	type item struct {
		index int
		node  *node
	}
	items := make([]item, 0, len(n.children))
	for name, child := range n.children {
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i > 1_000_000 {
			return nil, &Error{Code: "MalformedInput", Status: 400, Message: "Key is not numeric: " + printable(name)}
		}
		items = append(items, item{i, child})
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.index, b.index) })
	out := make([]*node, len(items))
	for i := range items {
		out[i] = items[i].node
	}
	return out, nil
}

func (d formDecoder) mapping(dst reflect.Value, p *plan, flattened bool, tf TimeFormat, n *node) error {
	dst.Set(reflect.MakeMap(dst.Type()))
	if !flattened {
		if n = n.children["entry"]; n == nil {
			return nil
		}
	}
	entries, err := numbered(n)
	if err != nil {
		return err
	}
	for _, e := range entries {
		key, value := e.children[p.keyName], e.children[p.elemName]
		if key == nil {
			return &Error{Code: "MalformedInput", Status: 400, Message: "A map entry has no key."}
		}
		v := reflect.New(dst.Type().Elem()).Elem()
		if value != nil {
			if err := d.value(v, p.elem, false, tf, value); err != nil {
				return err
			}
		}
		dst.SetMapIndex(reflect.ValueOf(key.value), v)
	}
	return nil
}

// printable cuts a foreign text to what a message may repeat.
func printable(s string) string {
	if len(s) > 64 {
		s = s[:64]
	}
	return strings.ToValidUTF8(s, "?")
}
