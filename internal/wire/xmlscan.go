package wire

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf8"
)

// Bounds of an XML body besides its size.
const (
	maxDepth    = 32
	maxElements = 200_000
	maxAttrs    = 32
)

// errXML says that a document is not well-formed, or has what we refuse to
// read: a document type, an unknown entity, another encoding than UTF-8.
var errXML = errors.New("XML is not well-formed")

type xmlToken uint8

const (
	xmlStart xmlToken = iota
	xmlEnd
	xmlText
	xmlEOF
)

type xmlAttr struct {
	name  []byte // with its prefix
	value string
}

// xmlScanner cuts a document into tokens. It expands only the five predefined
// entities and character references, so that no document grows by being read.
type xmlScanner struct {
	buf    []byte
	pos    int
	open   [][]byte // qualified names of open elements
	count  int
	empty  bool // the last start was <x/>, its end is due
	rooted bool

	name  []byte // local name of a start or an end
	attrs []xmlAttr
	text  []byte
}

func newXMLScanner(b []byte) *xmlScanner {
	return &xmlScanner{buf: bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))}
}

func (s *xmlScanner) next() (xmlToken, error) {
	if s.empty {
		s.empty = false
		return xmlEnd, s.pop(s.open[len(s.open)-1])
	}
	for {
		rest := s.buf[s.pos:]
		if len(rest) == 0 {
			if len(s.open) > 0 || !s.rooted {
				return xmlEOF, errXML
			}
			return xmlEOF, nil
		}
		if rest[0] != '<' {
			tok, skip, err := s.chars(rest)
			if err != nil || !skip {
				return tok, err
			}
			continue
		}
		switch {
		case bytes.HasPrefix(rest, []byte("<?")):
			if err := s.instruction(rest); err != nil {
				return xmlEOF, err
			}
		case bytes.HasPrefix(rest, []byte("<!--")):
			if err := s.comment(rest); err != nil {
				return xmlEOF, err
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			return s.cdata(rest)
		case bytes.HasPrefix(rest, []byte("</")):
			return s.end(rest)
		default:
			return s.start()
		}
	}
}

// chars takes text up to the next markup. Outside the root only white space
// may stand, and it is skipped.
func (s *xmlScanner) chars(rest []byte) (tok xmlToken, skip bool, err error) {
	n := bytes.IndexByte(rest, '<')
	if n < 0 {
		n = len(rest)
	}
	s.pos += n
	if len(s.open) == 0 {
		if len(bytes.Trim(rest[:n], " \t\r\n")) > 0 {
			return xmlEOF, false, errXML
		}
		return xmlText, true, nil
	}
	s.text, err = expand(rest[:n])
	return xmlText, false, err
}

func (s *xmlScanner) instruction(rest []byte) error {
	pi, _, ok := bytes.Cut(rest[2:], []byte("?>"))
	if !ok || (&xmlScanner{buf: pi}).qname() == nil {
		return errXML
	}
	if len(pi) >= 3 && bytes.EqualFold(pi[:3], []byte("xml")) && (len(pi) == 3 || isSpace(pi[3])) {
		if s.pos != 0 || !utf8Declared(pi) {
			return errXML
		}
	} else if validChars(pi) != nil {
		return errXML
	}
	s.pos += len(pi) + len("<??>")
	return nil
}

// utf8Declared tells whether an XML declaration is for an encoding that we read.
func utf8Declared(decl []byte) bool {
	_, after, ok := bytes.Cut(decl, []byte("encoding"))
	if !ok {
		return true
	}
	after = bytes.TrimLeft(after, " \t\r\n=")
	if len(after) == 0 {
		return false
	}
	enc, _, ok := bytes.Cut(after[1:], after[:1])
	return ok && (bytes.EqualFold(enc, []byte("utf-8")) || bytes.EqualFold(enc, []byte("us-ascii")))
}

func (s *xmlScanner) comment(rest []byte) error {
	n := bytes.Index(rest[4:], []byte("--"))
	if n < 0 || len(rest) < n+7 || rest[n+6] != '>' {
		return errXML
	}
	s.pos += n + 7
	return validChars(rest[4 : n+4])
}

func (s *xmlScanner) cdata(rest []byte) (xmlToken, error) {
	n := bytes.Index(rest, []byte("]]>"))
	if n < 0 || len(s.open) == 0 {
		return xmlEOF, errXML
	}
	s.text = newlines(rest[len("<![CDATA["):n])
	s.pos += n + 3
	return xmlText, validChars(s.text)
}

func (s *xmlScanner) start() (xmlToken, error) {
	s.pos++
	full := s.qname()
	if full == nil || (s.rooted && len(s.open) == 0) || len(s.open) >= maxDepth || s.count >= maxElements {
		return xmlEOF, errXML
	}
	s.count++
	s.rooted = true
	s.open = append(s.open, full)
	s.name = local(full)
	s.attrs = s.attrs[:0]
	for {
		spaced := s.space()
		switch {
		case s.pos >= len(s.buf):
			return xmlEOF, errXML
		case s.buf[s.pos] == '>':
			s.pos++
			return xmlStart, nil
		case s.buf[s.pos] == '/':
			if s.pos+1 >= len(s.buf) || s.buf[s.pos+1] != '>' {
				return xmlEOF, errXML
			}
			s.pos += 2
			s.empty = true
			return xmlStart, nil
		}
		if !spaced || len(s.attrs) >= maxAttrs {
			return xmlEOF, errXML
		}
		if err := s.attr(); err != nil {
			return xmlEOF, err
		}
	}
}

func (s *xmlScanner) attr() error {
	name := s.qname()
	if name == nil {
		return errXML
	}
	for i := range s.attrs {
		if bytes.Equal(s.attrs[i].name, name) {
			return errXML
		}
	}
	s.space()
	if s.pos >= len(s.buf) || s.buf[s.pos] != '=' {
		return errXML
	}
	s.pos++
	s.space()
	if s.pos >= len(s.buf) || (s.buf[s.pos] != '"' && s.buf[s.pos] != '\'') {
		return errXML
	}
	quote := s.buf[s.pos]
	s.pos++
	n := bytes.IndexByte(s.buf[s.pos:], quote)
	if n < 0 {
		return errXML
	}
	raw := s.buf[s.pos : s.pos+n]
	s.pos += n + 1
	if bytes.IndexByte(raw, '<') >= 0 {
		return errXML
	}
	value, err := expand(raw)
	if err != nil {
		return err
	}
	s.attrs = append(s.attrs, xmlAttr{name, string(value)})
	return nil
}

func (s *xmlScanner) end(rest []byte) (xmlToken, error) {
	s.pos += 2
	name := s.qname()
	s.space()
	if name == nil || s.pos >= len(s.buf) || s.buf[s.pos] != '>' {
		return xmlEOF, errXML
	}
	s.pos++
	return xmlEnd, s.pop(name)
}

func (s *xmlScanner) pop(name []byte) error {
	top := len(s.open) - 1
	if top < 0 || !bytes.Equal(s.open[top], name) {
		return errXML
	}
	s.open = s.open[:top]
	s.name = local(name)
	return nil
}

func (s *xmlScanner) space() bool {
	start := s.pos
	for s.pos < len(s.buf) && isSpace(s.buf[s.pos]) {
		s.pos++
	}
	return s.pos > start
}

// qname takes a name with at most one colon inside.
func (s *xmlScanner) qname() []byte {
	start, colons := s.pos, 0
	for s.pos < len(s.buf) {
		c := s.buf[s.pos]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
		inner := c >= '0' && c <= '9' || c == '-' || c == '.'
		first := s.pos == start || s.buf[s.pos-1] == ':'
		switch {
		case letter, inner && !first:
		case c == ':' && !first && colons == 0:
			colons++
		default:
			return s.named(start)
		}
		s.pos++
	}
	return s.named(start)
}

func (s *xmlScanner) named(start int) []byte {
	n := s.buf[start:s.pos]
	if len(n) == 0 || n[len(n)-1] == ':' || !utf8.Valid(n) {
		return nil
	}
	return n
}

func local(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// expand replaces references and normalizes line ends.
func expand(b []byte) ([]byte, error) {
	if err := validChars(b); err != nil {
		return nil, err
	}
	if bytes.Contains(b, []byte("]]>")) {
		return nil, errXML
	}
	b = newlines(b)
	i := bytes.IndexByte(b, '&')
	if i < 0 {
		return b, nil
	}
	out := append(make([]byte, 0, len(b)), b[:i]...)
	for i < len(b) {
		if b[i] != '&' {
			out = append(out, b[i])
			i++
			continue
		}
		n := bytes.IndexByte(b[i:min(len(b), i+12)], ';')
		if n < 0 {
			return nil, errXML
		}
		r, ok := reference(string(b[i+1 : i+n]))
		if !ok {
			return nil, errXML
		}
		out = utf8.AppendRune(out, r)
		i += n + 1
	}
	return out, nil
}

// reference is the character of an entity's name. Control characters are let
// through by number, for object keys may hold them.
func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune || n >= 0xD800 && n < 0xE000 {
		return 0, false
	}
	return rune(n), true
}

func newlines(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
}

// validChars refuses what no XML document may hold as it is.
func validChars(b []byte) error {
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return errXML
		}
	}
	if !utf8.Valid(b) {
		return errXML
	}
	return nil
}
