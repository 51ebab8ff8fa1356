package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/beevik/etree"
)

// Namespaces.
const (
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
)

// maxDepth is how deep elements may be in one another.
const maxDepth = 64

var errDocument = errors.New("saml: not a document that is taken")

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// parse reads a document without a document type and processing instructions,
// and without comments unless these are allowed: then they are taken out, so that
// no text ends at one.
func parse(text []byte, comments bool) (*etree.Element, error) {
	if err := scan(text, comments); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{MaxDepth: maxDepth, PreserveDuplicateAttrs: true}
	if err := doc.ReadFromBytes(text); err != nil {
		return nil, errDocument
	}
	root := doc.Root()
	if root == nil || len(doc.ChildElements()) != 1 {
		return nil, errDocument
	}
	return root, check(root)
}

// scan looks at the tokens before a tree is made of them.
func scan(text []byte, comments bool) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = true
	first, depth := true, 0
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return errDocument
		}
		switch t := token.(type) {
		case xml.Directive:
			return errDocument
		case xml.Comment:
			if !comments {
				return errDocument
			}
		case xml.ProcInst:
			if !first || t.Target != "xml" {
				return errDocument
			}
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return errDocument
			}
		case xml.EndElement:
			depth--
		}
		first = false
	}
	if depth != 0 {
		return errDocument
	}
	return nil
}

// check refuses names that parsers read differently and attributes that come
// twice, and takes comments out.
func check(el *etree.Element) error {
	if !nameForm.MatchString(el.Tag) || el.Space != "" && !nameForm.MatchString(el.Space) {
		return errDocument
	}
	seen := map[string]bool{}
	for _, a := range el.Attr {
		full := a.Space + ":" + a.Key
		if seen[full] || !nameForm.MatchString(a.Key) || a.Space != "" && !nameForm.MatchString(a.Space) {
			return errDocument
		}
		seen[full] = true
	}
	for i := len(el.Child) - 1; i >= 0; i-- {
		switch t := el.Child[i].(type) {
		case *etree.Comment:
			el.RemoveChildAt(i)
		case *etree.Element:
			if err := check(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// is tells whether the element has the name.
func is(el *etree.Element, namespace, tag string) bool {
	return el.Tag == tag && el.NamespaceURI() == namespace
}

// children are the elements of the name right below el.
func children(el *etree.Element, namespace, tag string) (out []*etree.Element) {
	for _, c := range el.ChildElements() {
		if is(c, namespace, tag) {
			out = append(out, c)
		}
	}
	return out
}

// only is the one element of the name right below el, nil if there is none or
// more.
func only(el *etree.Element, namespace, tag string) *etree.Element {
	if found := children(el, namespace, tag); len(found) == 1 {
		return found[0]
	}
	return nil
}

// text is all the text of an element that has no elements in it, without the white
// space of XML around it. Any other space is part of a name.
func text(el *etree.Element) (string, bool) {
	if el == nil || len(el.ChildElements()) > 0 {
		return "", false
	}
	var b strings.Builder
	for _, c := range el.Child {
		data, ok := c.(*etree.CharData)
		if !ok {
			return "", false
		}
		b.WriteString(data.Data)
	}
	return strings.Trim(b.String(), " \t\r\n"), true
}

// attr is an attribute without a namespace.
func attr(el *etree.Element, name string) string {
	for _, a := range el.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value
		}
	}
	return ""
}

// walk calls fn with el and all elements below it.
func walk(el *etree.Element, fn func(*etree.Element) error) error {
	if err := fn(el); err != nil {
		return err
	}
	for _, c := range el.ChildElements() {
		if err := walk(c, fn); err != nil {
			return err
		}
	}
	return nil
}
