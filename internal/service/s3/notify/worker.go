package notify

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

const (
	// perLane is how many messages are on their way to one destination at a time.
	perLane = 8
	// window is how many tasks of a lane are looked at for some to send.
	window = 1000
	// keep is how long a message is tried.
	keep = 24 * time.Hour
	// shaky is after how many failures in a row, with no success between, a
	// destination is only probed: one message at a time, with pauses.
	shaky = 3
	// maxPause and maxDelay bound the pauses of a destination and of a message.
	maxPause, maxDelay = time.Minute, 15 * time.Minute

	leaseName = "notifications"
	// leaseTime is after how long another gateway takes over from one that died.
	leaseTime = 10 * time.Second
	// pollTime is how often tasks of other gateways, and tasks that come due, are
	// looked for.
	pollTime = time.Second
	// countTime is how often the tasks that wait are counted, and countMost how far.
	countTime, countMost = 15 * time.Second, 10_000
)

// WorkerOptions is what a Worker is made of.
type WorkerOptions struct {
	Store    *store.Store
	Targets  *Targets
	Now      func() time.Time // time.Now when nil; that of Store
	Logger   *slog.Logger
	Registry prometheus.Registerer // may be nil
}

// Worker delivers what is queued: each message at least once, unless nobody has
// taken it for a day. A message that fails is tried again after 1 s, 2 s, 4 s and
// so on up to 15 minutes, each time up to half of that more. A destination that is
// slow or gone holds up no other.
//
// Of the gateways that share a store one delivers at a time.
type Worker struct {
	store   *store.Store
	targets *Targets
	now     func() time.Time
	logger  *slog.Logger
	metrics *metrics
	holder  string

	leading bool // of the goroutine that runs dispatch alone, as are the next two
	asked   time.Time
	counted time.Time

	wake    chan struct{}
	sending sync.WaitGroup
	mu      sync.Mutex
	lanes   map[store.Lane]*lane
}

// NewWorker makes a Worker; Run does the work.
func NewWorker(o WorkerOptions) *Worker {
	w := &Worker{
		store: o.Store, targets: o.Targets, now: o.Now, logger: o.Logger, metrics: newMetrics(o.Registry),
		holder: rand.Text(), wake: make(chan struct{}, 1), lanes: map[store.Lane]*lane{},
	}
	if w.now == nil {
		w.now = time.Now
	}
	if w.logger == nil {
		w.logger = slog.New(slog.DiscardHandler)
	}
	return w
}

// Run delivers until the context ends.
func (w *Worker) Run(ctx context.Context) {
	poll := time.NewTicker(pollTime)
	defer poll.Stop()
	for ctx.Err() == nil {
		if err := w.dispatch(ctx); err != nil && ctx.Err() == nil {
			w.logger.Error("delivering notifications", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-poll.C:
		case <-w.wake:
		case <-w.store.Queued(store.NotificationQueue):
		}
	}
	w.sending.Wait()
	if w.leading {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime)
		defer cancel()
		if err := w.store.Release(ctx, leaseName, w.holder); err != nil {
			w.logger.Warn("giving back the lease of notifications", "error", err)
		}
	}
}

// dispatch begins to send what is due and finds room, and does not wait for it.
func (w *Worker) dispatch(ctx context.Context) error {
	now := w.now()
	var lanes []store.Lane
	err := w.store.View(ctx, func(r *store.Reader) (err error) {
		if now.Sub(w.counted) >= countTime {
			n, err := r.CountLanes(store.NotificationQueue, countMost)
			if err != nil {
				return err
			}
			w.metrics.pending.Set(float64(n))
			w.counted = now
		}
		lanes, err = r.Lanes(store.NotificationQueue)
		return err
	})
	if err != nil {
		return err
	}
	w.forget(lanes)
	if len(lanes) == 0 {
		return nil
	}
	if err := w.lead(ctx); err != nil || !w.leading {
		return err
	}
	var errs []error
	for _, id := range lanes {
		errs = append(errs, w.fill(ctx, id, now))
	}
	return errors.Join(errs...)
}

// lead takes or prolongs the lease when it is time to.
func (w *Worker) lead(ctx context.Context) error {
	now := w.now()
	if !w.asked.IsZero() && now.Sub(w.asked) < leaseTime/3 {
		return nil
	}
	err := w.store.Lease(ctx, leaseName, w.holder, leaseTime)
	w.asked = now
	w.leading = err == nil
	if errors.Is(err, store.ErrLeased) {
		return nil
	}
	return err
}

