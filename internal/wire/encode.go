package wire

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// IDs name a request in its answer.
type IDs struct {
	Request string
	Host    string // x-amz-id-2, S3 alone
}

// Accepted is an output that is answered with 202 instead of the operation's usual
// status.
type Accepted struct{ Output any }

// Encode writes a successful answer: status, headers and body. out may be nil
// for an operation without an output. Headers that w already has stay. A
// streaming body is closed; an error after its first byte can only be answered
// by breaking the connection off.
func (op *Operation) Encode(w http.ResponseWriter, out any, ids IDs) error {
	p := op.plans().out
	accepted, later := out.(Accepted)
	if later {
		out = accepted.Output
	}
	v := reflect.ValueOf(out)
	if !v.IsValid() || v.IsNil() {
		v = reflect.ValueOf(op.NewOutput())
	}
	v = v.Elem()
	h := w.Header()
	op.idHeaders(h, ids)
	status := op.Status
	if op.Service.Protocol == RESTXML || op.Service.Protocol == RESTJSON {
		status = op.headers(h, v, p)
	}
	if later {
		status = http.StatusAccepted
	}
	if p.payload != nil && p.payload.Streaming {
		return op.stream(w, v.Field(p.payload.index), status)
	}
	body := op.body(h, v, p, ids)
	if op.Method == http.MethodHead {
		w.WriteHeader(status)
		return nil
	}
	if status != http.StatusNoContent {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	if len(body) == 0 {
		return nil
	}
	_, err := w.Write(body)
	return err
}

// idHeaders writes the request's id as the protocol names it. Names are spelled
// as AWS spells them, not as net/http would.
func (op *Operation) idHeaders(h http.Header, ids IDs) {
	if op.Service.Protocol == RESTXML {
		h["x-amz-request-id"] = []string{ids.Request}
		if ids.Host != "" {
			h["x-amz-id-2"] = []string{ids.Host}
		}
		return
	}
	h["x-amzn-RequestId"] = []string{ids.Request}
}

// headers writes the members that travel in headers and returns the status.
func (op *Operation) headers(h http.Header, v reflect.Value, p *plan) int {
	status := op.Status
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(i)
		if f.Location == InBody || fv.IsNil() {
			continue
		}
		switch f.Location {
		case InHeader:
			if text := op.headerText(fv, f); text != "" || f.plan.kind != String {
				h[headerName(f)] = []string{text}
			}
			if f.header == "Content-Range" {
				status = http.StatusPartialContent
			}
		case InPrefix:
			for it := fv.MapRange(); it.Next(); {
				h[f.WireName()+it.Key().String()] = []string{headerSafe(it.Value().String())}
			}
		case InStatus:
			status = int(fv.Elem().Int())
		}
	}
	return status
}

// headerName is a header's name: as AWS spells it, but as net/http needs it for
// those that net/http itself reads.
func headerName(f *field) string {
	switch f.header {
	case "Content-Type", "Content-Length", "Content-Encoding", "Cache-Control":
		return f.header
	}
	return f.WireName()
}

