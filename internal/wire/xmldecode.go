package wire

import (
	"reflect"
)

// decodeXML reads a document into dst, a structure or a pointer to one. root
// is the name that the document's element must have, "" for any. Where strict, an
// element that the model does not have is an error, as it is in S3: what a rule
// says more than we know must not be left out of it.
func decodeXML(body []byte, root string, dst reflect.Value, p *plan, strict bool) error {
	d := xmlDecoder{newXMLScanner(body), strict}
	tok, err := d.next()
	if err != nil || tok != xmlStart {
		return errXML
	}
	if root != "" && string(d.name) != root {
		return errXML
	}
	if err := d.structure(target(dst), p); err != nil {
		return err
	}
	if tok, err = d.next(); err != nil || tok != xmlEOF {
		return errXML
	}
	return nil
}

type xmlDecoder struct {
	*xmlScanner
	strict bool
}

// value reads the element just opened into dst.
func (d xmlDecoder) value(dst reflect.Value, p *plan, tf TimeFormat) error {
	switch p.kind {
	case Structure:
		return d.structure(target(dst), p)
	case List:
		return d.list(dst, p, tf)
	case Map:
		return d.mapping(dst, p, tf)
	}
	text, err := d.content()
	if err != nil {
		return err
	}
	return setText(dst, text, tf)
}

// content reads the text of an element that holds nothing else.
func (d xmlDecoder) content() (string, error) {
	var text []byte // appended to, for comments may chop a text into very many pieces
	for {
		tok, err := d.next()
		switch {
		case err != nil:
			return "", err
		case tok == xmlText && text == nil:
			text = d.text[:len(d.text):len(d.text)]
		case tok == xmlText:
			text = append(text, d.text...)
		case tok == xmlEnd:
			return string(text), nil
		default:
			return "", errXML
		}
	}
}

// children calls fn for each child element, which fn reads to its end.
func (d xmlDecoder) children(fn func(name []byte) error) error {
	for {
		tok, err := d.next()
		switch {
		case err != nil:
			return err
		case tok == xmlEnd:
			return nil
		case tok == xmlStart:
			if err := fn(d.name); err != nil {
				return err
			}
		case tok == xmlText && !blank(d.text):
			return errXML
		}
	}
}

func blank(b []byte) bool {
	for _, c := range b {
		if !isSpace(c) {
			return false
		}
	}
	return true
}

// skip reads over an element that the model does not have.
func (d xmlDecoder) skip() error {
	if d.strict {
		return errXML
	}
	for depth := 1; depth > 0; {
		tok, err := d.next()
		switch {
		case err != nil:
			return err
		case tok == xmlStart:
			depth++
		case tok == xmlEnd:
			depth--
		}
	}
	return nil
}

func (d xmlDecoder) structure(dst reflect.Value, p *plan) error {
	if p.attrs {
		if err := d.attributes(dst, p); err != nil {
			return err
		}
	}
	return d.children(func(name []byte) error {
		i, ok := p.body[string(name)]
		if !ok {
			return d.skip()
		}
		f := &p.fields[i]
		member := dst.Field(i)
		if f.plan.kind == List && f.flattened {
			return d.value(grow(member), f.plan.elem, f.time)
		}
		if f.plan.kind == Map && f.flattened {
			return d.entry(member, f.plan, f.time)
		}
		if !member.IsNil() {
			return errXML // twice: which one would count is anybody's guess
		}
		return d.value(member, f.plan, f.time)
	})
}

func (d xmlDecoder) attributes(dst reflect.Value, p *plan) error {
	for i := range p.fields {
		f := &p.fields[i]
		if !f.Attribute {
			continue
		}
		want := string(local([]byte(f.name)))
		for _, a := range d.attrs {
			if string(local(a.name)) == want {
				if err := setText(dst.Field(i), a.value, f.time); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

// grow adds one element to a list and returns it.
func grow(list reflect.Value) reflect.Value {
	n := list.Len()
	list.Grow(1)
	list.SetLen(n + 1)
	return list.Index(n)
}

func (d xmlDecoder) list(dst reflect.Value, p *plan, tf TimeFormat) error {
	dst.Set(reflect.MakeSlice(dst.Type(), 0, 0))
	return d.children(func(name []byte) error {
		if string(name) != p.elemName {
			return d.skip()
		}
		return d.value(grow(dst), p.elem, tf)
	})
}

func (d xmlDecoder) mapping(dst reflect.Value, p *plan, tf TimeFormat) error {
	dst.Set(reflect.MakeMap(dst.Type()))
	return d.children(func(name []byte) error {
		if string(name) != "entry" {
			return d.skip()
		}
		return d.entry(dst, p, tf)
	})
}

func (d xmlDecoder) entry(dst reflect.Value, p *plan, tf TimeFormat) error {
	if dst.IsNil() {
		dst.Set(reflect.MakeMap(dst.Type()))
	}
	var key string
	value := reflect.New(dst.Type().Elem()).Elem()
	err := d.children(func(name []byte) (err error) {
		switch string(name) {
		case p.keyName:
			key, err = d.content()
		case p.elemName:
			err = d.value(value, p.elem, tf)
		default:
			err = d.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	dst.SetMapIndex(reflect.ValueOf(key), value)
	return nil
}
