package store

import (
	"context"
	"sync"
)

// steady is what a request has found. A permission is asked on a bucket in one
// transaction and used in another; a bucket that was deleted in between and made
// again, perhaps by somebody else, must not be taken for the one asked on.
type steady struct {
	mu      sync.Mutex
	buckets []steadyBucket
}

type steadyBucket struct {
	name string
	id   BucketID
}

type steadyKey struct{}

// Steady is ctx for one request: once a View in it has found a bucket by its
// name, no other bucket is found under that name.
func Steady(ctx context.Context) context.Context {
	return context.WithValue(ctx, steadyKey{}, new(steady))
}

func steadyIn(ctx context.Context) *steady {
	s, _ := ctx.Value(steadyKey{}).(*steady)
	return s
}

// bucket tells whether the bucket may be found under the name. With note it is
// from now on if there was none: transactions that write do not note, for they
// may be run again.
func (s *steady) bucket(name string, id BucketID, note bool) bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.buckets {
		if s.buckets[i].name == name {
			return s.buckets[i].id == id
		}
	}
	if note {
		s.buckets = append(s.buckets, steadyBucket{name, id})
	}
	return true
}
