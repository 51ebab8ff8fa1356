package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/seal"
)

// ErrEmailExists is returned when another account has the e-mail address.
var ErrEmailExists = errors.New("directory: e-mail address is taken")

// Options are what a Directory needs to know. The zero value of each is good.
type Options struct {
	Clock        func() time.Time // time.Now
	Rand         io.Reader        // crypto/rand.Reader
	Region       string           // for last-used records that name none; us-east-1
	Logger       *slog.Logger     // slog.Default
	PollInterval time.Duration    // how often to look for other gateways' changes; 250 ms
	// FlushInterval is how often last-used times are written; 5 s.
	FlushInterval time.Duration
	// TokenCache is how many opened session tokens to keep; 16,384.
	TokenCache int
	// Place says where an account stands in place of what is stored, for trials
	// with accounts of no organization or of another one. What it does not know it
	// leaves to the store.
	Place func(account string) (at Place, ok bool)
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.PollInterval <= 0 {
		o.PollInterval = 250 * time.Millisecond
	}
	if o.FlushInterval <= 0 {
		o.FlushInterval = 5 * time.Second
	}
	if o.TokenCache <= 0 {
		o.TokenCache = 16 << 10
	}
	return o
}

// Directory is one gateway's view of the accounts and principals. It is safe
// for concurrent use.
type Directory struct {
	store  kv.Store
	master seal.Key
	opt    Options

	// writing is held, as a semaphore of one, while the store's state is being
	// brought into memory, so that a later state is never replaced by an earlier.
	writing chan struct{}
	applied atomic.Uint64 // last log entry that memory reflects

	mem      atomic.Pointer[memory]
	uses     *uses
	accesses *accesses
	tokens   *tokenCache

	stop    context.CancelFunc
	running sync.WaitGroup
}

// Open reads the directory into memory and starts following the changes of
// other gateways. Secrets are sealed under the master key. The caller keeps the
// store and closes it after the Directory.
func Open(ctx context.Context, store kv.Store, master seal.Key, opt Options) (*Directory, error) {
	opt = opt.withDefaults()
	d := &Directory{
		store: store, master: master, opt: opt,
		writing: make(chan struct{}, 1),
		uses:    newUses(), accesses: newAccesses(),
		tokens: newTokenCache(opt.TokenCache),
	}
	if err := d.reload(ctx); err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	d.stop = stop
	d.running.Go(func() { d.every(background, opt.PollInterval, "follow the directory's changes", d.Sync) })
	d.running.Go(func() { d.every(background, opt.FlushInterval, "write last-used times", d.Flush) })
	return d, nil
}

// every calls fn again and again until ctx ends.
func (d *Directory) every(ctx context.Context, interval time.Duration, what string, fn func(context.Context) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := fn(ctx); err != nil && ctx.Err() == nil {
			d.opt.Logger.Error("directory: cannot "+what, "error", err)
		}
	}
}

// Close stops the background work and writes what is left of the last-used
// times.
func (d *Directory) Close() error {
	d.stop()
	d.running.Wait()
	return d.Flush(context.Background())
}

// View runs fn on one consistent state of the records.
func (d *Directory) View(ctx context.Context, fn func(*ReadTx) error) error {
	return d.store.View(ctx, func(r kv.Reader) error { return fn(&ReadTx{d: d, r: r}) })
}

// Update runs fn in a serializable transaction. An error from fn is returned
// as it is and nothing is written. When Update returns nil the change is
// durable, this gateway's next request sees it, and other gateways see it within
// a second.
func (d *Directory) Update(ctx context.Context, fn func(*Tx) error) error {
	if err := d.lock(ctx); err != nil {
		return err
	}
	defer d.unlock()
	var tx *Tx
	var seq uint64
	err := d.store.Update(ctx, func(w kv.Txn) (err error) {
		tx = &Tx{ReadTx: ReadTx{d: d, r: w}, w: w, changes: map[string][]byte{}}
		if err := fn(tx); err != nil {
			return err
		}
		seq, err = tx.appendLog()
		return err
	})
	if err != nil || len(tx.order) == 0 {
		return err
	}
	d.apply(tx.order, tx.changes)
	if seq == d.applied.Load()+1 {
		d.applied.Store(seq)
	} else if err := d.catchUp(ctx); err != nil {
		// The change itself is durable and in memory; the poller tries again.
		d.opt.Logger.Error("directory: cannot follow changes", "error", err)
	}
	return nil
}

func (d *Directory) lock(ctx context.Context) error {
	select {
	case d.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (d *Directory) unlock() { <-d.writing }

func (d *Directory) now() time.Time { return d.opt.Clock().UTC() }
