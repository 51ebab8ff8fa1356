package iam

import (
	"crypto/md5"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

// Bounds of an RSA key, in bits.
const (
	minRSA = 2048
	maxRSA = 16384
)

// rsaName is what an RSA key begins with in SSH's form.
const rsaName = "ssh-rsa"

// parseSSHKey reads a public key in the form of SSH or of PEM.
//
// https://www.rfc-editor.org/rfc/rfc4253#section-6.6
func parseSSHKey(body string) (*rsa.PublicKey, error) {
	body = strings.TrimSpace(body)
	var k *rsa.PublicKey
	switch {
	case strings.HasPrefix(body, rsaName+" "):
		k = rsaOfWire(strings.Fields(body)[1])
	case strings.HasPrefix(body, "-----BEGIN "):
		k = rsaOfPEM(body)
	default:
		return nil, api.NewError("UnrecognizedPublicKeyEncoding", "The public key encoding format is not supported or not recognized.")
	}
	if k == nil || k.N.BitLen() < minRSA || k.N.BitLen() > maxRSA || k.E < 3 || k.E&1 == 0 {
		return nil, api.NewError("InvalidPublicKey", "The public key is malformed or otherwise invalid.")
	}
	return k, nil
}

// rsaOfWire is the key of three fields, each with its length before it: the
// name, the exponent and the modulus.
func rsaOfWire(text string) *rsa.PublicKey {
	rest, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	var fields [3][]byte
	for i := range fields {
		if len(rest) < 4 {
			return nil
		}
		n := binary.BigEndian.Uint32(rest)
		if rest = rest[4:]; uint64(n) > uint64(len(rest)) {
			return nil
		}
		fields[i], rest = rest[:n], rest[n:]
	}
	e, n := new(big.Int).SetBytes(fields[1]), new(big.Int).SetBytes(fields[2])
	if string(fields[0]) != rsaName || len(rest) > 0 || e.BitLen() > 31 {
		return nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}
}

func rsaOfPEM(body string) *rsa.PublicKey {
	block, rest := pem.Decode([]byte(body))
	if block == nil || strings.TrimSpace(string(rest)) != "" {
		return nil
	}
	if block.Type == "RSA PUBLIC KEY" {
		k, err := x509.ParsePKCS1PublicKey(block.Bytes)
		if err != nil {
			return nil
		}
		return k
	}
	k, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil || block.Type != "PUBLIC KEY" {
		return nil
	}
	r, _ := k.(*rsa.PublicKey)
	return r
}

// wireOf is the key in SSH's form.
func wireOf(k *rsa.PublicKey) []byte {
	var out []byte
	for _, field := range [][]byte{[]byte(rsaName), positive(big.NewInt(int64(k.E))), positive(k.N)} {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(field))), field...)
	}
	return out
}

// positive is a number that does not begin with a sign.
func positive(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) > 0 && b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}

// fingerprint is the MD5 of the key as SSH shows it.
func fingerprint(k *rsa.PublicKey) string {
	sum := md5.Sum(wireOf(k))
	text := hex.EncodeToString(sum[:])
	var pairs []string
	for i := 0; i < len(text); i += 2 {
		pairs = append(pairs, text[i:i+2])
	}
	return strings.Join(pairs, ":")
}

// encodeSSHKey is the key in the form that is asked for, SSH or PEM.
func encodeSSHKey(k *rsa.PublicKey, encoding string) (string, error) {
	switch encoding {
	case "SSH":
		return rsaName + " " + base64.StdEncoding.EncodeToString(wireOf(k)), nil
	case "PEM":
		der, err := x509.MarshalPKIXPublicKey(k)
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), err
	}
	return "", api.NewError("UnrecognizedPublicKeyEncoding", "The public key encoding format is not supported or not recognized.")
}
