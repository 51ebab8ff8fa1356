package ec2

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	api "github.com/sallyport/sallyport/internal/api/ec2"
)

func TestKeyPairs(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []string{"rsa", "ed25519"} {
		made, err := w.CreateKeyPair(w.ctx(), &api.CreateKeyPairInput{KeyName: new(kind), KeyType: &kind})
		if err != nil {
			t.Fatal(err)
		}
		private, err := ssh.ParseRawPrivateKey([]byte(*made.KeyMaterial))
		if err != nil {
			t.Fatalf("%s: %v in %s", kind, err, *made.KeyMaterial)
		}
		switch key := private.(type) {
		case *rsa.PrivateKey:
			if kind != "rsa" || key.N.BitLen() != 2048 || len(*made.KeyFingerprint) != 59 {
				t.Errorf("%s: %d bits, %s", kind, key.N.BitLen(), *made.KeyFingerprint)
			}
		case *ed25519.PrivateKey:
			if kind != "ed25519" || len(*made.KeyFingerprint) != 44 {
				t.Errorf("%s: %s", kind, *made.KeyFingerprint)
			}
		default:
			t.Errorf("%s: %T", kind, private)
		}
		signer, err := ssh.NewSignerFromKey(private)
		if err != nil {
			t.Fatal(err)
		}
		all, err := w.DescribeKeyPairs(w.ctx(), &api.DescribeKeyPairsInput{KeyNames: []string{kind}, IncludePublicKey: new(true)})
		if err != nil || len(all.KeyPairs) != 1 {
			t.Fatalf("%+v %v", all, err)
		}
		k := all.KeyPairs[0]
		if want := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))) + " " + kind; *k.PublicKey != want || *k.KeyType != kind || *k.KeyPairId != *made.KeyPairId {
			t.Errorf("%s: the public key is %s, want %s", kind, *k.PublicKey, want)
		}
		_, err = w.CreateKeyPair(w.ctx(), &api.CreateKeyPairInput{KeyName: new(kind), KeyType: &kind})
		wants(t, kind, err, "InvalidKeyPair.Duplicate", "already exists")
	}
	for name, c := range map[string]struct {
		in   api.CreateKeyPairInput
		code string
	}{
		"type":   {api.CreateKeyPairInput{KeyName: new("x"), KeyType: new("dsa")}, "InvalidParameterValue"},
		"format": {api.CreateKeyPairInput{KeyName: new("x"), KeyFormat: new("ppk")}, "UnsupportedOperation"},
		"name":   {api.CreateKeyPairInput{KeyName: new("é"), KeyType: new("ed25519")}, "InvalidParameterValue"},
		"long":   {api.CreateKeyPairInput{KeyName: new(strings.Repeat("x", 256)), KeyType: new("ed25519")}, "InvalidParameterValue"},
		"dry":    {api.CreateKeyPairInput{KeyName: new("x"), KeyType: new("ed25519"), DryRun: new(true)}, "DryRunOperation"},
	} {
		_, err := w.CreateKeyPair(w.ctx(), &c.in)
		wants(t, name, err, c.code, "")
	}
	ids := w.launch(1, func(in *api.RunInstancesInput) { in.KeyName = new("rsa") })
	for _, name := range []string{"rsa", "rsa", "nobody"} { // what is gone is gone
		if out, err := w.DeleteKeyPair(w.ctx(), &api.DeleteKeyPairInput{KeyName: &name}); err != nil || !*out.Return {
			t.Errorf("%s: %+v %v", name, out, err)
		}
	}
	_, err := w.DescribeKeyPairs(w.ctx(), &api.DescribeKeyPairsInput{KeyNames: []string{"rsa"}})
	wants(t, "deleted", err, "InvalidKeyPair.NotFound", "The key pair 'rsa' does not exist")
	if f, err := w.Facts(w.ctx(), account, ids[0]); err != nil || !strings.HasPrefix(f.PublicKey, "ssh-rsa ") {
		t.Errorf("the instance has %+v (%v)", f, err)
	}
}

// The key is of ssh-keygen, its fingerprint of ssh-keygen -l.
const (
	someKey    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPgHHtIxcZ1WnM8ZWmJ8lDVt2Y5GzXyC0O1YmZ6xwQn bob@laptop"
	someKeyDER = "MCowBQYDK2VwAyEAY+Ace0jFxnVaczxlaYnyUNW3ZjkbNfILQ7ViZnrHBCc="
)

func TestImportKeyPair(t *testing.T) {
	w := newWorld(t)
	body := strings.Fields(someKey)[1]
	prints := map[string]bool{}
	for name, material := range map[string]string{
		"openssh": someKey, "line": someKey + "\n", "der": someKeyDER, "pem": "-----BEGIN PUBLIC KEY-----\n" + someKeyDER + "\n-----END PUBLIC KEY-----\n",
		"rfc4716": "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"a \\\nlong one\"\n" + body[:40] + "\n" + body[40:] + "\n---- END SSH2 PUBLIC KEY ----\n",
	} {
		out, err := w.ImportKeyPair(w.ctx(), &api.ImportKeyPairInput{KeyName: &name, PublicKeyMaterial: []byte(material)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		prints[*out.KeyFingerprint] = true
	}
	if len(prints) != 1 {
		t.Errorf("fingerprints of one key: %v", prints)
	}
	for name, material := range map[string]string{
		"nothing": "", "text": "hello", "dsa": "ssh-dss AAAAB3NzaC1kc3MAAAAA", "cut": someKey[:40], "base64": base64.StdEncoding.EncodeToString([]byte("hello")),
		"unended": "---- BEGIN SSH2 PUBLIC KEY ----\n" + body,
	} {
		_, err := w.ImportKeyPair(w.ctx(), &api.ImportKeyPairInput{KeyName: &name, PublicKeyMaterial: []byte(material)})
		wants(t, name, err, "InvalidKey.Format", "")
	}
}

// ssh-keygen makes RSA keys of 3072 bits unless told otherwise.
func TestImportRSAKeyPair(t *testing.T) {
	w := newWorld(t)
	for bits, takes := range map[int]bool{1016: false, 1024: true, 2048: true, 3072: true, 8192: true, 8200: false} {
		n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1)) // a modulus is not factored
		key, err := ssh.NewPublicKey(&rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537})
		if err != nil {
			t.Fatal(err)
		}
		name := strconv.Itoa(bits)
		_, err = w.ImportKeyPair(w.ctx(), &api.ImportKeyPairInput{KeyName: &name, PublicKeyMaterial: ssh.MarshalAuthorizedKey(key)})
		switch {
		case takes && err != nil:
			t.Errorf("%d bits: %v", bits, err)
		case !takes:
			wants(t, name, err, "InvalidKey.Format", "")
		}
	}
}

func FuzzPublicKey(f *testing.F) {
	f.Add([]byte(someKey))
	f.Add([]byte(someKeyDER))
	f.Add([]byte("---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\\\n\n---- END SSH2 PUBLIC KEY ----"))
	f.Fuzz(func(t *testing.T, material []byte) {
		k, err := parsePublicKey(material)
		if err != nil {
			return
		}
		again, err := parsePublicKey([]byte(k.public))
		if err != nil || again.public != k.public || again.fingerprint != k.fingerprint {
			t.Errorf("%+v is read again as %+v (%v)", k, again, err)
		}
	})
}
