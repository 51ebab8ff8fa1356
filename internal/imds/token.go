package imds

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"time"
)

// maxTTL is the longest life of a token, in seconds.
const maxTTL = 21600

// parseTTL reads the header in which a PUT says how long its token is to live.
func parseTTL(values []string) (seconds int, ok bool) {
	if len(values) != 1 || len(values[0]) > 5 {
		return 0, false
	}
	n, err := strconv.ParseUint(values[0], 10, 32)
	return int(n), err == nil && n >= 1 && n <= maxTTL
}

// tokens makes and checks session tokens, and remembers none: a token is its end
// and a nonce, authenticated for the instance under a key of this process.
type tokens struct{ key []byte }

func newTokens() *tokens {
	t := &tokens{key: make([]byte, sha256.Size)}
	rand.Read(t.key)
	return t
}

// A token is tokenSize bytes in base64: version, end in seconds, nonce, code.
// That is as long as EC2's.
const (
	tokenVersion = 1
	tokenNonce   = 9
	tokenHead    = 1 + 8 + tokenNonce
	tokenCode    = 22
	tokenSize    = tokenHead + tokenCode
)

func (t *tokens) make(instance string, ends time.Time) string {
	token := make([]byte, tokenHead, tokenSize)
	token[0] = tokenVersion
	// The second that has begun is the token's too.
	binary.BigEndian.PutUint64(token[1:], uint64(ends.Add(time.Second-1).Unix()))
	rand.Read(token[9:])
	return base64.URLEncoding.EncodeToString(append(token, t.code(instance, token)...))
}

// check tells whether a token was made here for the instance, and its end.
func (t *tokens) check(text, instance string) (ends time.Time, ok bool) {
	if len(text) != base64.URLEncoding.EncodedLen(tokenSize) {
		return time.Time{}, false
	}
	token, err := base64.URLEncoding.Strict().DecodeString(text)
	if err != nil || len(token) != tokenSize || token[0] != tokenVersion {
		return time.Time{}, false
	}
	head, code := token[:tokenHead], token[tokenHead:]
	if !hmac.Equal(code, t.code(instance, head)) {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint64(head[1:])), 0), true
}

func (t *tokens) code(instance string, head []byte) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write(head)
	mac.Write([]byte(instance))
	return mac.Sum(nil)[:tokenCode]
}
