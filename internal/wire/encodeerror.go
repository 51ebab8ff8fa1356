package wire

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// InternalError is what a caller learns of a failure that is not its business.
func InternalError() *Error {
	return &Error{
		Code: "InternalError", Status: http.StatusInternalServerError,
		Message: "We encountered an internal error. Please try again.",
	}
}

// AsError finds the *Error in err; ok is false where there is none, and the
// answer then is InternalError. The gateway logs such an err.
func AsError(err error) (e *Error, ok bool) {
	if errors.As(err, &e) {
		return e, true
	}
	return InternalError(), false
}

// EncodeError writes a failure of an operation.
func (op *Operation) EncodeError(w http.ResponseWriter, e *Error, ids IDs) error {
	return op.Service.encodeError(w, e, op.Method, op, ids)
}

// EncodeError writes a failure of a request whose operation is not known.
func (s *Service) EncodeError(w http.ResponseWriter, method string, e *Error, ids IDs) error {
	return s.encodeError(w, e, method, nil, ids)
}

func (s *Service) encodeError(w http.ResponseWriter, e *Error, method string, op *Operation, ids IDs) error {
	h := w.Header()
	for name, values := range e.Header {
		h[name] = values
	}
	(&Operation{Service: s}).idHeaders(h, ids)
	var body []byte
	switch s.Protocol {
	case JSON, RESTJSON:
		h["x-amzn-ErrorType"] = []string{e.Code}
		body = s.jsonError(h, e)
	case EC2:
		h["Content-Type"] = []string{"text/xml;charset=UTF-8"}
		body = s.ec2Error(e, ids)
	case Query:
		h["Content-Type"] = []string{"text/xml"}
		body = s.queryError(e, ids)
	default:
		h["Content-Type"] = []string{"application/xml"}
		body = s.restError(e, ids)
	}
	h.Del("Content-Length")
	if method == http.MethodHead || e.Status == http.StatusNotModified || e.Status == http.StatusNoContent {
		if e.Status == http.StatusNotModified {
			h.Del("Content-Type")
		}
		w.WriteHeader(e.Status)
		return nil
	}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(e.Status)
	_, err := w.Write(body)
	return err
}

func (w *xmlWriter) errorFields(e *Error) {
	w.element("Code", e.Code)
	if !e.NoMessage {
		w.element("Message", e.Message)
	}
	for _, f := range e.Fields {
		w.element(f.Name, f.Value)
	}
}

// restError is S3's <Error>, which S3 Control puts into an <ErrorResponse>.
func (s *Service) restError(e *Error, ids IDs) []byte {
	w := &xmlWriter{service: s, buf: append(make([]byte, 0, 512), xmlHeader...)}
	if s.Package == "s3" {
		w.open("Error")
		w.errorFields(e)
		w.element("RequestId", ids.Request)
		w.element("HostId", ids.Host)
		w.close("Error")
		return w.buf
	}
	w.openNS("ErrorResponse", s.XMLNamespace)
	w.open("Error")
	w.errorFields(e)
	w.close("Error")
	w.element("RequestId", ids.Request)
	if ids.Host != "" {
		w.element("HostId", ids.Host)
	}
	w.close("ErrorResponse")
	return w.buf
}

func (s *Service) queryError(e *Error, ids IDs) []byte {
	w := &xmlWriter{service: s, buf: make([]byte, 0, 512)}
	w.openNS("ErrorResponse", s.XMLNamespace)
	w.open("Error")
	kind := "Sender"
	if e.Receiver() {
		kind = "Receiver"
	}
	w.element("Type", kind)
	w.errorFields(e)
	w.close("Error")
	w.element("RequestId", ids.Request)
	w.close("ErrorResponse")
	return append(w.buf, '\n')
}

func (s *Service) ec2Error(e *Error, ids IDs) []byte {
	w := &xmlWriter{service: s, buf: append(make([]byte, 0, 512), xmlHeader...)}
	w.open("Response")
	w.open("Errors")
	w.open("Error")
	w.errorFields(e)
	w.close("Error")
	w.close("Errors")
	w.element("RequestID", ids.Request)
	w.close("Response")
	return w.buf
}

func (s *Service) jsonError(h http.Header, e *Error) []byte {
	b := make([]byte, 0, 256)
	b = append(b, '{')
	if s.Protocol == JSON {
		h["Content-Type"] = []string{"application/x-amz-json-" + s.JSONVersion}
		b = append(b, `"__type":`...)
		b = appendJSONString(b, e.Code)
	} else {
		h["Content-Type"] = []string{"application/json"}
	}
	if !e.NoMessage {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = appendJSONString(b, s.messageName(e))
		b = append(b, ':')
		b = appendJSONString(b, e.Message)
	}
	for _, f := range e.Fields {
		if strings.EqualFold(f.Name, "message") || f.Name == "__type" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = appendJSONString(b, f.Name)
		b = append(b, ':')
		b = appendJSONString(b, f.Value)
	}
	return append(b, '}')
}

// messageName is how a JSON error spells its message: as the model does, and
// "Message" for a denial, which no model of ours has.
func (s *Service) messageName(e *Error) string {
	for i := range s.Errors {
		if s.Errors[i].Name == e.Code {
			if s.Errors[i].Message != "" {
				return s.Errors[i].Message
			}
			break
		}
	}
	if e.Code == "AccessDeniedException" {
		return "Message"
	}
	return "message"
}
