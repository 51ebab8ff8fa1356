package s3

import (
	"context"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// The rules of Object Lock: what protects a version, and who may change that.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html

// modes are the retention modes by AWS's names.
var modes = map[string]store.LockMode{"GOVERNANCE": store.Governance, "COMPLIANCE": store.Compliance}

// holds are the states of a legal hold by AWS's names.
var holds = map[string]store.LegalHold{"ON": store.HoldOn, "OFF": store.HoldOff}

// protected is the answer to whoever would remove or loosen what is locked.
func protected() error { return locked(store.ErrLocked) }

// missingLock is the answer where a bucket has no Object Lock.
func missingLock() *wire.Error {
	return api.InvalidRequest("Bucket is missing Object Lock Configuration")
}

// retained tells whether a retention is in force.
func retained(l *store.Lock, now time.Time) bool { return l.Mode != store.NoLock && l.Until.After(now) }

// mayRetain is nil if the retention of a version may become another: a longer one
// of the same mode always, any other only if governance can be bypassed.
func mayRetain(old, to *store.Lock, now time.Time, bypass bool) error {
	switch {
	case !retained(old, now),
		to.Mode == old.Mode && !to.Until.Before(old.Until),
		old.Mode == store.Governance && bypass:
		return nil
	}
	return protected()
}

// objectLock is the members of an input that lock the object to be.
type objectLock struct {
	mode  *string
	until *time.Time
	hold  *string
}

// lock is what a new object of a bucket is locked with: what the request says, or
// the bucket's default retention.
func (s *Service) lock(ctx context.Context, l *objectLock, b *store.Bucket) (k store.Lock, err error) {
	if !b.Has(store.ObjectLock) {
		if *l != (objectLock{}) {
			return k, missingLock()
		}
		return k, nil
	}
	now := s.store.Now()
	if l.hold != nil {
		var ok bool
		if k.Hold, ok = holds[*l.hold]; !ok {
			return k, invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", *l.hold)
		}
	}
	if l.mode == nil && l.until == nil {
		k.Mode, k.Until, err = s.defaultRetention(ctx, b, now)
		return k, err
	}
	if l.mode == nil || l.until == nil {
		return k, fail("InvalidArgument", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
			"ArgumentName", map[bool]string{true: "x-amz-object-lock-mode", false: "x-amz-object-lock-retain-until-date"}[l.mode == nil])
	}
	var ok bool
	if k.Mode, ok = modes[*l.mode]; !ok {
		return k, invalidArgument("Unknown wormMode directive.", "x-amz-object-lock-mode", *l.mode)
	}
	k.Until = *l.until
	return k, checkUntil(k.Until, now, "x-amz-object-lock-retain-until-date")
}

func checkUntil(until, now time.Time, name string) error {
	if until.After(now) {
		return nil
	}
	return invalidArgument("The retain until date must be in the future!", name, until.UTC().Format("2006-01-02T15:04:05Z"))
}

// defaultRetention is what a bucket locks objects with that bring no retention.
func (s *Service) defaultRetention(ctx context.Context, b *store.Bucket, now time.Time) (mode store.LockMode, until time.Time, err error) {
	err = s.store.View(ctx, func(r *store.Reader) error {
		c, err := configured[api.ObjectLockConfiguration](s, r, b, store.ObjectLock)
		if err != nil || c == nil || c.Rule == nil || c.Rule.DefaultRetention == nil {
			return err
		}
		d := c.Rule.DefaultRetention
		mode, until = modes[value(d.Mode)], now.AddDate(int(value(d.Years)), 0, int(value(d.Days)))
		return nil
	})
	return mode, until, err
}

// checkLockedBody refuses bytes for a locked object that nothing vouches for.
func checkLockedBody(k *store.Lock, body *intake, what string) error {
	if k.Mode == store.NoLock && k.Hold == store.NoHold || body.declared() {
		return nil
	}
	return api.InvalidRequest("Content-MD5 OR x-amz-checksum- HTTP header is required for " + what +
		" requests with Object Lock parameters")
}

// shownLock is the headers that tell of an object's lock, as far as the caller
// may know.
type shownLock struct {
	mode  *string
	until *time.Time
	hold  *string
}

func (s *Service) shownLock(ctx context.Context, b *store.Bucket, o *store.Object, version *string) (l shownLock) {
	if o.Mode != store.NoLock && s.askVersion(ctx, "s3:GetObjectRetention", b, o.Key, version) == nil {
		l.mode, l.until = set(o.Mode.String()), &o.Until
	}
	if o.Hold != store.NoHold && s.askVersion(ctx, "s3:GetObjectLegalHold", b, o.Key, version) == nil {
		l.hold = set(holdName(o.Hold))
	}
	return l
}

func holdName(h store.LegalHold) string {
	if h == store.HoldOn {
		return "ON"
	}
	return "OFF"
}

// remainingDays is how many days there are until a time, a begun one counted.
func remainingDays(until, now time.Time) int64 {
	const day = 24 * 60 * 60
	return (until.Unix() - now.Unix() + day - 1) / day
}
