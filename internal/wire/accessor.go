package wire

import (
	"reflect"
	"strings"
	"sync"
)

// accessors remembers where the paths of Has, Strings and Key lead in each
// input type. It only saves looking again: every answer follows from the type.
var accessors sync.Map // accessorKey → []int

type accessorKey struct {
	typ  reflect.Type
	path string
}

// fieldPath resolves a path to field indices, through pointers and lists.
func fieldPath(t reflect.Type, path string) []int {
	key := accessorKey{t, path}
	if v, ok := accessors.Load(key); ok {
		return v.([]int)
	}
	var index []int
	at := t
	for name := range strings.SplitSeq(path, ".") {
		for at.Kind() == reflect.Pointer || at.Kind() == reflect.Slice {
			at = at.Elem()
		}
		f, ok := reflect.StructField{}, false
		if at.Kind() == reflect.Struct {
			f, ok = at.FieldByName(name)
		}
		if !ok {
			panic("wire: " + t.String() + " has no member " + path)
		}
		index = append(index, f.Index[0])
		at = f.Type
	}
	accessors.Store(key, index)
	return index
}

// walk calls fn with each value at a path, pointers followed, absent ones left
// out.
func walk(in any, path string, fn func(reflect.Value)) {
	v := reflect.ValueOf(in)
	if !v.IsValid() {
		return
	}
	descend(v, fieldPath(v.Type(), path), fn)
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
