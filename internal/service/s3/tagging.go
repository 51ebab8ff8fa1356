package s3

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// Limits of object tags, in number and characters.
const (
	maxTags     = 10
	maxTagKey   = 128
	maxTagValue = 256
)

// parseTagging reads an x-amz-tagging header: tags written as a query string.
func parseTagging(header *string) ([]store.Tag, error) {
	if header == nil || *header == "" {
		return nil, nil
	}
	malformed := invalidArgument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded "+
		"URL query parameters without tag name duplicates.", "x-amz-tagging", *header)
	var tags []store.Tag
	for pair := range strings.SplitSeq(*header, "&") {
		if pair == "" {
			continue
		}
		name, v, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, malformed
		}
		if v, err = url.QueryUnescape(v); err != nil || !utf8.ValidString(name) || !utf8.ValidString(v) {
			return nil, malformed
		}
		if name == "" {
			return nil, malformed
		}
		for _, t := range tags {
			if t.Key == name {
				return nil, malformed
			}
		}
		tags = append(tags, store.Tag{Key: name, Value: v})
	}
	return tags, checkTags(tags)
}

// checkTags refuses object tags that AWS refuses, apart from repeated keys.
func checkTags(tags []store.Tag) error {
	if len(tags) > maxTags {
		return &wire.Error{Status: http.StatusBadRequest, Code: "BadRequest", Message: "Object tags cannot be greater than 10"}
	}
	for _, t := range tags {
		switch {
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return fail("InvalidTag", `Your TagKey cannot be prefixed with aws:`, "TagKey", t.Key)
		case t.Key == "" || !tagText(t.Key, maxTagKey):
			return fail("InvalidTag", "The TagKey you have provided is invalid", "TagKey", t.Key)
		case !tagText(t.Value, maxTagValue):
			return fail("InvalidTag", "The TagValue you have provided is invalid",
				"TagKey", t.Key, "TagValue", t.Value)
		}
	}
	return nil
}

func tagText(s string, limit int) bool {
	if utf8.RuneCountInString(s) > limit {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune("+-=._:/@", r) {
			return false
		}
	}
	return true
}
