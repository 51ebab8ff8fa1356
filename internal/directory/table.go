package directory

import (
	"hash/maphash"
	"sync"
)

// table is a map for many readers and few writers: readers of different keys
// rarely meet on one lock, and hold it for one lookup.
type table[K comparable, V any] struct {
	seed   maphash.Seed
	shards [64]struct {
		sync.RWMutex
		m map[K]V
	}
}

func newTable[K comparable, V any]() *table[K, V] {
	return &table[K, V]{seed: maphash.MakeSeed()}
}

func (t *table[K, V]) shard(k K) int {
	return int(maphash.Comparable(t.seed, k) % uint64(len(t.shards)))
}

func (t *table[K, V]) get(k K) (V, bool) {
	s := &t.shards[t.shard(k)]
	s.RLock()
	v, ok := s.m[k]
	s.RUnlock()
	return v, ok
}

func (t *table[K, V]) set(k K, v V) {
	s := &t.shards[t.shard(k)]
	s.Lock()
	if s.m == nil {
		s.m = map[K]V{}
	}
	s.m[k] = v
	s.Unlock()
}

func (t *table[K, V]) delete(k K) {
	s := &t.shards[t.shard(k)]
	s.Lock()
	delete(s.m, k)
	s.Unlock()
}

// getOrSet is the value of k, which is v if there was none.
func (t *table[K, V]) getOrSet(k K, v V) V {
	s := &t.shards[t.shard(k)]
	s.Lock()
	defer s.Unlock()
	if old, ok := s.m[k]; ok {
		return old
	}
	if s.m == nil {
		s.m = map[K]V{}
	}
	s.m[k] = v
	return v
}

// sweep calls fn with each pair, one shard at a time, and removes those for
// which it returns false. fn must not touch the table.
func (t *table[K, V]) sweep(fn func(K, V) bool) {
	for i := range t.shards {
		s := &t.shards[i]
		s.Lock()
		for k, v := range s.m {
			if !fn(k, v) {
				delete(s.m, k)
			}
		}
		s.Unlock()
	}
}
