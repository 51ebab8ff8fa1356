package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

func (p *pkg) structs(w *writer) {
	body := &writer{}
	for _, name := range p.names() {
		s := p.shapes[name]
		if s.Type != "structure" || s.EventStream {
			continue
		}
		_, input := p.opOf(name, "Input")
		body.linef("type %s struct {", name)
		for _, m := range s.Members.keys {
			r := s.Members.vals[m]
			streaming := r.Streaming || (s.Payload == m && p.model.Shapes[r.Shape].Type == "blob" && r.Streaming)
			body.linef("%s %s", export(m), p.fieldType(r, streaming, input))
		}
		body.linef("}")
		body.linef("")
	}
	text := body.buf.String()
	var imports []string
	if strings.Contains(text, "io.ReadCloser") {
		imports = append(imports, `"io"`)
	}
	if strings.Contains(text, "time.Time") {
		imports = append(imports, `"time"`)
	}
	if strings.Contains(text, "wire.Body") {
		imports = append(imports, "", `"github.com/sallyport/sallyport/internal/wire"`)
	}
	w.linef("import (\n%s\n)\n", strings.Join(imports, "\n"))
	w.buf.WriteString(text)
}

// opOf returns the operation whose own input or output a Go name is.
func (p *pkg) opOf(name, suffix string) (*operation, bool) {
	base, ok := strings.CutSuffix(name, suffix)
	if !ok {
		return nil, false
	}
	i, ok := slices.BinarySearchFunc(p.ops, base, func(o *operation, n string) int { return cmp.Compare(o.Name, n) })
	if !ok {
		return nil, false
	}
	return p.ops[i], true
}

func (p *pkg) shapeTable(w *writer) {
	w.linef("import %q\n", "github.com/sallyport/sallyport/internal/wire")
	w.linef("var shapes = []wire.Shape{")
	for _, name := range p.names() {
		p.shapeRow(w, name, p.shapes[name])
	}
	w.linef("}")
}

func (p *pkg) shapeRow(w *writer, name string, s *shape) {
	l := &literal{}
	l.str("Name", name)
	if s.Type != "structure" {
		l.raw("Kind", "wire."+kind(s.Type))
	}
	l.str("Payload", s.Payload)
	l.flag("Union", s.Union)
	l.flag("Stream", s.EventStream)
	switch s.Type {
	case "list":
		l.str("Elem", p.rename[s.Member.Shape])
		l.str("ElemName", s.Member.LocationName)
	case "map":
		l.str("Key", p.rename[s.Key.Shape])
		l.str("KeyName", s.Key.LocationName)
		l.str("Elem", p.rename[s.Value.Shape])
		l.str("ElemName", s.Value.LocationName)
	}
	l.flag("Flattened", s.Flattened)
	p.constraints(l, s)
	l.flag("Sensitive", s.Sensitive)
	l.raw2("Time", timeFormat(s.TimestampFormat))
	l.str("XMLName", s.LocationName)
	if s.XMLNamespace != nil {
		l.str("Namespace", s.XMLNamespace.URI)
		l.str("NamespacePrefix", s.XMLNamespace.Prefix)
	}
	if len(s.Members.keys) == 0 {
		w.linef("%s,", l)
		return
	}
	open := strings.TrimSuffix(l.String(), "}")
	w.linef("%s, Members: []wire.Member{", open)
	for _, m := range s.Members.keys {
		w.linef("%s,", p.memberRow(s, m))
	}
	w.linef("}},")
}

func (p *pkg) constraints(l *literal, s *shape) {
	var limits []string
	if s.Min != nil {
		limits = append(limits, "wire.HasMin")
		l.raw2("Min", nonZero(s.Min.String()))
	}
	if s.Max != nil {
		limits = append(limits, "wire.HasMax")
		l.raw2("Max", nonZero(s.Max.String()))
	}
	l.raw2("Limits", strings.Join(limits, "|"))
	l.str("Pattern", s.Pattern)
	l.strs("Enum", s.Enum)
}

