package sigv4

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// policyDocument is a POST policy.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
type policyDocument struct {
	expiration time.Time
	conditions []condition
}

// condition is one condition; a simple one has become an eq.
type condition struct {
	op       string // eq, starts-with, content-length-range
	field    string // as sent, with its $
	value    string
	min, max int64
	unusable bool // bounds that are no numbers: it can never be met
}

func badPolicy(detail string) *Error {
	return fail(KindPolicy, http.StatusBadRequest, "InvalidPolicyDocument", "Invalid Policy: "+detail)
}

func notMet(detail string) *Error {
	return fail(KindPolicy, http.StatusForbidden, "AccessDenied", "Invalid according to Policy: "+detail)
}

func parsePolicy(encoded string) (*policyDocument, error) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, badPolicy("Invalid Base64 Encoding.")
	}
	// A map, because names are case-sensitive here and a struct's are not.
	var top map[string]json.RawMessage
	if json.Unmarshal(raw, &top) != nil || top == nil {
		return nil, badPolicy("Invalid JSON.")
	}
	doc := new(policyDocument)
	var expiration string
	if top["expiration"] == nil {
		return nil, badPolicy("Policy missing expiration.")
	}
	if json.Unmarshal(top["expiration"], &expiration) == nil {
		doc.expiration, err = time.Parse(time.RFC3339, expiration)
	}
	if err != nil || doc.expiration.IsZero() {
		return nil, badPolicy("Invalid 'expiration' value: '" + expiration + "'")
	}
	var conditions []json.RawMessage
	if json.Unmarshal(top["conditions"], &conditions) != nil || conditions == nil {
		return nil, badPolicy("Policy missing conditions.")
	}
	for _, c := range conditions {
		parsed, err := parseCondition(c)
		if err != nil {
			return nil, err
		}
		doc.conditions = append(doc.conditions, parsed)
	}
	return doc, nil
}

func parseCondition(raw json.RawMessage) (c condition, err error) {
	if bytes.HasPrefix(raw, []byte("{")) {
		return simpleCondition(raw)
	}
	var list []any
	if json.Unmarshal(raw, &list) != nil {
		return c, badPolicy("Invalid Condition: a condition must be an object or an array.")
	}
	if len(list) != 3 {
		return c, badPolicy("Invalid Condition: a condition must have exactly three elements.")
	}
	op, _ := list[0].(string)
	c.op = strings.ToLower(op)
	switch c.op {
	case "eq", "starts-with":
		var ok1, ok2 bool
		c.field, ok1 = list[1].(string)
		c.value, ok2 = list[2].(string)
		if !ok1 || !ok2 {
			return c, badPolicy("Invalid Condition: value must be a string.")
		}
		return c, nil
	case "content-length-range":
		return rangeCondition(list)
	}
	return c, badPolicy("Invalid Condition: unknown operation '" + op + "'.")
}

func simpleCondition(raw json.RawMessage) (c condition, err error) {
	var object map[string]any
	if json.Unmarshal(raw, &object) != nil || len(object) != 1 {
		return c, badPolicy("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
	}
	for name, value := range object {
		s, ok := value.(string)
		if !ok {
			return c, badPolicy("Invalid Simple-Condition: value must be a string.")
		}
		c = condition{op: "eq", field: "$" + name, value: s}
	}
	return c, nil
}

// rangeCondition takes numbers and strings of digits. Other strings are no error
// but a condition that nothing meets.
func rangeCondition(list []any) (condition, error) {
	c := condition{op: "content-length-range"}
	for i, to := range []*int64{&c.min, &c.max} {
		switch v := list[i+1].(type) {
		case float64:
			*to = int64(v)
			if v < 0 || v > 1<<53 || v != float64(*to) {
				return c, badPolicy("Invalid content-length-range.")
			}
		case string:
			n, err := strconv.ParseInt(v, 10, 64)
			*to = n
			c.unusable = c.unusable || err != nil || n < 0
		default:
			return c, badPolicy("Invalid content-length-range.")
		}
	}
	c.field, c.value = text(list[1]), text(list[2])
	return c, nil
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// String writes a condition as S3 quotes it in errors.
func (c *condition) String() string {
	quote := func(s string) string {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(s) // a string always encodes
		return strings.TrimSuffix(b.String(), "\n")
	}
	return "[" + quote(c.op) + ", " + quote(c.field) + ", " + quote(c.value) + "]"
}

// meet checks every condition, then that every field has one. The bucket counts as
// a field, whether the form names it or not: a policy is for one bucket.
func (p *Post) meet(doc *policyDocument) error {
	covered := make(map[string]bool)
	for i := range doc.conditions {
		c := &doc.conditions[i]
		if !p.meets(c, covered) {
			return notMet("Policy Condition failed: " + c.String())
		}
	}
	var extra []string
	if _, given := p.form.Fields["bucket"]; !given && !covered["bucket"] {
		extra = append(extra, "bucket")
	}
	for name := range p.form.Fields {
		switch {
		case covered[name], name == "policy", name == "x-amz-signature", name == "file", strings.HasPrefix(name, "x-ignore-"):
		case p.V2 && (name == "awsaccesskeyid" || name == "signature"):
		default:
			extra = append(extra, name)
		}
	}
	if extra != nil {
		slices.Sort(extra)
		return notMet("Extra input fields: " + strings.Join(extra, ", "))
	}
	return nil
}

func (p *Post) meets(c *condition, covered map[string]bool) bool {
	if c.op == "content-length-range" {
		p.MinSize = max(p.MinSize, c.min)
		if p.MaxSize < 0 || c.max < p.MaxSize {
			p.MaxSize = c.max
		}
		return !c.unusable
	}
	name, ok := strings.CutPrefix(c.field, "$")
	if !ok {
		return false
	}
	name = strings.ToLower(name)
	covered[name] = true
	value, ok := p.form.Fields[name]
	if name == "bucket" {
		// A bucket field must not name another one than the form was posted to.
		ok = !ok || value == p.form.Bucket
		value = p.form.Bucket
	}
	if !ok {
		return false
	}
	if c.op == "eq" {
		return value == c.value
	}
	if name == "content-type" { // a list of types: each must begin so
		for v := range strings.SplitSeq(value, ",") {
			if !strings.HasPrefix(strings.TrimSpace(v), c.value) {
				return false
			}
		}
		return true
	}
	return strings.HasPrefix(value, c.value)
}
