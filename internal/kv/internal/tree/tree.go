package tree

import (
	"bytes"
	"hash/maphash"
)

// Tree is one version of a sorted map from keys to values. The zero Tree is
// empty. A Tree given out by Editor.Freeze is safe for concurrent reading.
type Tree struct{ root *node }

// node has a priority no lower than its children's; the heap order of random
// priorities keeps the tree shallow whatever order the keys come in.
type node struct {
	key, value  []byte
	priority    uint64
	owner       *owner
	left, right *node
}

// owner marks the nodes that one Editor made since it last froze its tree:
// nobody else has seen them, so it may change them in place.
type owner struct{ _ byte }

// Get returns the value of key, which must not be changed.
func (t Tree) Get(key []byte) (value []byte, ok bool) {
	for n := t.root; n != nil; {
		switch c := bytes.Compare(key, n.key); {
		case c == 0:
			return n.value, true
		case c < 0:
			n = n.left
		default:
			n = n.right
		}
	}
	return nil, false
}

// Scan calls fn for each key from start up to but not including end, a nil end
// being none, last to first if reverse is set, until fn returns false.
func (t Tree) Scan(start, end []byte, reverse bool, fn func(key, value []byte) bool) {
	t.root.scan(start, end, reverse, fn)
}

func (n *node) scan(start, end []byte, reverse bool, fn func(key, value []byte) bool) bool {
	if n == nil {
		return true
	}
	fromHere := bytes.Compare(n.key, start) >= 0
	toHere := end == nil || bytes.Compare(n.key, end) < 0
	first, second := n.left, n.right
	intoFirst, intoSecond := fromHere, toHere
	if reverse {
		first, second = second, first
		intoFirst, intoSecond = toHere, fromHere
	}
	if intoFirst && !first.scan(start, end, reverse, fn) {
		return false
	}
	if fromHere && toHere && !fn(n.key, n.value) {
		return false
	}
	return !intoSecond || second.scan(start, end, reverse, fn)
}

// Editor makes a new version of a tree. It is not safe for concurrent use.
type Editor struct {
	root  *node
	owner *owner
	seed  maphash.Seed
}

// Edit begins a new version that is equal to t. All versions of one tree must
// be edited with the same seed.
func (t Tree) Edit(seed maphash.Seed) *Editor {
	return &Editor{root: t.root, owner: new(owner), seed: seed}
}

// Freeze is the version as it is now; later edits do not change it.
func (e *Editor) Freeze() Tree {
	e.owner = new(owner)
	return Tree{e.root}
}

// Peek is the version as it is now, to be read before the next edit.
func (e *Editor) Peek() Tree { return Tree{e.root} }

// Put sets key to value. It keeps both.
func (e *Editor) Put(key, value []byte) {
	e.root = e.put(e.root, key, value)
}

// Delete removes key if it is there.
func (e *Editor) Delete(key []byte) {
	if _, ok := e.Peek().Get(key); ok {
		e.root = e.remove(e.root, key)
	}
}

func (e *Editor) own(n *node) *node {
	if n.owner == e.owner {
		return n
	}
	c := *n
	c.owner = e.owner
	return &c
}

func (e *Editor) put(n *node, key, value []byte) *node {
	if n == nil {
		return &node{key: key, value: value, priority: maphash.Bytes(e.seed, key), owner: e.owner}
	}
	n = e.own(n)
	switch c := bytes.Compare(key, n.key); {
	case c == 0:
		n.value = value
	case c < 0:
		n.left = e.put(n.left, key, value)
		if l := n.left; l.priority > n.priority {
			n.left, l.right = l.right, n
			return l
		}
	default:
		n.right = e.put(n.right, key, value)
		if r := n.right; r.priority > n.priority {
			n.right, r.left = r.left, n
			return r
		}
	}
	return n
}

func (e *Editor) remove(n *node, key []byte) *node {
	c := bytes.Compare(key, n.key)
	if c == 0 {
		return e.merge(n.left, n.right)
	}
	n = e.own(n)
	if c < 0 {
		n.left = e.remove(n.left, key)
	} else {
		n.right = e.remove(n.right, key)
	}
	return n
}

// merge joins two trees, every key of l being below every key of r.
func (e *Editor) merge(l, r *node) *node {
	switch {
	case l == nil:
		return r
	case r == nil:
		return l
	case l.priority >= r.priority:
		l = e.own(l)
		l.right = e.merge(l.right, r)
		return l
	default:
		r = e.own(r)
		r.left = e.merge(l, r.left)
		return r
	}
}