func nonZero(n string) string {
	n, _, _ = strings.Cut(n, ".")
	if n == "0" {
		return ""
	}
	return n
}

func (l *literal) raw2(name, v string) {
	if v != "" {
		l.raw(name, v)
	}
}

func (p *pkg) memberRow(s *shape, m string) *literal {
	r := s.Members.vals[m]
	l := &literal{}
	l.str("Name", m)
	l.str("Shape", p.rename[r.Shape])
	if r.LocationName != m {
		l.str("Wire", r.LocationName)
	}
	l.str("QueryName", r.QueryName)
	l.raw2("Location", location(r.Location))
	l.flag("Required", slices.Contains(s.Required, m))
	l.flag("Flattened", r.Flattened)
	l.flag("Attribute", r.XMLAttribute)
	l.flag("Streaming", r.Streaming || p.model.Shapes[r.Shape].EventStream)
	l.flag("Token", r.IdempotencyToken)
	l.raw2("Time", timeFormat(r.TimestampFormat))
	if r.XMLNamespace != nil {
		l.str("Namespace", r.XMLNamespace.URI)
		l.str("NamespacePrefix", r.XMLNamespace.Prefix)
	}
	return l
}

func (p *pkg) operations(w *writer) {
	md := p.model.Metadata
	w.linef("import (\n\"context\"\n\n\"github.com/sallyport/sallyport/internal/wire\"\n)\n")
	l := &literal{}
	l.str("Package", p.target.name)
	l.str("ID", md.ServiceID)
	l.str("FullName", md.ServiceFullName)
	l.str("SigningName", cmp.Or(md.SigningName, md.EndpointPrefix))
	l.str("EndpointPrefix", md.EndpointPrefix)
	l.str("APIVersion", md.APIVersion)
	l.str("XMLNamespace", md.XMLNamespace)
	l.str("TargetPrefix", md.TargetPrefix)
	l.str("JSONVersion", md.JSONVersion)
	l.raw("Protocol", "wire."+protocol(md.Protocol))
	l.raw("Shapes", "shapes")
	l.raw("Errors", "errorShapes")
	w.linef("func model() *wire.Service {\nreturn &wire.Service%s\n}\n", strings.Replace(l.String(), ", Shapes", ",\nShapes", 1))
	w.linef("func operations() []*wire.Operation {\nreturn []*wire.Operation{")
	for _, op := range p.ops {
		p.operationRow(w, op)
	}
	w.linef("}\n}")
}

func (p *pkg) operationRow(w *writer, op *operation) {
	l := &literal{}
	l.str("Name", op.Name)
	l.str("Method", op.HTTP.Method)
	l.str("URI", op.HTTP.RequestURI)
	l.raw("Status", fmt.Sprint(cmp.Or(p.target.status[op.Name], op.HTTP.ResponseCode, 200)))
	l.str("Input", op.Name+"Input")
	l.str("Output", op.Name+"Output")
	l.flag("HasOutput", op.Output != nil)
	if op.Output != nil {
		l.str("ResultWrapper", op.Output.ResultWrapper)
	}
	if op.Input != nil {
		l.str("InputRoot", op.Input.LocationName)
		if op.Input.XMLNamespace != nil {
			l.str("InputXMLNS", op.Input.XMLNamespace.URI)
		}
	}
	l.str("HostPrefix", op.Endpoint.HostPrefix)
	var errs []string
	for _, e := range op.Errors {
		errs = append(errs, e.Shape)
	}
	l.strs("Errors", errs)
	l.flag("Unsigned", op.AuthType == "none")
	l.flag("UnsignedPayload", op.AuthType == "v4-unsigned-body" || op.UnsignedPayload)
	l.flag("StreamingInput", p.streams(op.Input))
	l.flag("StreamingOutput", p.streams(op.Output))
	l.flag("Deprecated", op.Deprecated)
	c := &literal{}
	c.str("RequestMember", op.HTTPChecksum.RequestAlgorithmMember)
	c.flag("Required", op.HTTPChecksum.RequestChecksumRequired || op.HTTPChecksumRequired)
	c.str("ModeMember", op.HTTPChecksum.RequestValidationModeMember)
	c.strs("ResponseAlgorithms", op.HTTPChecksum.ResponseAlgorithms)
	if len(c.parts) > 0 {
		l.raw("Checksum", "wire.Checksum"+c.String())
	}
	n := op.Name
	method := fmt.Sprintf("interface{ %s(context.Context, *%sInput) (*%sOutput, error) }", n, n, n)
	l.raw("NewInput", fmt.Sprintf("func() any { return new(%sInput) }", n))
	l.raw("NewOutput", fmt.Sprintf("func() any { return new(%sOutput) }", n))
	l.raw("Implemented", fmt.Sprintf("func(s any) bool { _, ok := s.(%s); return ok }", method))
	l.raw("Call", fmt.Sprintf(`func(ctx context.Context, s, in any) (any, error) {
		h, ok := s.(%s)
		if !ok {
			return nil, wire.NotImplemented(%q)
		}
		out, err := h.%s(ctx, in.(*%sInput))
		if err != nil {
			return nil, err
		}
		return out, nil
	}`, method, n, n, n))
	w.linef("{\n%s,\n},", strings.Join(l.parts, ",\n"))
}

