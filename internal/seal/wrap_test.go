package seal

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

func TestWrap(t *testing.T) {
	k, aad := NewKey(), AAD("data key", "111122223333", "bucket", "object")
	for _, n := range []int{0, 1, 32, 40, 5000} {
		secret := bytes.Repeat([]byte{7}, n)
		wrapped := Wrap(k, secret, aad)
		if len(wrapped) != n+WrapOverhead {
			t.Errorf("%d bytes wrapped are %d", n, len(wrapped))
		}
		if id, err := WrappedBy(wrapped); err != nil || id != k.ID() {
			t.Errorf("WrappedBy: %v, %v", id, err)
		}
		if got, err := Unwrap(k, wrapped, aad); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("Unwrap of %d bytes: %v", n, err)
		}
		if bytes.Equal(wrapped, Wrap(k, secret, aad)) {
			t.Error("wrapped twice, the same bytes")
		}
	}
}

func TestUnwrapRefuses(t *testing.T) {
	k, aad := NewKey(), AAD("secret", "a")
	wrapped := Wrap(k, []byte("thirty-two bytes of some secret."), aad)
	for bit := range len(wrapped) * 8 {
		bad := slices.Clone(wrapped)
		bad[bit/8] ^= 1 << (bit % 8)
		want := ErrCorrupt
		if byteAt := bit / 8; byteAt >= 1 && byteAt < wrapPrefix {
			want = ErrWrongKey
		}
		if got, err := Unwrap(k, bad, aad); !errors.Is(err, want) || got != nil {
			t.Errorf("bit %d flipped: %q, %v", bit, got, err)
		}
	}
	for n := range wrapped {
		if _, err := Unwrap(k, wrapped[:n], aad); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := Unwrap(k, append(slices.Clone(wrapped), 0), aad); !errors.Is(err, ErrCorrupt) {
		t.Errorf("extended: %v", err)
	}
	for _, other := range [][]byte{nil, AAD("secret", "b"), AAD("secret"), AAD("secreta"), AAD("secret", "a", "")} {
		if _, err := Unwrap(k, wrapped, other); !errors.Is(err, ErrCorrupt) {
			t.Errorf("context %q: %v", other, err)
		}
	}
	if _, err := Unwrap(NewKey(), wrapped, aad); !errors.Is(err, ErrWrongKey) {
		t.Errorf("another key: %v", err)
	}
	// A key that claims the same id does not open it either.
	forged := NewKey()
	forged.k.id = k.ID()
	if _, err := Unwrap(forged, wrapped, aad); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another key with the same id: %v", err)
	}
}

func TestAADIsInjective(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{
		{}, {""}, {"", ""}, {"a"}, {"a", ""}, {"", "a"}, {"ab"}, {"a", "b"}, {"\x01a"}, {"a\x01b"}, {"\x00"}, {"\x01", "a"},
	} {
		b := string(AAD(parts...))
		if other, ok := seen[b]; ok {
			t.Errorf("%q and %q give the same context", parts, other)
		}
		seen[b] = parts
	}
}

func TestWrappedKeys(t *testing.T) {
	master, account, data := NewKey(), NewKey(), NewDataKey()
	aad := AAD("x")
	k, err := UnwrapKey(master, WrapKey(master, account, aad), aad)
	if err != nil || !k.Equal(account) {
		t.Errorf("UnwrapKey: %v, %v", k, err)
	}
	d, err := UnwrapDataKey(k, WrapDataKey(account, data, aad), aad)
	if err != nil || *d.k.secret != *data.k.secret {
		t.Errorf("UnwrapDataKey: %v", err)
	}
	short := Wrap(master, []byte("not a key"), aad)
	if _, err := UnwrapKey(master, short, aad); !errors.Is(err, ErrCorrupt) {
		t.Errorf("UnwrapKey of something else: %v", err)
	}
	if _, err := UnwrapDataKey(master, short, aad); !errors.Is(err, ErrCorrupt) {
		t.Errorf("UnwrapDataKey of something else: %v", err)
	}
	if _, err := UnwrapKey(account, WrapKey(master, account, aad), aad); !errors.Is(err, ErrWrongKey) {
		t.Errorf("UnwrapKey with another key: %v", err)
	}
}

func FuzzUnwrap(f *testing.F) {
	k, _ := KeyFromBytes(bytes.Repeat([]byte{9}, KeySize))
	aad := AAD("fuzz")
	f.Add([]byte{})
	f.Add(append([]byte{wrapVersion}, make([]byte, WrapOverhead)...))
	f.Add(append(append([]byte{wrapVersion}, k.k.id[:]...), make([]byte, 60)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := Unwrap(k, b, aad); err == nil {
			t.Errorf("opened %x to %x", b, got)
		} else if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrWrongKey) {
			t.Errorf("%v", err)
		}
	})
}

func BenchmarkUnwrapDataKey(b *testing.B) {
	k, aad := NewKey(), AAD("data key", "111122223333", "bucket", "object")
	wrapped := WrapDataKey(k, NewDataKey(), aad)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := UnwrapDataKey(k, wrapped, aad); err != nil {
			b.Fatal(err)
		}
	}
}
