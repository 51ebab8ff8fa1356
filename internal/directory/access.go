package directory

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
)

// accessSpan is how exactly times of access are kept: of the uses within one
// only the first is written down.
const accessSpan = time.Minute

// Access is when and from where something was used.
type Access struct {
	Time   time.Time `json:"t"`
	Region string    `json:"r,omitempty"`
}

// ServiceAccess is what one user, role or root user used last: by service
// namespace ("s3") and, for tracked actions, by action ("s3:CreateBucket").
type ServiceAccess struct {
	Account   string            `json:"account"`
	Principal string            `json:"principal"` // unique id; the account's for its root user
	Used      map[string]Access `json:"used"`
}

// Place implements Resource.
func (s *ServiceAccess) Place() (k ResourceKind, account, name string) {
	return KindServiceAccess, s.Account, s.Principal
}

// accesses holds the accesses that are not yet written, by principal. Like uses,
// noting one that was noted lately costs a lookup and no lock that others wait
// for.
type accesses struct {
	entries *table[string, *accessEntry]
}

type accessEntry struct {
	account string
	mu      sync.Mutex                        // to add to used
	used    atomic.Pointer[map[string]*marks] // never changed in place
}

// marks is one thing that a principal used.
type marks struct{ last, written atomic.Pointer[Access] }

func newAccesses() *accesses { return &accesses{entries: newTable[string, *accessEntry]()} }

func (a *accesses) mark(account, principal, what string, at time.Time, region string) {
	e, ok := a.entries.get(principal)
	if !ok {
		e = a.entries.getOrSet(principal, &accessEntry{account: account})
	}
	m := e.mark(what)
	if old := m.last.Load(); old != nil && at.Sub(old.Time) < accessSpan && old.Region == region {
		return
	}
	m.last.Store(&Access{Time: at.UTC().Truncate(time.Second), Region: region})
}

func (e *accessEntry) mark(what string) *marks {
	if used := e.used.Load(); used != nil {
		if m, ok := (*used)[what]; ok {
			return m
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	grown := map[string]*marks{}
	if used := e.used.Load(); used != nil {
		if m, ok := (*used)[what]; ok {
			return m
		}
		maps.Copy(grown, *used)
	}
	m := new(marks)
	grown[what] = m
	e.used.Store(&grown)
	return m
}

// accessBatch is what one transaction writes for one principal.
type accessBatch struct {
	account string
	taken   map[string]*Access
	marks   map[string]*marks
}

// take is what was not flushed, of at most one batch of principals. It forgets
// principals of whom all is written.
func (a *accesses) take() map[string]*accessBatch {
	out := map[string]*accessBatch{}
	a.entries.sweep(func(principal string, e *accessEntry) bool {
		used := e.used.Load()
		if used == nil || len(out) == flushBatch {
			return true
		}
		b := &accessBatch{account: e.account, taken: map[string]*Access{}, marks: *used}
		for what, m := range *used {
			if last := m.last.Load(); last != nil && last != m.written.Load() {
				b.taken[what] = last
			}
		}
		if len(b.taken) > 0 {
			out[principal] = b
		}
		return len(b.taken) > 0
	})
	return out
}

// Accessed remembers that a caller tried now to use a service, by its namespace
// as policies have it, in a region; action is the tracked action or empty. It
// does no I/O; it is written in the background.
//
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html.
func (d *Directory) Accessed(c *Credential, namespace, action, region string) {
	if region == "" {
		region = d.opt.Region
	}
	principal, at := c.acct.id, d.now()
	if c.entry != nil {
		principal = c.entry.id
	}
	d.accesses.mark(c.acct.id, principal, namespace, at, region)
	if action != "" {
		d.accesses.mark(c.acct.id, principal, action, at, region)
	}
}

func (d *Directory) flushAccesses(ctx context.Context) error {
	for {
		batch := d.accesses.take()
		if len(batch) == 0 {
			return nil
		}
		err := d.store.Update(ctx, func(w kv.Txn) error {
			for principal, b := range batch {
				if err := d.writeAccess(w, principal, b); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, b := range batch {
			for what, last := range b.taken {
				b.marks[what].written.Store(last)
			}
		}
	}
}

// writeAccess leaves out principals that were deleted meanwhile and what another
// gateway has seen later.
func (d *Directory) writeAccess(w kv.Txn, principal string, b *accessBatch) error {
	owner := idKey(principal)
	if principal == b.account {
		owner = accountKey(principal)
	}
	if _, err := w.Get(owner); errors.Is(err, kv.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	t := &Tx{ReadTx: ReadTx{d: d, r: w}, w: w}
	rec, err := t.ServiceAccess(b.account, principal)
	if err != nil {
		return err
	}
	for what, last := range b.taken {
		if last.Time.After(rec.Used[what].Time) {
			rec.Used[what] = *last
		}
	}
	return t.SetResource(rec)
}

// ServiceAccess is what a principal of the account used last, as it was when
// Flush was last called.
func (t *ReadTx) ServiceAccess(account, principal string) (*ServiceAccess, error) {
	rec, err := FindResource(t, &ServiceAccess{Account: account, Principal: principal})
	if errors.Is(err, ErrNotFound) {
		rec, err = &ServiceAccess{Account: account, Principal: principal}, nil
	}
	if err == nil && rec.Used == nil {
		rec.Used = map[string]Access{}
	}
	return rec, err
}

// forgetAccess takes away what a principal used, with the principal.
func (t *Tx) forgetAccess(account, principal string) error {
	err := t.DeleteResource(&ServiceAccess{Account: account, Principal: principal})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
