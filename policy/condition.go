package policy

import (
	"net/netip"
	"strings"
)

// condition is one key under one operator, compiled.
type condition struct {
	op   operator
	key  ConditionKey
	deny bool // of a Deny statement
	doc  *ConditionDoc

	patterns []pattern
	arns     []arnPattern
	numbers  []number
	dates    []int64
	prefixes []netip.Prefix
	binary   [][]byte
	truth    [2]bool // which of false and true are listed, for Bool and Null
}

// compileCondition makes c ready. Values that the operator cannot read (no number, no date …) match nothing.
func compileCondition(doc *ConditionDoc, variables, deny bool) (condition, bool) {
	op, ok := parseOperator(doc.Operator)
	if !ok {
		return condition{}, false
	}
	c := condition{op: op, key: MakeKey(doc.Key), deny: deny, doc: doc}
	for _, v := range doc.Values {
		c.add(v, variables)
	}
	return c, true
}

func (c *condition) add(v string, variables bool) {
	switch c.op.cmp {
	case cmpString, cmpStringFold:
		c.patterns = append(c.patterns, compilePattern(v, syntax{variables: variables}))
	case cmpStringLike:
		c.patterns = append(c.patterns, compilePattern(v, syntax{variables: variables, wildcards: true}))
	case cmpArn:
		c.arns = append(c.arns, compileArn(v, variables))
	case cmpNumeric:
		if n, ok := parseNumber(v); ok {
			c.numbers = append(c.numbers, n)
		}
	case cmpDate:
		if ms, ok := parseDate(v); ok {
			c.dates = append(c.dates, ms)
		}
	case cmpBool, cmpNull:
		if b, ok := parseBool(v); ok {
			c.truth[truthIndex(b)] = true
		}
	case cmpBinary:
		if b, ok := parseBinary(v); ok {
			c.binary = append(c.binary, b)
		}
	case cmpIP:
		if p, ok := parsePrefix(v); ok {
			c.prefixes = append(c.prefixes, p)
		}
	}
}

// holds evaluates the condition. An absent key makes positive operators false and negated ones true, IfExists and
// ForAllValues true, ForAnyValue false.
func (c *condition) holds(q *Query) bool {
	var tmp Value // here and not in q, so that q need not live on the heap
	v := q.lookup(&c.key, &tmp)
	if c.op.cmp == cmpNull {
		return c.truth[truthIndex(v == nil)]
	}
	if v == nil {
		return c.absent()
	}
	if v.kind != valueList {
		return c.test(v, "", q)
	}
	return c.list(v, q)
}

func (c *condition) absent() bool {
	switch {
	case c.op.ifExists || c.op.set == forAll:
		return true
	case c.op.set == forAny:
		return false
	}
	return c.op.negated
}

// list evaluates a key with many values. Without a qualifier AWS leaves the outcome open, and we read it the safe way: in
// an Allow every value must satisfy the operator, in a Deny one is enough.
func (c *condition) list(v *Value, q *Query) bool {
	every := c.op.set == forAll || (c.op.set == single && !c.deny)
	for _, s := range v.list {
		if c.test(nil, s, q) != every {
			return !every
		}
	}
	return every
}

// test is the operator on one value of the request: v, or s if v is nil.
func (c *condition) test(v *Value, s string, q *Query) bool {
	if v == nil {
		return c.matches(&Value{kind: valueString, str: s}, q) != c.op.negated
	}
	return c.matches(v, q) != c.op.negated
}

// matches tells whether the value fits one of the policy's, negation aside.
func (c *condition) matches(v *Value, q *Query) bool {
	switch c.op.cmp {
	case cmpString, cmpStringLike:
		return c.matchText(v.text(), q)
	case cmpStringFold:
		return c.matchFold(v.text(), q)
	case cmpArn:
		return c.matchArn(v.text(), q)
	case cmpNumeric:
		return c.matchNumber(v)
	case cmpDate:
		return c.matchDate(v)
	case cmpBool:
		b, ok := boolOf(v)
		return ok && c.truth[truthIndex(b)]
	case cmpBinary:
		return c.matchBinary(v.text())
	case cmpIP:
		return c.matchIP(v.text())
	}
	return false
}

func (c *condition) matchText(s string, q *Query) bool {
	for i := range c.patterns {
		if c.patterns[i].match(s, q) {
			return true
		}
	}
	return false
}

func (c *condition) matchFold(s string, q *Query) bool {
	for i := range c.patterns {
		if text, ok := c.patterns[i].concat(q); ok && strings.EqualFold(text, s) {
			return true
		}
	}
	return false
}

func (c *condition) matchArn(s string, q *Query) bool {
	for i := range c.arns {
		if c.arns[i].match(s, q) {
			return true
		}
	}
	return false
}
