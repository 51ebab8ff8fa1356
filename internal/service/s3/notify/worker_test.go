package notify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/kv"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

type oneKey struct{ seal.Key }

func (k oneKey) AccountKey(context.Context, string) (seal.Key, error) { return k.Key, nil }

// rig is a worker whose clock the test drives.
type rig struct {
	*Worker
	t     *testing.T
	kv    kv.Store
	store *store.Store
	log   *bytes.Buffer
	reg   *prometheus.Registry

	mu    sync.Mutex
	clock time.Time
}

func newRig(t *testing.T, o Options) *rig {
	r := &rig{t: t, kv: kvmemory.New(), clock: made, log: &bytes.Buffer{}}
	r.store = store.New(store.Options{KV: r.kv, Blobs: blobmemory.New(), Keys: oneKey{seal.NewKey()}, Now: r.now})
	r.start(o)
	return r
}

// start gives the rig another worker, as a server that starts again has.
func (r *rig) start(o Options) {
	o.Now, r.reg = r.now, prometheus.NewRegistry()
	r.Worker = NewWorker(WorkerOptions{
		Store: r.store, Targets: newTargets(r.t, o), Now: r.now, Registry: r.reg,
		Logger: slog.New(slog.NewTextHandler(r.log, nil)),
	})
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = r.clock.Add(d)
}

// queue queues messages about keys; each message is its key and a number.
func (r *rig) queue(name string, messages ...string) {
	r.t.Helper()
	for _, m := range messages {
		err := r.store.Update(r.t.Context(), func(t *store.Txn) error {
			return Enqueue(t, name, 1, m[:1], r.now(), []byte(m))
		})
		if err != nil {
			r.t.Fatal(err)
		}
		r.advance(time.Millisecond)
	}
}

