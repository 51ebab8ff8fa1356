package s3

import (
	"errors"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// readConditions is the conditions of GET and HEAD, and of the source of a copy.
type readConditions struct {
	ifMatch, ifNoneMatch               *string
	ifModifiedSince, ifUnmodifiedSince *time.Time
}

// hasTag tells whether a header that lists entity tags, with or without quotes,
// holds this one.
func hasTag(header string, tag store.ETag) bool {
	bare := tag.Bare()
	for t := range strings.SplitSeq(header, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t = strings.Trim(t, `"`); t == "*" || t == bare {
			return true
		}
	}
	return false
}

// failed names the header of the condition that does not hold, "" if all do. An
// entity tag outweighs the date that goes with it. Dates have seconds.
func (c *readConditions) failed(o *store.Object) string {
	modified := o.Modified.Truncate(time.Second)
	switch {
	case c.ifMatch != nil:
		if !hasTag(*c.ifMatch, o.ETag) {
			return "If-Match"
		}
	case c.ifUnmodifiedSince != nil && modified.After(*c.ifUnmodifiedSince):
		return "If-Unmodified-Since"
	}
	switch {
	case c.ifNoneMatch != nil:
		if hasTag(*c.ifNoneMatch, o.ETag) {
			return "If-None-Match"
		}
	case c.ifModifiedSince != nil && !modified.After(*c.ifModifiedSince):
		return "If-Modified-Since"
	}
	return ""
}

// check is the answer to a GET or HEAD whose conditions do not hold.
func (c *readConditions) check(o *store.Object) error {
	switch failed := c.failed(o); failed {
	case "":
		return nil
	case "If-Match", "If-Unmodified-Since":
		return api.PreconditionFailed(failed)
	}
	e := api.NotModified()
	e.Header = http.Header{}
	e.Header.Set("ETag", o.ETag.String())
	e.Header.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	for name, v := range map[string]string{"Cache-Control": o.Headers.CacheControl, "Expires": o.Headers.Expires} {
		if v != "" {
			e.Header.Set(name, v)
		}
	}
	return e
}

// checkSource is the answer to a copy whose source does not meet its conditions.
func (c *readConditions) checkSource(o *store.Object) error {
	if failed := c.failed(o); failed != "" {
		return api.PreconditionFailed("x-amz-copy-source-" + failed)
	}
	return nil
}

// writeConditions is the conditions of a write.
type writeConditions struct {
	ifMatch, ifNoneMatch *string
}

func (c *writeConditions) any() bool { return c.ifMatch != nil || c.ifNoneMatch != nil }

// supported refuses conditions that S3 has no writes with.
func (c *writeConditions) supported() error {
	switch {
	case c.ifNoneMatch != nil && *c.ifNoneMatch != "*":
		e := api.NotImplemented("If-None-Match")
		e.Fields = append(e.Fields, wire.Field{Name: "additionalMessage",
			Value: "We don't accept the provided value of If-None-Match header for this API"})
		return e
	case c.ifNoneMatch != nil && c.ifMatch != nil:
		return api.NotImplemented("If-Match")
	}
	return nil
}

// check is the answer to a write whose conditions the current version, nil when
// there is none, does not meet.
func (c *writeConditions) check(key string, current *store.Object) error {
	if current != nil && current.DeleteMarker {
		current = nil
	}
	switch {
	case c.ifNoneMatch != nil && current != nil:
		return api.PreconditionFailed("If-None-Match")
	case c.ifMatch == nil:
		return nil
	case current == nil:
		return api.NoSuchKey(key)
	case !hasTag(*c.ifMatch, current.ETag):
		return api.PreconditionFailed("If-Match")
	}
	return nil
}

// checkIn is check inside a transaction.
func (c *writeConditions) checkIn(r *store.Reader, b *store.Bucket, key string) error {
	if !c.any() {
		return nil
	}
	current, err := r.Object(b.ID, key)
	if err != nil && !errors.Is(err, store.ErrNoSuchObject) {
		return err
	}
	return c.check(key, current)
}

// outcome turns the error of a transaction into the answer: a conditional write
// that kept colliding with others is told to come back.
func (c *writeConditions) outcome(err error) error {
	if c.any() && errors.Is(err, kv.ErrConflict) {
		return api.NewError("ConditionalRequestConflict", "")
	}
	return err
}
