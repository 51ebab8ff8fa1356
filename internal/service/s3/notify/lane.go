package notify

import (
	"maps"
	"math/rand/v2"
	"time"

	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// lane is what is known of one destination while there are messages for it.
type lane struct {
	sending  map[store.ID]string // what is on its way, with its order
	late     map[string]hold     // by order, messages that failed and are sent again
	failures int                 // in a row
	since    time.Time           // of the first of them
	resume   time.Time           // nothing is sent before
}

// hold is a message that others about the same key wait for.
type hold struct {
	id    store.ID
	due   time.Time
	since time.Time // when it was first looked for, being due
}

// stale is after how long a message that is due and does not come up is not
// waited for any more: somebody else has sent it.
const stale = 5 * time.Minute

// hopeless is after how long without a success messages that are too old are
// given up without another try.
const hopeless = time.Hour

func newLane() *lane {
	return &lane{sending: map[store.ID]string{}, late: map[string]hold{}}
}

// settled notes that a message was taken, or given up after an error.
func (l *lane) settled(j *job, now time.Time, err error) {
	delete(l.sending, j.queued.ID)
	if l.late[j.Order].id == j.queued.ID {
		delete(l.late, j.Order)
	}
	if err != nil {
		l.failed(now)
		return
	}
	l.failures, l.resume, l.since = 0, time.Time{}, time.Time{}
}

// putOff notes that a message failed and is sent again when it is due.
func (l *lane) putOff(j *job, now, due time.Time) {
	delete(l.sending, j.queued.ID)
	l.late[j.Order] = hold{id: j.queued.ID, due: due}
	l.failed(now)
}

// failed notes a failure. A destination that fails again and again pauses.
func (l *lane) failed(now time.Time) {
	if l.failures == 0 {
		l.since = now
	}
	if l.failures++; l.failures >= shaky {
		l.resume = now.Add(jitter(backoff(l.failures-shaky, maxPause)))
	}
}

// job is a task that is to be sent.
type job struct {
	queued *store.Task
	*task
}

// old tells whether the message was tried for long enough.
func (k *task) old(now time.Time) bool { return now.Sub(time.UnixMilli(k.Made)) >= keep }

// picking is the choice of tasks to send. What was on its way when it began is
// left alone, whatever has become of it since: the rows are read as they were
// then.
type picking struct {
	now     time.Time
	room    int
	sending map[store.ID]string
	busy    map[string]bool
	holds   map[string]hold
	dead    bool // nothing was taken for long
	jobs    []*job
	behind  []put  // what waits for an earlier message about its key
	expired []*job // what is given up
}

// put is a task that is put off until due.
type put struct {
	*store.Task
	due time.Time
}

// picking begins a choice.
func (l *lane) picking(now time.Time) *picking {
	p := &picking{now: now, sending: maps.Clone(l.sending), busy: map[string]bool{}}
	p.dead = l.failures >= shaky && now.Sub(l.since) >= hopeless
	limit := perLane
	if l.failures >= shaky {
		limit = 1
	}
	if !now.Before(l.resume) {
		p.room = limit - len(p.sending)
	}
	for order := range maps.Values(p.sending) {
		p.busy[order] = true
	}
	for order, h := range l.late {
		switch {
		case p.room <= 0 || h.due.After(now):
		case h.since.IsZero():
			h.since = now
			l.late[order] = h
		case now.Sub(h.since) > stale:
			delete(l.late, order)
		}
	}
	p.holds = maps.Clone(l.late)
	return p
}

// see looks at the next task.
func (p *picking) see(k *store.Task) error {
	if _, ok := p.sending[k.ID]; ok {
		return nil
	}
	parsed, err := parseTask(k.Payload)
	if err != nil {
		return err
	}
	if p.dead && parsed.old(p.now) {
		p.expired = append(p.expired, &job{k, parsed})
		return nil
	}
	if p.busy[parsed.Order] {
		return nil
	}
	if h, ok := p.holds[parsed.Order]; ok && h.id != k.ID {
		if h.due.After(p.now) {
			p.behind = append(p.behind, put{k, h.due})
		}
		return nil
	}
	p.busy[parsed.Order] = true
	p.jobs = append(p.jobs, &job{k, parsed})
	return nil
}

// tidy writes what the choice means for tasks that are not sent.
func (p *picking) tidy(t *store.Txn) error {
	for _, k := range p.behind {
		if err := t.Requeue(k.Task, k.due); err != nil {
			return err
		}
	}
	for _, j := range p.expired {
		if err := t.Dequeue(j.queued); err != nil {
			return err
		}
	}
	return nil
}

// backoff is 1 s, doubled n times, up to most.
func backoff(n int, most time.Duration) time.Duration {
	if n > 20 {
		return most
	}
	return min(time.Second<<n, most)
}

// jitter adds up to half of d, so that what failed together is not tried
// together.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/2+1) }
