package authz_test

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// refNegated are the operators that are the opposite of another one.
var refNegated = map[string]string{
	"StringNotEquals": "StringEquals", "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase", "StringNotLike": "StringLike",
	"NumericNotEquals": "NumericEquals", "DateNotEquals": "DateEquals", "NotIpAddress": "IpAddress",
	"ArnNotEquals": "ArnLike", "ArnNotLike": "ArnLike",
}

// holds is section 2.6.
func (c refCondition) holds(expand bool, keys refKeys) bool {
	got, present := keys.get(c.key)
	if c.operator == "Null" {
		for _, want := range c.values {
			if strings.EqualFold(want, "true") && !present || strings.EqualFold(want, "false") && present {
				return true
			}
		}
		return false
	}
	qualifier, operator, qualified := strings.Cut(c.operator, ":")
	if !qualified {
		qualifier, operator = "", c.operator
	}
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	positive, negated := refNegated[operator]
	if !negated {
		positive = operator
	}
	if !present {
		switch {
		case ifExists, qualifier == "ForAllValues":
			return true
		case qualifier == "ForAnyValue":
			return false
		}
		return negated
	}
	matches := func(value string) bool {
		for _, want := range c.values {
			if refCompare(positive, value, want, expand, keys) {
				return true
			}
		}
		return false
	}
	all, some, someMatch := true, false, false
	for _, value := range got.list {
		m := matches(value)
		someMatch = someMatch || m
		all = all && m != negated
		some = some || m != negated
	}
	switch qualifier {
	case "ForAllValues":
		return all
	case "ForAnyValue":
		return some
	}
	return someMatch != negated
}

// refCompare compares one value of the request with one of the policy.
func refCompare(operator, got, want string, expand bool, keys refKeys) bool {
	switch operator {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike":
		tokens, ok := refTokens(want, expand, keys)
		if !ok {
			return false
		}
		if operator == "StringLike" {
			return refMatch(tokens, []rune(got))
		}
		text := ""
		for _, t := range tokens {
			text += string(t.r)
		}
		if operator == "StringEqualsIgnoreCase" {
			return strings.EqualFold(got, text)
		}
		return got == text
	case "ArnEquals", "ArnLike":
		return refARN(want, got, expand, keys)
	case "Bool":
		return strings.EqualFold(got, want) && (strings.EqualFold(got, "true") || strings.EqualFold(got, "false"))
	case "BinaryEquals":
		a, err1 := base64.RawStdEncoding.DecodeString(strings.TrimRight(got, "="))
		b, err2 := base64.RawStdEncoding.DecodeString(strings.TrimRight(want, "="))
		return err1 == nil && err2 == nil && string(a) == string(b)
	case "IpAddress":
		return refIP(got, want)
	}
	if name, ok := strings.CutPrefix(operator, "Numeric"); ok {
		a, ok1 := refNumber(got)
		b, ok2 := refNumber(want)
		return ok1 && ok2 && refOrder(name, a.Cmp(b))
	}
	if name, ok := strings.CutPrefix(operator, "Date"); ok {
		a, ok1 := refTime(got)
		b, ok2 := refTime(want)
		return ok1 && ok2 && refOrder(name, a.Compare(b))
	}
	panic("operator " + operator)
}

func refOrder(name string, order int) bool {
	switch name {
	case "Equals":
		return order == 0
	case "LessThan":
		return order < 0
	case "LessThanEquals":
		return order <= 0
	case "GreaterThan":
		return order > 0
	case "GreaterThanEquals":
		return order >= 0
	}
	panic("comparison " + name)
}

var refNumberForm = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

func refNumber(s string) (*big.Rat, bool) {
	if !refNumberForm.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func refTime(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), true
	}
	for _, form := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func refIP(got, want string) bool {
	addr, err := netip.ParseAddr(got)
	if err != nil {
		return false
	}
	if net, err := netip.ParsePrefix(want); err == nil {
		return net.Contains(addr)
	}
	host, err := netip.ParseAddr(want)
	return err == nil && host == addr
}
