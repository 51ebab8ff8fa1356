package s3

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// Limits of an object, in bytes.
const (
	maxKey      = 1024
	maxMetadata = 2 << 10
)

// description is the members of an input that say what is stored with an object
// besides its bytes.
type description struct {
	headers      store.Headers
	metadata     map[string]string
	tagging      *string
	storageClass *string
	encryption   encryption
	acl          aclHeaders
	lock         objectLock

	key customerKey // of encryption, after attributes
}

// encryption is the members of an input that say how to encrypt.
type encryption struct {
	algorithm, kmsKey, kmsContext *string
	bucketKey                     *bool
	customer                      customerHeaders
}

// checkKey refuses keys that cannot be stored.
func checkKey(key string) error {
	switch {
	case len(key) > maxKey:
		return fail("KeyTooLongError", "Your key is too long",
			"Size", strconv.Itoa(len(key)), "MaxSizeAllowed", strconv.Itoa(maxKey))
	case !utf8.ValidString(key):
		return fail("InvalidURI", "Couldn't parse the specified URI.")
	case key == "":
		return fail("InvalidRequest", "A key must be specified")
	}
	return nil
}

// attributes checks a description and makes what is stored of it for a bucket and
// the caller in ctx. It sets the description's key.
func (s *Service) attributes(ctx context.Context, d *description, b *store.Bucket) (o store.Object, err error) {
	if o.Lock, err = s.lock(ctx, &d.lock, b); err != nil {
		return o, err
	}
	if o.Encryption, d.key, err = s.encryption(ctx, &d.encryption, b); err != nil {
		return o, err
	}
	if o.StorageClass, err = storageClass(d.storageClass); err != nil {
		return o, err
	}
	if o.Metadata, err = metadata(d.metadata); err != nil {
		return o, err
	}
	if o.Tags, err = parseTagging(d.tagging); err != nil {
		return o, err
	}
	if err := checkRedirect(d.headers.WebsiteRedirect); err != nil {
		return o, err
	}
	if o.Owner, o.ACL, err = s.ownership(ctx, &d.acl, b); err != nil {
		return o, err
	}
	o.Headers = d.headers
	o.Headers.ContentEncoding = stripChunked(o.Headers.ContentEncoding)
	return o, nil
}

// storageClass is how a class is stored: STANDARD, the default, as nothing.
func storageClass(class *string) (string, error) {
	switch value(class) {
	case "", "STANDARD":
		return "", nil
	case "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR":
		return *class, nil
	}
	return "", fail("InvalidStorageClass", "The storage class you specified is not valid",
		"StorageClassRequested", *class)
}

func metadata(given map[string]string) (map[string]string, error) {
	size, lower := 0, true
	for name, v := range given {
		size += len(name) + len(v)
		lower = lower && strings.ToLower(name) == name
	}
	if size > maxMetadata {
		return nil, fail("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
			"Size", strconv.Itoa(size), "MaxSizeAllowed", strconv.Itoa(maxMetadata))
	}
	if lower {
		return given, nil
	}
	m := make(map[string]string, len(given))
	for name, v := range given {
		m[strings.ToLower(name)] = v
	}
	return m, nil
}

func checkRedirect(to string) error {
	for _, prefix := range []string{"/", "http://", "https://"} {
		if strings.HasPrefix(to, prefix) {
			return nil
		}
	}
	if to == "" {
		return nil
	}
	return &wire.Error{Status: http.StatusBadRequest, Code: "InvalidRedirectLocation",
		Message: "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."}
}

// stripChunked removes aws-chunked from a Content-Encoding: it is how the body
// travelled, not what the object is.
func stripChunked(encoding string) string {
	if !strings.Contains(encoding, "aws-chunked") {
		return encoding
	}
	var keep []string
	for part := range strings.SplitSeq(encoding, ",") {
		if part = strings.TrimSpace(part); part != "" && part != "aws-chunked" {
			keep = append(keep, part)
		}
	}
	return strings.Join(keep, ",")
}
