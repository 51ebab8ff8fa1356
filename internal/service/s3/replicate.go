package s3

import (
	"context"
	"encoding/json"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/replication"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// lockPut is a change of an object's lock, which is no event but is replicated.
const lockPut event = ""

// replicationFailed is sent for rules with metrics.
const replicationFailed event = "Replication:OperationFailedReplication"

// replicationTask is the payload of a task in the replication queue.
type replicationTask struct {
	Bucket  store.BucketID
	Key     string
	Version store.ID
	// Modified: only the tags, the ACL and the lock are to be brought in line.
	Modified bool `json:",omitempty"`
	// Done are the destination buckets that have it, Failed tells that one could not
	// be served.
	Done   []string `json:",omitempty"`
	Failed bool     `json:",omitempty"`
	Tries  int      `json:",omitempty"`
}

// replicates puts the replication of a change into the queue, if a rule of the
// bucket's says so, and marks the version as pending.
func (s *Service) replicates(t *store.Txn, b *store.Bucket, o *store.Object, e event) error {
	if !b.Has(store.Replication) || o.Version.IsZero() {
		return nil
	}
	subject, ok := replicationSubject(o, e)
	if !ok {
		return nil
	}
	c, err := configured[api.ReplicationConfiguration](s, &t.Reader, b, store.Replication)
	if err != nil || c == nil || len(replication.Routes(c, &subject)) == 0 {
		return err
	}
	if o.Replication != store.Replica {
		o.Replication = store.ReplicationPending
		if err := t.UpdateObject(b, o); err != nil {
			return err
		}
	}
	payload, err := json.Marshal(replicationTask{Bucket: b.ID, Key: o.Key, Version: o.Version, Modified: subject.Modified})
	if err != nil {
		return err
	}
	return t.EnqueueIn(store.ReplicationQueue, store.Lane(b.ID), t.Now(), payload)
}

// replicationSubject is what a change means to replication: new versions and
// delete markers that callers make, and changes of what was replicated. What
// lifecycle rules do is left to those of the other bucket.
func replicationSubject(o *store.Object, e event) (replication.Subject, bool) {
	subject := replication.Subject{Key: o.Key, Tags: tagMap(o.Tags), DeleteMarker: o.DeleteMarker, Replica: o.Replication == store.Replica}
	switch e {
	case createdPut, createdPost, createdCopy, createdMultipart:
		return subject, !subject.Replica
	case markerCreated:
		return subject, true
	case taggingPut, taggingDeleted, aclPut, lockPut:
		subject.Modified = true
		return subject, o.Replication != store.NotReplicated
	}
	return subject, false
}

func tagMap(tags []store.Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}

// ReplicationFlow is what became of replication along one rule.
type ReplicationFlow struct{ Source, Destination, Rule string }

// ReplicationObserver is told of each version that was, or could not be,
// replicated. It is safe for concurrent use.
type ReplicationObserver interface {
	Replicated(ctx context.Context, f ReplicationFlow, bytes int64, seconds float64)
	ReplicationFailed(ctx context.Context, f ReplicationFlow)
}

// ReplicationBacklog counts the tasks that wait, up to a limit.
func (s *Service) ReplicationBacklog(ctx context.Context, limit int) (n int, err error) {
	err = s.store.View(ctx, func(r *store.Reader) error {
		n = 0
		err := r.ScanQueue(store.ReplicationQueue, s.store.Now().AddDate(1, 0, 0), func(*store.Task) error {
			if n++; n >= limit {
				return stop
			}
			return nil
		})
		if err != nil || n >= limit {
			return err
		}
		more, err := r.CountLanes(store.ReplicationQueue, limit-n)
		n += more
		return err
	})
	return n, err
}
