package wire

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Access is one permission that an operation needs. Every access of an
// operation whose When holds must be allowed.
type Access struct {
	Action   string            // such as "s3:GetObject"
	Resource string            // kind of resource, which the service resolves to an ARN: "*", "bucket", "object", …
	When     func(in any) bool // nil for always
	Keys     []Key             // condition keys that the input carries
}

// Key takes a condition key's values from the input.
type Key struct {
	Name string // "s3:prefix"; for TagPairs the part before the slash
	// Member is a path of Go field names such as
	// "CreateBucketConfiguration.LocationConstraint". A list of structures
	// on the way yields the values of all its elements.
	Member string
	Form   KeyForm
	// Value overrides Member and Form.
	Value func(in any) []string

	at *cursor // of Member, by NewService
}

// KeyForm says how a member becomes values.
type KeyForm uint8

// The forms.
const (
	Plain       KeyForm = iota
	TagPairs            // structures with Key and Value: Name/KEY = VALUE
	TagNames            // the Keys of such structures
	URLTagPairs         // a URL-encoded string, as in x-amz-tagging
	URLTagNames
	MapPairs // a map: Name:KEY = VALUE, as kms:EncryptionContext
	MapNames // the keys of a map
)

// Has is a When: the member is present.
func Has(member string) func(any) bool {
	at := &cursor{path: member}
	return at.present
}

// HasNot is a When: the member is absent.
func HasNot(member string) func(any) bool {
	at := &cursor{path: member}
	return func(in any) bool { return !at.present(in) }
}

// Any is a When: one of the conditions holds.
func Any(when ...func(any) bool) func(any) bool {
	return func(in any) bool {
		for _, w := range when {
			if w(in) {
				return true
			}
		}
		return false
	}
}

// All is a When: all of the conditions hold.
func All(when ...func(any) bool) func(any) bool {
	return func(in any) bool {
		for _, w := range when {
			if !w(in) {
				return false
			}
		}
		return true
	}
}

// Is is a When: the member is present and reads as one of the values.
func Is(member string, values ...string) func(any) bool {
	at := &cursor{path: member}
	return func(in any) bool {
		for _, got := range at.strings(in) {
			if slices.Contains(values, got) {
				return true
			}
		}
		return false
	}
}

// Present tells whether the member at a path is there. A path that the type
// does not have is a mistake of the program, and panics.
func Present(in any, path string) bool { return (&cursor{path: path}).present(in) }

// Strings returns what stands at a path as text: numbers in decimal, booleans
// as true and false, times in ISO 8601. Absent members give none.
func Strings(in any, path string) []string { return (&cursor{path: path}).strings(in) }

// Text is the first of Strings, or "".
func Text(in any, path string) string {
	if s := Strings(in, path); len(s) > 0 {
		return s[0]
	}
	return ""
}

func appendText(out []string, v reflect.Value) []string {
	if t, ok := v.Interface().(time.Time); ok {
		return append(out, t.UTC().Format("2006-01-02T15:04:05Z"))
	}
	switch v.Kind() {
	case reflect.String:
		return append(out, v.String())
	case reflect.Bool:
		return append(out, strconv.FormatBool(v.Bool()))
	case reflect.Int32, reflect.Int64:
		return append(out, strconv.FormatInt(v.Int(), 10))
	case reflect.Float32, reflect.Float64:
		return append(out, strconv.FormatFloat(v.Float(), 'g', -1, 64))
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return append(out, string(v.Bytes()))
		}
		for i := range v.Len() {
			out = appendText(out, v.Index(i))
		}
	}
	return out
}

// Collect calls add once for each condition key that the access takes from
// the input, tag keys one by one. A key without values is left out.
func (a *Access) Collect(in any, add func(name string, values []string)) {
	for i := range a.Keys {
		a.Keys[i].collect(in, add)
	}
}

func (k *Key) collect(in any, add func(string, []string)) {
	at := k.at
	if at == nil {
		at = &cursor{path: k.Member}
	}
	if k.Value != nil {
		if v := k.Value(in); v != nil {
			add(k.Name, v)
		}
		return
	}
	if k.Form == Plain {
		if v := at.strings(in); len(v) > 0 {
			add(k.Name, v)
		}
		return
	}
	var names []string
	for _, t := range k.tags(in, at) {
		names = append(names, t[0])
		switch k.Form {
		case TagPairs, URLTagPairs:
			add(k.Name+"/"+t[0], []string{t[1]})
		case MapPairs:
			add(k.Name+":"+t[0], []string{t[1]})
		}
	}
	switch k.Form {
	case TagNames, URLTagNames, MapNames:
		if len(names) > 0 {
			add(k.Name, names)
		}
	}
}

func (k *Key) tags(in any, at *cursor) (out [][2]string) {
	if k.Form == URLTagPairs || k.Form == URLTagNames {
		for _, s := range at.strings(in) {
			out = append(out, urlTags(s)...)
		}
		return out
	}
	at.walk(in, func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Map:
			for it := v.MapRange(); it.Next(); {
				out = append(out, [2]string{it.Key().String(), fmt.Sprint(it.Value().Interface())})
			}
		case reflect.Slice:
			for i := range v.Len() {
				e := v.Index(i)
				if e.Kind() == reflect.String { // a list of tag keys, as in Untag…
					out = append(out, [2]string{e.String(), ""})
					continue
				}
				out = append(out, [2]string{fieldText(e, "Key", "TagKey"), fieldText(e, "Value", "TagValue")})
			}
		}
	})
	return out
}

func fieldText(v reflect.Value, names ...string) string {
	if v.Kind() != reflect.Struct {
		return ""
	}
	for _, n := range names {
		if f := v.FieldByName(n); f.IsValid() && f.Kind() == reflect.Pointer && !f.IsNil() {
			return fmt.Sprint(f.Elem().Interface())
		}
	}
	return ""
}

// Tracked is how IAM's information on last accesses calls the operation: the
// namespace of its service in policies and, for what CloudTrail calls management
// events, the action; empty for others.
func (op *Operation) Tracked() (namespace, action string) {
	if len(op.Access) == 0 {
		return op.Service.SigningName, ""
	}
	action = op.Access[0].Action
	namespace, _, _ = strings.Cut(action, ":")
	if op.Event.Category != Management {
		action = ""
	}
	return namespace, action
}

// TrackedActions are the actions that [Operation.Tracked] names, by namespace and
// sorted.
func TrackedActions(services ...*Service) map[string][]string {
	all := map[string][]string{}
	for _, s := range services {
		for _, op := range s.Operations {
			if namespace, action := op.Tracked(); action != "" {
				all[namespace] = append(all[namespace], action)
			}
		}
	}
	for namespace, actions := range all {
		slices.Sort(actions)
		all[namespace] = slices.Compact(actions)
	}
	return all
}
