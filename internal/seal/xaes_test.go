package seal

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// The vectors are those of the specification.
func TestXAES(t *testing.T) {
	for _, c := range []struct {
		key       byte
		aad, want string
	}{
		{0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	} {
		x := newXAES((*[KeySize]byte)(bytes.Repeat([]byte{c.key}, KeySize)))
		nonce, plaintext := []byte("ABCDEFGHIJKLMNOPQRSTUVWX"), []byte("XAES-256-GCM")
		sealed := x.seal(nil, nonce, plaintext, []byte(c.aad))
		if got := hex.EncodeToString(sealed); got != c.want {
			t.Errorf("key %#x: %s, want %s", c.key, got, c.want)
		}
		if got, err := x.open(nil, nonce, sealed, []byte(c.aad)); err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("key %#x: opened %q, %v", c.key, got, err)
		}
	}
}
