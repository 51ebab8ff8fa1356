package s3

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// unlockCompletion opens the upload with the customer's key if the request brings
// one. An upload that is not there is left for the transaction to find.
func (s *Service) unlockCompletion(ctx context.Context, in *api.CompleteMultipartUploadInput, c *completion) (err error) {
	c.customer, err = (&customerHeaders{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}).read(ctx, nil)
	if err != nil || !c.customer.given() {
		return err
	}
	b, u, err := s.upload(ctx, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if e := (*wire.Error)(nil); errors.As(err, &e) && e.Code == "NoSuchUpload" {
		return nil
	}
	if err != nil || u.Encryption != store.SSEC {
		return err
	}
	c.secret, err = s.store.UnlockUpload(ctx, b, u, c.customer.key)
	return unlockedUpload(err)
}

// fits tells whether the request brings the key that the upload needs. AWS asks
// for it where the upload was begun with a checksum algorithm: the parts' are
// hidden under it.
func (c *completion) fits(u *store.Upload) error {
	c.encryption = u.Encryption
	if u.Encryption == store.SSEC && c.secret == nil && u.Algorithm == checksum.None && c.sum.algorithm == checksum.None {
		return nil
	}
	return c.customer.fitsUpload(u)
}

// show makes the checksum of a part readable, or takes it away.
func (c *completion) show(u *store.Upload, p *store.Part) {
	switch {
	case u.Encryption != store.SSEC:
	case c.secret == nil:
		p.Checksum = store.Checksum{}
	default:
		p.Checksum = c.secret.Part(p)
	}
}

// hide undoes show, for what is stored.
func (c *completion) hide(u *store.Upload, o *store.Object, parts []*store.Part) {
	if u.Encryption != store.SSEC || c.secret == nil {
		return
	}
	for _, p := range parts {
		p.Checksum = c.secret.Part(p)
	}
	o.Checksum = c.secret.Object(o.Checksum)
}
