package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
)

// KeySize is the size of every key, in bytes.
const KeySize = 32

var (
	// ErrCorrupt is returned for what does not open: it was changed or cut short,
	// or belongs to another key, object or purpose.
	ErrCorrupt = errors.New("seal: corrupt or not what it should be")
	// ErrWrongKey is returned by Unwrap for what names another key as its own.
	ErrWrongKey = errors.New("seal: wrapped with another key")
	// ErrKeySize is returned for a secret that is not KeySize bytes long.
	ErrKeySize = errors.New("seal: a key has 32 bytes")

	errPrint = errors.New("seal: a key cannot be written out")
)

// KeyID names a key without giving it away: 64 bits derived from it.
type KeyID [8]byte

// String returns 16 hexadecimal digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// Key wraps secrets: a master key, an account key, a KMS key, a customer's key.
// It is a handle, cheap to copy and safe for concurrent use; printed in any way
// it shows its id alone. The zero Key is no key, and using it panics.
type Key struct{ k *key }

// key is secret in what it points to alone: fmt calls no method of a field that
// is not exported, and may then print what the field points to, but it does not
// follow the pointers in that.
type key struct {
	id     KeyID
	secret *[KeySize]byte
	xaes   *xaes
	tokens func() Key
}

// NewKey returns a random key.
func NewKey() Key {
	var secret [KeySize]byte
	rand.Read(secret[:]) // never fails
	defer clear(secret[:])
	return newKey(&secret)
}

// KeyFromBytes returns the key with the given secret, which it copies.
func KeyFromBytes(secret []byte) (Key, error) {
	if len(secret) != KeySize {
		return Key{}, ErrKeySize
	}
	return newKey((*[KeySize]byte)(secret)), nil
}

func newKey(secret *[KeySize]byte) Key {
	kept := *secret
	k := &key{secret: &kept, xaes: newXAES(secret)}
	copy(k.id[:], derive(secret, "sallyport key id", len(k.id)))
	k.tokens = sync.OnceValue(func() Key { return Key{k}.Derive("session tokens") })
	return Key{k}
}

// derive returns n bytes that say nothing of the secret, different ones for each
// purpose (HKDF, RFC 5869).
func derive(secret *[KeySize]byte, purpose string, n int) []byte {
	b, err := hkdf.Key(sha256.New, secret[:], nil, purpose, n)
	if err != nil {
		panic("seal: " + err.Error()) // only for lengths that nobody asks for
	}
	return b
}

// Derive returns the key's subkey for a purpose, always the same one. It costs
// some microseconds: keep it.
func (k Key) Derive(purpose string) Key {
	b := derive(k.k.secret, "sallyport subkey "+purpose, KeySize)
	defer clear(b)
	return newKey((*[KeySize]byte)(b))
}

// ID returns the key's id.
func (k Key) ID() KeyID { return k.k.id }

// IsZero tells whether k is no key.
func (k Key) IsZero() bool { return k.k == nil }

// Equal tells whether both are the same key.
func (k Key) Equal(o Key) bool {
	if k.k == nil || o.k == nil {
		return k.k == o.k
	}
	return subtle.ConstantTimeCompare(k.k.secret[:], o.k.secret[:]) == 1
}

func (k Key) redacted() string {
	if k.k == nil {
		return "seal.Key(none)"
	}
	return "seal.Key(" + k.k.id.String() + ")"
}

// String tells the id.
func (k Key) String() string { return k.redacted() }

// GoString tells the id.
func (k Key) GoString() string { return k.redacted() }

// Format tells the id, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.redacted()) }

// LogValue tells the id.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.redacted()) }

// MarshalText fails: a key that is to be kept is wrapped.
func (k Key) MarshalText() ([]byte, error) { return nil, errPrint }

// DataKey seals one stream and no other (see the package comment). Like a Key it
// is a handle, safe for concurrent use, and does not print what it is.
type DataKey struct{ k *dataKey }

type dataKey struct {
	secret *[KeySize]byte // a pointer for the same reason as in key
	aead   cipher.AEAD
}

// NewDataKey returns a random data key.
func NewDataKey() DataKey {
	var secret [KeySize]byte
	rand.Read(secret[:])
	defer clear(secret[:])
	return newDataKey(&secret)
}

// DataKeyFromBytes returns the data key with the given secret, which it copies.
func DataKeyFromBytes(secret []byte) (DataKey, error) {
	if len(secret) != KeySize {
		return DataKey{}, ErrKeySize
	}
	return newDataKey((*[KeySize]byte)(secret)), nil
}

func newDataKey(secret *[KeySize]byte) DataKey {
	kept := *secret
	return DataKey{&dataKey{secret: &kept, aead: newGCM(secret[:])}}
}

// IsZero tells whether k is no key.
func (k DataKey) IsZero() bool { return k.k == nil }

// String tells nothing.
func (k DataKey) String() string { return "seal.DataKey" }

// GoString tells nothing.
func (k DataKey) GoString() string { return "seal.DataKey" }

// Format tells nothing, whatever the verb.
func (k DataKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "seal.DataKey") }

// LogValue tells nothing.
func (k DataKey) LogValue() slog.Value { return slog.StringValue("seal.DataKey") }

// MarshalText fails: a data key that is to be kept is wrapped.
func (k DataKey) MarshalText() ([]byte, error) { return nil, errPrint }
