package s3

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// Lines of server access logs lie in a queue, in batches, until they are
// delivered. One gateway at a time delivers, under a lease. A log's key follows
// from the first batch in it, so that what is delivered twice, because a gateway
// ended before it had noted that it was, goes to the same key.

const accessLogLease = "access-log"

// Bounds of a log object: what of the queue is in memory at a time.
const (
	accessLogSize    = 8 << 20
	accessLogBatches = 4096
)

// AccessLogBatch is lines of the access log of one bucket on one day.
type AccessLogBatch struct {
	Bucket uint64 `json:"b"` // id
	Day    string `json:"d"` // 2006-01-02, of the requests
	Lines  string `json:"l"`
}

// QueueAccessLog makes lines durable, to be delivered later.
func (s *Service) QueueAccessLog(ctx context.Context, batches []AccessLogBatch) error {
	return s.store.Update(ctx, func(t *store.Txn) error {
		for i := range batches {
			payload, err := json.Marshal(&batches[i])
			if err != nil {
				return err
			}
			if err := t.Enqueue(store.AccessLogQueue, time.Time{}, payload); err != nil {
				return err
			}
		}
		return nil
	})
}

// accessLog is batches that become one object.
type accessLog struct {
	bucket  store.BucketID
	day     string
	batches []*store.Task
	lines   []string
}

// DeliverAccessLogs delivers all lines that are queued, unless another gateway
// does. What may not be delivered is told to failed and dropped, as AWS drops it.
func (s *Service) DeliverAccessLogs(ctx context.Context, failed func(error)) error {
	holder := newUUID()
	for {
		logs, err := s.queuedLogs(ctx)
		if err != nil || len(logs) == 0 {
			return err
		}
		err = s.store.Lease(ctx, accessLogLease, holder, leaseTime)
		if errors.Is(err, store.ErrLeased) {
			return nil
		}
		if err == nil {
			err = s.deliverLogs(ctx, failed)
		}
		err = errors.Join(err, s.store.Release(context.WithoutCancel(ctx), accessLogLease, holder))
		if err != nil {
			return err
		}
	}
}

func (s *Service) deliverLogs(ctx context.Context, failed func(error)) error {
	logs, err := s.queuedLogs(ctx) // as they are under the lease
	if err != nil {
		return err
	}
	for _, l := range logs {
		err := s.deliverLog(ctx, l)
		if _, refused := wire.AsError(err); refused || errors.Is(err, errNobody) {
			failed(fmt.Errorf("access log of bucket %x: %w", uint64(l.bucket), err))
			err = nil
		}
		if err != nil {
			return err
		}
		err = s.store.Update(ctx, func(t *store.Txn) error {
			for _, task := range l.batches {
				if err := t.Dequeue(task); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// queuedLogs reads the oldest batches and sorts them into logs.
func (s *Service) queuedLogs(ctx context.Context) (logs []*accessLog, err error) {
	err = s.store.View(ctx, func(r *store.Reader) error {
		logs = nil
		byBucket := map[string]*accessLog{}
		size, count := 0, 0
		return r.ScanQueue(store.AccessLogQueue, s.store.Now(), func(task *store.Task) error {
			var batch AccessLogBatch
			if err := json.Unmarshal(task.Payload, &batch); err != nil {
				return fmt.Errorf("%w: access log batch: %w", store.ErrCorrupt, err)
			}
			if size += len(batch.Lines); count > 0 && size > accessLogSize || count == accessLogBatches {
				return kv.Stop
			}
			count++
			key := fmt.Sprintf("%x %s", batch.Bucket, batch.Day)
			l := byBucket[key]
			if l == nil {
				l = &accessLog{bucket: store.BucketID(batch.Bucket), day: batch.Day}
				byBucket[key] = l
				logs = append(logs, l)
			}
			l.batches, l.lines = append(l.batches, task), append(l.lines, batch.Lines)
			return nil
		})
	})
	return logs, err
}

// deliverLog writes one log. Lines of a bucket that is gone, or that is not logged
// any more, have nowhere to go.
func (s *Service) deliverLog(ctx context.Context, l *accessLog) error {
	var b, target *store.Bucket
	var c *api.LoggingEnabled
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		if b, err = r.BucketByID(l.bucket); err != nil {
			return err
		}
		if c, err = configured[api.LoggingEnabled](s, r, b, store.Logging); err != nil || c == nil {
			return err
		}
		if target, err = openBucket(r, c.TargetBucket, nil); err != nil {
			return err
		}
		// The target may have changed hands since the configuration was put.
		return s.checkLogTarget(r, b, &api.LoggingEnabled{TargetBucket: c.TargetBucket})
	})
	if errors.Is(err, store.ErrNoSuchBucket) || err == nil && c == nil {
		return nil
	}
	if err != nil {
		return err
	}
	key := logKey(b, c, l)
	in := &api.PutObjectInput{Bucket: &target.Name, Key: &key, ContentType: set("text/plain"), ExpectedBucketOwner: &b.Account,
		Body: wire.NewBody(io.MultiReader(readers(l.lines)...))}
	if target.Ownership != store.BucketOwnerEnforced {
		if err := s.grantLog(ctx, c, target, in); err != nil {
			return err
		}
	}
	return s.deliver(ctx, loggingPrincipal, b, in)
}

func readers(texts []string) []io.Reader {
	out := make([]io.Reader, len(texts))
	for i := range texts {
		out[i] = strings.NewReader(texts[i])
	}
	return out
}

// grantLog gives a log the ACL that its configuration asks for. The bucket's owner
// has full control whatever it asks for.
func (s *Service) grantLog(ctx context.Context, c *api.LoggingEnabled, target *store.Bucket, in *api.PutObjectInput) error {
	given, err := s.logGrants(ctx, c)
	if err != nil || given == nil {
		return err
	}
	headers := map[store.Permission][]string{store.PermissionFullControl: {`id="` + s.accounts.CanonicalID(target.Account) + `"`}}
	for _, g := range given.grants {
		p := g.Permission
		switch g.Grantee {
		case store.GranteeAccount:
			headers[p] = append(headers[p], `id="`+s.accounts.CanonicalID(g.Account)+`"`)
		default:
			if uri := groupURI(g.Grantee); uri != "" {
				headers[p] = append(headers[p], `uri="`+uri+`"`)
			}
		}
	}
	join := func(p store.Permission) *string { return set(strings.Join(headers[p], ", ")) }
	in.GrantFullControl, in.GrantRead = join(store.PermissionFullControl), join(store.PermissionRead)
	return nil
}

// logKey is the key of a log. Its time is when its first lines were queued; in a
// key that is partitioned by the time of events it is the day of the requests.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_TargetObjectKeyFormat.html
func logKey(b *store.Bucket, c *api.LoggingEnabled, l *accessLog) string {
	first := l.batches[0]
	at := first.Due.UTC()
	unique := strings.ToUpper(hex.EncodeToString(first.ID[len(first.ID)-8:]))
	prefix := *c.TargetPrefix
	if f := c.TargetObjectKeyFormat; f != nil && f.PartitionedPrefix != nil {
		if value(f.PartitionedPrefix.PartitionDateSource) == "EventTime" {
			if day, err := time.Parse(time.DateOnly, l.day); err == nil {
				at = day
			}
		}
		prefix += b.Account + "/" + b.Region + "/" + b.Name + "/" + at.Format("2006/01/02/")
	}
	return prefix + at.Format("2006-01-02-15-04-05-") + unique
}
