package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// ScrubOptions say how to scrub.
type ScrubOptions struct {
	// Remove takes away blobs that nothing refers to.
	Remove bool
	// Grace spares blobs written to within that time, which may be uploads in flight.
	// It can be 0 only when nothing else uses the store.
	Grace time.Duration
	// Damaged is told of every finding, Progress now and then how far it is. Either
	// may be nil.
	Damaged  func(Damage)
	Progress func(ScrubReport)
}

// DamageKind is what is wrong with something.
type DamageKind uint8

// The kinds.
const (
	// BadRow is a row that does not decode, or does not fit those it belongs with.
	BadRow DamageKind = 1 + iota
	// BadData is data that does not open or is not what its row says.
	BadData
	// MissingBlob is a blob that something refers to and that is not there.
	MissingBlob
	// MissingReference is a blob in use whose reference row is not there or says
	// something else.
	MissingReference
	// UnreferencedBlob is a blob that nothing refers to: what a crash left behind.
	UnreferencedBlob
)

// String names the kind.
func (k DamageKind) String() string {
	names := [...]string{BadRow: "bad row", BadData: "bad data", MissingBlob: "missing blob",
		MissingReference: "missing reference", UnreferencedBlob: "unreferenced blob"}
	if int(k) < len(names) {
		return names[k]
	}
	return "damage"
}

// Damage is one finding. Fields that do not apply are zero.
type Damage struct {
	Kind    DamageKind
	Bucket  string // name, or "id …" of a bucket that is not there
	Key     string
	Version ID
	Upload  ID // of an upload in progress
	Part    int
	Blob    blob.ID
	Removed bool // an unreferenced blob that is gone now
	Err     error
}

// ScrubReport counts what was looked at and what was found.
type ScrubReport struct {
	Buckets, Objects, Uploads, Parts int64
	Bytes                            int64 // plain bytes opened and verified
	Locked                           int64 // plain bytes under customers' keys, of which only the sealed size can be verified
	Blobs, References                int64
	Garbage                          int64 // garbage worked off

	Damaged      int64 // findings other than unreferenced blobs
	Unreferenced int64 // blobs
	Removed      int64 // of these
	RemovedBytes int64
}

// scrubBatch is how many rows are read at once.
const scrubBatch = 200

// scrubber is one run of Scrub.
type scrubber struct {
	*Store
	ctx    context.Context
	o      ScrubOptions
	report ScrubReport

	buckets map[BucketID]*Bucket // those looked up last
	// keep are blobs in use that lack a reference, and missing those told of.
	keep, missing map[blob.ID]bool
}

// maxRemembered bounds what a scrubber remembers of each kind.
const maxRemembered = 100_000

// Scrub checks the whole store: that every row decodes, every data key unwraps,
// every byte of every object and part opens and has the size, MD5 and checksum
// that its row says, and that blobs and references are there for each other.
// Garbage is worked off first. Memory does not grow with the store. What is
// damaged is reported and never removed; the error is one that kept Scrub from
// going on.
func (s *Store) Scrub(ctx context.Context, o ScrubOptions) (ScrubReport, error) {
	c := &scrubber{Store: s, ctx: ctx, o: o, buckets: map[BucketID]*Bucket{},
		keep: map[blob.ID]bool{}, missing: map[blob.ID]bool{}}
	n, err := s.Collect(ctx)
	c.report.Garbage = int64(n)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return c.report, err
	}
	steps := []func() error{c.scanGarbage, c.scanBuckets,
		func() error { return c.scanObjects(tagObject) }, func() error { return c.scanObjects(tagVersion) },
		c.scanUploads, c.joinBlobs}
	for _, step := range steps {
		if err := step(); err != nil {
			return c.report, err
		}
	}
	c.progress()
	return c.report, ctx.Err()
}

func (c *scrubber) progress() {
	if c.o.Progress != nil {
		c.o.Progress(c.report)
	}
}

