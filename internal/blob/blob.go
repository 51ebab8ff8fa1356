package blob

import (
	"context"
	"errors"
	"io"
	"time"
)

var (
	// ErrNotFound is returned for an id that the store does not hold.
	ErrNotFound = errors.New("blob: not found")
	// ErrRange is returned by Open for a range that does not lie within the blob.
	ErrRange = errors.New("blob: range outside the blob")
	// ErrNoSpace is returned by Put when the medium is full. Nothing is kept.
	ErrNoSpace = errors.New("blob: no space left")
)

// ID names a blob. Ids are chosen by the store, unique for ever, 26 characters
// of lower-case base32 and ordered by the time at which they were made.
type ID string

// Info is what List tells of one blob.
type Info struct {
	ID   ID
	Size int64
	// Modified is when the blob was last written to, for telling an upload in
	// flight from garbage.
	Modified time.Time
}

// Store keeps immutable byte strings. It is safe for concurrent use.
type Store interface {
	// Put stores what it reads from r until EOF and returns the id and the number
	// of bytes. When it returns without error the bytes survive power loss. When r
	// or the medium fails nothing is left behind; r's own error is returned as it
	// is (errors.Is holds).
	Put(ctx context.Context, r io.Reader) (ID, int64, error)
	// Open reads length bytes from offset; length -1 reads to the end. The range
	// must lie within the blob (ErrRange). The caller closes the reader.
	Open(ctx context.Context, id ID, offset, length int64) (io.ReadCloser, error)
	// Delete removes a blob. Deleting one that is not there is not an error.
	// Readers that have it open may go on reading it.
	Delete(ctx context.Context, id ID) error
	// List calls fn for each blob in id order, starting after the given id ("" for
	// all), until fn returns an error, which List returns. Blobs still being
	// written may be listed.
	List(ctx context.Context, after ID, fn func(Info) error) error
	// Close releases the store.
	Close() error
}
