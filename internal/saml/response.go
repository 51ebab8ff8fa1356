package saml

import (
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// What a response is refused for.
var (
	// ErrMalformed: it is not of the shape that is taken.
	ErrMalformed = errors.New("saml: not a response that is taken")
	// ErrSignature: no key of the provider made the signature.
	ErrSignature = errors.New("saml: wrong signature")
	// ErrRejected: the provider says that it did not authenticate anybody.
	ErrRejected = errors.New("saml: the provider reports a failure")
	// ErrIssuer: it is another provider's.
	ErrIssuer = errors.New("saml: wrong issuer")
	// ErrAudience: it is meant for somebody else.
	ErrAudience = errors.New("saml: wrong audience")
	// ErrRecipient: its bearer may use it elsewhere only.
	ErrRecipient = errors.New("saml: wrong recipient")
	// ErrExpired: it is over, or older than five minutes.
	ErrExpired = errors.New("saml: expired")
	// ErrEarly: it is not valid yet.
	ErrEarly = errors.New("saml: not valid yet")
)

const (
	maxResponse = 100_000         // characters in Base64
	freshness   = 5 * time.Minute // after it was issued
	skew        = time.Minute     // that the provider's clock may be ahead
	success     = "urn:oasis:names:tc:SAML:2.0:status:Success"
	bearer      = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
)

// recipients are the addresses of AWS's sign-in, which providers know, and which
// stand for this server: none of them is ever connected to.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
var recipients = regexp.MustCompile(`^https://([a-z]{2}(-[a-z]+)+-\d\.)?signin\.aws\.amazon\.com/(static/)?saml(/acs/[A-Z0-9]{1,64})?$`)

const webServices = "urn:amazon:webservices"

// Assertion is what a verified response says.
type Assertion struct {
	Issuer, Recipient string
	Subject           string // NameID
	SubjectType       string // its format, without the prefix of SAML 2.0's own
	SessionEnd        time.Time
	Attributes        map[string][]string // by name
	issued            time.Time
}

// Verify reads a response in Base64 and tells whether it is the provider's and
// valid now.
func Verify(m *Metadata, encoded string, now time.Time) (*Assertion, error) {
	if len(encoded) > maxResponse {
		return nil, ErrMalformed
	}
	document, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil {
		return nil, ErrMalformed
	}
	root, err := parse(document, false)
	if err != nil {
		return nil, ErrMalformed
	}
	if failed(root) {
		return nil, ErrRejected
	}
	s, err := shapeOf(root)
	if err != nil {
		return nil, ErrMalformed
	}
	el, err := s.verified(m)
	if err != nil {
		return nil, err
	}
	if !is(el, nsAssertion, "Assertion") || attr(el, "Version") != "2.0" {
		return nil, ErrMalformed
	}
	return read(el, m, now)
}

// failed tells whether the response reports a failure. That it does not proves
// nothing: the status need not be signed.
func failed(root *etree.Element) bool {
	status := only(root, nsProtocol, "Status")
	if status == nil {
		return false
	}
	code := only(status, nsProtocol, "StatusCode")
	return code == nil || attr(code, "Value") != success
}

func read(el *etree.Element, m *Metadata, now time.Time) (a *Assertion, err error) {
	a = &Assertion{Attributes: map[string][]string{}}
	var ok bool
	if a.Issuer, ok = text(only(el, nsAssertion, "Issuer")); !ok || a.Issuer != m.Issuer {
		return nil, ErrIssuer
	}
	if a.issued, err = instant(attr(el, "IssueInstant")); err != nil {
		return nil, ErrMalformed
	}
	switch {
	case a.issued.After(now.Add(skew)):
		return nil, ErrEarly
	case now.Sub(a.issued) > freshness:
		return nil, ErrExpired
	}
	for _, step := range []func(*etree.Element, time.Time) error{a.subject, a.conditions, a.sessions, a.attributes} {
		if err := step(el, now); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// within checks the attributes NotBefore and NotOnOrAfter, where they are there.
func within(el *etree.Element, now time.Time) error {
	if s := attr(el, "NotBefore"); s != "" {
		t, err := instant(s)
		if err != nil {
			return ErrMalformed
		}
		if t.After(now.Add(skew)) {
			return ErrEarly
		}
	}
	if s := attr(el, "NotOnOrAfter"); s != "" {
		t, err := instant(s)
		if err != nil {
			return ErrMalformed
		}
		if !now.Before(t) {
			return ErrExpired
		}
	}
	return nil
}

const nameFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:"

func (a *Assertion) subject(el *etree.Element, now time.Time) error {
	subject := only(el, nsAssertion, "Subject")
	if subject == nil {
		return ErrMalformed
	}
	name, confirmation := only(subject, nsAssertion, "NameID"), only(subject, nsAssertion, "SubjectConfirmation")
	var ok bool
	if a.Subject, ok = text(name); !ok || a.Subject == "" || len(a.Subject) > 1024 || confirmation == nil {
		return ErrMalformed
	}
	a.SubjectType = strings.TrimPrefix(attr(name, "Format"), nameFormat)
	data := only(confirmation, nsAssertion, "SubjectConfirmationData")
	if attr(confirmation, "Method") != bearer || data == nil || attr(data, "NotOnOrAfter") == "" {
		return ErrMalformed
	}
	if a.Recipient = attr(data, "Recipient"); !recipients.MatchString(a.Recipient) {
		return ErrRecipient
	}
	return within(data, now)
}

// conditions must name an audience that stands for this server. Conditions that
// are not understood refuse the assertion.
func (a *Assertion) conditions(el *etree.Element, now time.Time) error {
	c := only(el, nsAssertion, "Conditions")
	if c == nil {
		return ErrAudience
	}
	if err := within(c, now); err != nil {
		return err
	}
	restricted := false
	for _, condition := range c.ChildElements() {
		switch {
		case is(condition, nsAssertion, "OneTimeUse"), is(condition, nsAssertion, "ProxyRestriction"):
		case is(condition, nsAssertion, "AudienceRestriction"):
			restricted = true
			if !slices.ContainsFunc(children(condition, nsAssertion, "Audience"), func(el *etree.Element) bool {
				s, ok := text(el)
				return ok && (s == webServices || recipients.MatchString(s))
			}) {
				return ErrAudience
			}
		default:
			return ErrMalformed
		}
	}
	if !restricted {
		return ErrAudience
	}
	return nil
}

// sessions finds the earliest end of a session at the provider.
func (a *Assertion) sessions(el *etree.Element, now time.Time) error {
	for _, s := range children(el, nsAssertion, "AuthnStatement") {
		end := attr(s, "SessionNotOnOrAfter")
		if end == "" {
			continue
		}
		t, err := instant(end)
		if err != nil {
			return ErrMalformed
		}
		if !now.Before(t) {
			return ErrExpired
		}
		if a.SessionEnd.IsZero() || t.Before(a.SessionEnd) {
			a.SessionEnd = t
		}
	}
	return nil
}

// attributes are read whole; one whose name comes twice refuses the assertion.
func (a *Assertion) attributes(el *etree.Element, _ time.Time) error {
	for _, statement := range children(el, nsAssertion, "AttributeStatement") {
		for _, attribute := range children(statement, nsAssertion, "Attribute") {
			name := attr(attribute, "Name")
			if _, twice := a.Attributes[name]; twice || name == "" {
				return ErrMalformed
			}
			values := []string{}
			for _, v := range children(attribute, nsAssertion, "AttributeValue") {
				s, ok := text(v)
				if !ok {
					values = nil // a structure: nothing that could be compared
					break
				}
				values = append(values, s)
			}
			a.Attributes[name] = values
		}
	}
	return nil
}
