package seal

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
)

const (
	wrapVersion = 1
	wrapPrefix  = 1 + len(KeyID{})

	// WrapOverhead is how much longer a secret is when wrapped, in bytes.
	WrapOverhead = wrapPrefix + xaesNonce + tagSize
)

// AAD returns the context that binds a wrapped secret to what it is for: what
// kind of secret it is, then the ids of what it belongs to. Different parts never
// give the same context.
func AAD(parts ...string) []byte {
	size := 0
	for _, p := range parts {
		size += binary.MaxVarintLen32 + len(p)
	}
	b := make([]byte, 0, size)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// Wrap seals a secret under k. Whoever opens it must give the same aad.
func Wrap(k Key, plaintext, aad []byte) []byte {
	b := make([]byte, 0, WrapOverhead+len(plaintext))
	b = append(b, wrapVersion)
	b = append(b, k.k.id[:]...)
	b = b[:wrapPrefix+xaesNonce]
	nonce := b[wrapPrefix:]
	rand.Read(nonce)
	return k.k.xaes.seal(b, nonce, plaintext, wrapAAD(b[:wrapPrefix], aad))
}

// Unwrap opens what Wrap returned, or returns ErrWrongKey or ErrCorrupt.
func Unwrap(k Key, wrapped, aad []byte) ([]byte, error) {
	id, err := WrappedBy(wrapped)
	if err != nil {
		return nil, err
	}
	if id != k.k.id {
		return nil, fmt.Errorf("%w: it names %s, this is %s", ErrWrongKey, id, k.k.id)
	}
	prefix, nonce := wrapped[:wrapPrefix], wrapped[wrapPrefix:wrapPrefix+xaesNonce]
	plaintext, err := k.k.xaes.open(nil, nonce, wrapped[wrapPrefix+xaesNonce:], wrapAAD(prefix, aad))
	if err != nil {
		return nil, fmt.Errorf("%w: a wrapped secret", ErrCorrupt)
	}
	return plaintext, nil
}

// WrappedBy tells which key a wrapped secret names as its own. The answer is not
// authenticated before Unwrap.
func WrappedBy(wrapped []byte) (KeyID, error) {
	if len(wrapped) < WrapOverhead {
		return KeyID{}, fmt.Errorf("%w: a wrapped secret of %d bytes", ErrCorrupt, len(wrapped))
	}
	if wrapped[0] != wrapVersion {
		return KeyID{}, fmt.Errorf("%w: a wrapped secret of version %d", ErrCorrupt, wrapped[0])
	}
	return KeyID(wrapped[1:wrapPrefix]), nil
}

func wrapAAD(prefix, aad []byte) []byte {
	b := make([]byte, 0, len(prefix)+len(aad))
	return append(append(b, prefix...), aad...)
}

// WrapKey wraps a key, an account's for example, under another.
func WrapKey(under, k Key, aad []byte) []byte {
	return Wrap(under, k.k.secret[:], aad)
}

// UnwrapKey opens what WrapKey returned.
func UnwrapKey(under Key, wrapped, aad []byte) (Key, error) {
	secret, err := Unwrap(under, wrapped, aad)
	if err != nil {
		return Key{}, err
	}
	defer clear(secret)
	k, err := KeyFromBytes(secret)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return k, nil
}

// WrapDataKey wraps a data key, to be kept beside the stream it seals.
func WrapDataKey(under Key, k DataKey, aad []byte) []byte {
	return Wrap(under, k.k.secret[:], aad)
}

// UnwrapDataKey opens what WrapDataKey returned.
func UnwrapDataKey(under Key, wrapped, aad []byte) (DataKey, error) {
	secret, err := Unwrap(under, wrapped, aad)
	if err != nil {
		return DataKey{}, err
	}
	defer clear(secret)
	k, err := DataKeyFromBytes(secret)
	if err != nil {
		return DataKey{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return k, nil
}
