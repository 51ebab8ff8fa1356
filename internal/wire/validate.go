package wire

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// maxViolations bounds how many are told.
const maxViolations = 20

// violation is one constraint that an input fails.
type violation struct {
	path     string // "tags.1.member.key"
	value    string
	hasValue bool
	reason   string // Organizations' word for it
	text     string // "Member must …"
}

// Validate checks an input against the model: required members, lengths,
// ranges, patterns and enums. The error is in the service's words. S3 checks
// only that what is required is there and that a body keeps to the schema; the
// rest its service does by hand. EC2 checks only required parameters.
func (op *Operation) Validate(in any) error {
	v := reflect.ValueOf(in).Elem()
	p := op.plans().in
	switch {
	case op.Service.Package == "s3":
		return op.validateS3(v, p)
	case op.Service.Protocol == EC2:
		return op.validateEC2(v, p)
	}
	c := &checker{op: op}
	c.structure(v, p, "")
	if len(c.found) == 0 {
		return nil
	}
	return op.validation(c.found)
}

type checker struct {
	op    *Operation
	found []violation
}

func (c *checker) add(v violation) {
	if len(c.found) < maxViolations {
		c.found = append(c.found, v)
	}
}

func (c *checker) structure(v reflect.Value, p *plan, path string) {
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(i)
		at := lowerFirst(f.Name)
		if path != "" {
			at = path + "." + at
		}
		if fv.IsNil() {
			if f.Required {
				c.add(violation{path: at, value: "null", reason: "INPUT_REQUIRED", text: "Member must not be null"})
			}
			continue
		}
		if f.Streaming {
			continue
		}
		c.value(fv, f.plan, at)
	}
}

// value checks what is there, whatever its kind.
func (c *checker) value(v reflect.Value, p *plan, at string) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch p.kind {
	case Structure:
		c.structure(v, p, at)
	case List:
		c.list(v, p, at)
	case Map:
		c.size(v, p, at, v.Len())
		for it := v.MapRange(); it.Next(); {
			c.value(it.Key(), p.key, at+".key")
			if p.elem.kind == Structure || p.elem.kind == List {
				c.value(it.Value(), p.elem, at+".value")
			} else {
				c.scalar(it.Value(), p.elem, at+".value")
			}
		}
	default:
		c.scalar(v, p, at)
	}
}

func (c *checker) list(v reflect.Value, p *plan, at string) {
	c.size(v, p, at, v.Len())
	if p.elem.kind == Structure || p.elem.kind == List || p.elem.kind == Map {
		for i := range v.Len() {
			c.value(v.Index(i), p.elem, at+"."+strconv.Itoa(i+1)+".member")
		}
		return
	}
	for i := range v.Len() {
		inner := checker{op: c.op}
		inner.scalar(v.Index(i), p.elem, at)
		if len(inner.found) == 0 {
			continue
		}
		c.add(violation{
			path: at, value: listText(v), hasValue: !p.elem.shape.Sensitive, reason: inner.found[0].reason,
			text: "Member must satisfy constraint: [" + strings.Join(constraints(p.elem, c.op.quiet()), ", ") + "]",
		})
		return
	}
}

// listText is a list as Java prints it, cut where it gets long.
func listText(v reflect.Value) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, v.Index(i).Interface())
		if b.Len() > maxValueText {
			break
		}
	}
	return cutText(b.String() + "]")
}

// maxValueText bounds how much of a value a message repeats, in bytes.
const maxValueText = 4096

func cutText(s string) string {
	if len(s) > maxValueText {
		s = strings.ToValidUTF8(s[:maxValueText], "")
	}
	return s
}

func (c *checker) size(v reflect.Value, p *plan, at string, n int) {
	if p.shape.Limits&HasMax != 0 && int64(n) > p.shape.Max {
		c.add(violation{path: at, reason: "MAX_LENGTH_EXCEEDED", text: maxLength(p)})
	}
	if p.shape.Limits&HasMin != 0 && int64(n) < p.shape.Min {
		c.add(violation{path: at, reason: "MIN_LENGTH_EXCEEDED", text: minLength(p)})
	}
}

