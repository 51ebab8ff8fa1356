package iam

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"runtime"

	"golang.org/x/crypto/argon2"

	"github.com/sallyport/sallyport/internal/directory"
)

// How passwords are hashed: Argon2id with what OWASP recommends at least. Hashes
// carry the numbers, so that these can change.
const (
	hashPasses  = 2
	hashMemory  = 19 * 1024 // KiB
	hashThreads = 1
	hashSize    = 32 // bytes, of key and salt
)

// hashing bounds how many passwords are hashed at once, and with that the memory
// that it takes.
type hashing chan struct{}

func newHashing() hashing { return make(hashing, max(1, min(4, runtime.GOMAXPROCS(0)))) }

func (h hashing) key(ctx context.Context, password string, p directory.PasswordHash) ([]byte, error) {
	select {
	case h <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h }()
	return argon2.IDKey([]byte(password), p.Salt, p.Passes, p.Memory, p.Threads, hashSize), nil
}

// make hashes a new password.
func (h hashing) make(ctx context.Context, password string) (p directory.PasswordHash, err error) {
	p = directory.PasswordHash{Salt: make([]byte, hashSize), Passes: hashPasses, Memory: hashMemory, Threads: hashThreads}
	rand.Read(p.Salt)
	p.Key, err = h.key(ctx, password, p)
	return p, err
}

// among tells whether a password is one of those.
func (h hashing) among(ctx context.Context, password string, those ...directory.PasswordHash) (bool, error) {
	for _, p := range those {
		key, err := h.key(ctx, password, p)
		if err != nil {
			return false, err
		}
		if subtle.ConstantTimeCompare(key, p.Key) == 1 {
			return true, nil
		}
	}
	return false, nil
}
