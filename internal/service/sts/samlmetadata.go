package sts

import (
	"crypto/sha256"
	"sync"

	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/saml"
)

// maxMetadata is how many providers' metadata are kept as they were read.
const maxMetadata = 64

// metadataCache keeps what providers' metadata say. Documents are up to a mebibyte,
// and whoever sends a request without a signature makes the server look into one.
type metadataCache struct {
	mu   sync.Mutex
	read map[string]readMetadata // by account and id of the provider
}

type readMetadata struct {
	sum  [sha256.Size]byte // of the document
	said *saml.Metadata
}

// of is what a provider's metadata say.
func (c *metadataCache) of(p *directory.SAMLProvider) (*saml.Metadata, error) {
	key, sum := p.Account+"/"+p.ID, sha256.Sum256([]byte(p.Metadata))
	if had, ok := c.get(key); ok && had.sum == sum {
		return had.said, nil
	}
	said, err := saml.ParseMetadata([]byte(p.Metadata))
	if err != nil {
		return nil, err
	}
	c.put(key, readMetadata{sum, said})
	return said, nil
}

func (c *metadataCache) get(key string) (readMetadata, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	had, ok := c.read[key]
	return had, ok
}

func (c *metadataCache) put(key string, m readMetadata) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.read == nil {
		c.read = map[string]readMetadata{}
	}
	if len(c.read) >= maxMetadata {
		for other := range c.read { // any: what is needed is read again
			delete(c.read, other)
			break
		}
	}
	c.read[key] = m
}
