package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/seal"
)

// StagedReplica is the bytes of a version, in the parts that it has, staged for
// the same version in another bucket.
type StagedReplica struct {
	whole  *Staged // nil if the source has parts
	upload Upload  // of the parts
	parts  []*Part
	staged []*Staged
	size   int64
}

// StageReplica reads a version and stages its bytes for a bucket, one part at a
// time. What is sealed under a customer's key is ErrKeyNeeded.
func (s *Store) StageReplica(ctx context.Context, b *Bucket, sn *Snapshot) (*StagedReplica, error) {
	o := sn.Object
	if sn.Manifest == nil {
		r, err := sn.open(ctx, 0, o.Size)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		st, err := s.Stage(ctx, b, o.Key, r)
		if err != nil {
			return nil, err
		}
		return &StagedReplica{whole: st, size: o.Size}, nil
	}
	p := &StagedReplica{upload: Upload{Key: o.Key}, size: o.Size}
	var err error
	if p.upload.ID, p.upload.DataKey, err = s.NewUpload(ctx, b, o.Key, seal.Key{}); err != nil {
		return nil, err
	}
	for i := range sn.Manifest.Parts {
		if err := s.stageReplicaPart(ctx, b, sn, i, p); err != nil {
			s.DiscardReplica(ctx, p)
			return nil, err
		}
	}
	return p, nil
}

func (s *Store) stageReplicaPart(ctx context.Context, b *Bucket, sn *Snapshot, i int, p *StagedReplica) error {
	from := sn.Manifest.Parts[i]
	start, end := sn.Manifest.Bounds(i)
	r, err := sn.open(ctx, start, end-start)
	if err != nil {
		return err
	}
	defer r.Close()
	st, err := s.StagePart(ctx, b, &p.upload, seal.Key{}, r)
	if err != nil {
		return err
	}
	p.staged = append(p.staged, st)
	if st.Size != from.Size {
		return fmt.Errorf("%w: part %d has %d bytes instead of %d", ErrCorrupt, from.Number, st.Size, from.Size)
	}
	part := from
	part.Data = st.data
	part.Data.Key = nil
	p.parts = append(p.parts, &part)
	return nil
}

// DiscardReplica gives up what was staged.
func (s *Store) DiscardReplica(ctx context.Context, p *StagedReplica) {
	for _, st := range p.all() {
		s.Discard(ctx, st)
	}
}

func (p *StagedReplica) all() []*Staged {
	if p.whole != nil {
		return []*Staged{p.whole}
	}
	return p.staged
}

// CommitReplica is Update for a transaction that may take over a staged replica
// with PutStagedReplica. It ends p in any case; what the transaction does not
// take over is given up.
func (s *Store) CommitReplica(ctx context.Context, p *StagedReplica, fn func(*Txn) error) error {
	taken := false
	var refused error
	err := s.Update(ctx, func(t *Txn) error {
		t.replica = nil
		refused = fn(t)
		taken = t.replica == p
		return refused
	})
	if refused != nil || errors.Is(err, kv.ErrConflict) || err == nil && !taken {
		s.DiscardReplica(ctx, p)
		return err
	}
	for _, st := range p.all() {
		s.release(st) // after any other error the writes may have been made
	}
	return err
}

// PutStagedReplica is PutReplica with the bytes of p.
func (t *Txn) PutStagedReplica(b *Bucket, o *Object, p *StagedReplica) error {
	if o.Size != p.size {
		return errors.New("store: a replica of another size")
	}
	if p.whole != nil {
		if err := t.PutReplica(b, o, p.whole); err != nil {
			return err
		}
		t.replica = p
		return nil
	}
	for _, st := range p.staged {
		if err := t.adopt(b.ID, st); err != nil {
			return err
		}
	}
	row := appendManifest(make([]byte, 0, 16+len(p.parts)*96), p.parts)
	if err := t.txn.Put(dataKey(p.upload.ID), row); err != nil {
		return err
	}
	whole := &Staged{Size: p.size, data: Data{ID: p.upload.ID, Kind: PartsData, Key: p.upload.DataKey}}
	if err := t.PutReplica(b, o, whole); err != nil {
		return err
	}
	t.replica = p
	return nil
}
