package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"

	"github.com/sallyport/sallyport/internal/seal"
)

var (
	// ErrKeyNeeded is returned for reading, or adding to, what is sealed under a
	// customer's key without one.
	ErrKeyNeeded = errors.New("store: sealed under a customer's key")
	// ErrOtherKey is returned for a customer's key other than the one that it is
	// sealed under.
	ErrOtherKey = errors.New("store: sealed under another customer's key")
)

// The data key of an SSE-C object is wrapped under a key derived from the
// customer's, and that under the account's as any other: neither opens it
// without the other, and the customer's is kept nowhere. The key is derived
// anew for each object, so that nobody sees which ones have the same. What the
// row tells of the bytes, the MD5 and the checksum, is veiled under the data
// key too: a short object could be found from them by trying.

// customerKey is the key under which a customer's key wraps the data key id.
func customerKey(customer seal.Key, id ID) seal.Key {
	return customer.Derive("s3 customer " + string(id[:]))
}

// wrapData wraps a data key under the customer's key, if there is one, and the
// account's.
func wrapData(account, customer seal.Key, secret []byte, aad []byte, id ID) []byte {
	if !customer.IsZero() {
		secret = seal.Wrap(customerKey(customer, id), secret, aad)
	}
	return seal.Wrap(account, secret, aad)
}

// unlock opens a wrapped data key of the given encryption.
func (s *Store) unlock(ctx context.Context, b *Bucket, name string, id ID, wrapped []byte, e Encryption, customer seal.Key) ([]byte, error) {
	if e == SSEC && customer.IsZero() {
		return nil, ErrKeyNeeded
	}
	secret, err := s.unwrap(ctx, b, name, id, wrapped)
	if err != nil || e != SSEC {
		return secret, err
	}
	inner, err := seal.Unwrap(customerKey(customer, id), secret, keyContext(b.ID, name, id))
	switch {
	case errors.Is(err, seal.ErrWrongKey):
		return nil, ErrOtherKey
	case err != nil:
		return nil, fmt.Errorf("%w: data key: %w", ErrCorrupt, err)
	}
	return inner, nil
}

// veil hides what tells of plain bytes. The nil veil hides nothing. A veil is
// used for one tag and one checksum.
type veil []byte

// veilUnder is the veil of what is sealed under a data key.
func veilUnder(secret []byte) veil {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("veil"))
	return mac.Sum(nil)
}

// tag makes an entity tag that is no MD5 of one that is.
func (v veil) tag(md5 [16]byte) (tag [16]byte) {
	if v == nil {
		return md5
	}
	mac := hmac.New(sha256.New, v)
	mac.Write([]byte("entity tag"))
	mac.Write(md5[:])
	copy(tag[:], mac.Sum(nil))
	return tag
}

// checksum hides a checksum, or shows one that is hidden.
func (v veil) checksum(c Checksum) Checksum {
	if v == nil {
		return c
	}
	mac := hmac.New(sha512.New, v)
	mac.Write([]byte("checksum"))
	mask := mac.Sum(nil) // no checksum is longer
	shown := make([]byte, len(c.Value))
	for i := range shown {
		shown[i] = c.Value[i] ^ mask[i]
	}
	c.Value = shown
	return c
}

// StageUnder is Stage under a customer's key, which may be none.
func (s *Store) StageUnder(ctx context.Context, b *Bucket, name string, customer seal.Key, r io.Reader) (*Staged, error) {
	account, err := s.keys.AccountKey(ctx, b.Account)
	if err != nil {
		return nil, err
	}
	id := NewID(s.now())
	secret := newSecret()
	defer clear(secret)
	k, err := seal.DataKeyFromBytes(secret)
	if err != nil {
		return nil, err
	}
	st, err := s.stage(ctx, id, k, r)
	if err != nil {
		return nil, err
	}
	st.data.Key = wrapData(account, customer, secret, keyContext(b.ID, name, id), id)
	if !customer.IsZero() {
		st.veil = veilUnder(secret)
	}
	return st, nil
}

func newSecret() []byte {
	secret := make([]byte, seal.KeySize)
	rand.Read(secret) // never fails
	return secret
}

// Stored is how the MD5 and the checksum of the staged bytes are stored.
func (st *Staged) Stored(md5 [16]byte, c Checksum) ([16]byte, Checksum) {
	return st.veil.tag(md5), st.veil.checksum(c)
}

// Unlock makes the checksums of an object, and of its parts unless m is nil,
// readable, for which an SSE-C object needs the customer's key: ErrKeyNeeded and
// ErrOtherKey. It does nothing to any other object.
func (s *Store) Unlock(ctx context.Context, b *Bucket, o *Object, m *Manifest, customer seal.Key) error {
	if o.Encryption != SSEC {
		return nil
	}
	secret, err := s.unlock(ctx, b, o.Key, o.Data.ID, o.Data.Key, o.Encryption, customer)
	if err != nil {
		return err
	}
	defer clear(secret)
	return unveil(secret, o, m)
}

func unveil(secret []byte, o *Object, m *Manifest) error {
	o.Checksum = veilUnder(secret).checksum(o.Checksum)
	if m == nil {
		return nil
	}
	for i := range m.Parts {
		p := &m.Parts[i]
		p.Checksum = partVeil(secret, p.Data.ID).checksum(p.Checksum)
	}
	return nil
}

func partVeil(upload []byte, id ID) veil {
	secret := partSecret(upload, id)
	defer clear(secret)
	return veilUnder(secret)
}

// Unlock is Store.Unlock for what is held, which can be opened from then on.
func (sn *Snapshot) Unlock(ctx context.Context, customer seal.Key) error {
	if sn.Object.Encryption != SSEC {
		return nil
	}
	o := sn.Object
	secret, err := sn.store.unlock(ctx, sn.Bucket, o.Key, o.Data.ID, o.Data.Key, o.Encryption, customer)
	if err != nil {
		return err
	}
	sn.secret = secret
	return unveil(secret, o, sn.Manifest)
}

// UploadSecret shows and hides the checksums of an SSE-C upload.
type UploadSecret struct{ secret []byte }

// UnlockUpload opens the key of an SSE-C upload with the customer's: ErrOtherKey.
func (s *Store) UnlockUpload(ctx context.Context, b *Bucket, u *Upload, customer seal.Key) (*UploadSecret, error) {
	secret, err := s.unlock(ctx, b, u.Key, u.ID, u.DataKey, u.Encryption, customer)
	if err != nil {
		return nil, err
	}
	return &UploadSecret{secret}, nil
}

// Part is the checksum of a part: shown if it is hidden, else hidden.
func (u *UploadSecret) Part(p *Part) Checksum {
	return partVeil(u.secret, p.Data.ID).checksum(p.Checksum)
}

// Object is the checksum of the object that the upload becomes, hidden.
func (u *UploadSecret) Object(c Checksum) Checksum { return veilUnder(u.secret).checksum(c) }
