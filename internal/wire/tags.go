package wire

import (
	"net/url"
	"strings"
)

// urlTags parses "k1=v1&k2=v2", the form of x-amz-tagging. Pairs that are not
// well encoded are left out: the service refuses such a header anyway.
func urlTags(s string) (out [][2]string) {
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err1 != nil || err2 != nil {
			continue
		}
		out = append(out, [2]string{key, value})
	}
	return out
}
