package wire

import (
	"reflect"
	"slices"
	"unicode/utf8"
)

// jsonWriter appends JSON to a buffer.
type jsonWriter struct {
	buf     []byte
	service *Service
}

// structure writes the members of a structure that are in the body.
func (w *jsonWriter) structure(v reflect.Value, p *plan) {
	w.buf = append(w.buf, '{')
	first := true
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(i)
		if f.Location != InBody || p.payload == f {
			continue
		}
		if fv.IsNil() && !(f.Required && (f.plan.kind == List || f.plan.kind == Map)) {
			continue
		}
		if !first {
			w.buf = append(w.buf, ',')
		}
		first = false
		w.buf = appendJSONString(w.buf, f.name)
		w.buf = append(w.buf, ':')
		w.value(fv, f.plan, f.time)
	}
	w.buf = append(w.buf, '}')
}

func (w *jsonWriter) value(v reflect.Value, p *plan, tf TimeFormat) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch p.kind {
	case Structure:
		w.structure(v, p)
	case List:
		w.buf = append(w.buf, '[')
		for i := range v.Len() {
			if i > 0 {
				w.buf = append(w.buf, ',')
			}
			w.value(v.Index(i), p.elem, tf)
		}
		w.buf = append(w.buf, ']')
	case Map:
		w.mapping(v, p, tf)
	case String:
		w.buf = appendJSONString(w.buf, v.String())
	case Blob:
		w.quoted(v, tf)
	case Timestamp:
		if tf == UnixTime {
			w.buf = w.service.appendScalar(w.buf, v, tf)
			return
		}
		w.quoted(v, tf)
	default:
		w.buf = w.service.appendScalar(w.buf, v, tf)
	}
}

func (w *jsonWriter) quoted(v reflect.Value, tf TimeFormat) {
	w.buf = append(w.buf, '"')
	w.buf = w.service.appendScalar(w.buf, v, tf)
	w.buf = append(w.buf, '"')
}

func (w *jsonWriter) mapping(v reflect.Value, p *plan, tf TimeFormat) {
	keys := make([]string, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		keys = append(keys, it.Key().String())
	}
	slices.Sort(keys)
	w.buf = append(w.buf, '{')
	for i, k := range keys {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = appendJSONString(w.buf, k)
		w.buf = append(w.buf, ':')
		w.value(v.MapIndex(reflect.ValueOf(k)), p.elem, tf)
	}
	w.buf = append(w.buf, '}')
}

const hexDigits = "0123456789abcdef"

func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < 0x20 || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}
