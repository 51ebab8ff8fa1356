package s3

import (
	"context"
	api "github.com/sallyport/sallyport/internal/api/s3"
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
}

type encryption struct {
	algorithm, kmsKey, kmsContext                      *string
	customerAlgorithm, customerKey, customerKeyMD5     *string
	sourceAlgorithm, sourceCustomerKey, sourceCustomer *string
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
// the caller in ctx.
func (s *Service) attributes(ctx context.Context, d *description, b *store.Bucket) (o store.Object, err error) {
	if o.Lock, err = s.lock(ctx, &d.lock, b); err != nil {
		return o, err
	}
	if err := d.encryption.check(); err != nil {
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
	o.Encryption = store.SSES3
	return o, nil
}

func (e *encryption) check() error {
	for _, h := range []struct {
		given *string
		name  string
	}{
		{e.customerAlgorithm, "customer-algorithm"}, {e.customerKey, "customer-key"}, {e.customerKeyMD5, "customer-key-MD5"},
		{e.kmsKey, "aws-kms-key-id"}, {e.kmsContext, "context"},
	} {
		if h.given != nil {
			return api.NotImplemented("x-amz-server-side-encryption-" + h.name)
		}
	}
	if e.sourceAlgorithm != nil || e.sourceCustomerKey != nil || e.sourceCustomer != nil {
		return api.InvalidRequest("The encryption parameters are not applicable to this object.")
	}
	switch value(e.algorithm) {
	case "", "AES256":
		return nil
	case "aws:kms", "aws:kms:dsse", "aws:fsx":
		return api.NotImplemented("x-amz-server-side-encryption")
	}
	return fail("InvalidEncryptionAlgorithmError",
		"The Encryption request you specified is not valid. Supported value: AES256.",
		"ArgumentName", "x-amz-server-side-encryption", "ArgumentValue", *e.algorithm)
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
