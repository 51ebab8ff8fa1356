package policy

import "strings"

// comparison is what an operator compares and how, its negation and suffixes taken off.
type comparison uint8

const (
	cmpString comparison = iota + 1
	cmpStringFold
	cmpStringLike
	cmpNumeric
	cmpDate
	cmpBool
	cmpBinary
	cmpIP
	cmpArn
	cmpNull
)

// order is the relation that numbers and dates are tested for.
type order uint8

const (
	orderEqual order = iota
	orderLess
	orderLessEqual
	orderGreater
	orderGreaterEqual
)

// quantifier is the set qualifier of an operator.
type quantifier uint8

const (
	single quantifier = iota
	forAll
	forAny
)

// operator is a condition operator taken apart.
type operator struct {
	cmp      comparison
	order    order
	negated  bool
	ifExists bool
	set      quantifier
}

var operators = map[string]operator{
	"StringEquals":              {cmp: cmpString},
	"StringNotEquals":           {cmp: cmpString, negated: true},
	"StringEqualsIgnoreCase":    {cmp: cmpStringFold},
	"StringNotEqualsIgnoreCase": {cmp: cmpStringFold, negated: true},
	"StringLike":                {cmp: cmpStringLike},
	"StringNotLike":             {cmp: cmpStringLike, negated: true},
	"NumericEquals":             {cmp: cmpNumeric},
	"NumericNotEquals":          {cmp: cmpNumeric, negated: true},
	"NumericLessThan":           {cmp: cmpNumeric, order: orderLess},
	"NumericLessThanEquals":     {cmp: cmpNumeric, order: orderLessEqual},
	"NumericGreaterThan":        {cmp: cmpNumeric, order: orderGreater},
	"NumericGreaterThanEquals":  {cmp: cmpNumeric, order: orderGreaterEqual},
	"DateEquals":                {cmp: cmpDate},
	"DateNotEquals":             {cmp: cmpDate, negated: true},
	"DateLessThan":              {cmp: cmpDate, order: orderLess},
	"DateLessThanEquals":        {cmp: cmpDate, order: orderLessEqual},
	"DateGreaterThan":           {cmp: cmpDate, order: orderGreater},
	"DateGreaterThanEquals":     {cmp: cmpDate, order: orderGreaterEqual},
	"Bool":                      {cmp: cmpBool},
	"BinaryEquals":              {cmp: cmpBinary},
	"IpAddress":                 {cmp: cmpIP},
	"NotIpAddress":              {cmp: cmpIP, negated: true},
	"ArnEquals":                 {cmp: cmpArn},
	"ArnLike":                   {cmp: cmpArn},
	"ArnNotEquals":              {cmp: cmpArn, negated: true},
	"ArnNotLike":                {cmp: cmpArn, negated: true},
	"Null":                      {cmp: cmpNull},
}

// parseOperator reads an operator's name with its qualifier and suffix; names are case-sensitive.
func parseOperator(name string) (operator, bool) {
	set := single
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		set, name = forAll, rest
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		set, name = forAny, rest
	}
	base, ifExists := strings.CutSuffix(name, "IfExists")
	op, ok := operators[base]
	if !ok || (op.cmp == cmpNull && (ifExists || set != single)) {
		return operator{}, false
	}
	op.set, op.ifExists = set, ifExists
	return op, true
}
