package policy

import "unsafe"

// Size is about how many bytes the values and what they refer to take in memory, for who keeps many of them. Tags that are
// shared with others are counted whole.
func (v *Values) Size() int {
	n := int(unsafe.Sizeof(*v))
	for i := range v.vals {
		n += v.vals[i].size()
	}
	for i := range v.more {
		n += int(unsafe.Sizeof(v.more[i])) + v.more[i].size()
	}
	for _, t := range v.tags {
		n += t.Size()
	}
	for i := range v.others {
		o := &v.others[i]
		n += int(unsafe.Sizeof(*o)) + len(o.lower) + len(o.name) + o.value.size()
	}
	return n
}

func (v *Value) size() int {
	n := len(v.str)
	for _, s := range v.list {
		n += int(unsafe.Sizeof(s)) + len(s)
	}
	return n
}

// Size is about how many bytes the set takes in memory.
func (t *Tags) Size() int {
	if t == nil {
		return 0
	}
	n := 0
	for i := range t.list {
		n += int(unsafe.Sizeof(t.list[i])) + len(t.list[i].Key) + len(t.list[i].Value)
	}
	return n
}

// Size is about how many bytes the compiled policy takes in memory, judged by its text.
func (p *Policy) Size() int { return 512 + p.Doc.Size() }

// Size is about how many bytes the document and what is compiled of it take in memory. What a text becomes is several times
// as large as the text.
func (d *Document) Size() int {
	if d == nil || len(d.Statements) == 0 {
		return 0
	}
	return 8 * d.Statements[len(d.Statements)-1].End.Offset
}
