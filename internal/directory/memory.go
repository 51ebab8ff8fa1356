package directory

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/policy"
)

// memory is what authorizing needs of the records, indexed. Every value in the
// tables is replaced as a whole and never changed, apart from caches that only
// hold what follows from it.
type memory struct {
	accounts  *table[string, *account] // by id
	canonical *table[string, *account] // by canonical id
	named     *table[string, *entry]   // by key in the store
	byID      *table[string, *entry]   // by unique id
	keys      *table[string, *accessKey]
	docs      *interner

	// The organizations. orgGen counts the changes to any of them, and to accounts.
	orgs        *table[string, *Organization] // by key
	orgGen      atomic.Uint64
	units       *table[string, *OrganizationalUnit]
	orgPolicies *table[string, *orgPolicy]
	attachments *table[string, []string] // by target
}

// account is one account. gen counts the changes to anything in it: what was
// compiled from several of its entities is good while gen stays.
type account struct {
	id  string
	rec atomic.Pointer[Account] // nil while only its entities were seen
	gen atomic.Uint64
	key cached[seal.Key] // the account's default key, opened on first use

	place cached[place] // in the organization, found on first use
}

// entry is one user, group, role or managed policy.
type entry struct {
	kind       Kind
	acct       *account
	id         string
	name, path string
	tags       *policy.Tags
	inline     []inlineDoc
	attached   []string
	boundary   string
	groups     []string
	doc        *document // a role's trust policy, a managed policy's version in force
	maxSession int

	compiled cached[compiled]
}

type inlineDoc struct {
	name string
	doc  *document
}

type accessKey struct {
	id, account, owner string
	active             bool
	sealed             []byte
	identity           cached[Credential] // found on first use
}

func newMemory() *memory {
	m := &memory{
		accounts:  newTable[string, *account](),
		canonical: newTable[string, *account](),
		named:     newTable[string, *entry](),
		byID:      newTable[string, *entry](),
		keys:      newTable[string, *accessKey](),
		docs:      newInterner(),

		orgs:        newTable[string, *Organization](),
		units:       newTable[string, *OrganizationalUnit](),
		orgPolicies: newTable[string, *orgPolicy](),
		attachments: newTable[string, []string](),
	}
	for _, p := range AWSOrganizationPolicies() {
		m.orgPolicies.set(p.ID, &orgPolicy{p, &document{text: p.Content}})
	}
	return m
}

// reload reads everything.
func (d *Directory) reload(ctx context.Context) error {
	if err := d.lock(ctx); err != nil {
		return err
	}
	defer d.unlock()
	return d.reloadLocked(ctx)
}

