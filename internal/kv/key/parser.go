package key

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// ErrMalformed is returned for a key that does not hold the components that
// were asked for.
var ErrMalformed = errors.New("key: malformed")

// Parser takes a key apart, component by component. After the first component
// that is not there everything it returns is zero and Err and End report
// ErrMalformed.
type Parser struct {
	rest []byte
	err  error
}

// Parse begins at the first component of k. The parser does not change k and
// keeps no reference to it in strings it returns.
func Parse(k []byte) Parser { return Parser{rest: k} }

// Err is ErrMalformed if a component asked for so far was not there.
func (p *Parser) Err() error { return p.err }

// End is Err, or ErrMalformed if there is more of the key.
func (p *Parser) End() error {
	if p.err == nil && len(p.rest) > 0 {
		p.fail()
	}
	return p.err
}

// Byte takes one byte.
func (p *Parser) Byte() byte {
	b := p.take(1)
	if b == nil {
		return 0
	}
	return b[0]
}

// Expect takes the bytes of tag and fails if others are there.
func (p *Parser) Expect(tag ...byte) {
	if !bytes.HasPrefix(p.rest, tag) {
		p.fail()
		return
	}
	p.take(len(tag))
}

// Uint64 takes what Key.Uint64 appended.
func (p *Parser) Uint64() uint64 {
	b := p.take(8)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// Uint64Desc takes what Key.Uint64Desc appended.
func (p *Parser) Uint64Desc() uint64 {
	b := p.take(8)
	if b == nil {
		return 0
	}
	return ^binary.BigEndian.Uint64(b)
}

// Str takes what Key.Str appended.
func (p *Parser) Str() string { return string(p.Bytes()) }

// Bytes takes what Key.Str appended. The result aliases the key where
// nothing in it was escaped.
func (p *Parser) Bytes() []byte {
	var unescaped []byte
	for rest := p.rest; p.err == nil; {
		i := bytes.IndexByte(rest, escape)
		if i < 0 || i+1 == len(rest) {
			break
		}
		next := rest[i+1]
		if next == end {
			p.rest = rest[i+2:]
			if unescaped == nil {
				return rest[:i:i]
			}
			return append(unescaped, rest[:i]...)
		}
		if next != escaped {
			break
		}
		unescaped = append(unescaped, rest[:i+1]...)
		rest = rest[i+2:]
	}
	p.fail()
	return nil
}

// Raw takes all that is left.
func (p *Parser) Raw() string { return string(p.RawBytes()) }

// RawBytes takes all that is left, aliasing the key.
func (p *Parser) RawBytes() []byte { return p.take(len(p.rest)) }

func (p *Parser) take(n int) []byte {
	if p.err != nil || len(p.rest) < n {
		p.fail()
		return nil
	}
	b := p.rest[:n:n]
	p.rest = p.rest[n:]
	return b
}

func (p *Parser) fail() {
	p.rest, p.err = nil, ErrMalformed
}
