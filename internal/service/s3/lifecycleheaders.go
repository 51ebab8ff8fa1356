package s3

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/service/s3/lifecycle"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// rules are a bucket's lifecycle rules, nil for none, which costs no read. What
// cannot be read now is as good as none: it is for headers alone, of answers to
// what has been done. It is not for use in a transaction.
func (s *Service) rules(ctx context.Context, b *store.Bucket) (c *lifecycle.Configuration) {
	if !b.Has(store.Lifecycle) {
		return nil
	}
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		c, err = configured[lifecycle.Configuration](s, r, b, store.Lifecycle)
		return err
	})
	if err != nil {
		return nil
	}
	return c
}

// expiration is x-amz-expiration, which tells when the current version of an
// object will end; nil if no rule says so.
func (s *Service) expiration(ctx context.Context, b *store.Bucket, o *store.Object) *string {
	c := s.rules(ctx, b)
	if c == nil || o.DeleteMarker {
		return nil
	}
	l := ruled(o, s.store.Now())
	at, rule, ok := c.Expiry(&l, s.day)
	if !ok || at.Year() > 9999 {
		return nil
	}
	return set(fmt.Sprintf(`expiry-date="%s", rule-id="%s"`, at.UTC().Format(http.TimeFormat), headerRule(rule)))
}

// abortion is x-amz-abort-date and x-amz-abort-rule-id of an upload.
func (s *Service) abortion(c *lifecycle.Configuration, key string, begun time.Time) (*time.Time, *string) {
	if c == nil {
		return nil, nil
	}
	at, rule, ok := c.Abort(key, begun, s.day)
	if !ok || at.Year() > 9999 {
		return nil, nil
	}
	return &at, set(headerRule(rule))
}

// headerRule is a rule's id in a header: as it is, but for what would not come
// through, which is percent-encoded.
func headerRule(id string) string {
	var b strings.Builder
	for i := range len(id) {
		if c := id[i]; c < ' ' || c > '~' || c == '"' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// ruled is what lifecycle rules ask of a version, as a current one.
func ruled(o *store.Object, now time.Time) lifecycle.Object {
	l := lifecycle.Object{Key: o.Key, Size: o.Size, StorageClass: o.StorageClass, Created: o.Modified, DeleteMarker: o.DeleteMarker,
		Locked:       o.Lock.Locked(now, false),
		Unreplicated: o.Replication == store.ReplicationPending || o.Replication == store.ReplicationFailed}
	for _, t := range o.Tags {
		l.Tags = append(l.Tags, lifecycle.Tag(t))
	}
	return l
}
