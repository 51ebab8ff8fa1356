package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	k, aad := NewKey(), AAD("sts")
	for _, n := range []int{0, 1, 2, 3, 200, 3000} {
		payload := bytes.Repeat([]byte("p"), n)
		token := SealToken(k, payload, aad)
		if max := 66 + (4*n+2)/3; len(token) > max {
			t.Errorf("%d bytes make a token of %d, want at most %d", n, len(token), max)
		}
		if strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			t.Errorf("token %s has other characters", token)
		}
		if got, err := OpenToken(k, token, aad); err != nil || !bytes.Equal(got, payload) {
			t.Errorf("OpenToken: %q, %v", got, err)
		}
	}
	// The same key read again, after a restart, opens it.
	again, _ := KeyFromBytes(k.k.secret[:])
	if _, err := OpenToken(again, SealToken(k, nil, aad), aad); err != nil {
		t.Error(err)
	}
}

func TestOpenTokenRefuses(t *testing.T) {
	k, aad := NewKey(), AAD("sts")
	token := SealToken(k, []byte("payload"), aad)
	for i := range token {
		for _, c := range "A_.=+/ \n" {
			if bad := token[:i] + string(c) + token[i+1:]; bad != token {
				if got, err := OpenToken(k, bad, aad); err == nil {
					t.Errorf("%q at %d: opened to %q", c, i, got)
				}
			}
		}
		if _, err := OpenToken(k, token[:i], aad); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d: %v", i, err)
		}
	}
	for _, bad := range []string{token + "A", token + "=", token + "\n", "\r" + token, " " + token, strings.ToLower(token)} {
		if _, err := OpenToken(k, bad, aad); err == nil {
			t.Errorf("opened %q", bad)
		}
	}
	if _, err := OpenToken(k, token, AAD("other")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another context: %v", err)
	}
	if _, err := OpenToken(NewKey(), token, aad); !errors.Is(err, ErrWrongKey) {
		t.Errorf("another key: %v", err)
	}
}

func FuzzOpenToken(f *testing.F) {
	k, _ := KeyFromBytes(bytes.Repeat([]byte{9}, KeySize))
	f.Add("")
	f.Add(strings.Repeat("A", 100))
	f.Fuzz(func(t *testing.T, token string) {
		if got, err := OpenToken(k, token, nil); err == nil {
			t.Errorf("opened %q to %x", token, got)
		}
	})
}

func BenchmarkOpenToken(b *testing.B) {
	k, aad := NewKey(), AAD("sts")
	token := SealToken(k, make([]byte, 300), aad)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := OpenToken(k, token, aad); err != nil {
			b.Fatal(err)
		}
	}
}
