package s3

import (
	"container/list"
	"sync"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// policyShards is how many parts the cache has, each with its lock; a power of 2.
const policyShards = 16

// policyShardSize is how many bytes of policy text one part keeps compiled.
const policyShardSize = 1 << 20

// policyCache keeps compiled bucket policies by bucket and generation, those used
// last, up to a bound. It is safe for concurrent use.
type policyCache struct {
	shards [policyShards]policyShard
}

type policyShard struct {
	mu     sync.Mutex
	known  map[store.BucketID]*list.Element
	recent list.List // of *cachedPolicy, the one used last in front
	size   int
}

type cachedPolicy struct {
	bucket     store.BucketID
	generation uint64
	size       int
	document   *authz.Document
}

// of is the bucket's policy, nil if it has none.
func (c *policyCache) of(b *store.Bucket) *authz.Document {
	if len(b.Policy) == 0 {
		return nil
	}
	sh := &c.shards[uint64(b.ID)%policyShards]
	if d := sh.get(b); d != nil {
		return d
	}
	d := compileBucketPolicy(b)
	sh.put(&cachedPolicy{b.ID, b.Generation, len(b.Policy), d})
	return d
}

func (s *policyShard) get(b *store.Bucket) *authz.Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.known[b.ID]
	if e == nil {
		return nil
	}
	p := e.Value.(*cachedPolicy)
	if p.generation != b.Generation {
		return nil
	}
	s.recent.MoveToFront(e)
	return p.document
}

func (s *policyShard) put(p *cachedPolicy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[store.BucketID]*list.Element{}
	}
	if old := s.known[p.bucket]; old != nil {
		if old.Value.(*cachedPolicy).generation > p.generation {
			return // somebody else read a newer row meanwhile
		}
		s.drop(old)
	}
	s.known[p.bucket] = s.recent.PushFront(p)
	s.size += p.size
	for s.size > policyShardSize {
		s.drop(s.recent.Back())
	}
}

func (s *policyShard) drop(e *list.Element) {
	p := s.recent.Remove(e).(*cachedPolicy)
	delete(s.known, p.bucket)
	s.size -= p.size
}

// unreadable stands for a stored policy that cannot be read: nobody gets in by
// the bucket, and its owner's root user can still replace the policy.
const unreadable = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`

func compileBucketPolicy(b *store.Bucket) *authz.Document {
	source := &authz.Source{Kind: authz.SourceResource, Name: b.Name, ARN: bucketARN(b.Name)}
	p, err := policy.Load(b.Policy)
	if err != nil {
		p, err = policy.Load([]byte(unreadable))
	}
	if err != nil {
		panic(err) // the constant above compiles
	}
	return &authz.Document{Policy: p, Source: source}
}
