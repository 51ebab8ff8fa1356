package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/seal"
)

// masterKeyRow holds the id of the master key that everything in the store is
// sealed under, so that a store never meets another one: a new key made in place
// of a lost file would make what is written from then on unreadable beside what
// was written before.
var masterKeyRow = []byte("!master-key")

// openMaster loads the master key. It makes one only for a store that has none.
func openMaster(ctx context.Context, meta kv.Store, path string) (seal.Key, error) {
	var known []byte
	err := meta.View(ctx, func(r kv.Reader) (err error) {
		known, err = r.Get(masterKeyRow)
		return err
	})
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		return seal.Key{}, err
	}
	if known != nil {
		key, err := seal.LoadMaster(path)
		if err != nil {
			return seal.Key{}, fmt.Errorf("this store was sealed under key %x: %w", known, err)
		}
		return key, sameKey(key, known)
	}
	key, err := seal.LoadOrCreateMaster(path)
	if err != nil {
		return seal.Key{}, err
	}
	id := key.ID()
	return key, meta.Update(ctx, func(t kv.Txn) error {
		switch known, err := t.Get(masterKeyRow); {
		case err == nil: // another gateway was first
			return sameKey(key, known)
		case !errors.Is(err, kv.ErrNotFound):
			return err
		}
		return t.Put(masterKeyRow, id[:])
	})
}

func sameKey(key seal.Key, known []byte) error {
	if id := key.ID(); !bytes.Equal(id[:], known) {
		return fmt.Errorf("the file holds key %s, but this store was sealed under key %x", id, known)
	}
	return nil
}
