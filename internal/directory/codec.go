package directory

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/internal/kv"
)

var (
	// ErrNotFound is returned for a record that is not there.
	ErrNotFound = errors.New("directory: not found")
	// ErrExists is returned when a name, e-mail address or id is taken.
	ErrExists = errors.New("directory: exists already")
	// ErrCorrupt is returned for a record that cannot be read.
	ErrCorrupt = errors.New("directory: corrupt record")
)

func encode(rec any) ([]byte, error) {
	body, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	return append([]byte{layoutOf(rec)}, body...), nil
}

// layered records have had more than one layout. They are written in the last and
// read in all.
type layered interface{ layout() byte }

func layoutOf(rec any) byte {
	if l, ok := rec.(layered); ok {
		return l.layout()
	}
	return recordFormat
}

func decode(value []byte, into any) error {
	if len(value) == 0 || value[0] < recordFormat || value[0] > layoutOf(into) {
		return fmt.Errorf("%w: unknown format", ErrCorrupt)
	}
	if err := json.Unmarshal(value[1:], into); err != nil {
		return fmt.Errorf("%w: %v", ErrCorrupt, err)
	}
	return nil
}

// load reads and decodes the record at k.
func load[T any](r kv.Reader, k []byte) (*T, error) {
	value, err := r.Get(k)
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	rec := new(T)
	if err := decode(value, rec); err != nil {
		return nil, err
	}
	return rec, nil
}