func (c *scrubber) damaged(d Damage) {
	if d.Kind == UnreferencedBlob {
		c.report.Unreferenced++
	} else {
		c.report.Damaged++
	}
	if c.o.Damaged != nil {
		c.o.Damaged(d)
	}
}

// pair is a row with its key.
type pair struct{ key, row []byte }

// each calls fn for each row that begins with prefix. It reads a batch of rows at
// a time, so that fn may take long and the store may change meanwhile.
func (c *scrubber) each(prefix []byte, fn func(pair) error) error {
	rng := kv.Prefix(prefix)
	for {
		var batch []pair
		err := c.kv.View(c.ctx, func(r kv.Reader) error {
			batch = batch[:0]
			return r.Scan(rng, func(k, row []byte) error {
				batch = append(batch, pair{bytes.Clone(k), bytes.Clone(row)})
				if len(batch) == scrubBatch {
					return kv.Stop
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		for _, p := range batch {
			if err := c.ctx.Err(); err != nil {
				return err
			}
			if err := fn(p); err != nil {
				return err
			}
		}
		c.progress()
		if len(batch) < scrubBatch {
			return nil
		}
		rng.Start = append(batch[len(batch)-1].key, 0)
	}
}

// unchanged tells whether a row is still as it was read.
func (c *scrubber) unchanged(p pair) (same bool, err error) {
	err = c.kv.View(c.ctx, func(r kv.Reader) error {
		row, err := r.Get(p.key)
		same = err == nil && bytes.Equal(row, p.row)
		if errors.Is(err, kv.ErrNotFound) {
			return nil
		}
		return err
	})
	return same, err
}

func (c *scrubber) scanGarbage() error {
	return c.each(key.New(2, space, tagGarbage), func(p pair) error {
		if _, err := decodeGarbage(p.row); err != nil {
			c.damaged(Damage{Kind: BadRow, Err: err})
		}
		return nil
	})
}

// scanBuckets checks the rows of buckets and that they are found by id and by
// account.
func (c *scrubber) scanBuckets() error {
	return c.each(bucketKey(""), func(p pair) error {
		c.report.Buckets++
		name := string(p.key[2:])
		b, err := decodeBucket(name, p.row)
		if err != nil {
			c.damaged(Damage{Kind: BadRow, Bucket: name, Err: err})
			return nil
		}
		var wrong error
		err = c.kv.View(c.ctx, func(r kv.Reader) error {
			wrong = nil
			byID, err := r.Get(bucketIDKey(b.ID))
			if err != nil && !errors.Is(err, kv.ErrNotFound) {
				return err
			}
			_, err = r.Get(accountKey(b.Account, name))
			if errors.Is(err, kv.ErrNotFound) || string(byID) != name {
				wrong = fmt.Errorf("%w: the bucket is not found by its id or in its account", ErrCorrupt)
				return nil
			}
			return err
		})
		if err != nil || wrong == nil {
			return err
		}
		same, err := c.unchanged(p)
		if same {
			c.damaged(Damage{Kind: BadRow, Bucket: name, Err: wrong})
		}
		return err
	})
}

// bucket finds the bucket of an object's or upload's row, nil if it is not there.
func (c *scrubber) bucket(id BucketID) (b *Bucket, err error) {
	if b, ok := c.buckets[id]; ok {
		return b, nil
	}
	err = c.View(c.ctx, func(r *Reader) error {
		b, err = r.BucketByID(id)
		if errors.Is(err, ErrNoSuchBucket) || errors.Is(err, ErrCorrupt) {
			b = nil
			return nil
		}
		return err
	})
	if b != nil {
		if len(c.buckets) >= 1000 {
			clear(c.buckets)
		}
		c.buckets[id] = b
	}
	return b, err
}

func bucketLabel(b *Bucket, id BucketID) string {
	if b != nil {
		return b.Name
	}
	return fmt.Sprintf("id %016x", uint64(id))
}
