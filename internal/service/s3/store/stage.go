package store

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/seal"
)

// Staged is bytes that are durable, or go with the transaction that takes them
// over, but that nothing refers to yet. Commit or Discard ends it.
type Staged struct {
	Size int64 // of the plain bytes
	data Data
	// row is the sealed bytes of InlineData, in buffer.
	row    []byte
	buffer *[]byte
	veil   veil // over what is stored of the plain bytes
}

// Stage reads r to its end, and seals and stores what it yields as bytes of an
// object to be. An error of r comes back as it is, and nothing is stored then.
func (s *Store) Stage(ctx context.Context, b *Bucket, name string, r io.Reader) (*Staged, error) {
	return s.StageUnder(ctx, b, name, seal.Key{}, r)
}

// StagePart is Stage for a part of an upload, with the customer's key if the
// upload has one: ErrKeyNeeded and ErrOtherKey.
func (s *Store) StagePart(ctx context.Context, b *Bucket, u *Upload, customer seal.Key, r io.Reader) (*Staged, error) {
	secret, err := s.unlock(ctx, b, u.Key, u.ID, u.DataKey, u.Encryption, customer)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	id := NewID(s.now())
	k, err := partDataKey(secret, id)
	if err != nil {
		return nil, err
	}
	st, err := s.stage(ctx, id, k, r)
	if err == nil && u.Encryption == SSEC {
		st.veil = partVeil(secret, id)
	}
	return st, err
}

// NewUpload makes the id and the wrapped key of a multipart upload, under a
// customer's key if there is one.
func (s *Store) NewUpload(ctx context.Context, b *Bucket, name string, customer seal.Key) (id ID, dataKey []byte, err error) {
	account, err := s.keys.AccountKey(ctx, b.Account)
	if err != nil {
		return ID{}, nil, err
	}
	id = NewID(s.now())
	secret := newSecret()
	defer clear(secret)
	return id, wrapData(account, customer, secret, keyContext(b.ID, name, id), id), nil
}

// stage puts what fits into a row and anything longer into a blob.
func (s *Store) stage(ctx context.Context, id ID, k seal.DataKey, r io.Reader) (*Staged, error) {
	buffer := s.buffers.Get().(*[]byte)
	defer s.buffers.Put(buffer)
	head := (*buffer)[:s.inlineMax+1]
	n, err := readFull(r, head)
	if err != nil && err != io.EOF {
		return nil, err
	}
	st := &Staged{Size: int64(n), data: Data{ID: id}}
	if err == io.EOF && n == 0 {
		return st, nil
	}
	if err == io.EOF && n <= s.inlineMax {
		st.data.Kind = InlineData
		st.buffer = s.buffers.Get().(*[]byte)
		st.row = seal.SealBytes(k, (*st.buffer)[:0], head[:n])
		return st, nil
	}
	body := &counter{head: head[:n], rest: r}
	st.data.Kind = BlobData
	st.data.Blob, _, err = s.blobs.Put(ctx, seal.Seal(k, body))
	st.Size = body.n
	return st, err
}

// readFull is io.ReadFull that returns io.EOF when r ended before, or just when,
// p was full.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for empty := 0; n < len(p) && err == nil; {
		var m int
		m, err = r.Read(p[n:])
		if n += m; m > 0 {
			empty = 0
		} else if empty++; empty == 100 && err == nil {
			return n, io.ErrNoProgress
		}
	}
	return n, err
}

// counter reads head and then rest, and counts.
type counter struct {
	head []byte
	rest io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (n int, err error) {
	if len(c.head) > 0 {
		n = copy(p, c.head)
		c.head = c.head[n:]
	} else {
		n, err = c.rest.Read(p)
	}
	c.n += int64(n)
	return n, err
}

// Commit is Update for a transaction that takes over staged bytes; it ends st in
// any case.
func (s *Store) Commit(ctx context.Context, st *Staged, fn func(*Txn) error) error {
	var refused error
	err := s.Update(ctx, func(t *Txn) error {
		refused = fn(t)
		return refused
	})
	if refused != nil || errors.Is(err, kv.ErrConflict) {
		s.Discard(ctx, st)
		return err
	}
	// After any other error the writes may have been made: the scrubber will know.
	s.release(st)
	return err
}

// Discard gives staged bytes up.
func (s *Store) Discard(ctx context.Context, st *Staged) {
	s.release(st)
	if st.data.Kind == BlobData {
		// What cannot be deleted now is garbage that the scrubber finds.
		_ = s.blobs.Delete(context.WithoutCancel(ctx), st.data.Blob)
	}
}

func (s *Store) release(st *Staged) {
	if st.buffer != nil {
		s.buffers.Put(st.buffer)
		st.row, st.buffer = nil, nil
	}
}

// adopt makes the staged bytes referred to: the row that holds them, or the row
// that says who refers to the blob.
func (t *Txn) adopt(b BucketID, s *Staged) error {
	switch s.data.Kind {
	case InlineData:
		return t.txn.Put(dataKey(s.data.ID), s.row)
	case BlobData:
		return t.txn.Put(referenceKey(s.data.Blob), appendReference(nil, b, s.data.ID))
	}
	return nil
}

const referenceFormat = 1

// appendReference says what a blob is for: the id of its data, which is also in
// the object, part or manifest that refers to it, and the bucket.
func appendReference(dst []byte, b BucketID, id ID) []byte {
	dst = append(dst, referenceFormat)
	dst = binary.BigEndian.AppendUint64(dst, uint64(b))
	return append(dst, id[:]...)
}

// Reference tells who refers to a blob.
type Reference struct {
	Blob   blob.ID
	Bucket BucketID
	Data   ID
}

// ScanReferences calls fn for the reference of each blob in id order, beginning
// after the given id, until fn returns an error; kv.Stop ends it without one.
func (r *Reader) ScanReferences(after blob.ID, fn func(Reference) error) error {
	rng := kv.Prefix(referenceKey(""))
	if after != "" {
		rng.Start = referenceKey(after).Byte(0)
	}
	return r.kv.Scan(rng, func(k, row []byte) error {
		d := decoder{rest: row}
		d.format(referenceFormat)
		ref := Reference{Blob: blob.ID(k[2:])}
		if b := d.fixed(8); b != nil {
			ref.Bucket = BucketID(binary.BigEndian.Uint64(b))
		}
		ref.Data = d.id()
		if err := d.end("reference"); err != nil {
			return err
		}
		return fn(ref)
	})
}
