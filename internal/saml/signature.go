package saml

import (
	"slices"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// shape is a response of the one shape that is taken.
type shape struct {
	response, assertion *etree.Element
	// signatures of the response and the assertion, nil for none.
	onResponse, onAssertion *etree.Element
}

// shapeOf looks at all elements of a response, wherever they are.
func shapeOf(root *etree.Element) (*shape, error) {
	if !is(root, nsProtocol, "Response") {
		return nil, errDocument
	}
	s := &shape{response: root}
	ids := map[string]bool{}
	err := walk(root, func(el *etree.Element) error {
		for _, a := range el.Attr {
			switch a.Key {
			case "ID", "Id", "id", "iD", "AssertionID":
				if ids[a.Value] {
					return errDocument
				}
				ids[a.Value] = true
			}
		}
		switch {
		case el.Tag == "Assertion":
			if s.assertion != nil || el.Parent() != root || !is(el, nsAssertion, "Assertion") {
				return errDocument
			}
			s.assertion = el
		case el.Tag == "Response" && el != root, el.Tag == "EncryptedAssertion", el.Tag == "Object":
			return errDocument
		case el.Tag == "Signature":
			return s.addSignature(el)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case s.assertion == nil, s.onResponse == nil && s.onAssertion == nil,
		attr(s.response, "ID") == "", attr(s.assertion, "ID") == "":
		return nil, errDocument
	}
	return s, nil
}

func (s *shape) addSignature(el *etree.Element) error {
	at := &s.onResponse
	if el.Parent() != s.response {
		at = &s.onAssertion
	}
	if *at != nil || !is(el, nsSignature, "Signature") || el.Parent() != s.response && el.Parent() != s.assertion {
		return errDocument
	}
	*at = el
	return checkSignature(el)
}

// What a signature may use. SHA-1 is not in it: signatures with it can be forged
// by whoever gets to choose what is signed.
var (
	methods = []string{
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
	}
	digests = []string{
		"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384",
		"http://www.w3.org/2001/04/xmlenc#sha512",
	}
	canonical = []string{
		"http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2006/12/xml-c14n11",
	}
	enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
)

// checkSignature refuses signatures of more than one reference, references to
// anything but the parent, and transforms that could leave a part out.
func checkSignature(el *etree.Element) error {
	info := only(el, nsSignature, "SignedInfo")
	if info == nil || only(el, nsSignature, "SignatureValue") == nil {
		return errDocument
	}
	ref := only(info, nsSignature, "Reference")
	if ref == nil || len(info.ChildElements()) != 3 || attr(ref, "URI") != "#"+attr(el.Parent(), "ID") || len(attr(ref, "URI")) < 2 {
		return errDocument
	}
	if !uses(only(info, nsSignature, "CanonicalizationMethod"), canonical) || !uses(only(info, nsSignature, "SignatureMethod"), methods) ||
		!uses(only(ref, nsSignature, "DigestMethod"), digests) {
		return errDocument
	}
	transforms := only(ref, nsSignature, "Transforms")
	if transforms == nil {
		return errDocument
	}
	list := transforms.ChildElements()
	if len(list) != 2 || !is(list[0], nsSignature, "Transform") || !is(list[1], nsSignature, "Transform") ||
		attr(list[0], "Algorithm") != enveloped || !uses(list[1], canonical) {
		return errDocument
	}
	return nil
}

func uses(el *etree.Element, list []string) bool {
	return el != nil && slices.Contains(list, attr(el, "Algorithm"))
}

// verified is the assertion as far as the signatures cover it. All signatures
// that the response has must be right.
func (s *shape) verified(m *Metadata) (*etree.Element, error) {
	assertion := s.assertion
	if s.onResponse != nil {
		response, err := m.verify(s.response)
		if err != nil {
			return nil, err
		}
		if assertion = only(response, nsAssertion, "Assertion"); assertion == nil {
			return nil, ErrSignature
		}
	}
	if s.onAssertion == nil {
		return assertion, nil
	}
	return m.verify(assertion)
}

// verify is what an element's signature covers, parsed anew from what was
// hashed. The key is one of the metadata's, whatever the signature says of it.
func (m *Metadata) verify(el *etree.Element) (*etree.Element, error) {
	id := attr(el, "ID")
	parent, err := etreeutils.NSBuildParentContext(el)
	if err != nil {
		return nil, ErrSignature
	}
	for _, cert := range m.Certificates {
		alone, err := etreeutils.NSDetatch(parent, el)
		if err != nil {
			return nil, ErrSignature
		}
		signature := only(alone, nsSignature, "Signature")
		if signature == nil {
			return nil, ErrSignature
		}
		for _, info := range children(signature, nsSignature, "KeyInfo") {
			signature.RemoveChild(info)
		}
		ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: append(m.Certificates[:0:0], cert)})
		ctx.Clock = dsig.NewFakeClockAt(cert.NotBefore)
		out, err := ctx.Validate(alone)
		if err != nil {
			continue
		}
		if out == nil || out.Tag != el.Tag || out.NamespaceURI() != el.NamespaceURI() || attr(out, "ID") != id {
			return nil, ErrSignature
		}
		return out, nil
	}
	return nil, ErrSignature
}
