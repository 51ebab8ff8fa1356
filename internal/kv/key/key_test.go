package key_test

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

type row struct {
	tag  byte
	name string
	up   uint64
	down uint64
	tail string
}

func (r row) key() key.Key {
	return key.New(0, r.tag).Str(r.name).Uint64(r.up).Uint64Desc(r.down).Raw(r.tail)
}

func (r row) compare(o row) int {
	return cmp.Or(cmp.Compare(r.tag, o.tag), cmp.Compare(r.name, o.name), cmp.Compare(r.up, o.up),
		cmp.Compare(o.down, r.down), cmp.Compare(r.tail, o.tail))
}

func parse(k []byte) (row, error) {
	p := key.Parse(k)
	r := row{p.Byte(), p.Str(), p.Uint64(), p.Uint64Desc(), p.Raw()}
	return r, p.End()
}

func rows() []row {
	var out []row
	names := []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x01", "a", "a\x00", "a\x00b", "a\x01", "ab", "a\xff", "b", "é", "\xff", "\xff\xff"}
	for _, name := range names {
		for _, n := range []uint64{0, 1, 255, 256, math.MaxUint64} {
			for _, tail := range []string{"", "\x00", "\xff", "x"} {
				out = append(out, row{1, name, n, math.MaxUint64 / 3, tail}, row{2, name, 7, n, tail})
			}
		}
	}
	return out
}

func TestOrderFollowsComponents(t *testing.T) {
	all := rows()
	for _, a := range all {
		for _, b := range all {
			if got, want := bytes.Compare(a.key(), b.key()), a.compare(b); got != want {
				t.Fatalf("compare(%+v, %+v) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, want := range rows() {
		got, err := parse(want.key())
		if err != nil || got != want {
			t.Fatalf("parse(%x) = %+v, %v; want %+v", want.key(), got, err, want)
		}
	}
}

func TestMalformed(t *testing.T) {
	tests := []struct {
		name string
		key  []byte
		take func(*key.Parser)
	}{
		{"byte of nothing", nil, func(p *key.Parser) { p.Byte() }},
		{"short uint64", make([]byte, 7), func(p *key.Parser) { p.Uint64() }},
		{"short inverted uint64", make([]byte, 7), func(p *key.Parser) { p.Uint64Desc() }},
		{"string without end", []byte("abc"), func(p *key.Parser) { p.Str() }},
		{"string cut in its end", []byte("abc\x00"), func(p *key.Parser) { p.Str() }},
		{"string cut in an escape", []byte("abc\x00\xff\x00"), func(p *key.Parser) { p.Str() }},
		{"string with an unknown escape", []byte("abc\x00\x02\x00\x01"), func(p *key.Parser) { p.Str() }},
		{"other tag", []byte("ab"), func(p *key.Parser) { p.Expect('a', 'c') }},
		{"tag cut short", []byte("a"), func(p *key.Parser) { p.Expect('a', 'c') }},
		{"more than asked for", []byte("ab"), func(p *key.Parser) { p.Byte() }},
		{"error sticks", []byte("abc"), func(p *key.Parser) { p.Str(); p.Raw() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := key.Parse(tt.key)
			tt.take(&p)
			if err := p.End(); !errors.Is(err, key.ErrMalformed) {
				t.Errorf("End() = %v, want ErrMalformed", err)
			}
			if p.Byte() != 0 || p.Uint64() != 0 || p.Uint64Desc() != 0 || p.Bytes() != nil || p.Raw() != "" {
				t.Error("a failed parser returned something")
			}
			if err := p.Err(); !errors.Is(err, key.ErrMalformed) {
				t.Errorf("Err() = %v, want ErrMalformed", err)
			}
		})
	}
}

func TestPrefixes(t *testing.T) {
	tests := []struct {
		name   string
		prefix key.Key
		key    key.Key
		want   bool
	}{
		{"raw", key.New(8, 1).Str("b").Raw("photos/"), key.New(8, 1).Str("b").Raw("photos/1.jpg"), true},
		{"raw all", key.New(8, 1).Str("b"), key.New(8, 1).Str("b").Raw("photos/1.jpg"), true},
		{"raw of another bucket", key.New(8, 1).Str("b"), key.New(8, 1).Str("bc").Raw("x"), false},
		{"string prefix", key.New(8, 1).StrPrefix("/path/"), key.New(8, 1).Str("/path/name"), true},
		{"string prefix with zero", key.New(8, 1).StrPrefix("a\x00"), key.New(8, 1).Str("a\x00b"), true},
		{"string prefix shorter", key.New(8, 1).StrPrefix("a\x00"), key.New(8, 1).Str("a"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := kv.Prefix(tt.prefix)
			in := bytes.Compare(tt.key, r.Start) >= 0 && bytes.Compare(tt.key, r.End) < 0
			if in != tt.want {
				t.Errorf("%x in prefix %x: %v, want %v", tt.key, tt.prefix, in, tt.want)
			}
		})
	}
}

func TestParserDoesNotShareStrings(t *testing.T) {
	k := key.New(0).Str("name").Raw("tail")
	p := key.Parse(k)
	name, tail := p.Str(), p.Raw()
	clear(k)
	if name != "name" || tail != "tail" {
		t.Errorf("got %q, %q after the key changed", name, tail)
	}
}

func TestCloneIsApart(t *testing.T) {
	prefix := key.New(64, 'p')
	a := prefix.Clone(8).Raw("aaa")
	b := prefix.Clone(8).Raw("bbb")
	if string(a) != "paaa" || string(b) != "pbbb" {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestStringLen(t *testing.T) {
	for _, s := range []string{"", "a", "\x00", "a\x00\x00b"} {
		if got := len(key.AppendString(nil, s)); got != key.StringLen(s) {
			t.Errorf("StringLen(%q) = %d, want %d", s, key.StringLen(s), got)
		}
	}
}

func TestOneAllocation(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		k := key.New(64, 1).Str("bucket").Uint64(1).Raw("object")
		if len(k) == 0 {
			t.Error("empty key")
		}
	})
	if n > 1 {
		t.Errorf("building a key makes %v allocations, want at most 1", n)
	}
}

func FuzzRoundTripAndOrder(f *testing.F) {
	f.Add("", uint64(0), "", "\x00", uint64(1), "x")
	f.Add("a\x00", uint64(5), "t", "a", uint64(5), "\xff")
	f.Fuzz(func(t *testing.T, s1 string, n1 uint64, t1, s2 string, n2 uint64, t2 string) {
		a, b := row{1, s1, n1, n2, t1}, row{1, s2, n2, n1, t2}
		for _, want := range []row{a, b} {
			if got, err := parse(want.key()); err != nil || got != want {
				t.Fatalf("parse(%x) = %+v, %v; want %+v", want.key(), got, err, want)
			}
		}
		if got, want := bytes.Compare(a.key(), b.key()), a.compare(b); got != want {
			t.Fatalf("compare(%+v, %+v) = %d, want %d", a, b, got, want)
		}
	})
}

// FuzzParse holds that no bytes make the parser panic and that what parses is
// the one encoding of its components.
func FuzzParse(f *testing.F) {
	f.Add([]byte("\x01a\x00\xff\x00\x0112345678123456789"))
	f.Fuzz(func(t *testing.T, k []byte) {
		before := slices.Clone(k)
		r, err := parse(k)
		if !bytes.Equal(before, k) {
			t.Fatal("the parser changed the key")
		}
		if err == nil && !bytes.Equal(r.key(), k) {
			t.Fatalf("%x parses as %+v, which encodes as %x", k, r, r.key())
		}
	})
}
