package seal

import (
	"crypto/aes"
	"crypto/cipher"
)

const (
	xaesNonce = 24
	gcmNonce  = 12
	tagSize   = 16
)

// xaes is XAES-256-GCM (https://c2sp.org/XAES-256-GCM): the first half of a
// nonce of 192 bits makes a key of its own (NIST SP 800-108 in counter mode with
// CMAC), under which AES-256-GCM takes the second half. So nonces can be random
// without a limit to the messages under a key.
type xaes struct {
	block cipher.Block
	k1    [aes.BlockSize]byte
}

func newXAES(secret *[KeySize]byte) *xaes {
	x := &xaes{block: newAES(secret[:])}
	x.block.Encrypt(x.k1[:], x.k1[:])
	carry := byte(0)
	for i := len(x.k1) - 1; i >= 0; i-- {
		x.k1[i], carry = x.k1[i]<<1|carry, x.k1[i]>>7
	}
	x.k1[len(x.k1)-1] ^= carry * 0x87
	return x
}

// gcm returns the cipher for one nonce, of which it takes the first half.
func (x *xaes) gcm(nonce []byte) cipher.AEAD {
	var derived [KeySize]byte
	defer clear(derived[:])
	for i := range 2 {
		m := derived[i*aes.BlockSize:][:aes.BlockSize]
		m[1], m[2] = byte(i+1), 'X'
		copy(m[4:], nonce[:gcmNonce])
		for j := range m {
			m[j] ^= x.k1[j]
		}
		x.block.Encrypt(m, m)
	}
	return newGCM(derived[:])
}

func (x *xaes) seal(dst, nonce, plaintext, aad []byte) []byte {
	return x.gcm(nonce).Seal(dst, nonce[gcmNonce:], plaintext, aad)
}

func (x *xaes) open(dst, nonce, ciphertext, aad []byte) ([]byte, error) {
	return x.gcm(nonce).Open(dst, nonce[gcmNonce:], ciphertext, aad)
}

func newAES(secret []byte) cipher.Block {
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic("seal: " + err.Error()) // only for a wrong key size
	}
	return block
}

func newGCM(secret []byte) cipher.AEAD {
	aead, err := cipher.NewGCM(newAES(secret))
	if err != nil {
		panic("seal: " + err.Error()) // only for a wrong block size
	}
	return aead
}
