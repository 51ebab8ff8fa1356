package iam

import (
	"context"
	"errors"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/oidc"
	"github.com/sallyport/sallyport/internal/wire"
)

// Options configure a Service. The zero value of each is good.
type Options struct {
	Quotas *Quotas // AWS's defaults
	// Tracked are the actions whose last uses are told one by one, by the
	// namespace of their service; see [wire.TrackedActions]. IAM's own.
	Tracked map[string][]string
	// Providers reaches OpenID Connect providers; nil for one that reaches public
	// ones.
	Providers *oidc.Client
	// Issuer is the URL of an account's issuer of web identity tokens, by the account
	// and the issuer's id; AWS's form when nil.
	Issuer func(account, id string) string
	// DelegationTemplates are those that partners may ask for permissions with, and
	// DelegationChannel how they are told; nil for none.
	DelegationTemplates []*DelegationTemplate
	DelegationChannel   DelegationChannel
}

// Service answers IAM's operations, one method for each.
type Service struct {
	federation
	delegation
	dir     *directory.Directory
	quotas  Quotas
	hashing hashing

	tracked map[string][]string
}

// New makes a service over the directory, which stays the caller's to close.
func New(dir *directory.Directory, opt Options) *Service {
	s := &Service{dir: dir, quotas: DefaultQuotas(), hashing: newHashing(), federation: federate(opt), delegation: delegate(opt)}
	if opt.Quotas != nil {
		s.quotas = *opt.Quotas
	}
	if s.tracked = opt.Tracked; s.tracked == nil {
		s.tracked = wire.TrackedActions(api.API())
	}
	return s
}

func (s *Service) view(ctx context.Context, fn func(*directory.ReadTx) error) error {
	return s.dir.View(ctx, fn)
}

// update runs fn in a transaction; fn may be run more than once.
func (s *Service) update(ctx context.Context, fn func(*directory.Tx) error) error {
	err := s.dir.Update(ctx, fn)
	if errors.Is(err, kv.ErrConflict) {
		return concurrentModification()
	}
	return err
}

// value is what p points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// or is what p points to, or def.
func or[T any](p *T, def T) T {
	if p != nil {
		return *p
	}
	return def
}

// text is s as an optional member: absent when empty.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// date is t as IAM shows it, in whole seconds.
func date(t time.Time) *time.Time { return new(t.UTC().Truncate(time.Second)) }
