package wire

import (
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// xmlWriter appends XML to a buffer.
type xmlWriter struct {
	buf     []byte
	service *Service
}

func (w *xmlWriter) open(name string) {
	w.buf = append(append(append(w.buf, '<'), name...), '>')
}

func (w *xmlWriter) openNS(name, ns string) {
	w.buf = append(append(w.buf, '<'), name...)
	w.attr("xmlns", ns)
	w.buf = append(w.buf, '>')
}

func (w *xmlWriter) attr(name, value string) {
	if value == "" {
		return
	}
	w.buf = append(append(append(w.buf, ' '), name...), '=', '"')
	w.buf = appendXMLText(w.buf, value)
	w.buf = append(w.buf, '"')
}

func (w *xmlWriter) close(name string) {
	w.buf = append(append(append(w.buf, '<', '/'), name...), '>')
}

func (w *xmlWriter) empty(name string) {
	w.buf = append(append(append(w.buf, '<'), name...), '/', '>')
}

func (w *xmlWriter) element(name, text string) {
	w.open(name)
	w.buf = appendXMLText(w.buf, text)
	w.close(name)
}

// members writes what of a structure is in the body.
func (w *xmlWriter) members(v reflect.Value, p *plan) {
	for i := range p.fields {
		f := &p.fields[i]
		switch {
		case f.Location != InBody || f.Attribute || p.payload == f || f.Mixed:
		case i+1 < len(p.fields) && p.fields[i+1].Mixed:
			w.mixed(v.Field(i), f, v.Field(i+1), &p.fields[i+1])
		default:
			w.member(v.Field(i), f)
		}
	}
}

// mixed writes a list mixed with the one before it.
func (w *xmlWriter) mixed(before reflect.Value, bf *field, list reflect.Value, f *field) {
	next := 0
	for i := range list.Len() {
		if e := list.Index(i); !e.IsZero() {
			w.value(f.name, e, f.plan.elem, f.time)
		} else if next < before.Len() {
			w.value(bf.name, before.Index(next), bf.plan.elem, bf.time)
			next++
		}
	}
	for ; next < before.Len(); next++ {
		w.value(bf.name, before.Index(next), bf.plan.elem, bf.time)
	}
}

func (w *xmlWriter) member(v reflect.Value, f *field) {
	if v.IsNil() {
		// What must be there is, if only as an empty list.
		if f.Required && (f.plan.kind == List || f.plan.kind == Map) && !f.flattened {
			w.empty(f.name)
		}
		return
	}
	if f.flattened {
		switch f.plan.kind {
		case List:
			for i := range v.Len() {
				w.value(f.name, v.Index(i), f.plan.elem, f.time)
			}
			return
		case Map:
			w.entries(f.name, v, f.plan, f.time)
			return
		}
	}
	w.value(f.name, v, f.plan, f.time)
}

// value writes one element.
func (w *xmlWriter) value(name string, v reflect.Value, p *plan, tf TimeFormat) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch p.kind {
	case Structure:
		w.structure(name, v, p)
	case List:
		if v.Len() == 0 {
			w.empty(name)
			return
		}
		w.open(name)
		for i := range v.Len() {
			w.value(p.elemName, v.Index(i), p.elem, tf)
		}
		w.close(name)
	case Map:
		if v.Len() == 0 {
			w.empty(name)
			return
		}
		w.open(name)
		w.entries("entry", v, p, tf)
		w.close(name)
	case String:
		w.element(name, v.String())
	default:
		w.open(name)
		w.buf = w.service.appendScalar(w.buf, v, tf)
		w.close(name)
	}
}

func (w *xmlWriter) structure(name string, v reflect.Value, p *plan) {
	w.buf = append(append(w.buf, '<'), name...)
	if ns := p.shape.Namespace; ns != "" {
		attr := "xmlns"
		if p.shape.NamespacePrefix != "" {
			attr += ":" + p.shape.NamespacePrefix
		}
		w.attr(attr, ns)
	}
	if p.attrs {
		for i := range p.fields {
			f := &p.fields[i]
			if f.Attribute && !v.Field(i).IsNil() {
				w.attr(f.name, v.Field(i).Elem().String())
			}
		}
	}
	w.buf = append(w.buf, '>')
	w.members(v, p)
	w.close(name)
}

func (w *xmlWriter) entries(name string, v reflect.Value, p *plan, tf TimeFormat) {
	keys := make([]string, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		keys = append(keys, it.Key().String())
	}
	slices.Sort(keys)
	for _, k := range keys {
		w.open(name)
		w.element(p.keyName, k)
		w.value(p.elemName, v.MapIndex(reflect.ValueOf(k)), p.elem, tf)
		w.close(name)
	}
}

// plainXML marks the ASCII characters that stand for themselves in XML text.
var plainXML = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = c >= 0x20 && c != '&' && c != '<' && c != '>' && c != '"' || c == '\t' || c == '\n'
	}
	return t
}()

// appendXMLText escapes as S3 does. A control character becomes a character
// reference, although XML 1.0 has none for it: so does S3, and clients that
// cannot read it ask for encoding-type=url. Bytes that are not UTF-8 become
// U+FFFD.
func appendXMLText(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && plainXML[c] {
			i++
			continue
		}
		size, esc := 1, ""
		switch {
		case c == '&':
			esc = "&amp;"
		case c == '<':
			esc = "&lt;"
		case c == '>':
			esc = "&gt;"
		case c == '"':
			esc = "&quot;"
		case c < 0x20:
			esc = "&#x" + strconv.FormatUint(uint64(c), 16) + ";"
			if c == '\r' {
				esc = "&#13;"
			}
		default:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				esc = "\uFFFD"
			case r == 0xFFFE || r == 0xFFFF:
				esc = "&#x" + strconv.FormatUint(uint64(r), 16) + ";"
			}
		}
		if esc != "" {
			b = append(append(b, s[start:i]...), esc...)
			start = i + size
		}
		i += size
	}
	return append(b, s[start:]...)
}
