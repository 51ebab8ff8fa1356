package s3

import (
	"context"
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// customerHeaders is the members of an input with a customer's key (SSE-C).
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
type customerHeaders struct{ algorithm, key, md5 *string }

// customerKey is a customer's key that a request brings; the zero customerKey is
// none.
type customerKey struct {
	key    seal.Key
	digest string // its MD5 in base64, as it came
}

func (k *customerKey) given() bool { return !k.key.IsZero() }

// algorithmOut and digestOut are the members of an answer that tell of the key.
func (k *customerKey) algorithmOut() *string {
	if !k.given() {
		return nil
	}
	return set(aes256)
}

func (k *customerKey) digestOut() *string { return set(k.digest) }

// read takes the key out of the headers. other is the encryption that the same
// request asks for besides.
func (h *customerHeaders) read(ctx context.Context, other *string) (k customerKey, err error) {
	if h.algorithm == nil && h.key == nil && h.md5 == nil {
		return k, nil
	}
	// AWS names this header and gives no value, whichever of them is at fault.
	refuse := func(message string) (customerKey, error) {
		return customerKey{}, invalidArgument(message, "x-amz-server-side-encryption", "null")
	}
	if who := caller.From(ctx); !who.SecureTransport && !who.SourceIP.IsLoopback() {
		return k, api.InvalidRequest("Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.")
	}
	switch {
	case value(other) != "":
		return k, invalidArgument("Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
			"x-amz-server-side-encryption", *other)
	case h.algorithm == nil:
		return refuse("Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.")
	case *h.algorithm != aes256:
		return k, badEncryption(*h.algorithm)
	case h.key == nil:
		return refuse("Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.")
	case h.md5 == nil:
		return refuse("Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.")
	}
	secret, err := base64.StdEncoding.DecodeString(*h.key)
	if err != nil || len(secret) != seal.KeySize {
		return refuse("The secret key was invalid for the specified algorithm.")
	}
	defer clear(secret)
	sum := md5.Sum(secret)
	digest := base64.StdEncoding.EncodeToString(sum[:])
	if subtle.ConstantTimeCompare([]byte(digest), []byte(*h.md5)) != 1 {
		return refuse("The calculated MD5 hash of the key did not match the hash that was provided.")
	}
	if k.key, err = seal.KeyFromBytes(secret); err != nil {
		return k, err
	}
	k.digest = digest
	return k, nil
}

func badEncryption(algorithm string) error {
	return fail("InvalidEncryptionAlgorithmError", "", "ArgumentName", "x-amz-server-side-encryption", "ArgumentValue", algorithm)
}

// fits tells whether an object is read with a key, or without, as it must be. Of
// whether it is the right one it says nothing.
func (k *customerKey) fits(o *store.Object) error {
	switch {
	case o.Encryption == store.SSEC && !k.given():
		return api.InvalidRequest("The object was stored using a form of Server Side Encryption. " +
			"The correct parameters must be provided to retrieve the object.")
	case o.Encryption != store.SSEC && k.given():
		return api.InvalidRequest("The encryption parameters are not applicable to this object.")
	}
	return nil
}

// unlocked turns what the store says of a key to an object into the answer.
func unlocked(err error) error {
	if errors.Is(err, store.ErrOtherKey) {
		return api.AccessDenied("Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.")
	}
	return err
}

// fitsUpload tells whether a part comes with a key as its upload was begun.
func (k *customerKey) fitsUpload(u *store.Upload) error {
	switch {
	case u.Encryption == store.SSEC && !k.given():
		return api.InvalidRequest("The multipart upload initiate requested encryption. " +
			"Subsequent part requests must include the appropriate encryption parameters.")
	case u.Encryption != store.SSEC && k.given():
		return api.InvalidRequest("The multipart upload initiate did not request encryption. " +
			"Please resend the request without sending encryption parameters.")
	}
	return nil
}

// unlockedUpload turns what the store says of a key to an upload into the answer.
func unlockedUpload(err error) error {
	if errors.Is(err, store.ErrOtherKey) {
		return api.InvalidRequest("The provided encryption parameters did not match the ones used originally.")
	}
	return err
}

// sealedBy is x-amz-server-side-encryption of an answer: SSE-C goes by headers of
// its own.
func sealedBy(e store.Encryption) *string {
	if e == store.SSEC {
		return nil
	}
	return set(aes256)
}
