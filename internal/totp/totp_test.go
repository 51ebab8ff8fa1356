package totp

import (
	"testing"
	"time"
)

// The vectors of RFC 6238, appendix B, less their first two digits.
func TestVectors(t *testing.T) {
	seed := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := Code(seed, Step(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	seed := []byte("12345678901234567890")
	code := func(n int64) string { return Code(seed, n) }
	if n, ok := Find(seed, code(102), 98, 102); !ok || n != 102 {
		t.Errorf("the last: %d, %v", n, ok)
	}
	for _, c := range []string{code(97), code(103), "", "12345", code(100) + "0"} {
		if n, ok := Find(seed, c, 98, 102); ok {
			t.Errorf("%q is that of %d", c, n)
		}
	}
	if n, ok := FindPair(seed, code(97), code(98), 98, 102); !ok || n != 98 {
		t.Errorf("the first pair: %d, %v", n, ok)
	}
	for _, c := range [][2]string{{code(100), code(102)}, {code(101), code(100)}, {code(100), code(100)}, {code(102), code(103)}} {
		if n, ok := FindPair(seed, c[0], c[1], 98, 102); ok {
			t.Errorf("%v are those of %d", c, n)
		}
	}
}