// errOld is why messages are given up that were not tried at last.
var errOld = errors.New("the destination takes nothing")

// forget drops what is known of lanes that are empty. Whether their destinations
// are shaky is found out again.
func (w *Worker) forget(lanes []store.Lane) {
	w.mu.Lock()
	defer w.mu.Unlock()
	there := map[store.Lane]bool{}
	for _, id := range lanes {
		there[id] = true
	}
	for id, l := range w.lanes {
		if !there[id] && len(l.sending) == 0 {
			delete(w.lanes, id)
		}
	}
}

// fill begins to send what is due in one lane, up to what the lane has room for.
func (w *Worker) fill(ctx context.Context, id store.Lane, now time.Time) error {
	w.mu.Lock()
	l := w.lanes[id]
	if l == nil {
		l = newLane()
		w.lanes[id] = l
	}
	p := l.picking(now)
	w.mu.Unlock()
	if p.room <= 0 {
		return nil
	}
	err := w.store.View(ctx, func(r *store.Reader) error {
		seen := 0
		return r.ScanLane(store.NotificationQueue, id, now, func(k *store.Task) error {
			if seen++; seen > window || len(p.jobs) >= p.room {
				return kv.Stop
			}
			return p.see(k)
		})
	})
	if err != nil {
		return err
	}
	if len(p.behind)+len(p.expired) > 0 {
		err = w.store.Update(ctx, p.tidy)
	}
	if err == nil {
		for _, j := range p.expired {
			w.givenUp(j.task, now, errOld)
		}
	}
	for _, j := range p.jobs {
		w.mu.Lock()
		l.sending[j.queued.ID] = j.Order
		w.mu.Unlock()
		w.sending.Go(func() { w.deliver(ctx, l, j) })
	}
	return err
}

// deliver sends a message once and notes what became of it.
func (w *Worker) deliver(ctx context.Context, l *lane, j *job) {
	defer signal(w.wake)
	id := j.queued.ID
	err := w.targets.Send(ctx, j.ARN, &Message{ID: uuid(id), Time: time.UnixMilli(j.Made), Body: j.body, From: j.From})
	if err != nil && ctx.Err() != nil { // the server ends: the message is as if it had not been sent
		w.mu.Lock()
		delete(l.sending, id)
		w.mu.Unlock()
		return
	}
	now := w.now()
	done, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime)
	defer cancel()
	label := w.targets.label(j.ARN)
	switch {
	case err == nil:
		w.metrics.delivered.WithLabelValues(label).Inc()
		w.note(done, j, func(t *store.Txn) error { return t.Dequeue(j.queued) })
	case j.old(now):
		w.metrics.failed.WithLabelValues(label).Inc()
		w.givenUp(j.task, now, err)
		w.note(done, j, func(t *store.Txn) error { return t.Dequeue(j.queued) })
	default:
		w.metrics.failed.WithLabelValues(label).Inc()
		w.putOff(done, l, j, now, err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	l.settled(j, now, err)
}

// putOff has a message that failed sent again later.
func (w *Worker) putOff(ctx context.Context, l *lane, j *job, now time.Time, failure error) {
	level := slog.LevelDebug
	if j.Attempts == 0 {
		level = slog.LevelWarn
	}
	w.logger.Log(ctx, level, "a notification was not taken", "target", j.ARN, "attempt", j.Attempts+1, "error", failure)
	due := now.Add(jitter(backoff(j.Attempts, maxDelay)))
	again := *j.task
	again.Attempts++
	w.note(ctx, j, func(t *store.Txn) error {
		k := *j.queued
		k.Payload = again.encode()
		return t.Requeue(&k, due)
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	l.putOff(j, now, due)
}

func (w *Worker) givenUp(k *task, now time.Time, err error) {
	w.metrics.dropped.WithLabelValues(w.targets.label(k.ARN)).Inc()
	w.logger.Error("gave up a notification", "target", k.ARN, "attempts", k.Attempts+1,
		"age", now.Sub(time.UnixMilli(k.Made)), "error", err)
}

// note writes what became of a message. If it cannot, the message is sent again.
func (w *Worker) note(ctx context.Context, j *job, fn func(*store.Txn) error) {
	if err := w.store.Update(ctx, fn); err != nil {
		w.logger.Error("noting what became of a notification", "target", j.ARN, "error", err)
	}
}

// signal wakes whoever waits for c, now or next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
