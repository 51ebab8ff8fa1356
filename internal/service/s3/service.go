package s3

import (
	"context"
	"errors"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/lifecycle"
	"github.com/sallyport/sallyport/internal/service/s3/notify"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// Accounts tells what the service needs to know of accounts.
type Accounts interface {
	// CanonicalID is the canonical user id of an account, "" if there is no such
	// account.
	CanonicalID(account string) string
	// AccountByCanonicalID is the account with a canonical user id, "" if there is
	// none.
	AccountByCanonicalID(ctx context.Context, id string) (string, error)
	// AccountByEmail is the account with an e-mail address, "" if there is none.
	AccountByEmail(ctx context.Context, email string) (string, error)
}

// Policies turns a bucket policy into the form in which it is stored and back.
type Policies interface {
	// StorePolicy puts the unique ids of users and roles in place of their ARNs. The
	// error is a *directory.PrincipalError for a principal that does not exist.
	StorePolicy(ctx context.Context, document string) (string, error)
	// RenderPolicy is how a stored policy is shown.
	RenderPolicy(stored string) (string, error)
}

// Authorize asks whether the caller in ctx may do action on a bucket, or on the
// key in it unless key is empty. For s3:ListBucket key is the s3:prefix of the
// question. It returns nil for yes and the answer to give for no.
type Authorize func(ctx context.Context, action string, b *store.Bucket, key string) error

// Options is what a Service is made of.
type Options struct {
	Store    *store.Store
	Accounts Accounts
	// Policies may be left out if Accounts has its methods too, as a
	// directory.Directory does.
	Policies Policies
	// Authorize answers for permissions that come up during an operation; without it
	// package caller is asked.
	Authorize Authorize
	// BlockCustomerKeys refuses objects under customers' keys (SSE-C) in buckets whose
	// encryption configuration does not say whether they may come, as AWS has done in
	// new buckets since April 2026.
	BlockCustomerKeys bool
	// LifecycleDay is how long a day of a lifecycle rule is, 24 hours if it is 0; at
	// least a second.
	LifecycleDay time.Duration
	// Region is where buckets are made that name none.
	Region string
	// As is what the service does by itself, for a bucket: without it nothing is
	// delivered.
	As As
	// ReportDay is how long the day is in which daily reports are made once; 24
	// hours unless given.
	ReportDay time.Duration
	// Notifications are where events can go, nil for nowhere.
	Notifications *notify.Targets
}

// Service is Amazon S3. It is safe for concurrent use.
type Service struct {
	store             *store.Store
	accounts          Accounts
	documents         Policies
	authorize         Authorize
	askVersion        func(ctx context.Context, action string, b *store.Bucket, key string, version *string) error
	region            string
	blocks            accountBlocks  // nil where accounts have none
	names             accountNames   // nil where accounts have none
	devices           accountDevices // nil where accounts have none
	policies          policyCache
	configurations    configurationCache
	blockCustomerKeys bool
	as                As
	reportDay         time.Duration
	notifications     *notify.Targets
	day               lifecycle.Day // of lifecycle rules
}

// New makes a Service.
func New(o Options) *Service {
	s := &Service{store: o.Store, accounts: o.Accounts, documents: o.Policies, authorize: o.Authorize, region: o.Region,
		blockCustomerKeys: o.BlockCustomerKeys, notifications: o.Notifications, as: o.As, reportDay: o.ReportDay, day: lifecycle.ADay}
	if s.reportDay == 0 {
		s.reportDay = 24 * time.Hour
	}
	if o.LifecycleDay > 0 {
		s.day = lifecycle.Day(max(o.LifecycleDay, time.Second))
	}
	if s.documents == nil {
		s.documents, _ = o.Accounts.(Policies)
	}
	s.askVersion = s.ask
	if s.authorize == nil {
		s.authorize = func(ctx context.Context, action string, b *store.Bucket, key string) error {
			return s.ask(ctx, action, b, key, nil)
		}
	} else {
		s.askVersion = func(ctx context.Context, action string, b *store.Bucket, key string, _ *string) error {
			return s.authorize(ctx, action, b, key)
		}
	}
	s.blocks, _ = o.Accounts.(accountBlocks)
	s.names, _ = o.Accounts.(accountNames)
	s.devices, _ = o.Accounts.(accountDevices)
	return s
}

// bucket finds a bucket, which must be of the expected owner if the request
// names one.
func (s *Service) bucket(ctx context.Context, name, expectedOwner *string) (b *store.Bucket, err error) {
	err = s.store.View(ctx, func(r *store.Reader) error {
		b, err = openBucket(r, name, expectedOwner)
		return err
	})
	return b, err
}

func openBucket(r *store.Reader, name, expectedOwner *string) (*store.Bucket, error) {
	b, err := r.Bucket(value(name))
	if errors.Is(err, store.ErrNoSuchBucket) {
		return nil, api.NoSuchBucket(value(name))
	}
	if err != nil {
		return nil, err
	}
	return b, checkOwner(b, expectedOwner)
}

// again finds the bucket in a transaction as it was found before: one that was
// deleted meanwhile, even if it was made again, is not there.
func again(r *store.Reader, b *store.Bucket) (*store.Bucket, error) {
	now, err := openBucket(r, &b.Name, nil)
	if err != nil {
		return nil, err
	}
	if now.ID != b.ID {
		return nil, api.NoSuchBucket(b.Name)
	}
	return now, nil
}

func checkOwner(b *store.Bucket, expected *string) error {
	if expected == nil {
		return nil
	}
	if len(*expected) != 12 || !digits(*expected) {
		return api.InvalidBucketOwner(*expected)
	}
	if *expected != b.Account {
		return api.AccessDenied("")
	}
	return nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// value is what p points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// set is a pointer to s, nil when it is empty.
func set(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
