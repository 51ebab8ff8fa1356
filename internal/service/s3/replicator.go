package s3

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/replication"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

var stop = kv.Stop

// How replication works through its queue.
const (
	replicationPoll    = 2 * time.Second // for what other gateways have queued
	replicationLease   = time.Minute
	replicationBatch   = 64
	replicationWorkers = 4
	// replicationTries is how often an error that is no refusal is met before the
	// version's replication has failed, with up to five minutes between.
	replicationTries = 20
)

// Replicator takes versions to the buckets that the rules say. It runs on one of
// the gateways that share a store at a time; a version that two of them take is
// one in the destination all the same, for it keeps its id.
type Replicator struct {
	*Service
	// As is the context of a call with the permissions of a role that S3 may assume;
	// an error that is a *wire.Error is a refusal.
	As       func(ctx context.Context, roleARN string) (context.Context, error)
	Observer ReplicationObserver
	// Holder names this process in the lease.
	Holder string
	// Failed is told of errors that are nobody's refusal.
	Failed func(error)
}

// Run works until ctx ends.
func (r *Replicator) Run(ctx context.Context) {
	tick := time.NewTicker(replicationPoll)
	defer tick.Stop()
	defer func() { _ = r.store.Release(context.WithoutCancel(ctx), "replication", r.Holder) }()
	for {
		if err := r.drain(ctx); err != nil && ctx.Err() == nil {
			r.Failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.store.Queued(store.ReplicationQueue):
		}
	}
}

// drain works through what is due. Tasks of one key are done one after the other.
func (r *Replicator) drain(ctx context.Context) error {
	for ctx.Err() == nil {
		tasks, err := r.due(ctx)
		if err != nil || len(tasks) == 0 {
			return err
		}
		switch err := r.store.Lease(ctx, "replication", r.Holder, replicationLease); {
		case errors.Is(err, store.ErrLeased):
			return nil
		case err != nil:
			return err
		}
		if err := r.batch(ctx, tasks); err != nil {
			return err
		}
	}
	return nil
}

func (r *Replicator) due(ctx context.Context) (tasks []*store.Task, err error) {
	err = r.store.View(ctx, func(rd *store.Reader) error {
		tasks = tasks[:0]
		return rd.ScanQueue(store.ReplicationQueue, r.store.Now(), func(k *store.Task) error {
			if tasks = append(tasks, k); len(tasks) == replicationBatch {
				return stop
			}
			return nil
		})
	})
	return tasks, err
}

func (r *Replicator) batch(ctx context.Context, tasks []*store.Task) error {
	var lanes [replicationWorkers][]*store.Task
	seed := maphash.MakeSeed()
	for _, k := range tasks {
		var t replicationTask
		if json.Unmarshal(k.Payload, &t) != nil {
			return store.ErrCorrupt
		}
		lane := maphash.String(seed, t.Key) % replicationWorkers
		lanes[lane] = append(lanes[lane], k)
	}
	var work sync.WaitGroup
	errs := make([]error, replicationWorkers)
	for i := range lanes {
		work.Go(func() {
			for _, k := range lanes[i] {
				if errs[i] = r.one(ctx, k); errs[i] != nil {
					return
				}
			}
		})
	}
	// A version may take longer than the lease.
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	renew := time.NewTicker(replicationLease / 3)
	defer renew.Stop()
	for {
		select {
		case <-done:
			return errors.Join(errs...)
		case <-renew.C:
			if err := r.store.Lease(ctx, "replication", r.Holder, replicationLease); err != nil && ctx.Err() == nil {
				r.Failed(err)
			}
		}
	}
}

