package s3

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
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
	replicationPoll      = 2 * time.Second // for what other gateways have queued
	replicationLease     = time.Minute
	replicationWorkers   = 16
	replicationPerBucket = 4
	replicationWindow    = 64 // how many tasks of a bucket are looked at for one to begin
	// replicationTries is how often an error that is no refusal is met before the
	// version's replication has failed, with up to five minutes between.
	replicationTries = 20
)

// Replicator takes versions to the buckets that the rules say. It runs on one of
// the gateways that share a store at a time; a version that two of them take is
// one in the destination all the same, for it keeps its id.
type Replicator struct {
	*Service
	// As is the context of a call with the permissions of a role that S3 may assume
	// for a bucket; an error that is a *wire.Error is a refusal.
	As       func(ctx context.Context, who ServiceCaller, roleARN string) (context.Context, error)
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

// flights are the tasks that are on their way. A bucket has its lane in the queue and
// at most replicationPerBucket of them at a time, and the lanes take turns: neither
// many nor large objects of one bucket hold up those of others for long. Tasks of
// one key are done one after the other.
type flights struct {
	tasks map[store.ID]*flight
	keys  map[flightKey]bool
	lanes map[store.Lane]int
	turn  store.Lane // the lane that was served last
	ended chan *flight
}

type flightKey struct {
	bucket store.BucketID
	key    string
}

// flight is one task on its way, or to be.
type flight struct {
	*store.Task
	flightKey
	err error // how it ended
}

func newFlights() *flights {
	return &flights{tasks: map[store.ID]*flight{}, keys: map[flightKey]bool{}, lanes: map[store.Lane]int{}, ended: make(chan *flight)}
}

func (f *flights) room() int { return replicationWorkers - len(f.tasks) }

func (f *flights) begin(k *flight) {
	f.tasks[k.ID], f.keys[k.flightKey] = k, true
	f.lanes[k.Lane]++
}

func (f *flights) end(k *flight) {
	delete(f.tasks, k.ID)
	delete(f.keys, k.flightKey)
	if f.lanes[k.Lane]--; f.lanes[k.Lane] == 0 {
		delete(f.lanes, k.Lane)
	}
}

// drain works through what is due, until nothing is left and nothing on its way.
func (r *Replicator) drain(ctx context.Context) (err error) {
	f := newFlights()
	renew := time.NewTicker(replicationLease / 3) // a version may take longer than the lease
	defer renew.Stop()
	for {
		for more := true; more && err == nil && ctx.Err() == nil; {
			more, err = r.start(ctx, f)
		}
		if len(f.tasks) == 0 {
			return err
		}
		select {
		case k := <-f.ended:
			f.end(k)
			err = errors.Join(err, k.err)
		case <-r.store.Queued(store.ReplicationQueue):
		case <-renew.C:
			if err := r.store.Lease(ctx, "replication", r.Holder, replicationLease); err != nil && ctx.Err() == nil {
				r.Failed(err)
			}
		}
	}
}

// start begins what is due and finds room, and tells whether there was any.
func (r *Replicator) start(ctx context.Context, f *flights) (bool, error) {
	if f.room() <= 0 {
		return false, nil
	}
	due, err := r.due(ctx, f)
	if err != nil || len(due) == 0 {
		return false, err
	}
	if len(f.tasks) == 0 {
		switch err := r.store.Lease(ctx, "replication", r.Holder, replicationLease); {
		case errors.Is(err, store.ErrLeased):
			return false, nil
		case err != nil:
			return false, err
		}
	}
	for _, k := range due {
		f.begin(k)
		go func() {
			k.err = r.one(ctx, k.Task)
			f.ended <- k
		}()
	}
	return true, nil
}

// due chooses what to begin: one task of each lane in turn, as long as there is
// room.
func (r *Replicator) due(ctx context.Context, f *flights) (chosen []*flight, err error) {
	err = r.store.View(ctx, func(rd *store.Reader) error {
		chosen = nil
		lanes, err := rd.Lanes(store.ReplicationQueue)
		if err != nil {
			return err
		}
		next, _ := slices.BinarySearch(lanes, f.turn+1)
		lanes = append(lanes[next:], lanes[:next]...)
		// Lane 0 is what was queued before there were lanes.
		for _, lane := range append([]store.Lane{0}, lanes...) {
			if len(chosen) >= f.room() {
				return nil
			}
			k, err := r.first(rd, lane, f)
			if err != nil {
				return err
			}
			if k == nil {
				continue
			}
			if chosen = append(chosen, k); lane != 0 {
				f.turn = lane
			}
		}
		return nil
	})
	return chosen, err
}

// first is the first task of a lane that can begin, nil for none.
func (r *Replicator) first(rd *store.Reader, lane store.Lane, f *flights) (k *flight, err error) {
	if f.lanes[lane] >= replicationPerBucket {
		return nil, nil
	}
	seen := 0
	look := func(task *store.Task) error {
		var t replicationTask
		if json.Unmarshal(task.Payload, &t) != nil {
			return store.ErrCorrupt
		}
		at := flightKey{t.Bucket, t.Key}
		if f.tasks[task.ID] == nil && !f.keys[at] {
			k = &flight{Task: task, flightKey: at}
			return stop
		}
		if seen++; seen >= replicationWindow {
			return stop
		}
		return nil
	}
	if lane == 0 {
		return k, rd.ScanQueue(store.ReplicationQueue, r.store.Now(), look)
	}
	return k, rd.ScanLane(store.ReplicationQueue, lane, r.store.Now(), look)
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
