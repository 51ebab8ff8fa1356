package store

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

const progressFormat = 1

func progressKey(worker string) key.Key {
	return key.New(2+len(worker), space, tagProgress).Raw(worker)
}

// Progress is what a background worker noted of how far it has come, nil if it
// noted nothing yet.
func (r *Reader) Progress(worker string) ([]byte, error) {
	row, err := r.kv.Get(progressKey(worker))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(row) == 0 || row[0] != progressFormat {
		return nil, fmt.Errorf("%w: progress", ErrCorrupt)
	}
	return bytes.Clone(row[1:]), nil
}

// SetProgress notes how far a background worker has come.
func (t *Txn) SetProgress(worker string, note []byte) error {
	return t.txn.Put(progressKey(worker), append([]byte{progressFormat}, note...))
}