// one carries out a task for each of its destinations and takes it out of the
// queue, or puts it off.
func (r *Replicator) one(ctx context.Context, k *store.Task) error {
	var t replicationTask
	if err := json.Unmarshal(k.Payload, &t); err != nil {
		return err
	}
	v, err := r.version(ctx, &t)
	if err != nil {
		return err
	}
	if v == nil {
		return r.store.Update(ctx, func(tx *store.Txn) error { return tx.Dequeue(k) })
	}
	again := false
	for _, route := range v.routes {
		if slices.Contains(t.Done, route.Bucket) {
			continue
		}
		started := r.store.Now()
		flow := ReplicationFlow{v.bucket.Name, route.Bucket, route.RuleID}
		err := r.replicate(ctx, v, &route, t.Modified)
		_, refused := wire.AsError(err)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			t.Done = append(t.Done, route.Bucket)
			if !t.Modified {
				r.Observer.Replicated(ctx, flow, v.object.Size, max(0, started.Sub(v.object.Modified).Seconds()))
			}
		case refused, t.Tries+1 >= replicationTries:
			t.Failed = true
			t.Done = append(t.Done, route.Bucket)
			r.Observer.ReplicationFailed(ctx, flow)
			if !refused {
				r.Failed(err)
			}
		default:
			again = true
			r.Failed(err)
		}
	}
	if again {
		return r.putOff(ctx, k, &t)
	}
	return r.finish(ctx, k, &t, v)
}

func (r *Replicator) putOff(ctx context.Context, k *store.Task, t *replicationTask) error {
	t.Tries++
	wait := min(time.Second<<min(t.Tries, 10), 5*time.Minute)
	payload, err := json.Marshal(t)
	if err != nil {
		return err
	}
	k.Payload = payload
	return r.store.Update(ctx, func(tx *store.Txn) error { return tx.Requeue(k, r.store.Now().Add(wait)) })
}

// finish notes what became of the version, in one step with the end of the task.
func (r *Replicator) finish(ctx context.Context, k *store.Task, t *replicationTask, v *replicated) error {
	return r.store.Update(ctx, func(tx *store.Txn) error {
		if err := tx.Dequeue(k); err != nil {
			return err
		}
		b, err := tx.BucketByID(t.Bucket)
		if errors.Is(err, store.ErrNoSuchBucket) {
			return nil
		}
		if err != nil {
			return err
		}
		o, err := tx.ObjectVersion(b.ID, t.Key, t.Version)
		if errors.Is(err, store.ErrNoSuchObject) {
			return nil
		}
		if err != nil || o.Replication == store.Replica {
			return err
		}
		o.Replication = store.ReplicationCompleted
		if t.Failed {
			o.Replication = store.ReplicationFailed
		}
		if err := tx.UpdateObject(b, o); err != nil || !t.Failed || !v.observed {
			return err
		}
		return r.changed(ctx, tx, b, o, replicationFailed)
	})
}

// replicated is a version that a task is about, with the ways that it takes.
type replicated struct {
	bucket   *store.Bucket
	object   *store.Object
	role     string
	routes   []replication.Route
	observed bool // by metrics
}

// version reads what a task is about, nil if there is nothing left to do.
func (r *Replicator) version(ctx context.Context, t *replicationTask) (v *replicated, err error) {
	err = r.store.View(ctx, func(rd *store.Reader) error {
		b, err := rd.BucketByID(t.Bucket)
		if err != nil {
			return err
		}
		o, err := rd.ObjectVersion(b.ID, t.Key, t.Version)
		if err != nil {
			return err
		}
		c, err := configured[api.ReplicationConfiguration](r.Service, rd, b, store.Replication)
		if err != nil || c == nil {
			return err
		}
		subject := replication.Subject{Key: o.Key, Tags: tagMap(o.Tags), DeleteMarker: o.DeleteMarker,
			Replica: o.Replication == store.Replica, Modified: t.Modified}
		v = &replicated{bucket: b, object: o, role: value(c.Role), routes: replication.Routes(c, &subject)}
		for _, route := range v.routes {
			v.observed = v.observed || route.Timed || route.Observed
		}
		return nil
	})
	if errors.Is(err, store.ErrNoSuchBucket) || errors.Is(err, store.ErrNoSuchObject) {
		return nil, nil
	}
	return v, err
}