func (c *checker) scalar(v reflect.Value, p *plan, at string) {
	base := violation{path: at, hasValue: !p.shape.Sensitive}
	fail := func(reason, text string) {
		b := base
		b.reason, b.text, b.value = reason, text, c.text(v)
		c.add(b)
	}
	switch p.kind {
	case String:
		s := v.String()
		if p.enum != nil {
			if _, ok := p.enum[s]; !ok {
				fail("INVALID_ENUM", enumText(p, c.op.quiet()))
			}
			return
		}
		if p.pattern != nil && !p.pattern.MatchString(s) {
			fail("INVALID_PATTERN", patternText(p))
		}
		c.length(length(s), p, fail)
	case Blob:
		c.length(v.Len(), p, fail)
	case Integer, Long:
		c.rangeOf(v.Int(), p, fail)
	case Double, Float:
		c.rangeOf(int64(v.Float()), p, fail)
	}
}

func (c *checker) length(n int, p *plan, fail func(string, string)) {
	if p.shape.Limits&HasMax != 0 && int64(n) > p.shape.Max {
		fail("MAX_LENGTH_EXCEEDED", maxLength(p))
	}
	if p.shape.Limits&HasMin != 0 && int64(n) < p.shape.Min {
		fail("MIN_LENGTH_EXCEEDED", minLength(p))
	}
}

func (c *checker) rangeOf(n int64, p *plan, fail func(string, string)) {
	if p.shape.Limits&HasMax != 0 && n > p.shape.Max {
		fail("MAX_VALUE_EXCEEDED", "Member must have value less than or equal to "+strconv.FormatInt(p.shape.Max, 10))
	}
	if p.shape.Limits&HasMin != 0 && n < p.shape.Min {
		fail("MIN_VALUE_EXCEEDED", "Member must have value greater than or equal to "+strconv.FormatInt(p.shape.Min, 10))
	}
}

// length is a string's length as Java counts, in UTF-16 code units.
func length(s string) int {
	n := 0
	for _, r := range s {
		if r == utf8.RuneError {
			n++
			continue
		}
		n += utf16.RuneLen(r)
	}
	return n
}

func (c *checker) text(v reflect.Value) string {
	var s string
	switch {
	case v.Kind() == reflect.Slice:
		s = "java.nio.HeapByteBuffer[pos=0 lim=" + strconv.Itoa(v.Len()) + " cap=" + strconv.Itoa(v.Len()) + "]"
	case v.Kind() == reflect.Struct:
		s = v.Interface().(time.Time).UTC().Format(time.RFC3339)
	default:
		s = fmt.Sprint(v.Interface())
	}
	return cutText(s)
}

func maxLength(p *plan) string {
	return "Member must have length less than or equal to " + strconv.FormatInt(p.shape.Max, 10)
}

func minLength(p *plan) string {
	return "Member must have length greater than or equal to " + strconv.FormatInt(p.shape.Min, 10)
}

func patternText(p *plan) string {
	return "Member must satisfy regular expression pattern: " + p.shape.Pattern
}

func enumText(p *plan, quiet bool) string {
	if quiet {
		return "Member must satisfy enum value set"
	}
	return "Member must satisfy enum value set: [" + strings.Join(p.shape.Enum, ", ") + "]"
}

// constraints are all that a list's elements must satisfy.
func constraints(p *plan, quiet bool) (out []string) {
	if p.enum != nil {
		return []string{enumText(p, quiet)}
	}
	if p.shape.Limits&HasMax != 0 {
		out = append(out, maxLength(p))
	}
	if p.shape.Limits&HasMin != 0 {
		out = append(out, minLength(p))
	}
	if p.pattern != nil {
		out = append(out, patternText(p))
	}
	return out
}

