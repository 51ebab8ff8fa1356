package policy

import "strings"

// Query is what one policy is asked: may Caller do Action on Resource, the condition keys being what they are. A key is
// looked for in Derived first (what is known of caller and resource), then in Request (what the request itself says); with
// RequestFirst the other way round. Either may be nil. Not safe for concurrent use.
type Query struct {
	Action       Action
	Resource     string  // an ARN, or "*" where an action knows no resource
	Caller       *Caller // asked by policies that have a Principal
	Derived      *Values
	Request      *Values
	RequestFirst bool

	tail int // where Resource's sixth part begins; -1: it has none
}

// MakeQuery is a query about action on resource.
func MakeQuery(action Action, resource string, caller *Caller) Query {
	return Query{Action: action, Resource: resource, Caller: caller, tail: tailOf(resource)}
}

// tailOf is the offset behind the fifth colon, or -1.
func tailOf(s string) int {
	at := 0
	for range 5 {
		i := strings.IndexByte(s[at:], ':')
		if i < 0 {
			return -1
		}
		at += i + 1
	}
	return at
}

func (q *Query) lookup(k *ConditionKey, tmp *Value) *Value {
	first, second := q.Derived, q.Request
	if q.RequestFirst {
		first, second = second, first
	}
	var v *Value
	if first != nil {
		v = first.lookup(k, tmp)
	}
	if v == nil && second != nil {
		v = second.lookup(k, tmp)
	}
	if v == nil || v.kind == valueHidden {
		return nil
	}
	return v
}

// Lookup answers the values of the key called name as policies see them.
func (q *Query) Lookup(name string) ([]string, bool) {
	k := MakeKey(name)
	var tmp Value
	v := q.lookup(&k, &tmp)
	if v == nil {
		return nil, false
	}
	return v.Strings(), true
}

// variable is what ${key} stands for. A key with more than one value cannot be used.
func (q *Query) variable(t *token) (string, bool) {
	var tmp Value
	v := q.lookup(&t.key, &tmp)
	switch {
	case v == nil:
		return t.text, t.fallback
	case v.kind == valueList:
		return "", false
	}
	return v.text(), true
}
