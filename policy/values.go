package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Value is what a request holds for one condition key: one value or a list of them.
type Value struct {
	kind valueKind
	str  string
	list []string
	num  int64 // milliseconds since 1970 of a time, 1 for true, an integer
}

type valueKind uint8

const (
	valueString valueKind = iota + 1
	valueList
	valueTime
	valueBool
	valueInt
	valueHidden
)

// Strings renders the values as the operators on strings see them.
func (v *Value) Strings() []string {
	if v.kind == valueList {
		return v.list
	}
	return []string{v.text()}
}

// text is a single value as a string: ISO 8601 in UTC to the second for times.
func (v *Value) text() string {
	switch v.kind {
	case valueTime:
		return time.UnixMilli(v.num).UTC().Format("2006-01-02T15:04:05Z")
	case valueBool:
		return strconv.FormatBool(v.num != 0)
	case valueInt:
		return strconv.FormatInt(v.num, 10)
	}
	return v.str
}

func (v *Value) count() int {
	if v.kind == valueList {
		return len(v.list)
	}
	return 1
}

// Values is a request's condition context. The zero value is empty and ready. Setting and looking up allocate nothing for
// up to 24 known keys. A list without elements is the same as an absent key. Not safe for concurrent setting.
type Values struct {
	slot   [numKeys]uint8 // 1 + place in vals
	n      uint8
	vals   [24]Value
	more   []Value
	tags   [numFamilies]*Tags
	others []namedValue
}

type namedValue struct {
	lower, name string
	value       Value
}

func (v *Values) set(id KeyID, value Value) {
	if id == keyNone || id >= numKeys {
		return
	}
	if at := v.slot[id]; at != 0 {
		*v.at(at) = value
		return
	}
	v.n++
	v.slot[id] = v.n
	if int(v.n) > len(v.vals) {
		v.more = append(v.more, value)
		return
	}
	v.vals[v.n-1] = value
}

func (v *Values) at(slot uint8) *Value {
	if int(slot) > len(v.vals) {
		return &v.more[int(slot)-len(v.vals)-1]
	}
	return &v.vals[slot-1]
}

// Set gives key one value.
func (v *Values) Set(key KeyID, value string) { v.set(key, Value{kind: valueString, str: value}) }

// SetList gives key a list of values; an empty one takes the key away.
func (v *Values) SetList(key KeyID, values []string) {
	if len(values) == 0 {
		v.Delete(key)
		return
	}
	v.set(key, Value{kind: valueList, list: values})
}

// SetTime gives key a point in time.
func (v *Values) SetTime(key KeyID, t time.Time) {
	v.set(key, Value{kind: valueTime, num: t.UnixMilli()})
}

// SetBool gives key true or false.
func (v *Values) SetBool(key KeyID, b bool) {
	value := Value{kind: valueBool}
	if b {
		value.num = 1
	}
	v.set(key, value)
}

// SetInt gives key an integer.
func (v *Values) SetInt(key KeyID, n int64) { v.set(key, Value{kind: valueInt, num: n}) }

// Delete takes key away.
func (v *Values) Delete(key KeyID) {
	if key < numKeys && v.slot[key] != 0 {
		*v.at(v.slot[key]) = Value{} // the place is kept for the next Set
	}
}

// SetTags gives the keys of a family (aws:RequestTag/…) their values; nil takes them away.
func (v *Values) SetTags(family Family, tags *Tags) {
	if family < numFamilies {
		v.tags[family] = tags
	}
}

// SetNamed gives the key called name its values whatever kind of key it is; names are case-insensitive. This is the slow
// way in, for keys that come as text: token claims, the simulator's context entries. Several values make a list.
func (v *Values) SetNamed(name string, values ...string) {
	if len(values) == 0 {
		return
	}
	value := Value{kind: valueString, str: values[0]}
	if len(values) > 1 {
		value = Value{kind: valueList, list: values}
	}
	k := MakeKey(name)
	switch {
	case k.id != keyNone:
		v.set(k.id, value)
	case k.family != familyNone:
		v.tags[k.family] = v.tags[k.family].with(Tag{Key: k.member, Value: values[0]})
	default:
		for i := range v.others {
			if v.others[i].lower == k.lower {
				v.others[i].value = value
				return
			}
		}
		v.others = append(v.others, namedValue{lower: k.lower, name: name, value: value})
	}
}

// SetNamedList is SetNamed for a key that is a list even with one value.
func (v *Values) SetNamedList(name string, values []string) {
	if k := MakeKey(name); k.id != keyNone {
		v.SetList(k.id, values)
		return
	}
	v.SetNamed(name, values...)
}

