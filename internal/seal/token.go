package seal

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// SealToken seals a payload into a string that a client keeps and gives back, a
// session token for example. It holds letters, digits, '-' and '_' only, and is
// 4/3 as long as the payload plus 66 characters. Tokens are sealed under a subkey
// of k that nothing else uses. What k has sealed it opens for ever: a time at
// which the token ends belongs in the payload.
func SealToken(k Key, payload, aad []byte) string {
	return base64.RawURLEncoding.EncodeToString(Wrap(k.k.tokens(), payload, aad))
}

// OpenToken returns the payload of a token, or ErrWrongKey or ErrCorrupt. There
// is one token for a sealed payload: other spellings do not open.
func OpenToken(k Key, token string, aad []byte) ([]byte, error) {
	if strings.ContainsAny(token, "\r\n") { // which the decoder would skip
		return nil, fmt.Errorf("%w: a token with a line break", ErrCorrupt)
	}
	wrapped, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return nil, fmt.Errorf("%w: a token that is not base64", ErrCorrupt)
	}
	return Unwrap(k.k.tokens(), wrapped, aad)
}
