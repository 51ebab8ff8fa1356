package kv_test

import (
	"bytes"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func TestPrefixEnd(t *testing.T) {
	tests := []struct{ prefix, want []byte }{
		{nil, nil},
		{[]byte("a"), []byte("b")},
		{[]byte("a/"), []byte("a0")},
		{[]byte("a\xff"), []byte("b")},
		{[]byte("a\xff\xff"), []byte("b")},
		{[]byte("\x00"), []byte("\x01")},
		{[]byte("\xff"), nil},
		{[]byte("\xff\xff"), nil},
	}
	for _, tt := range tests {
		before := bytes.Clone(tt.prefix)
		if got := kv.PrefixEnd(tt.prefix); !bytes.Equal(got, tt.want) || (got == nil) != (tt.want == nil) {
			t.Errorf("PrefixEnd(%q) = %q, want %q", tt.prefix, got, tt.want)
		}
		if r := kv.Prefix(tt.prefix); !bytes.Equal(r.Start, before) || !bytes.Equal(r.End, tt.want) || r.Reverse {
			t.Errorf("Prefix(%q) = %+v", before, r)
		}
	}
}
