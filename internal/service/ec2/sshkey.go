package ec2

import (
	"crypto"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Types of keys.
const (
	rsaKey     = "rsa"
	ed25519Key = "ed25519"
)

// sshKey is a key pair's public part, with the private one where it was made here.
type sshKey struct {
	kind, public, fingerprint, private string
}

// newSSHKey makes a key pair: RSA of 2048 bits in PKCS #1, or Ed25519 in
// OpenSSH's form.
func newSSHKey(kind string) (*sshKey, error) {
	if kind == ed25519Key {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		block, err := ssh.MarshalPrivateKey(private, "")
		if err != nil {
			return nil, err
		}
		k, err := publicKey(public)
		if err != nil {
			return nil, err
		}
		k.private = string(pem.EncodeToMemory(block))
		return k, nil
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	k, err := publicKey(&private.PublicKey)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum(der)
	k.fingerprint = colons(sum[:])
	k.private = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}))
	return k, nil
}

// publicKey is a key pair as it is known when its public part alone is: with the
// fingerprints that AWS shows of imported keys.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
func publicKey(key crypto.PublicKey) (*sshKey, error) {
	public, err := ssh.NewPublicKey(key)
	if err != nil {
		return nil, err
	}
	k := &sshKey{public: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))}
	switch key := key.(type) {
	case ed25519.PublicKey:
		sum := sha256.Sum256(public.Marshal())
		k.kind, k.fingerprint = ed25519Key, base64.StdEncoding.EncodeToString(sum[:])
	case *rsa.PublicKey:
		// AWS lists 1024, 2048 and 4096, and takes what lies between and 8192 too:
		// ssh-keygen makes 3072 unless told otherwise.
		if n := key.N.BitLen(); n < 1024 || n > 8192 {
			return nil, errKey
		}
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return nil, err
		}
		sum := md5.Sum(der)
		k.kind, k.fingerprint = rsaKey, colons(sum[:])
	default:
		return nil, errKey
	}
	return k, nil
}

var errKey = errors.New("ec2: no public key that EC2 takes")

// parsePublicKey reads the forms of public keys that EC2 imports: OpenSSH's,
// RFC 4716's, and DER in base64 with PEM's lines or without.
func parsePublicKey(material []byte) (*sshKey, error) {
	text := strings.TrimSpace(string(material))
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return parseDER(block.Bytes)
	}
	if rest, ok := strings.CutPrefix(text, "---- BEGIN SSH2 PUBLIC KEY ----"); ok {
		return parseSSH2(rest)
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text)); err == nil {
		return ofSSH(public)
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errKey
	}
	return parseDER(der)
}

func parseDER(der []byte) (*sshKey, error) {
	if key, err := x509.ParsePKIXPublicKey(der); err == nil {
		return publicKey(key)
	}
	if key, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return publicKey(key)
	}
	return nil, errKey
}

// parseSSH2 reads RFC 4716's form behind its first line.
func parseSSH2(text string) (*sshKey, error) {
	body, _, ok := strings.Cut(text, "---- END SSH2 PUBLIC KEY ----")
	if !ok {
		return nil, errKey
	}
	var b strings.Builder
	continued := false
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		header := continued || strings.Contains(line, ":")
		continued = header && strings.HasSuffix(line, `\`)
		if !header {
			b.WriteString(line)
		}
	}
	wire, err := base64.StdEncoding.DecodeString(b.String())
	if err != nil {
		return nil, errKey
	}
	public, err := ssh.ParsePublicKey(wire)
	if err != nil {
		return nil, errKey
	}
	return ofSSH(public)
}

func ofSSH(public ssh.PublicKey) (*sshKey, error) {
	key, ok := public.(ssh.CryptoPublicKey)
	if !ok {
		return nil, errKey
	}
	return publicKey(key.CryptoPublicKey())
}

func colons(sum []byte) string {
	text := hex.EncodeToString(sum)
	var b strings.Builder
	for i := 0; i < len(text); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(text[i : i+2])
	}
	return b.String()
}
