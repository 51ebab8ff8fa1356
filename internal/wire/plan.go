package wire

import (
	"net/textproto"
	"regexp"
	"strings"
	"sync"
)

// codec is what is worked out once per operation.
type codec struct {
	once    sync.Once
	in, out *plan
}

// plans are a service's shapes made ready for use, by shape name; a shape may
// reach itself.
type plans struct {
	mu     sync.Mutex
	byName map[string]*plan
}

// plan is a shape with everything resolved that decoding and encoding ask for.
type plan struct {
	shape    *Shape
	kind     Kind
	fields   []field        // of a structure, in the order of the Go fields
	body     map[string]int // members in the body, by wire name
	attrs    bool           // some member is an XML attribute
	payload  *field
	hasBody  bool // some member is in the body, payload aside
	elem     *plan
	key      *plan
	elemName string
	keyName  string
	pattern  *regexp.Regexp
	enum     map[string]struct{}
}

type field struct {
	*Member
	index     int
	plan      *plan
	name      string // wire name in the body, the query string or the URI
	header    string // canonical header name
	flattened bool
	time      TimeFormat
}

func (op *Operation) plans() *codec {
	op.codec.once.Do(func() {
		s := op.Service
		s.plans.mu.Lock()
		defer s.plans.mu.Unlock()
		if s.plans.byName == nil {
			s.plans.byName = map[string]*plan{}
		}
		op.codec.in = s.plan(op.Input)
		op.codec.out = s.plan(op.Output)
	})
	return &op.codec
}

// plan makes the plan of a shape; the caller holds the lock.
func (s *Service) plan(name string) *plan {
	if p, ok := s.plans.byName[name]; ok {
		return p
	}
	sh := s.Shape(name)
	if sh == nil {
		panic("wire: " + s.Package + " has no shape " + name) // the generated tables are broken
	}
	p := &plan{shape: sh, kind: sh.Kind, elemName: sh.ElemName, keyName: sh.KeyName}
	s.plans.byName[name] = p
	p.pattern = compilePattern(sh.Pattern)
	if len(sh.Enum) > 0 {
		p.enum = make(map[string]struct{}, len(sh.Enum))
		for _, v := range sh.Enum {
			p.enum[v] = struct{}{}
		}
	}
	switch sh.Kind {
	case List:
		p.elem = s.plan(sh.Elem)
		if p.elemName == "" {
			p.elemName = "member"
		}
	case Map:
		p.key, p.elem = s.plan(sh.Key), s.plan(sh.Elem)
		if p.keyName == "" {
			p.keyName = "key"
		}
		if p.elemName == "" {
			p.elemName = "value"
		}
	case Structure:
		s.planFields(p)
	}
	return p
}

func (s *Service) planFields(p *plan) {
	sh := p.shape
	p.fields = make([]field, len(sh.Members))
	p.body = make(map[string]int, len(sh.Members))
	for i := range sh.Members {
		m := &sh.Members[i]
		f := &p.fields[i]
		*f = field{Member: m, index: i, plan: s.plan(m.Shape)}
		f.name = s.bodyName(m, f.plan)
		f.flattened = m.Flattened || f.plan.shape.Flattened
		f.time = s.timeFormat(m, f.plan.shape)
		if m.Location == InHeader {
			f.header = textproto.CanonicalMIMEHeaderKey(m.WireName())
		}
		if m.Name == sh.Payload {
			p.payload = f
			continue
		}
		if m.Location != InBody {
			continue
		}
		p.hasBody = true
		if m.Attribute {
			p.attrs = true
			continue
		}
		p.body[f.name] = i
	}
}

// bodyName is a member's wire name. A flattened list repeats its element under
// the element's name where the model gives one, else the member's.
func (s *Service) bodyName(m *Member, p *plan) string {
	name := m.WireName()
	if m.Location != InBody || p.kind != List {
		return name
	}
	flattened := m.Flattened || p.shape.Flattened
	if flattened && p.shape.ElemName != "" && s.Protocol == Query {
		return p.shape.ElemName
	}
	return name
}

func (s *Service) timeFormat(m *Member, sh *Shape) TimeFormat {
	switch {
	case m.Time != DefaultTime:
		return m.Time
	case sh.Time != DefaultTime:
		return sh.Time
	case m.Location == InHeader || m.Location == InPrefix:
		return HTTPDate
	case m.Location == InQuery || m.Location == InURI:
		return ISO8601
	case s.Protocol == JSON || s.Protocol == RESTJSON:
		return UnixTime
	}
	return ISO8601
}

// compilePattern makes a model's pattern, which is Java's and matches the whole
// value, into Go's. A pattern that Go cannot express yields nil; a test keeps
// the list of those.
func compilePattern(p string) *regexp.Regexp {
	if p == "" {
		return nil
	}
	if alt, ok := rewritten[p]; ok {
		p = alt
	}
	p = strings.NewReplacer(
		`\uD800\uDC00-\uDBFF\uDFFF`, `\x{10000}-\x{10FFFF}`,
		`\u10000-\u10FFFF`, `\x{10000}-\x{10FFFF}`,
	).Replace(p)
	p = unicodeEscape.ReplaceAllString(p, `\x{$1}`)
	re, err := regexp.Compile(`\A(?:` + p + `)\z`)
	if err != nil {
		return nil
	}
	return re
}

var unicodeEscape = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)

// rewritten are the patterns with a lookahead, in a form without. The account
// alias allows no two hyphens in a row and 3 to 63 characters in all; the
// length is checked apart.
var rewritten = map[string]string{
	`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`: `[a-z0-9]+(-[a-z0-9]+)*`,
}
