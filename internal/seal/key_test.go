package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestKeysAreNotPrinted(t *testing.T) {
	secret := []byte("0123456789abcdefghijklmnopqrstuv")
	k, err := KeyFromBytes(secret)
	if err != nil {
		t.Fatal(err)
	}
	d, err := DataKeyFromBytes(secret)
	if err != nil {
		t.Fatal(err)
	}
	holder := struct {
		Public  Key
		private Key
		data    DataKey
		ptr     *Key
		Data    *DataKey
	}{k, k, d, &k, &d}
	var out bytes.Buffer
	for _, log := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(log).Info("x", "k", k, "d", d, "pk", &k, "pd", &d, "h", holder, "hp", &holder)
	}
	for _, v := range []any{k, d, &k, &d, holder, &holder, []Key{k}, map[string]DataKey{"x": d}, []any{k, d}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U", "%t", "%e", "%p", "%T"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		if b, err := json.Marshal(v); err == nil {
			t.Errorf("JSON of %T: %s", v, b)
		}
	}
	text := strings.ToLower(out.String())
	for _, form := range []string{
		string(secret[:6]), hex.EncodeToString(secret[:6]), base64.StdEncoding.EncodeToString(secret[:6]),
		"48 49 50 51", "0x30, 0x31", "u+0030 u+0031", fmt.Sprint(k.k.xaes.k1[:3]),
	} {
		if strings.Contains(text, strings.ToLower(strings.Trim(form, "[]"))) {
			t.Errorf("the secret is printed as %q", form)
		}
	}
	if !strings.Contains(text, "seal.key("+k.ID().String()+")") {
		t.Error("the id is not printed")
	}
}

func TestKeys(t *testing.T) {
	a, b := NewKey(), NewKey()
	same, err := KeyFromBytes(a.k.secret[:])
	if err != nil || !same.Equal(a) || same.ID() != a.ID() {
		t.Errorf("the same secret makes another key: %v, %v", same, err)
	}
	if a.Equal(b) || a.Equal(Key{}) || !(Key{}).Equal(Key{}) || a.ID() == b.ID() {
		t.Error("different keys are equal")
	}
	if !(Key{}).IsZero() || !(DataKey{}).IsZero() || a.IsZero() || NewDataKey().IsZero() {
		t.Error("IsZero")
	}
	if !a.Derive("x").Equal(a.Derive("x")) || a.Derive("x").Equal(a.Derive("y")) || a.Derive("x").Equal(b.Derive("x")) {
		t.Error("Derive")
	}
	for _, n := range []int{0, 16, 31, 33, 64} {
		if _, err := KeyFromBytes(make([]byte, n)); !errors.Is(err, ErrKeySize) {
			t.Errorf("key of %d bytes: %v", n, err)
		}
		if _, err := DataKeyFromBytes(make([]byte, n)); !errors.Is(err, ErrKeySize) {
			t.Errorf("data key of %d bytes: %v", n, err)
		}
	}
	secret := bytes.Repeat([]byte{1}, KeySize)
	k, _ := KeyFromBytes(secret)
	clear(secret)
	if k.k.secret[0] != 1 {
		t.Error("the key shares memory with the caller")
	}
}
