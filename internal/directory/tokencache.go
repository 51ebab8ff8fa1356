package directory

import "sync"

// tokenCache keeps opened session tokens: those used lately, in two halves. When
// the young half is full it becomes the old one, and what was not used since is
// forgotten, so that finding a token in use takes a shared lock alone.
type tokenCache struct {
	mu         sync.RWMutex
	half       int
	young, old map[string]*session
}

func newTokenCache(size int) *tokenCache {
	return &tokenCache{half: max(1, size/2), young: map[string]*session{}}
}

func (c *tokenCache) get(token string) *session {
	c.mu.RLock()
	s, ok := c.young[token]
	if !ok {
		s = c.old[token]
	}
	c.mu.RUnlock()
	if s != nil && !ok {
		c.put(token, s)
	}
	return s
}

func (c *tokenCache) put(token string, s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[string]*session, c.half)
	}
	c.young[token] = s
}

func (c *tokenCache) len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.young) + len(c.old)
}
