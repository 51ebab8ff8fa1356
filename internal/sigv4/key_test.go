package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-examples.html
func TestNewKey(t *testing.T) {
	k := NewKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215", "us-east-1", "iam")
	raw, _ := hex.DecodeString("f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d")
	h := hmac.New(sha256.New, raw)
	h.Write([]byte("x"))
	if got := string(k.sign(nil, []byte("x"))); got != hex.EncodeToString(h.Sum(nil)) {
		t.Error("not the documented key:", got)
	}
	if !k.verify([]byte("x"), string(k.sign(nil, []byte("x")))) {
		t.Error("a signature of its own is refused")
	}
	for _, bad := range []string{"", "0", string(k.sign(nil, []byte("y"))), string(k.sign(nil, []byte("x"))) + "0", string(k.sign(nil, []byte("x")))[:63]} {
		if k.verify([]byte("x"), bad) {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestKeysAreBoundedAndBelongToTheirSecret(t *testing.T) {
	keys := NewKeys(64)
	claim := Claim{testKey, "20130524", "us-east-1", "s3"}
	first := keys.Key(claim, "one")
	if keys.Key(claim, "one") != first {
		t.Error("a key was derived twice")
	}
	second := keys.Key(claim, "two")
	if second == first || keys.Key(claim, "two") != second {
		t.Error("another secret got the first one's key")
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				keys.Key(Claim{fmt.Sprint("AKIA", i%100), "20130524", fmt.Sprint(i % 7), fmt.Sprint(g)}, "s")
			}
		})
	}
	wg.Wait()
	held := 0
	for i := range keys.shards {
		held += len(keys.shards[i].now) + len(keys.shards[i].old)
	}
	if held > 64 {
		t.Errorf("holds %d keys", held)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	cred := Credentials{testKey, testSecret, "session-token"}
	key := NewKey(testSecret, "20130524", "us-east-1", "s3")
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{cred, &cred, key, []any{cred, key}} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, testSecret) || strings.Contains(got, "session-token") {
				t.Errorf("%s prints %s", format, got)
			}
		}
	}
}