// quiet tells whether the service leaves values out of its messages, as IAM does.
func (op *Operation) quiet() bool { return op.Service.Package == "iam" }

// validation renders violations in the service's words.
func (op *Operation) validation(found []violation) *Error {
	if op.Service.Package == "organizations" {
		return organizationsInput(found[0])
	}
	if op.quiet() {
		var odd *Error
		if found, odd = iamNames(found); odd != nil {
			return odd
		}
	}
	var b strings.Builder
	noun := " validation error detected: "
	if len(found) > 1 {
		noun = " validation errors detected: "
	}
	b.WriteString(strconv.Itoa(len(found)) + noun)
	for i, v := range found {
		if i > 0 {
			b.WriteString("; ")
		}
		switch {
		case op.quiet() || !v.hasValue && v.value != "null":
			b.WriteString("Value")
		case v.value == "null" && !v.hasValue:
			b.WriteString("Value null")
		default:
			b.WriteString("Value '" + v.value + "'")
		}
		b.WriteString(" at '" + v.path + "' failed to satisfy constraint: " + v.text)
	}
	e := &Error{Code: "ValidationException", Message: b.String(), Status: http.StatusBadRequest}
	switch {
	case op.Service.Protocol == Query:
		e.Code = "ValidationError"
	case op.Service.Package == "s3control":
		e.Code = "InvalidRequest"
	case op.Service.Package == "accessanalyzer":
		e.Fields = []Field{{"reason", "fieldValidationFailed"}}
	}
	return e
}

// iamNames takes names and paths with wrong characters out of what is found, for
// IAM looks at these itself once everything else is right, and words it otherwise.
func iamNames(found []violation) ([]violation, *Error) {
	var rest []violation
	var first *Error
	for _, v := range found {
		var must string
		switch v.text {
		case `Member must satisfy regular expression pattern: [\w+=,.@-]+`:
			must = "contain only alphanumeric characters and/or the following: +=,.@_-"
		case `Member must satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F)`:
			must = "begin and end with / and contain only alphanumeric characters and/or / characters."
		default:
			rest = append(rest, v)
			continue
		}
		if first == nil {
			text := "The specified value for " + v.path + " is invalid. It must " + must
			first = &Error{Code: "ValidationError", Message: text, Status: http.StatusBadRequest}
		}
	}
	if len(rest) > 0 {
		first = nil
	}
	return rest, first
}

// organizationsInput is InvalidInputException, which tells the first reason alone.
func organizationsInput(v violation) *Error {
	text := map[string]string{
		"INPUT_REQUIRED":      "You must include a value for all required parameters.",
		"INVALID_ENUM":        "You specified an invalid value.",
		"INVALID_PATTERN":     "You provided a value that does not match the required pattern.",
		"MAX_LENGTH_EXCEEDED": "You provided a string parameter that is longer than allowed.",
		"MIN_LENGTH_EXCEEDED": "You provided a string parameter that is shorter than allowed.",
		"MAX_VALUE_EXCEEDED":  "You provided a numeric parameter that has a larger value than allowed.",
		"MIN_VALUE_EXCEEDED":  "You provided a numeric parameter that has a smaller value than allowed.",
	}[v.reason]
	if text == "" {
		text = v.text
	}
	return &Error{
		Code: "InvalidInputException", Message: text, Status: http.StatusBadRequest,
		Fields: []Field{{"Reason", v.reason}},
	}
}

func (op *Operation) validateEC2(v reflect.Value, p *plan) error {
	for i := range p.fields {
		f := &p.fields[i]
		if f.Required && v.Field(i).IsNil() {
			return &Error{
				Code: "MissingParameter", Status: http.StatusBadRequest,
				Message: "The request must contain the parameter " + formDecoder{ec2: true}.name(f),
			}
		}
	}
	return nil
}
