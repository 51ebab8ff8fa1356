package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"hash"
	"hash/maphash"
	"strings"
	"sync"
)

// Key is a signing key: a secret bound to a date, a region and a service. It is
// safe for concurrent use.
type Key struct {
	secret string
	macs   sync.Pool // of *mac
}

// mac keeps its result beside the hash so that signing allocates nothing.
type mac struct {
	h   hash.Hash
	sum [sha256.Size]byte
	hex [hexSum]byte
}

// String and GoString keep the secret out of logs.
func (k *Key) String() string { return "sigv4.Key" }

// GoString is String.
func (k *Key) GoString() string { return k.String() }

// NewKey derives the signing key of secret for a scope: date is YYYYMMDD.
func NewKey(secret, date, region, service string) *Key {
	step := func(key []byte, data string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(data))
		return h.Sum(nil)
	}
	key := step([]byte("AWS4"+secret), date)
	key = step(key, region)
	key = step(key, service)
	key = step(key, terminator)
	k := &Key{secret: secret}
	k.macs.New = func() any { return &mac{h: hmac.New(sha256.New, key)} }
	return k
}

// sign appends the hexadecimal signature of msg to dst.
func (k *Key) sign(dst, msg []byte) []byte {
	m := k.run(msg)
	dst = append(dst, m.hex[:]...)
	k.macs.Put(m)
	return dst
}

// verify reports, in constant time, whether signature is that of msg.
func (k *Key) verify(msg []byte, signature string) bool {
	var given [hexSum]byte
	return copy(given[:], signature) == len(signature) && k.verifyBytes(msg, &given)
}

func (k *Key) verifyBytes(msg []byte, signature *[hexSum]byte) bool {
	m := k.run(msg)
	ok := subtle.ConstantTimeCompare(m.hex[:], signature[:]) == 1
	k.macs.Put(m)
	return ok
}

func (k *Key) run(msg []byte) *mac {
	m := k.macs.Get().(*mac)
	m.h.Reset()
	m.h.Write(msg)
	m.h.Sum(m.sum[:0])
	appendHex(m.hex[:0], m.sum[:])
	return m
}

const keyShards = 16

// Keys remembers signing keys, so that a request costs one HMAC instead of five.
// It holds at most the number of keys it was made for: the least recently used
// half goes when it is full. It is safe for concurrent use.
type Keys struct {
	seed   maphash.Seed
	limit  int // per generation and shard
	shards [keyShards]keyShard
}

type keyShard struct {
	mu       sync.RWMutex
	now, old map[Claim]*Key
	_        [64]byte // keeps neighbours out of one cache line
}

// NewKeys makes a cache of at most limit keys (at least 32).
func NewKeys(limit int) *Keys {
	return &Keys{seed: maphash.MakeSeed(), limit: max(limit/keyShards/2, 1)}
}

// Key returns the key of secret for the scope that a *Request, a *Post or a Claim
// names. Call it only with a secret that belongs to the access key named, so that
// strangers cannot fill the cache. A key remembered with another secret is not
// used.
func (c *Keys) Key(of Claimant, secret string) *Key {
	id := of.claimed()
	s := &c.shards[maphash.String(c.seed, id.AccessKeyID)%keyShards]
	s.mu.RLock()
	k := s.now[id]
	s.mu.RUnlock()
	if k != nil && k.secret == secret {
		return k
	}
	return c.insert(s, id, secret)
}

func (c *Keys) insert(s *keyShard, id Claim, secret string) *Key {
	s.mu.RLock()
	k := s.old[id]
	s.mu.RUnlock()
	if k == nil || k.secret != secret {
		k = NewKey(secret, id.Date, id.Region, id.Service)
	}
	// The id's strings are slices of a request's headers: keep copies, not those.
	id = Claim{
		strings.Clone(id.AccessKeyID), strings.Clone(id.Date),
		strings.Clone(id.Region), strings.Clone(id.Service),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil || len(s.now) >= c.limit {
		s.now, s.old = make(map[Claim]*Key), s.now
	}
	s.now[id] = k
	return k
}
