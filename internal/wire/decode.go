package wire

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// Decode reads a request into the operation's input, a pointer to its struct.
// What cannot be read is an *Error in the service's words; an error of the
// body's reader comes back as it is.
func (op *Operation) Decode(r *Request) (any, error) {
	in := op.NewInput()
	v := reflect.ValueOf(in).Elem()
	p := op.plans().in
	var err error
	switch op.Service.Protocol {
	case Query, EC2:
		err = op.decodeForm(v, p, r)
	case JSON:
		err = op.decodeBody(v, p, r)
	default:
		if err = op.bindings(v, p, r); err == nil {
			err = op.decodeBody(v, p, r)
		}
	}
	if err != nil {
		return nil, err
	}
	return in, nil
}

func (op *Operation) decodeForm(v reflect.Value, p *plan, r *Request) error {
	tree, err := formTree(r.Query)
	if err != nil {
		return err
	}
	err = formDecoder{ec2: op.Service.Protocol == EC2}.structure(v, p, tree)
	if errors.Is(err, errText) {
		return &Error{Code: "MalformedInput", Message: "Could not parse a parameter.", Status: 400}
	}
	return err
}

// bindings reads the members that are not in the body.
func (op *Operation) bindings(v reflect.Value, p *plan, r *Request) error {
	hoisted := op.hoisted(r)
	for i := range p.fields {
		f := &p.fields[i]
		var err error
		switch f.Location {
		case InURI:
			if text, ok := op.label(r, f.name); ok {
				err = op.bind(v.Field(i), f, text)
			}
		case InHeader:
			err = op.header(v.Field(i), f, r, hoisted)
		case InPrefix:
			prefixHeaders(v.Field(i), f, r, hoisted)
		case InQuery:
			if values, ok := r.Query[f.name]; ok {
				err = op.query(v.Field(i), f, values)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (op *Operation) label(r *Request, name string) (string, bool) {
	if op.Service.Package == "s3" {
		switch name {
		case "Bucket":
			return r.Bucket, r.Bucket != ""
		case "Key":
			return r.Key, r.Key != ""
		}
		return "", false
	}
	if r.labels == nil {
		_, r.labels = op.Service.matchPath(r.Method, r.Path)
	}
	for _, l := range r.labels {
		if l.name == name {
			return l.value, true
		}
	}
	return "", false
}

// hoisted are the x-amz- headers that a presigned URL carries in its query
// string, by lower-case name; S3 takes them for headers.
func (op *Operation) hoisted(r *Request) map[string]string {
	if op.Service.Package != "s3" {
		return nil
	}
	var m map[string]string
	for name, values := range r.Query {
		if len(name) < 6 || !strings.EqualFold(name[:6], "x-amz-") || len(values) == 0 {
			continue
		}
		if m == nil {
			m = map[string]string{}
		}
		m[strings.ToLower(name)] = values[0]
	}
	return m
}

func (op *Operation) header(dst reflect.Value, f *field, r *Request, hoisted map[string]string) error {
	if f.header == "Content-Length" {
		if r.Length >= 0 {
			dst.Set(reflect.ValueOf(&r.Length))
		}
		return nil
	}
	values := r.Header[f.header]
	if len(values) == 0 {
		text, ok := hoisted[f.name]
		if !ok {
			return nil
		}
		return op.bind(dst, f, text)
	}
	text := values[0]
	if len(values) > 1 {
		text = strings.Join(values, ",")
	}
	return op.bind(dst, f, strings.Trim(text, " \t"))
}

// bind sets a member from the text of a header or label.
func (op *Operation) bind(dst reflect.Value, f *field, text string) error {
	if f.plan.kind == List {
		dst.Set(reflect.MakeSlice(dst.Type(), 0, 0))
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				if err := setText(grow(dst), part, f.time); err != nil {
					return op.malformed(f, text)
				}
			}
		}
		return nil
	}
	err := setText(dst, text, f.time)
	if err == nil {
		return nil
	}
	dst.SetZero()
	if f.plan.kind == Timestamp && f.Location == InHeader && f.time == HTTPDate {
		return nil // RFC 9110: a date that cannot be read is as if it were not there
	}
	return op.malformed(f, text)
}

func (op *Operation) query(dst reflect.Value, f *field, values []string) error {
	if len(values) == 0 {
		return nil
	}
	if f.plan.kind != List {
		return op.bind(dst, f, values[0])
	}
	dst.Set(reflect.MakeSlice(dst.Type(), 0, len(values)))
	for _, v := range values {
		if err := setText(grow(dst), v, f.time); err != nil {
			return op.malformed(f, v)
		}
	}
	return nil
}

// malformed is the answer to a header or parameter of the wrong type.
func (op *Operation) malformed(f *field, text string) error {
	if op.Service.Package != "s3" {
		return op.validation([]violation{{path: lowerFirst(f.Member.Name), value: text, hasValue: true, text: "Member must be a valid " + kindName(f.plan.kind)}})
	}
	var message string
	switch {
	case f.name == "partNumber":
		message = "Part number must be an integer between 1 and 10000, inclusive"
	case f.plan.kind == Integer || f.plan.kind == Long:
		message = "Provided " + f.name + " not an integer or within integer range"
	case f.name == "x-amz-object-lock-retain-until-date":
		message = "The retain until date must be provided in ISO 8601 format"
	default:
		message = "The value provided for " + f.name + " is not valid."
	}
	return &Error{
		Code: "InvalidArgument", Message: message, Status: http.StatusBadRequest,
		Fields: []Field{{"ArgumentName", f.name}, {"ArgumentValue", text}},
	}
}

// prefixHeaders collects x-amz-meta-*; names are in lower case, as S3 keeps them.
func prefixHeaders(dst reflect.Value, f *field, r *Request, hoisted map[string]string) {
	prefix := f.WireName()
	m := map[string]string{}
	for name, value := range hoisted {
		if strings.HasPrefix(name, prefix) {
			m[name[len(prefix):]] = value
		}
	}
	for name, values := range r.Header {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			m[strings.ToLower(name[len(prefix):])] = strings.Trim(strings.Join(values, ","), " \t")
		}
	}
	if len(m) > 0 {
		dst.Set(reflect.ValueOf(m))
	}
}

// decodeBody reads the body, or hands a streaming one through.
func (op *Operation) decodeBody(v reflect.Value, p *plan, r *Request) error {
	if p.payload != nil && p.payload.Streaming {
		if r.Body != nil {
			v.Field(p.payload.index).Set(reflect.ValueOf(r.Body))
		}
		return nil
	}
	if p.payload == nil && !p.hasBody {
		return nil
	}
	body, err := r.read(op.BodyLimit())
	if errors.Is(err, ErrBodyTooLarge) {
		return op.tooLarge()
	}
	if err != nil {
		return err
	}
	if len(body) == 0 && (p.payload == nil || p.payload.plan.kind != String) {
		return nil
	}
	if p.payload != nil {
		return op.decodePayload(v.Field(p.payload.index), p.payload, body)
	}
	if op.Service.Protocol == RESTXML {
		return op.xmlError(decodeXML(body, op.InputRoot, v, p, op.strictXML()), "")
	}
	return decodeJSON(body, v, p)
}

func (op *Operation) decodePayload(dst reflect.Value, f *field, body []byte) error {
	switch f.plan.kind {
	case String:
		return setText(dst, string(body), f.time)
	case Blob:
		dst.SetBytes(body)
		return nil
	}
	if op.Service.Protocol == RESTJSON {
		return decodeJSON(body, target(dst), f.plan)
	}
	root := f.name
	if f.Wire == "" && f.plan.shape.XMLName != "" {
		root = f.plan.shape.XMLName
	}
	return op.xmlError(decodeXML(body, root, dst, f.plan, op.strictXML()), root)
}

// strictXML tells whether elements that the model does not have are refused.
func (op *Operation) strictXML() bool { return op.Service.Package == "s3" }

// MalformedXMLMessage is what S3 says of a body that it cannot read.
const MalformedXMLMessage = "The XML you provided was not well-formed or did not validate against our published schema"

func (op *Operation) xmlError(err error, root string) error {
	if err == nil {
		return nil
	}
	return op.malformedXML(root)
}

func (op *Operation) malformedXML(root string) *Error {
	code := "MalformedXML"
	if root == "AccessControlPolicy" {
		code = "MalformedACLError"
	}
	return &Error{Code: code, Message: MalformedXMLMessage, Status: http.StatusBadRequest}
}

func unescapeLabel(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