// Hide makes a known key absent even where a Values asked after this one has it.
func (v *Values) Hide(key KeyID) { v.set(key, Value{kind: valueHidden}) }

// Has tells whether a known key has a value.
func (v *Values) Has(key KeyID) bool {
	return key < numKeys && v.slot[key] != 0 && v.at(v.slot[key]).kind != 0 &&
		v.at(v.slot[key]).kind != valueHidden
}

// Get is the first value of a known key as text, or "".
func (v *Values) Get(key KeyID) string {
	if !v.Has(key) {
		return ""
	}
	value := v.at(v.slot[key])
	if value.kind == valueList {
		return value.list[0]
	}
	return value.text()
}

// Lookup finds the values of a key by name.
func (v *Values) Lookup(name string) ([]string, bool) {
	k := MakeKey(name)
	var tmp Value
	found := v.lookup(&k, &tmp)
	if found == nil || found.kind == valueHidden {
		return nil, false
	}
	return found.Strings(), true
}

// lookup answers a pointer into v, or to tmp for a tag's value, or nil.
func (v *Values) lookup(k *ConditionKey, tmp *Value) *Value {
	if k.id != keyNone {
		if at := v.slot[k.id]; at != 0 {
			if found := v.at(at); found.kind != 0 {
				return found
			}
		}
		return nil
	}
	if k.family != familyNone {
		text, ok := v.tags[k.family].get(k.member)
		if !ok {
			return nil
		}
		*tmp = Value{kind: valueString, str: text}
		return tmp
	}
	for i := range v.others {
		if v.others[i].lower == k.lower {
			return &v.others[i].value
		}
	}
	return nil
}

// All calls yield with the name and values of every key, known ones in AWS's spelling, in no promised order. For traces.
func (v *Values) All(yield func(name string, values []string) bool) {
	for id := keyNone + 1; id < numKeys; id++ {
		if v.Has(id) && !yield(knownKeys[id], v.at(v.slot[id]).Strings()) {
			return
		}
	}
	for _, f := range families {
		if f.prefix == "iam:resourcetag/" || v.tags[f.family] == nil {
			continue
		}
		for _, t := range v.tags[f.family].list {
			if !yield(f.prefix+t.Key, []string{t.Value}) {
				return
			}
		}
	}
	for i := range v.others {
		if !yield(v.others[i].name, v.others[i].value.Strings()) {
			return
		}
	}
}

// Tag is one key and value.
type Tag struct{ Key, Value string }

// Tags is an unchanging set of tags, made once per principal, bucket or object and shared between requests. The nil set is
// empty. Keys are found without regard to letter case, as in IAM; of two keys that differ in case alone, as S3's object
// tags may, the one written as the policy writes it is taken.
type Tags struct{ list []Tag }

// MakeTags makes a set from a map.
func MakeTags(m map[string]string) *Tags {
	if len(m) == 0 {
		return nil
	}
	t := &Tags{list: make([]Tag, 0, len(m))}
	for k, v := range m {
		t.list = append(t.list, Tag{k, v})
	}
	slices.SortFunc(t.list, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	return t
}

// MergeTags is base with the tags of over put on top: session tags over a role's tags. Keys that differ in case alone are
// the same.
func MergeTags(base, over *Tags) *Tags {
	out := base
	if over != nil {
		for _, t := range over.list {
			out = out.with(t)
		}
	}
	return out
}

// with is a copy of t in which tag's key, in any letter case, has tag's value.
func (t *Tags) with(tag Tag) *Tags {
	out := new(Tags)
	if t != nil {
		out.list = slices.DeleteFunc(slices.Clone(t.list), func(have Tag) bool { return strings.EqualFold(have.Key, tag.Key) })
	}
	out.list = append(out.list, tag)
	return out
}

func (t *Tags) get(key string) (string, bool) {
	if t == nil {
		return "", false
	}
	folded := -1
	for i := range t.list {
		if t.list[i].Key == key {
			return t.list[i].Value, true
		}
		if folded < 0 && strings.EqualFold(t.list[i].Key, key) {
			folded = i
		}
	}
	if folded >= 0 {
		return t.list[folded].Value, true
	}
	return "", false
}

// Get is the value of a key, found as the engine finds it.
func (t *Tags) Get(key string) (string, bool) { return t.get(key) }

// All is the tags in the order of the set.
func (t *Tags) All() []Tag {
	if t == nil {
		return nil
	}
	return t.list
}
