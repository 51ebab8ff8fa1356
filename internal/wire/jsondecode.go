package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
)

// serialization is the answer to a body that is no JSON, or JSON of another type.
func serialization(message string) *Error {
	return &Error{Code: "SerializationException", Message: message, Status: 400, NoMessage: message == ""}
}

// decodeJSON reads a document into dst, a structure.
func decodeJSON(body []byte, dst reflect.Value, p *plan) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	d := jsonDecoder{dec: dec}
	tok, err := d.next()
	if err != nil {
		return err
	}
	if tok != json.Delim('{') {
		return d.mismatch(tok, "a structure")
	}
	if err := d.structure(dst, p); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return serialization("")
	}
	return nil
}

type jsonDecoder struct {
	dec   *json.Decoder
	depth int
}

func (d *jsonDecoder) next() (json.Token, error) {
	tok, err := d.dec.Token()
	if err != nil {
		return nil, serialization("")
	}
	return tok, nil
}

func (d *jsonDecoder) mismatch(tok json.Token, want string) *Error {
	switch t := tok.(type) {
	case json.Delim:
		if t == '{' {
			return serialization("Start of structure or map found where not expected.")
		}
		return serialization("Start of list found where not expected")
	case string:
		return serialization("STRING_VALUE can not be converted to " + want)
	case json.Number:
		return serialization("NUMBER_VALUE can not be converted to " + want)
	case bool:
		if t {
			return serialization("TRUE_VALUE can not be converted to " + want)
		}
		return serialization("FALSE_VALUE can not be converted to " + want)
	}
	return serialization("Unexpected token")
}

// value reads one value; null leaves dst as it is.
func (d *jsonDecoder) value(dst reflect.Value, p *plan, tf TimeFormat) error {
	tok, err := d.next()
	if err != nil || tok == nil {
		return err
	}
	if d.depth++; d.depth > maxDepth {
		return serialization("")
	}
	defer func() { d.depth-- }()
	switch p.kind {
	case Structure:
		if tok != json.Delim('{') {
			return d.mismatch(tok, "a structure")
		}
		return d.structure(target(dst), p)
	case List:
		if tok != json.Delim('[') {
			return d.mismatch(tok, "a list")
		}
		return d.list(dst, p, tf)
	case Map:
		if tok != json.Delim('{') {
			return d.mismatch(tok, "a map")
		}
		return d.mapping(dst, p, tf)
	}
	return d.scalar(dst, p, tf, tok)
}

func (d *jsonDecoder) structure(dst reflect.Value, p *plan) error {
	for d.dec.More() {
		name, err := d.next()
		if err != nil {
			return err
		}
		i, ok := p.body[name.(string)]
		if !ok {
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		f := &p.fields[i]
		dst.Field(i).SetZero()
		if err := d.value(dst.Field(i), f.plan, f.time); err != nil {
			return err
		}
	}
	_, err := d.next()
	return err
}

func (d *jsonDecoder) list(dst reflect.Value, p *plan, tf TimeFormat) error {
	dst.Set(reflect.MakeSlice(dst.Type(), 0, 0))
	for d.dec.More() {
		if err := d.value(grow(dst), p.elem, tf); err != nil {
			return err
		}
	}
	_, err := d.next()
	return err
}

func (d *jsonDecoder) mapping(dst reflect.Value, p *plan, tf TimeFormat) error {
	dst.Set(reflect.MakeMap(dst.Type()))
	for d.dec.More() {
		name, err := d.next()
		if err != nil {
			return err
		}
		v := reflect.New(dst.Type().Elem()).Elem()
		if err := d.value(v, p.elem, tf); err != nil {
			return err
		}
		dst.SetMapIndex(reflect.ValueOf(name.(string)), v)
	}
	_, err := d.next()
	return err
}

// skip reads over a value of a member that the model does not have.
func (d *jsonDecoder) skip() error {
	depth := 0
	for {
		tok, err := d.next()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return serialization("")
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func (d *jsonDecoder) scalar(dst reflect.Value, p *plan, tf TimeFormat, tok json.Token) error {
	switch t := tok.(type) {
	case string:
		if p.kind == String || p.kind == Blob || p.kind == Timestamp && tf != UnixTime {
			if setText(dst, t, tf) != nil {
				return serialization("")
			}
			return nil
		}
	case json.Number:
		if p.kind != String && p.kind != Blob && p.kind != Boolean {
			return d.number(dst, p, tf, t.String())
		}
	case bool:
		if p.kind == Boolean {
			target(dst).SetBool(t)
			return nil
		}
	}
	return d.mismatch(tok, "a "+kindName(p.kind))
}

// number takes 1.0 and 1e3 for an integer too, if it is whole.
func (d *jsonDecoder) number(dst reflect.Value, p *plan, tf TimeFormat, text string) error {
	if setText(dst, text, tf) == nil {
		return nil
	}
	if p.kind == Integer || p.kind == Long {
		f, err := json.Number(text).Float64()
		if err == nil && f == float64(int64(f)) && (p.kind == Long || f == float64(int32(f))) && f > -1e18 && f < 1e18 {
			target(dst).SetInt(int64(f))
			return nil
		}
	}
	return serialization("")
}

func kindName(k Kind) string {
	switch k {
	case String:
		return "String"
	case Boolean:
		return "Boolean"
	case Integer:
		return "Integer"
	case Long:
		return "Long"
	case Float:
		return "Float"
	case Double:
		return "Double"
	case Timestamp:
		return "Timestamp"
	case Blob:
		return "Blob"
	}
	return "value"
}
