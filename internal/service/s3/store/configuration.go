package store

import (
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// Kind is a kind of configuration of a bucket. The numbers are stored and never
// change; they are below 64.
type Kind uint8

// The kinds. Those of which a bucket has several have an id each; the id of the
// others is empty.
const (
	CORS               Kind = 1
	Lifecycle          Kind = 2
	Website            Kind = 3
	BucketEncryption   Kind = 4
	Replication        Kind = 5
	Notification       Kind = 6
	Inventory          Kind = 7  // by id
	Analytics          Kind = 8  // by id
	Metrics            Kind = 9  // by id
	IntelligentTiering Kind = 10 // by id
	Logging            Kind = 11
	Accelerate         Kind = 12
	ObjectLock         Kind = 13
	// What is kept of reports, by the id of their configuration: when one was made.
	InventoryState Kind = 20
	AnalyticsState Kind = 21
)

// ErrNoSuchConfiguration is returned for a configuration that a bucket lacks.
var ErrNoSuchConfiguration = errors.New("store: no such configuration")

const configurationFormat = 1

func configurationsKey(kind Kind, b BucketID) key.Key {
	return key.New(11, space, tagConfiguration, byte(kind)).Uint64(uint64(b))
}

func configurationKey(kind Kind, b BucketID, id string) key.Key {
	return configurationsKey(kind, b).Raw(id)
}

// Has tells, without reading anything, whether the bucket has a configuration of
// a kind.
func (b *Bucket) Has(kind Kind) bool { return b.configured&(1<<kind) != 0 }

// Configuration reads a configuration of a bucket, or returns
// ErrNoSuchConfiguration.
func (r *Reader) Configuration(b *Bucket, kind Kind, id string) ([]byte, error) {
	if !b.Has(kind) {
		return nil, ErrNoSuchConfiguration
	}
	row, err := r.kv.Get(configurationKey(kind, b.ID, id))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNoSuchConfiguration
	}
	if err != nil {
		return nil, err
	}
	return configurationIn(row)
}

func configurationIn(row []byte) ([]byte, error) {
	if len(row) == 0 || row[0] != configurationFormat {
		return nil, fmt.Errorf("%w: configuration", ErrCorrupt)
	}
	return row[1:], nil
}

// ScanConfigurations calls fn for each configuration of a kind of one bucket,
// those with an id after the one given, in order of their ids, until fn returns
// an error; kv.Stop ends it without one. The document is fn's to keep.
func (r *Reader) ScanConfigurations(b *Bucket, kind Kind, after string, fn func(id string, document []byte) error) error {
	rng := kv.Prefix(configurationsKey(kind, b.ID))
	if after != "" {
		rng.Start = configurationKey(kind, b.ID, after).Byte(0)
	}
	return r.scanConfigurations(rng, func(_ BucketID, id string, document []byte) error { return fn(id, document) })
}

// ScanConfigured calls fn for each configuration of a kind of every bucket, in
// order of the buckets' ids, beginning with the bucket from, until fn returns an
// error; kv.Stop ends it without one. The document is fn's to keep.
func (r *Reader) ScanConfigured(kind Kind, from BucketID, fn func(b BucketID, id string, document []byte) error) error {
	rng := kv.Prefix(key.New(3, space, tagConfiguration, byte(kind)))
	rng.Start = configurationsKey(kind, from)
	return r.scanConfigurations(rng, fn)
}

func (r *Reader) scanConfigurations(rng kv.Range, fn func(b BucketID, id string, document []byte) error) error {
	return r.kv.Scan(rng, func(k, row []byte) error {
		p := key.Parse(k[3:])
		b := BucketID(p.Uint64())
		id := p.Raw()
		if err := p.End(); err != nil {
			return corruptKey(err)
		}
		document, err := configurationIn(row)
		if err != nil {
			return err
		}
		return fn(b, id, append([]byte(nil), document...))
	})
}

// PutConfiguration gives a bucket a configuration in place of the one of that
// kind and id, and the bucket its next Generation.
func (t *Txn) PutConfiguration(b *Bucket, kind Kind, id string, document []byte) error {
	row := append([]byte{configurationFormat}, document...)
	if err := t.txn.Put(configurationKey(kind, b.ID, id), row); err != nil {
		return err
	}
	_, err := t.UpdateBucket(b.Name, func(now *Bucket) error {
		now.configured |= 1 << kind
		return nil
	})
	return err
}

// DeleteConfiguration takes a configuration from a bucket, or returns
// ErrNoSuchConfiguration if it has none of that kind and id.
func (t *Txn) DeleteConfiguration(b *Bucket, kind Kind, id string) error {
	if _, err := t.Configuration(b, kind, id); err != nil {
		return err
	}
	if err := t.txn.Delete(configurationKey(kind, b.ID, id)); err != nil {
		return err
	}
	others := false
	err := t.kv.Scan(kv.Prefix(configurationsKey(kind, b.ID)), func(_, _ []byte) error {
		others = true
		return kv.Stop
	})
	if err != nil {
		return err
	}
	_, err = t.UpdateBucket(b.Name, func(now *Bucket) error {
		if !others {
			now.configured &^= 1 << kind
		}
		return nil
	})
	return err
}

// deleteConfigurations removes all configurations of a bucket that goes.
func (t *Txn) deleteConfigurations(b *Bucket) error {
	for kind := Kind(0); kind < 64; kind++ {
		if !b.Has(kind) {
			continue
		}
		var keys [][]byte
		err := t.kv.Scan(kv.Prefix(configurationsKey(kind, b.ID)), func(k, _ []byte) error {
			keys = append(keys, append([]byte(nil), k...))
			return nil
		})
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := t.txn.Delete(k); err != nil {
				return err
			}
		}
	}
	return nil
}
