package store

import (
	"bytes"
	"context"
	"slices"
	"sync"
)

// steady is what a request has found. A permission is asked on a bucket in one
// transaction and used in another; a bucket that was deleted in between and made
// again, perhaps by somebody else, must not be taken for the one asked on,
// and an object that was written anew in between may not be used by whom the old
// one's owner, ACL or tags let in.
type steady struct {
	mu      sync.Mutex
	buckets []steadyBucket
	objects []steadyObject
}

type steadyBucket struct {
	name string
	id   BucketID
}

type steadyObject struct {
	bucket       BucketID
	key, version string
	access       ObjectAccess
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

// Ask notes what of an object a permission was asked on, or of a version of it as
// the request names it, "" for the current one; the zero access stands for one
// that is not there.
func (r *Reader) Ask(b BucketID, key, version string, access ObjectAccess) {
	s := r.steady
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects = append(s.objects, steadyObject{b, key, version, access})
}

// Asked tells whether every permission that the request was asked for on an
// object, or on that version of it, was asked on what access says.
func (r *Reader) Asked(b BucketID, key, version string, access ObjectAccess) bool {
	s := r.steady
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.objects {
		if o := &s.objects[i]; o.bucket == b && o.key == key && o.version == version && !o.access.same(&access) {
			return false
		}
	}
	return true
}

// same tells whether two accesses let the same callers in.
func (a *ObjectAccess) same(b *ObjectAccess) bool {
	return a.Owner == b.Owner && bytes.Equal(a.ACL, b.ACL) && slices.Equal(a.Tags, b.Tags)
}
