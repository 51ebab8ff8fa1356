package policy

import (
	"bytes"
	"encoding/json"
)

// RewritePrincipals puts fn's answer in place of every principal of Principal and NotPrincipal elements: to store unique
// ids instead of ARNs, and to show them as ARNs again. fn is given the type (AWS, Service, CanonicalUser, Federated) and
// the value; "*" it is not asked about. The answer is the document without white space, everything else in it as it was:
// order, numbers, escapes. Errors: a *ParseError for text that Parse refuses, and fn's own, at the first.
func RewritePrincipals(src []byte, fn func(typ, value string) (string, error)) ([]byte, error) {
	if _, perr := parse(src); perr != nil {
		return nil, perr
	}
	root, perr := parseJSON(src)
	if perr != nil {
		return nil, perr
	}
	r := rewriter{src: src, fn: fn}
	if err := r.statements(root.get("Statement")); err != nil {
		return nil, err
	}
	r.out.Write(src[r.done:])
	return Compact(r.out.Bytes()), nil
}

type rewriter struct {
	src  []byte
	fn   func(typ, value string) (string, error)
	out  bytes.Buffer
	done int
}

func (r *rewriter) statements(n *node) error {
	list := n.items
	if n.kind == nodeObject {
		list = []*node{n}
	}
	for _, s := range list {
		for _, m := range s.members {
			if (m.name != "Principal" && m.name != "NotPrincipal") || m.value.kind != nodeObject {
				continue
			}
			for _, entry := range m.value.members {
				if err := r.entry(entry); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *rewriter) entry(m member) error {
	list := m.value.items
	if m.value.kind == nodeString {
		list = []*node{m.value}
	}
	for _, n := range list {
		if n.text == "*" {
			continue
		}
		text, err := r.fn(m.name, n.text)
		if err != nil {
			return err
		}
		if text == n.text {
			continue
		}
		r.out.Write(r.src[r.done:n.start])
		r.out.Write(quote(text))
		r.done = n.end
	}
	return nil
}

// quote is s as a JSON string, with no more escapes than JSON needs.
func quote(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return []byte(`""`)
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
