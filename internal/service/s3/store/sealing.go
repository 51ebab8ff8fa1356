package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/sallyport/sallyport/internal/seal"
)

// keyContext binds a wrapped data key to the object it is for.
func keyContext(b BucketID, name string, id ID) []byte {
	var bucket [8]byte
	binary.BigEndian.PutUint64(bucket[:], uint64(b))
	return seal.AAD("s3 data", string(bucket[:]), name, string(id[:]))
}

// unwrap opens a wrapped data key.
func (s *Store) unwrap(ctx context.Context, b *Bucket, name string, id ID, wrapped []byte) ([]byte, error) {
	account, err := s.keys.AccountKey(ctx, b.Account)
	if err != nil {
		return nil, err
	}
	secret, err := seal.Unwrap(account, wrapped, keyContext(b.ID, name, id))
	if err != nil {
		return nil, fmt.Errorf("%w: data key: %w", ErrCorrupt, err)
	}
	return secret, nil
}

// partDataKey derives the key of one part. Every try at a part has an id of its
// own, so that no key seals two streams.
func partDataKey(upload []byte, id ID) (seal.DataKey, error) {
	secret := partSecret(upload, id)
	defer clear(secret)
	return seal.DataKeyFromBytes(secret)
}

func partSecret(upload []byte, id ID) []byte {
	mac := hmac.New(sha256.New, upload)
	mac.Write([]byte("part"))
	mac.Write(id[:])
	return mac.Sum(nil)
}
