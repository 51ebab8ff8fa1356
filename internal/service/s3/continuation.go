package s3

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// A continuation token is the name after which a listing goes on, and a mark that
// tells tokens of ours for this list from anything else. It gives no right: with
// StartAfter any caller may go to the same place.

// tokenMark is the length of the mark.
const tokenMark = 8

func continuation(list, after string) *string {
	b := append(markOf(list, after), after...)
	return set(base64.RawURLEncoding.EncodeToString(b))
}

// resume reads a token.
func resume(list, token string) (after string, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) <= tokenMark || !bytes.Equal(b[:tokenMark], markOf(list, string(b[tokenMark:]))) {
		return "", fail("InvalidArgument", "The continuation token provided is incorrect",
			"ArgumentName", "continuation-token")
	}
	return string(b[tokenMark:]), nil
}

func markOf(list, after string) []byte {
	mac := hmac.New(sha256.New, []byte(list))
	mac.Write([]byte(after))
	return mac.Sum(nil)[:tokenMark]
}

// bucketList names the list of a bucket's objects.
func bucketList(b *store.Bucket) string { return "objects " + strconv.FormatUint(uint64(b.ID), 16) }
