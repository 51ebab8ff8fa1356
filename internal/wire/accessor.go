package wire

import (
	"reflect"
	"strings"
	"sync/atomic"
)

// cursor reads the values at one path of an input. It remembers where the path
// leads in the type that it saw last, so that asking again costs no search.
type cursor struct {
	path string
	last atomic.Pointer[resolved]
}

type resolved struct {
	typ   reflect.Type
	index []int
}

// resolve turns the path into field indices, through pointers and lists.
func (c *cursor) resolve(t reflect.Type) []int {
	if r := c.last.Load(); r != nil && r.typ == t {
		return r.index
	}
	var index []int
	at := t
	for name := range strings.SplitSeq(c.path, ".") {
		for at.Kind() == reflect.Pointer || at.Kind() == reflect.Slice {
			at = at.Elem()
		}
		f, ok := reflect.StructField{}, false
		if at.Kind() == reflect.Struct {
			f, ok = at.FieldByName(name)
		}
		if !ok {
			panic("wire: " + t.String() + " has no member " + c.path)
		}
		index = append(index, f.Index[0])
		at = f.Type
	}
	c.last.Store(&resolved{t, index})
	return index
}

// walk calls fn with each value at the path, pointers followed, absent ones
// left out.
func (c *cursor) walk(in any, fn func(reflect.Value)) {
	v := reflect.ValueOf(in)
	if v.IsValid() {
		descend(v, c.resolve(v.Type()), fn)
	}
}

func (c *cursor) present(in any) bool {
	found := false
	c.walk(in, func(reflect.Value) { found = true })
	return found
}

func (c *cursor) strings(in any) (out []string) {
	c.walk(in, func(v reflect.Value) { out = appendText(out, v) })
	return out
}

func descend(v reflect.Value, index []int, fn func(reflect.Value)) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Interface:
		if v.IsNil() {
			return
		}
	}
	if len(index) == 0 {
		fn(v)
		return
	}
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			descend(v.Index(i), index, fn)
		}
		return
	}
	descend(v.Field(index[0]), index[1:], fn)
}

// resolveKeys gives an operation's condition keys their places in its input. A
// path that the input does not have panics here, when the program starts.
func (op *Operation) resolveKeys() {
	t := reflect.TypeOf(op.NewInput())
	for i := range op.Access {
		a := &op.Access[i]
		keys := make([]Key, len(a.Keys)) // operations may share a list
		copy(keys, a.Keys)
		for j := range keys {
			if k := &keys[j]; k.Value == nil {
				k.at = &cursor{path: k.Member}
				k.at.resolve(t)
			}
		}
		a.Keys = keys
	}
}
