package ec2

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv"
)

// Service has one method per operation that is served.
type Service struct {
	dir    *directory.Directory
	region string
	images []image // of the region, by id

	signing sync.Mutex
	signs   *signer // nil until it is first asked for
}

// New makes the service of a region over a directory, which it does not close.
func New(dir *directory.Directory, region string) *Service {
	return &Service{dir: dir, region: region, images: catalogue(region)}
}

// Principal is EC2 as a service: whom a role must trust that instances are given.
const Principal = "ec2.amazonaws.com"

// update runs fn in a transaction; fn may be run more than once.
func (s *Service) update(ctx context.Context, fn func(*directory.Tx) error) error {
	err := s.dir.Update(ctx, fn)
	if errors.Is(err, kv.ErrConflict) {
		return requestLimitExceeded()
	}
	return err
}

// view runs fn on the caller's account as it is.
func (s *Service) view(ctx context.Context, fn func(*directory.ReadTx) error) error {
	return s.dir.View(ctx, fn)
}

func accountOf(ctx context.Context) string { return caller.From(ctx).Account() }

// now is the time of the request, in whole seconds as EC2 shows times.
func now(ctx context.Context) time.Time { return caller.From(ctx).Time.UTC().Truncate(time.Second) }

// arn is the ARN of something of the account's in the region.
func (s *Service) arn(account, kind, id string) string {
	return "arn:aws:ec2:" + s.region + ":" + account + ":" + kind + "/" + id
}

// value is what p points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// text is s as an optional member: absent when empty.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