// step sends what is due until nothing more is taken at this time.
func (r *rig) step() {
	r.t.Helper()
	for range 50 {
		if err := r.dispatch(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		r.sending.Wait()
	}
}

func (r *rig) pending() (n int) {
	r.t.Helper()
	err := r.store.View(r.t.Context(), func(v *store.Reader) (err error) {
		n, err = v.CountLanes(store.NotificationQueue, 1000)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *rig) want(pending int, d *destination, got ...string) {
	r.t.Helper()
	if n := r.pending(); n != pending {
		r.t.Errorf("%d messages wait, want %d", n, pending)
	}
	if taken := d.messages(); !slices.Equal(taken, got) {
		r.t.Errorf("the destination has %v, want %v", taken, got)
	}
}

// counter is what a counter has for the queue.
func (r *rig) counter(name string) float64 {
	r.t.Helper()
	families, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "sallyport_notifications_"+name+"_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			if m.GetLabel()[0].GetValue() == queue {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// destination is a queue that takes what refuse does not refuse.
type destination struct {
	*httptest.Server
	mu     sync.Mutex
	taken  []string
	tries  int
	refuse func(message string) bool
}

func newDestination(t *testing.T) *destination {
	d := &destination{refuse: func(string) bool { return false }}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		m := form.Get("MessageBody")
		d.mu.Lock()
		defer d.mu.Unlock()
		d.tries++
		if d.refuse(m) {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		d.taken = append(d.taken, m)
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *destination) messages() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.taken)
}

func (d *destination) set(refuse func(string) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse = refuse
}

func everything(string) bool { return true }
func nothing(string) bool    { return false }

func TestDelivers(t *testing.T) {
	d := newDestination(t)
	r := newRig(t, Options{Targets: []string{queue + "=" + d.URL}})
	r.queue(queue, "a1", "a2", "a3")
	r.step()
	r.want(0, d, "a1", "a2", "a3")
	if n := r.counter("delivered"); n != 3 {
		t.Errorf("%v delivered", n)
	}
}

func TestComesBack(t *testing.T) {
	d := newDestination(t)
	d.set(everything)
	r := newRig(t, Options{Targets: []string{queue + "=" + d.URL}})
	r.queue(queue, "a1")
	r.step()
	if d.tries != 1 {
		t.Fatalf("tried %d times at once", d.tries)
	}
	r.advance(999 * time.Millisecond)
	r.step()
	if d.tries != 1 {
		t.Fatal("tried again too soon")
	}
	r.queue(queue, "a2") // waits for a1 though nothing keeps it but that
	r.step()
	r.want(2, d)
	for n := range 5 {
		r.advance(backoff(n, maxDelay) * 2)
		r.step()
	}
	if d.tries < 4 {
		t.Errorf("tried %d times", d.tries)
	}
	d.set(nothing)
	r.advance(maxDelay * 2)
	r.step()
	r.want(0, d, "a1", "a2")
	if n := r.counter("failed"); n < 3 {
		t.Errorf("%v failures counted", n)
	}
}

// One message that is never taken holds up those about its key and no others.
func TestPoison(t *testing.T) {
	d := newDestination(t)
	d.set(func(m string) bool { return m == "a1" })
	r := newRig(t, Options{Targets: []string{queue + "=" + d.URL}})
	r.queue(queue, "a1", "a2", "b1", "c1", "a3")
	r.step()
	got := d.messages()
	slices.Sort(got)
	if !slices.Equal(got, []string{"b1", "c1"}) {
		t.Fatalf("got %v", got)
	}
	d.set(nothing)
	d.taken = nil
	r.advance(2 * time.Second)
	r.step()
	r.want(0, d, "a1", "a2", "a3")
}

func TestSlowDestinationHoldsUpNoOther(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(slow.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	d := newDestination(t)
	const dead = "arn:aws:sqs:us-east-1:111111111111:dead"
	r := newRig(t, Options{Targets: []string{queue + "=" + slow.URL, other + "=" + d.URL, dead + "=" + gone.URL}, Timeout: time.Minute})
	for i := range 2 * window {
		r.queue(queue, fmt.Sprintf("%c", 'a'+i%26)+"x")
		if i < 20 {
			r.queue(dead, fmt.Sprintf("%c", 'a'+i)+"x")
		}
	}
	r.queue(other, "a1", "a2", "b1")
	for len(d.messages()) < 3 { // fails by the test's own time if they wait for the slow one
		if err := r.dispatch(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-r.wake
	}
	r.Worker.mu.Lock()
	if n := len(r.lanes[laneOf(queue)].sending); n != perLane {
		t.Errorf("%d messages on their way to the slow destination, want %d", n, perLane)
	}
	r.Worker.mu.Unlock()
	close(release)
	r.sending.Wait()
}

func TestDeadDestinationIsProbed(t *testing.T) {
	d := newDestination(t)
	d.set(everything)
	r := newRig(t, Options{Targets: []string{queue + "=" + d.URL}})
	for c := range 26 {
		r.queue(queue, fmt.Sprintf("%c1", 'a'+c))
	}
	r.step()
	if d.tries > perLane {
		t.Errorf("tried %d times at once", d.tries)
	}
	tries := d.tries
	for range 20 {
		r.advance(2 * maxPause)
		r.step()
	}
	if d.tries-tries != 20 {
		t.Errorf("probed %d times in 20 pauses", d.tries-tries)
	}
	d.set(nothing)
	r.advance(2 * maxDelay)
	r.step()
	if n := len(d.messages()); n != 26 || r.pending() != 0 {
		t.Errorf("%d messages came, %d wait", n, r.pending())
	}
}

func TestGivesUp(t *testing.T) {
	d := newDestination(t)
	d.set(everything)
	r := newRig(t, Options{Targets: []string{queue + "=" + d.URL}})
	r.queue(queue, "a1")
	r.step()
	r.advance(keep - time.Minute)
	r.step()
	r.want(1, d)
	r.advance(maxDelay * 2)
	r.queue(queue, "b1")
	for range 3 {
		r.advance(maxPause * 2)
		r.step()
	}
	r.want(1, d)
	if n := r.counter("dropped"); n != 1 || !strings.Contains(r.log.String(), "gave up a notification") {
		t.Errorf("%v dropped; log %s", n, r.log)
	}
}

// What has waited too long for a destination that is dead goes without a try each.
func TestGivesUpAllThatIsOld(t *testing.T) {
	d := newDestination(t)
	d.set(everything)
	r := newRig(t, Options{Targets: []string{queue + "=" + d.URL}})
	for c := range 26 {
		r.queue(queue, fmt.Sprintf("%c1", 'a'+c))
	}
	r.step()
	for range 4 {
		r.advance(keep / 3)
		r.step()
	}
	r.want(0, d)
	if d.tries > 15 {
		t.Errorf("tried %d times", d.tries)
	}
	if n := r.counter("dropped"); n != 26 {
		t.Errorf("%v dropped", n)
	}
}

func TestUnknownDestination(t *testing.T) {
	r := newRig(t, Options{})
	r.queue(queue, "a1")
	r.step()
	if r.pending() != 1 || !strings.Contains(r.log.String(), queue) {
		t.Errorf("%d wait; log %s", r.pending(), r.log)
	}
}

func TestRestart(t *testing.T) {
	d := newDestination(t)
	d.set(everything)
	o := Options{Targets: []string{queue + "=" + d.URL}}
	r := newRig(t, o)
	r.queue(queue, "a1", "b1")
	r.step()
	d.set(nothing)
	r.start(o) // the one before was killed and has the lease still
	r.step()
	r.want(2, d)
	r.advance(leaseTime + 2*time.Second)
	r.step()
	if got := d.messages(); len(got) != 2 || r.pending() != 0 {
		t.Errorf("got %v, %d wait", got, r.pending())
	}
}

// A message whose acknowledgement was lost is sent again, under the same id.
func TestAtLeastOnce(t *testing.T) {
	at, seen := listen(t, 200)
	o := Options{Targets: []string{topic + "=" + at}}
	r := newRig(t, o)
	r.queue(topic, "a1")
	ctx, kill := context.WithCancel(t.Context())
	broken := store.New(store.Options{KV: readOnly{r.kv, kill}, Blobs: blobmemory.New(), Keys: oneKey{seal.NewKey()}, Now: r.now})
	w := NewWorker(WorkerOptions{Store: broken, Targets: newTargets(t, o), Now: r.now})
	w.asked, w.leading = r.now(), true
	if err := w.dispatch(ctx); err != nil {
		t.Fatal(err)
	}
	w.sending.Wait()
	r.step()
	first, second := <-seen, <-seen
	if id := first.Header.Get("X-Amz-Sns-Message-Id"); id == "" || id != second.Header.Get("X-Amz-Sns-Message-Id") {
		t.Errorf("ids %q and %q", id, second.Header.Get("X-Amz-Sns-Message-Id"))
	}
	if r.pending() != 0 {
		t.Error("it is not done")
	}
}

// readOnly is a store whose process dies when it is to write.
type readOnly struct {
	kv.Store
	kill func()
}

func (s readOnly) Update(context.Context, func(kv.Txn) error) error {
	s.kill()
	return kv.ErrClosed
}

func TestOneGatewayDelivers(t *testing.T) {
	d := newDestination(t)
	o := Options{Targets: []string{queue + "=" + d.URL}}
	r := newRig(t, o)
	first := r.Worker
	r.queue(queue, "a1")
	r.step()
	r.start(o)
	r.queue(queue, "a2")
	r.step()
	if r.leading || len(d.messages()) != 1 {
		t.Fatal("both deliver")
	}
	r.Worker = first
	r.step()
	r.want(0, d, "a1", "a2")
}

func TestRunEndsInGoodOrder(t *testing.T) {
	d := newDestination(t)
	r := newRig(t, Options{Targets: []string{queue + "=" + d.URL}})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	r.queue(queue, "a1")
	for tries := 0; len(d.messages()) == 0 || r.pending() > 0; tries++ { // a guard against hanging, not a verdict on speed
		if tries == 60_000 {
			t.Fatal("the message was not delivered")
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	<-done
	if err := r.store.Lease(t.Context(), leaseName, "another", time.Second); err != nil {
		t.Errorf("the lease was not given back: %v", err)
	}
}

func FuzzTask(f *testing.F) {
	k := task{ARN: queue, Order: "00", Made: 1, Attempts: 2, body: []byte("{}\n{}")}
	f.Add(k.encode())
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"attempts":-1}` + "\n"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		k, err := parseTask(payload)
		if err != nil {
			return
		}
		again, err := parseTask(k.encode())
		if err != nil || again.Made != k.Made || again.Attempts != k.Attempts || !bytes.Equal(again.body, k.body) {
			t.Errorf("%+v became %+v, %v", k, again, err)
		}
	})
}
