package s3

import (
	"context"
	"errors"
	"strings"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// accountDevices is what an Accounts may tell beside: codes of MFA devices.
type accountDevices interface {
	UseMFA(ctx context.Context, account, owner, serial, code string, at time.Time) error
}

// needsMFA says that what a transaction was to do takes a code of the bucket
// owner's device.
type needsMFA struct{ account string }

func (*needsMFA) Error() string { return "s3: needs a code of an MFA device" }

// withMFA runs do, which is told whether the request has proven by a code that it
// comes from the root user of the bucket's owner. It finds in its transaction
// that this is needed and returns mfaNeeded's error; then the code of the
// x-amz-mfa header is used, in a transaction of its own, and do runs again.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMFADelete.html
func (s *Service) withMFA(ctx context.Context, header *string, do func(proven string) error) error {
	err := do("")
	var need *needsMFA
	if !errors.As(err, &need) {
		return err
	}
	if header == nil {
		return api.AccessDenied("Mfa Authentication must be used for this request")
	}
	if err := s.useMFA(ctx, need.account, *header); err != nil {
		return err
	}
	return do(need.account)
}

// mfaNeeded is withMFA's question, unless the root user of the bucket's owner has
// proven who it is.
func mfaNeeded(b *store.Bucket, proven string) error {
	if proven == b.Account {
		return nil
	}
	return &needsMFA{b.Account}
}

// useMFA takes a code of a device of the account's root user, who must call.
func (s *Service) useMFA(ctx context.Context, account, header string) error {
	who := caller.From(ctx)
	if who.Identity.Kind != policy.CallerRoot || who.Account() != account {
		return api.AccessDenied("This operation may only be performed by the bucket owner")
	}
	failed := api.AccessDenied("MFA Authentication failed for this request")
	cut := strings.LastIndexByte(header, ' ')
	if s.devices == nil || cut < 0 {
		return failed
	}
	err := s.devices.UseMFA(ctx, account, account, header[:cut], header[cut+1:], who.Time)
	if errors.Is(err, directory.ErrMFADevice) || errors.Is(err, directory.ErrMFACode) {
		return failed
	}
	return err
}

// changeMFADelete sets what PutBucketVersioning says of MFA delete.
func changeMFADelete(b *store.Bucket, asked *string, proven string) error {
	if b.MFADelete == store.MFADeleteEnabled || value(asked) == "Enabled" {
		if err := mfaNeeded(b, proven); err != nil {
			return err
		}
	}
	switch value(asked) {
	case "Enabled":
		if b.Has(store.Lifecycle) {
			return fail("InvalidBucketState", "Mfa Authentication is not supported on a bucket with lifecycle configuration. "+
				"Delete lifecycle configuration before enabling Mfa Authentication.")
		}
		b.MFADelete = store.MFADeleteEnabled
	case "Disabled":
		b.MFADelete = store.MFADeleteDisabled
	}
	return nil
}

// noMFADelete refuses lifecycle rules where versions are deleted with MFA alone.
func noMFADelete(_ *store.Txn, b *store.Bucket) error {
	if b.MFADelete == store.MFADeleteEnabled {
		return fail("InvalidBucketState", "Lifecycle configuration is not supported on a bucket with Mfa Authentication enabled. "+
			"Disable Mfa Authentication before adding lifecycle configuration.")
	}
	return nil
}