// streams tells whether an input or output has a body that is not held in memory.
func (p *pkg) streams(r *ref) bool {
	if r == nil {
		return false
	}
	s := p.model.Shapes[r.Shape]
	m, ok := s.Members.vals[s.Payload]
	return ok && (m.Streaming || p.model.Shapes[m.Shape].EventStream)
}

func (p *pkg) errors(w *writer) {
	w.linef("import %q\n", "github.com/sallyport/sallyport/internal/wire")
	w.linef("var errorShapes = []wire.ErrorShape{")
	for _, name := range p.errs {
		s := p.model.Shapes[name]
		fault := s.Fault || s.Error.HTTPStatusCode >= 500
		status := cmp.Or(s.Error.HTTPStatusCode, 400)
		if s.Fault && s.Error.HTTPStatusCode == 0 {
			status = 500
		}
		l := &literal{}
		l.str("Name", name)
		l.str("Code", cmp.Or(s.Error.Code, name))
		l.raw("Status", fmt.Sprint(status))
		l.flag("Fault", fault)
		for _, m := range s.Members.keys {
			if strings.EqualFold(m, "message") {
				l.str("Message", cmp.Or(s.Members.vals[m].LocationName, m))
			}
		}
		w.linef("%s,", l)
	}
	w.linef("}\n")
	if p.target.name == "s3" {
		return // most of S3's errors are not in its model
	}
	w.linef("// NewError makes an error of this service's model, found by its code or shape name.")
	w.linef("func NewError(code, message string, fields ...wire.Field) *wire.Error {")
	w.linef("return wire.NewError(errorShapes, code, message, fields...)\n}")
}

func kind(t string) string {
	if t == "character" {
		return "String"
	}
	return export(t)
}

func location(l string) string {
	switch l {
	case "header":
		return "wire.InHeader"
	case "headers":
		return "wire.InPrefix"
	case "querystring":
		return "wire.InQuery"
	case "uri":
		return "wire.InURI"
	case "statusCode":
		return "wire.InStatus"
	}
	return ""
}

func timeFormat(f string) string {
	switch f {
	case "iso8601":
		return "wire.ISO8601"
	case "rfc822":
		return "wire.HTTPDate"
	case "unixTimestamp":
		return "wire.UnixTime"
	}
	return ""
}

func protocol(p string) string {
	switch p {
	case "rest-xml":
		return "RESTXML"
	case "rest-json":
		return "RESTJSON"
	case "query":
		return "Query"
	case "ec2":
		return "EC2"
	}
	return "JSON"
}
