package s3

import (
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// A bucket's configurations are stored as the JSON of the structures of AWS's
// model, after they were checked: what was put is what is shown.

// noConfiguration is the code for a configuration that a bucket lacks, by its
// kind.
var noConfiguration = map[store.Kind]string{
	store.CORS: "NoSuchCORSConfiguration", store.Lifecycle: "NoSuchLifecycleConfiguration",
	store.Website: "NoSuchWebsiteConfiguration", store.Replication: "ReplicationConfigurationNotFoundError",
	store.BucketEncryption: "ServerSideEncryptionConfigurationNotFoundError",
	store.ObjectLock:       "ObjectLockConfigurationNotFoundError",
	store.Inventory:        "NoSuchConfiguration", store.Analytics: "NoSuchConfiguration",
	store.Metrics: "NoSuchConfiguration", store.IntelligentTiering: "NoSuchConfiguration",
}

// putConfiguration gives a bucket a configuration in place of the one it has of
// that kind and id. check, which may be nil, sees the bucket in the transaction.
func putConfiguration[T any](ctx context.Context, s *Service, bucket, expectedOwner *string, kind store.Kind, id string,
	c *T, check func(*store.Txn, *store.Bucket) error) error {
	document, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(t *store.Txn) error {
		b, err := openBucket(&t.Reader, bucket, expectedOwner)
		if err != nil {
			return err
		}
		if check != nil {
			if err := check(t, b); err != nil {
				return err
			}
		}
		return t.PutConfiguration(b, kind, id, document)
	})
}

// deleteConfiguration takes a configuration away; there need not be one unless
// missing is an error to give.
func (s *Service) deleteConfiguration(ctx context.Context, bucket, expectedOwner *string, kind store.Kind, id string, missing error) error {
	return s.store.Update(ctx, func(t *store.Txn) error {
		b, err := openBucket(&t.Reader, bucket, expectedOwner)
		if err != nil {
			return err
		}
		err = t.DeleteConfiguration(b, kind, id)
		if errors.Is(err, store.ErrNoSuchConfiguration) {
			return missing
		}
		return err
	})
}

// getConfiguration reads a configuration to show it; a bucket that lacks it is
// the error of noConfiguration.
func getConfiguration[T any](ctx context.Context, s *Service, bucket, expectedOwner *string, kind store.Kind, id string) (*T, error) {
	var c *T
	err := s.store.View(ctx, func(r *store.Reader) error {
		b, err := openBucket(r, bucket, expectedOwner)
		if err != nil {
			return err
		}
		document, err := r.Configuration(b, kind, id)
		if errors.Is(err, store.ErrNoSuchConfiguration) {
			return api.NoSuchConfiguration(noConfiguration[kind], b.Name)
		}
		if err != nil {
			return err
		}
		c, err = readConfiguration[T](document)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func readConfiguration[T any](document []byte) (*T, error) {
	c := new(T)
	if err := json.Unmarshal(document, c); err != nil {
		return nil, fmt.Errorf("%w: configuration: %w", store.ErrCorrupt, err)
	}
	return c, nil
}

// configured is a bucket's only configuration of a kind as requests use it, nil
// if it has none. It is read and parsed once for each generation of the bucket,
// is shared, and must not be changed. A transaction that has changed the bucket
// must not call it.
func configured[T any](s *Service, r *store.Reader, b *store.Bucket, kind store.Kind) (*T, error) {
	if !b.Has(kind) {
		return nil, nil
	}
	if c, ok := s.configurations.get(b, kind).(*T); ok {
		return c, nil
	}
	document, err := r.Configuration(b, kind, "")
	if err != nil {
		return nil, err
	}
	c, err := readConfiguration[T](document)
	if err != nil {
		return nil, err
	}
	s.configurations.put(b, kind, len(document), c)
	return c, nil
}

// configurationCacheSize is how many bytes of documents are kept parsed.
const configurationCacheSize = 16 << 20

// configurationCache keeps parsed configurations, those used last, up to a bound.
// It is safe for concurrent use.
type configurationCache struct {
	mu     sync.Mutex
	known  map[configurationKey]*list.Element
	recent list.List // of *cachedConfiguration, the one used last in front
	size   int
}

type configurationKey struct {
	bucket store.BucketID
	kind   store.Kind
}

type cachedConfiguration struct {
	configurationKey
	generation uint64
	size       int
	parsed     any
}

func (c *configurationCache) get(b *store.Bucket, kind store.Kind) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.known[configurationKey{b.ID, kind}]
	if e == nil || e.Value.(*cachedConfiguration).generation != b.Generation {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*cachedConfiguration).parsed
}

func (c *configurationCache) put(b *store.Bucket, kind store.Kind, size int, parsed any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := configurationKey{b.ID, kind}
	if c.known == nil {
		c.known = map[configurationKey]*list.Element{}
	}
	if old := c.known[k]; old != nil {
		if old.Value.(*cachedConfiguration).generation > b.Generation {
			return // somebody else read a newer row meanwhile
		}
		c.drop(old)
	}
	c.known[k] = c.recent.PushFront(&cachedConfiguration{k, b.Generation, size, parsed})
	c.size += size
	for c.size > configurationCacheSize && c.recent.Len() > 1 {
		c.drop(c.recent.Back())
	}
}

func (c *configurationCache) drop(e *list.Element) {
	old := c.recent.Remove(e).(*cachedConfiguration)
	delete(c.known, old.configurationKey)
	c.size -= old.size
}