func (op *Operation) headerText(v reflect.Value, f *field) string {
	if f.plan.kind == List {
		text := ""
		for i := range v.Len() {
			if i > 0 {
				text += ","
			}
			text += headerSafe(v.Index(i).String())
		}
		return text
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() == reflect.String {
		return headerSafe(v.String())
	}
	var buf [64]byte
	return string(op.Service.appendScalar(buf[:0], v, f.time))
}

// headerSafe encodes what a header cannot hold, by RFC 2047 as S3 does. Bytes that
// are no UTF-8 are Latin-1, as older clients send them.
func headerSafe(s string) string {
	for i := range len(s) {
		if c := s[i]; c < 0x20 && c != '\t' || c >= 0x7f {
			if !utf8.ValidString(s) {
				s = fromLatin1(s)
			}
			return mime.BEncoding.Encode("UTF-8", s)
		}
	}
	return s
}

func fromLatin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// stream copies a streaming body. io.Copy lets the body write itself if it is
// an io.WriterTo.
func (op *Operation) stream(w http.ResponseWriter, v reflect.Value, status int) (err error) {
	body, _ := v.Interface().(io.ReadCloser)
	if body != nil {
		defer func() {
			if cerr := body.Close(); err == nil {
				err = cerr
			}
		}()
	}
	w.WriteHeader(status)
	if body == nil || op.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(w, body); err != nil {
		return fmt.Errorf("sending the body: %w", err)
	}
	return nil
}

// body makes an answer's body and sets its Content-Type.
func (op *Operation) body(h http.Header, v reflect.Value, p *plan, ids IDs) []byte {
	s := op.Service
	switch s.Protocol {
	case JSON:
		setType(h, "application/x-amz-json-"+s.JSONVersion)
		if !op.HasOutput {
			return []byte("{}")
		}
		w := &jsonWriter{service: s}
		w.structure(v, p)
		return w.buf
	case Query:
		setType(h, "text/xml")
		return op.queryBody(v, p, ids)
	case EC2:
		setType(h, "text/xml;charset=UTF-8")
		return op.ec2Body(v, p, ids)
	case RESTJSON:
		setType(h, "application/json")
		if p.payload != nil {
			return op.payloadJSON(v.Field(p.payload.index), p.payload)
		}
		w := &jsonWriter{service: s}
		w.structure(v, p)
		return w.buf
	}
	if p.payload != nil {
		return op.payloadXML(h, v.Field(p.payload.index), p.payload)
	}
	if !p.hasBody {
		return nil
	}
	setType(h, "application/xml")
	return op.rootXML(v, p)
}

// setType sets the Content-Type, unless a member of the output has.
func setType(h http.Header, t string) {
	if len(h["Content-Type"]) == 0 {
		h["Content-Type"] = []string{t}
	}
}

const xmlHeader = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func (op *Operation) queryBody(v reflect.Value, p *plan, ids IDs) []byte {
	w := &xmlWriter{service: op.Service, buf: make([]byte, 0, 1024)}
	root := op.Name + "Response"
	w.openNS(root, op.Service.XMLNamespace)
	if op.HasOutput {
		wrapper := op.ResultWrapper
		if wrapper == "" {
			wrapper = op.Name + "Result"
		}
		w.open(wrapper)
		w.members(v, p)
		w.close(wrapper)
	}
	w.open("ResponseMetadata")
	w.element("RequestId", ids.Request)
	w.close("ResponseMetadata")
	w.close(root)
	return append(w.buf, '\n')
}

func (op *Operation) ec2Body(v reflect.Value, p *plan, ids IDs) []byte {
	w := &xmlWriter{service: op.Service, buf: append(make([]byte, 0, 1024), xmlHeader...)}
	root := op.Name + "Response"
	w.openNS(root, op.Service.XMLNamespace+"/")
	w.element("requestId", ids.Request)
	if op.HasOutput {
		w.members(v, p)
	} else {
		w.element("return", "true")
	}
	w.close(root)
	return w.buf
}

func (op *Operation) payloadJSON(v reflect.Value, f *field) []byte {
	if v.IsNil() {
		return nil
	}
	w := &jsonWriter{service: op.Service}
	w.value(v, f.plan, f.time)
	return w.buf
}

// payloadXML writes a member that is the whole body: text and bytes as they
// are, a structure under its own name.
func (op *Operation) payloadXML(h http.Header, v reflect.Value, f *field) []byte {
	if v.IsNil() {
		return nil
	}
	switch f.plan.kind {
	case String:
		setType(h, "application/json") // a policy document
		return []byte(v.Elem().String())
	case Blob:
		setType(h, "application/octet-stream")
		return v.Bytes()
	}
	setType(h, "application/xml")
	root := f.name
	if f.Wire == "" && f.plan.shape.XMLName != "" {
		root = f.plan.shape.XMLName
	}
	if op.OutputRoot != "" {
		root = op.OutputRoot
	}
	w := &xmlWriter{service: op.Service, buf: append(make([]byte, 0, 512), xmlHeader...)}
	w.openNS(root, op.Service.XMLNamespace)
	w.members(v.Elem(), f.plan)
	w.close(root)
	return w.buf
}

func (op *Operation) rootXML(v reflect.Value, p *plan) []byte {
	w := &xmlWriter{service: op.Service, buf: append(make([]byte, 0, 1024), xmlHeader...)}
	root := op.OutputRoot
	if root == "" {
		root = op.Name + "Result"
	}
	if op.Unwrapped { // GetBucketLocation: the member is the root
		for i := range p.fields {
			f := &p.fields[i]
			w.openNS(root, op.Service.XMLNamespace)
			if !v.Field(i).IsNil() {
				w.buf = appendXMLText(w.buf, v.Field(i).Elem().String())
			}
			w.close(f.name)
		}
		return w.buf
	}
	w.openNS(root, op.Service.XMLNamespace)
	w.members(v, p)
	w.close(root)
	return w.buf
}