func (d *Directory) reloadLocked(ctx context.Context) error {
	var m *memory
	var head uint64
	err := d.store.View(ctx, func(r kv.Reader) (err error) {
		m = newMemory()
		if head, err = logHead(r); err != nil {
			return err
		}
		for _, tag := range []byte{tagOrg, tagUnit, tagOrgPolicy, tagPolicies, tagAccount, byte(KindPolicy), tagImportedPolicy, byte(KindGroup), byte(KindUser), byte(KindRole), tagKey} {
			err := r.Scan(kv.Prefix(key.New(2, tagDirectory, tag)), func(k, value []byte) error {
				if err := m.put(string(k), value); err != nil {
					return fmt.Errorf("%w (key %q)", err, k)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.mem.Store(m)
	d.applied.Store(head)
	return nil
}

// apply brings changed records into memory; a nil value is a deletion. New
// values go in before old ones go out, so that an entity that was renamed is
// never missing. The caller holds the lock.
func (d *Directory) apply(order []string, changes map[string][]byte) {
	m := d.mem.Load()
	touched := map[*account]bool{}
	defer m.touchOrg(order)
	for _, k := range order {
		if changes[k] == nil {
			continue
		}
		m.touch(touched, k)
		if err := m.put(k, changes[k]); err != nil {
			// Better no entity than one that is out of date.
			d.opt.Logger.Error("directory: dropping a record", "key", k, "error", err)
			changes[k] = nil
		}
	}
	for _, k := range order {
		if changes[k] == nil {
			m.touch(touched, k)
			m.drop(k)
		}
	}
	for a := range touched {
		a.gen.Add(1)
	}
}

// touch notes the account of the entity with the key.
func (m *memory) touch(touched map[*account]bool, k string) {
	p := key.Parse([]byte(k))
	p.Byte()
	switch kind := p.Byte(); kind {
	case byte(KindUser), byte(KindGroup), byte(KindRole), byte(KindPolicy), tagImportedPolicy, tagAccount:
		touched[m.account(p.Str())] = true
	}
}

// touchOrg makes every account's place be found again if one of the keys is the
// organization's or an account's.
func (m *memory) touchOrg(order []string) {
	for _, k := range order {
		switch k[1] {
		case tagOrg, tagUnit, tagOrgPolicy, tagPolicies, tagAccount:
			m.orgGen.Add(1)
			return
		}
	}
}

// account is the account with the id, known or not.
func (m *memory) account(id string) *account {
	if a, ok := m.accounts.get(id); ok {
		return a
	}
	return m.accounts.getOrSet(id, &account{id: id})
}

func (m *memory) put(k string, value []byte) error {
	switch k[1] {
	case tagOrg:
		return putRecord(value, func(o *Organization) { m.orgs.set(o.Key, o) })
	case tagUnit:
		return putRecord(value, func(u *OrganizationalUnit) { m.units.set(u.ID, u) })
	case tagOrgPolicy:
		return putRecord(value, m.putOrgPolicy)
	case tagPolicies:
		return putRecord(value, func(a *Attachments) { m.attachments.set(a.Target, a.Policies) })
	case tagAccount:
		return putRecord(value, m.putAccount)
	case tagKey:
		return putRecord(value, m.putKey)
	case tagImportedPolicy:
		return putRecord(value, func(p *ManagedPolicy) { m.putImported(k, p) })
	case byte(KindUser):
		return putRecord(value, func(u *User) {
			e := m.holderEntry(KindUser, &u.Holder)
			e.groups = u.Groups
			m.putEntry(k, e)
		})
	case byte(KindGroup):
		return putRecord(value, func(g *Group) { m.putEntry(k, m.holderEntry(KindGroup, &g.Holder)) })
	case byte(KindRole):
		return putRecord(value, func(r *Role) {
			e := m.holderEntry(KindRole, &r.Holder)
			e.doc, e.maxSession = m.docs.intern(r.Trust), r.MaxSession
			m.putEntry(k, e)
		})
	case byte(KindPolicy):
		return putRecord(value, func(p *ManagedPolicy) {
			e := m.newEntry(KindPolicy, &p.Entity)
			e.doc = m.docs.intern(p.Document())
			m.putEntry(k, e)
		})
	}
	return nil
}

func putRecord[T any](value []byte, install func(*T)) error {
	rec := new(T)
	if err := decode(value, rec); err != nil {
		return err
	}
	install(rec)
	return nil
}

func (m *memory) putAccount(rec *Account) {
	a := m.account(rec.ID)
	a.rec.Store(rec)
	m.canonical.set(rec.CanonicalID, a)
}

func (m *memory) putOrgPolicy(p *OrganizationPolicy) {
	m.orgPolicies.set(p.ID, &orgPolicy{p, m.docs.intern(p.Content)})
}

func (m *memory) putKey(rec *AccessKey) {
	k := &accessKey{id: rec.ID, account: rec.Account, owner: rec.Owner, active: rec.Status == KeyActive, sealed: rec.Sealed}
	if old, ok := m.keys.get(rec.ID); ok && string(old.sealed) == string(k.sealed) {
		k.identity.Store(old.identity.Load()) // spares opening the secret again
	}
	m.keys.set(rec.ID, k)
}

func (m *memory) newEntry(k Kind, e *Entity) *entry {
	return &entry{kind: k, acct: m.account(e.Account), id: e.ID, name: e.Name, path: e.Path, tags: makeTags(e.Tags)}
}

func makeTags(tags []Tag) *policy.Tags {
	if len(tags) == 0 {
		return nil
	}
	byKey := make(map[string]string, len(tags))
	for _, t := range tags {
		byKey[t.Key] = t.Value
	}
	return policy.MakeTags(byKey)
}

func (m *memory) holderEntry(k Kind, h *Holder) *entry {
	e := m.newEntry(k, &h.Entity)
	e.attached, e.boundary = h.Attached, h.Boundary
	for _, p := range h.Inline {
		e.inline = append(e.inline, inlineDoc{p.Name, m.docs.intern(p.Document)})
	}
	return e
}

func (m *memory) putEntry(k string, e *entry) {
	old, ok := m.named.get(k)
	m.named.set(k, e)
	m.byID.set(e.id, e)
	if ok && old.id != e.id {
		m.dropID(old)
	}
}

func (m *memory) drop(k string) {
	p := key.Parse([]byte(k[2:]))
	switch k[1] {
	case tagKey:
		m.keys.delete(p.Str())
	case tagOrg:
		org := ""
		if len(k) > 2 {
			org = p.Str()
		}
		m.orgs.delete(org)
	case tagUnit:
		m.units.delete(p.Str())
	case tagOrgPolicy:
		m.orgPolicies.delete(p.Str())
	case tagPolicies:
		m.attachments.delete(p.Str())
	case tagImportedPolicy:
		m.named.delete(k)
	case byte(KindUser), byte(KindGroup), byte(KindRole), byte(KindPolicy):
		if old, ok := m.named.get(k); ok {
			m.named.delete(k)
			m.dropID(old)
		}
	case tagAccount:
		if a, ok := m.accounts.get(p.Str()); ok {
			if rec := a.rec.Swap(nil); rec != nil {
				m.canonical.delete(rec.CanonicalID)
			}
		}
	}
}

// dropID forgets the unique id of an entry unless it has moved to another.
func (m *memory) dropID(old *entry) {
	if now, ok := m.byID.get(old.id); ok && now == old {
		m.byID.delete(old.id)
	}
}
