package policy

import (
	"encoding/json"
	"unicode/utf8"
)

// MaxDocument is the largest document in bytes that Parse reads, the limit of IAM's document parameters (in characters)
// given room for two bytes each.
const MaxDocument = 2 * 131_072

// maxDepth bounds nesting; a valid document never nests more than five deep.
const maxDepth = 10

type nodeKind uint8

const (
	nodeString nodeKind = iota + 1
	nodeNumber
	nodeBool
	nodeNull
	nodeArray
	nodeObject
)

// node is a parsed JSON value that remembers its place. text is the decoded string, or the literal of a number or bool.
type node struct {
	kind       nodeKind
	text       string
	items      []*node
	members    []member
	start, end int // byte offsets, end exclusive
}

type member struct {
	name       string
	start, end int // of the name with its quotes
	value      *node
}

func (n *node) get(name string) *node {
	for i := range n.members {
		if n.members[i].name == name {
			return n.members[i].value
		}
	}
	return nil
}

// scanner is a strict JSON reader: no duplicate names, no trailing text, no invalid UTF-8, bounded depth.
type scanner struct {
	src   []byte
	pos   int
	dup   string
	dupAt int
}

func parseJSON(src []byte) (*node, *ParseError) {
	if len(src) > MaxDocument || !utf8.Valid(src) {
		return nil, &ParseError{Problem: ProblemNotJSON, At: Position{Line: 1, Column: 1}}
	}
	s := scanner{src: src, dupAt: -1}
	n := s.value(0)
	s.space()
	if n == nil || s.pos != len(src) {
		return nil, &ParseError{Problem: ProblemNotJSON, At: positionOf(src, s.pos)}
	}
	if s.dupAt >= 0 {
		return nil, &ParseError{Problem: ProblemDuplicate, Element: s.dup, At: positionOf(src, s.dupAt)}
	}
	return n, nil
}

func (s *scanner) space() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) accept(c byte) bool {
	s.space()
	if s.pos < len(s.src) && s.src[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

// value reads one value; nil says that the text is not JSON at s.pos.
func (s *scanner) value(depth int) *node {
	s.space()
	if s.pos >= len(s.src) || depth > maxDepth {
		return nil
	}
	start := s.pos
	var n *node
	switch c := s.src[s.pos]; {
	case c == '{':
		n = s.object(depth)
	case c == '[':
		n = s.array(depth)
	case c == '"':
		if text, ok := s.string(); ok {
			n = &node{kind: nodeString, text: text}
		}
	case c == '-' || (c >= '0' && c <= '9'):
		n = s.number()
	default:
		n = s.word()
	}
	if n != nil {
		n.start, n.end = start, s.pos
	}
	return n
}

func (s *scanner) object(depth int) *node {
	s.pos++
	n := &node{kind: nodeObject}
	if s.accept('}') {
		return n
	}
	for {
		s.space()
		start := s.pos
		name, ok := s.string()
		if !ok {
			return nil
		}
		end := s.pos
		if !s.accept(':') {
			return nil
		}
		v := s.value(depth + 1)
		if v == nil {
			return nil
		}
		if s.dupAt < 0 && n.get(name) != nil {
			s.dup, s.dupAt = name, start
		}
		n.members = append(n.members, member{name: name, start: start, end: end, value: v})
		if s.accept('}') {
			return n
		}
		if !s.accept(',') {
			return nil
		}
	}
}

func (s *scanner) array(depth int) *node {
	s.pos++
	n := &node{kind: nodeArray}
	if s.accept(']') {
		return n
	}
	for {
		v := s.value(depth + 1)
		if v == nil {
			return nil
		}
		n.items = append(n.items, v)
		if s.accept(']') {
			return n
		}
		if !s.accept(',') {
			return nil
		}
	}
}

// string reads a quoted string. The span is found here; escapes are left to encoding/json.
func (s *scanner) string() (string, bool) {
	if s.pos >= len(s.src) || s.src[s.pos] != '"' {
		return "", false
	}
	start, escaped := s.pos, false
	for i := start + 1; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '"':
			s.pos = i + 1
			if !escaped {
				return string(s.src[start+1 : i]), true
			}
			var text string
			if json.Unmarshal(s.src[start:s.pos], &text) != nil {
				return "", false
			}
			return text, true
		case c == '\\':
			escaped = true
			i++
		case c < 0x20:
			return "", false
		}
	}
	return "", false
}

func (s *scanner) number() *node {
	start := s.pos
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			s.pos++
			continue
		}
		break
	}
	if lit := s.src[start:s.pos]; json.Valid(lit) {
		return &node{kind: nodeNumber, text: string(lit)}
	}
	return nil
}

func (s *scanner) word() *node {
	for _, w := range [...]struct {
		text string
		kind nodeKind
	}{{"true", nodeBool}, {"false", nodeBool}, {"null", nodeNull}} {
		if end := s.pos + len(w.text); end <= len(s.src) && string(s.src[s.pos:end]) == w.text {
			s.pos = end
			return &node{kind: w.kind, text: w.text}
		}
	}
	return nil
}
