package authz_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// The files reference_*_test.go are a second evaluator. It is written from the specification alone, shares nothing with
// packages policy and authz, and does everything the slow and obvious way, so that the two disagree wherever one of them
// is wrong. It reads the world of a Case.

type refPolicy struct {
	version    string
	statements []refStatement
}

// refStatement: nil lists are absent elements.
type refStatement struct {
	effect                                   string
	principal, notPrincipal                  []refPrincipal
	action, notAction, resource, notResource []string
	conditions                               []refCondition
}

type refPrincipal struct{ typ, value string }

type refCondition struct {
	operator, key string
	values        []string
}

func refParse(text []byte) (*refPolicy, error) {
	var doc struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	var raw []map[string]json.RawMessage
	if err := json.Unmarshal(refList(doc.Statement), &raw); err != nil {
		return nil, err
	}
	p := &refPolicy{version: doc.Version}
	for _, r := range raw {
		var s refStatement
		var err error
		keep := func(e error) {
			if e != nil {
				err = e
			}
		}
		for name, value := range r {
			switch name {
			case "Effect":
				keep(json.Unmarshal(value, &s.effect))
			case "Action":
				s.action = refStrings(value)
			case "NotAction":
				s.notAction = refStrings(value)
			case "Resource":
				s.resource = refStrings(value)
			case "NotResource":
				s.notResource = refStrings(value)
			case "Principal":
				s.principal = refPrincipals(value)
			case "NotPrincipal":
				s.notPrincipal = refPrincipals(value)
			case "Condition":
				var ops map[string]map[string]json.RawMessage
				keep(json.Unmarshal(value, &ops))
				for op, keys := range ops {
					for key, values := range keys {
						s.conditions = append(s.conditions, refCondition{op, key, refStrings(values)})
					}
				}
			case "Sid":
			default:
				keep(fmt.Errorf("unknown element %s", name))
			}
		}
		if s.effect != "Allow" && s.effect != "Deny" || len(s.action)+len(s.notAction) == 0 {
			err = errors.New("a statement without effect or action")
		}
		if err != nil {
			return nil, err
		}
		p.statements = append(p.statements, s)
	}
	return p, nil
}

// refList makes a list of what may be a single value.
func refList(raw json.RawMessage) json.RawMessage {
	if len(raw) > 0 && raw[0] == '[' {
		return raw
	}
	return []byte("[" + string(raw) + "]")
}

// refStrings reads a value or a list of them; numbers and bools as their text.
func refStrings(raw json.RawMessage) []string {
	var list []any
	dec := json.NewDecoder(bytes.NewReader(refList(raw)))
	dec.UseNumber()
	if dec.Decode(&list) != nil {
		return []string{}
	}
	out := []string{}
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

func refPrincipals(raw json.RawMessage) []refPrincipal {
	var any string
	if json.Unmarshal(raw, &any) == nil {
		return []refPrincipal{{"AWS", any}}
	}
	var types map[string]json.RawMessage
	out := []refPrincipal{}
	if json.Unmarshal(raw, &types) == nil {
		for typ, values := range types {
			for _, v := range refStrings(values) {
				out = append(out, refPrincipal{typ, v})
			}
		}
	}
	return out
}

// refAsk is one question to one policy.
type refAsk struct {
	caller           *refCaller
	action, resource string
	keys             refKeys
}

// refKinds is K of section 3.1: in which ways an Allow names the caller.
type refKinds struct{ direct, role, issuer, account bool }

func (k refKinds) any() bool { return k.direct || k.role || k.issuer || k.account }

func (k refKinds) or(l refKinds) refKinds {
	return refKinds{k.direct || l.direct, k.role || l.role, k.issuer || l.issuer, k.account || l.account}
}

// asks tells whether the statement's action, resource and conditions match.
func (s *refStatement) asks(p *refPolicy, a refAsk) bool {
	actions, not := s.action, false
	if s.notAction != nil {
		actions, not = s.notAction, true
	}
	hit := false
	for _, pattern := range actions {
		hit = hit || refWild(strings.ToLower(pattern), strings.ToLower(a.action))
	}
	if hit == not {
		return false
	}
	expand := p.version == "2012-10-17"
	if s.resource != nil || s.notResource != nil { // trust policies have neither
		resources, not := s.resource, false
		if s.notResource != nil {
			resources, not = s.notResource, true
		}
		hit = false
		for _, pattern := range resources {
			hit = hit || refResource(pattern, a.resource, expand, a.keys)
		}
		if hit == not {
			return false
		}
	}
	for _, c := range s.conditions {
		if !c.holds(expand, a.keys) {
			return false
		}
	}
	return true
}

// denies tells whether some Deny statement matches; principals are asked where a statement has them.
func (p *refPolicy) denies(a refAsk) bool {
	if p == nil {
		return false
	}
	for _, s := range p.statements {
		if s.effect != "Deny" || !s.asks(p, a) {
			continue
		}
		switch {
		case s.notPrincipal != nil:
			if a.caller.hitByNotPrincipal(s.notPrincipal) {
				return true
			}
		case s.principal != nil:
			for _, pr := range s.principal {
				if a.caller.named(pr).any() {
					return true
				}
			}
		default:
			return true
		}
	}
	return false
}

// allows tells whether a policy without principals allows.
func (p *refPolicy) allows(a refAsk) bool {
	for _, s := range p.statements {
		if s.effect != "Allow" || !s.asks(p, a) {
			continue
		}
		if s.principal == nil {
			return true
		}
		for _, pr := range s.principal { // VPC endpoint policies
			if a.caller.named(pr).any() {
				return true
			}
		}
	}
	return false
}

// kinds is in which ways a resource policy's Allow statements name the caller.
func (p *refPolicy) kinds(a refAsk) (k refKinds) {
	if p == nil {
		return k
	}
	for _, s := range p.statements {
		if s.effect != "Allow" || !s.asks(p, a) {
			continue
		}
		for _, pr := range s.principal {
			if a.caller.kind == "provider" && pr.typ == "AWS" {
				continue // "*" stands for callers with an identity or none, not for whoever a provider vouches for (1.4)
			}
			k = k.or(a.caller.named(pr))
		}
	}
	return k
}
