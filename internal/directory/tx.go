package directory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/internal/kv"
)

// Tx is a ReadTx that sees its own writes and can make more. The function it is
// passed to may be run again from the start, so it must have no effect outside
// that it does not reset at its start.
//
// Create methods fill in an empty ID and a zero Created, and fail with ErrExists
// when the name is taken. Put methods replace the record that has the same name
// and ID, and fail with ErrNotFound when there is none: a record read before
// the entity was deleted and made again does not overwrite its successor.
// Counts and the indexes behind Members, AttachedTo and BoundaryOf follow by
// themselves.
type Tx struct {
	ReadTx
	w kv.Txn

	changes map[string][]byte // key → record, nil when deleted; what memory and the log need
	order   []string
}

func (t *Tx) put(k []byte, rec any) error {
	value, err := encode(rec)
	if err != nil {
		return err
	}
	return t.w.Put(k, value)
}

// putTracked writes a record that memory holds too.
func (t *Tx) putTracked(k []byte, rec any) error {
	value, err := encode(rec)
	if err != nil {
		return err
	}
	t.track(k, value)
	return t.w.Put(k, value)
}

func (t *Tx) deleteTracked(k []byte) error {
	t.track(k, nil)
	return t.w.Delete(k)
}

func (t *Tx) track(k, value []byte) {
	if _, seen := t.changes[string(k)]; !seen {
		t.order = append(t.order, string(k))
	}
	t.changes[string(k)] = value
}

func (t *Tx) exists(k []byte) (bool, error) {
	_, err := t.w.Get(k)
	if errors.Is(err, kv.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// CreateAccount adds an account. Its ID, CanonicalID and WrappedKey are filled
// in when empty; the ID is then random. ErrExists says that the ID is taken,
// ErrEmailExists that the e-mail address is.
func (t *Tx) CreateAccount(a *Account) error {
	if err := t.completeAccount(a); err != nil {
		return err
	}
	if taken, err := t.exists(accountKey(a.ID)); err != nil || taken {
		return errors.Join(err, cond(taken, ErrExists))
	}
	if taken, err := t.exists(emailKey(a.Email)); err != nil || taken {
		return errors.Join(err, cond(taken, ErrEmailExists))
	}
	if err := t.w.Put(emailKey(a.Email), []byte(a.ID)); err != nil {
		return err
	}
	if err := t.putTracked(accountKey(a.ID), a); err != nil {
		return err
	}
	o, err := t.organizationOf(a)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.attachDefaults(o, a.ID)
}

// PutAccount replaces an account's record. Its e-mail address may change.
func (t *Tx) PutAccount(a *Account) error {
	old, err := t.Account(a.ID)
	if err != nil {
		return err
	}
	if !strings.EqualFold(old.Email, a.Email) {
		if taken, err := t.exists(emailKey(a.Email)); err != nil || taken {
			return errors.Join(err, cond(taken, ErrEmailExists))
		}
		if err := t.w.Delete(emailKey(old.Email)); err != nil {
			return err
		}
		if err := t.w.Put(emailKey(a.Email), []byte(a.ID)); err != nil {
			return err
		}
	}
	return t.putTracked(accountKey(a.ID), a)
}

// PutOrganization creates or replaces an organization.
func (t *Tx) PutOrganization(o *Organization) error { return t.putTracked(orgKey(o.Key), o) }

// PutCreateRequest creates or replaces the status of a CreateAccount request.
func (t *Tx) PutCreateRequest(r *CreateRequest) error { return t.put(requestKey(r.ID), r) }

// CreateUser adds a user.
func (t *Tx) CreateUser(u *User) error { return t.create(u) }

// PutUser replaces a user.
func (t *Tx) PutUser(u *User) error { return t.replace(u) }

// RenameUser replaces a user and gives it a new name. u carries the old name
// and is changed to the new one.
func (t *Tx) RenameUser(u *User, name string) error { return t.rename(u, name) }

// DeleteUser removes a user with its access keys and memberships.
func (t *Tx) DeleteUser(u *User) error {
	for _, id := range u.AccessKeys {
		if err := t.dropKey(id); err != nil {
			return err
		}
	}
	return t.remove(u)
}

// CreateGroup adds a group.
func (t *Tx) CreateGroup(g *Group) error { return t.create(g) }

// PutGroup replaces a group.
func (t *Tx) PutGroup(g *Group) error { return t.replace(g) }

// RenameGroup replaces a group and gives it a new name, as RenameUser does.
func (t *Tx) RenameGroup(g *Group, name string) error { return t.rename(g, name) }

// DeleteGroup removes a group. It must have no members: their records would go
// on naming it.
func (t *Tx) DeleteGroup(g *Group) error {
	members, err := t.pairs(tagMember, g.ID, Page{Limit: 1})
	if err != nil {
		return err
	}
	if len(members.Items) > 0 {
		return fmt.Errorf("directory: group %s has members", g.ID)
	}
	return t.remove(g)
}

// CreateRole adds a role.
func (t *Tx) CreateRole(r *Role) error { return t.create(r) }

// PutRole replaces a role.
func (t *Tx) PutRole(r *Role) error { return t.replace(r) }

// DeleteRole removes a role. Its sessions end at once.
func (t *Tx) DeleteRole(r *Role) error { return t.remove(r) }

// CreatePolicy adds a managed policy.
func (t *Tx) CreatePolicy(p *ManagedPolicy) error { return t.create(p) }

// PutPolicy replaces a managed policy.
func (t *Tx) PutPolicy(p *ManagedPolicy) error { return t.replace(p) }

// DeletePolicy removes a managed policy. Whatever still names it gets no
// permission from it; as a boundary it then allows nothing.
func (t *Tx) DeletePolicy(p *ManagedPolicy) error { return t.remove(p) }

// setCount adds delta to the number of entities of the kind.
func (t *Tx) setCount(account string, k Kind, delta int) error {
	n, err := t.Count(account, k)
	if err != nil {
		return err
	}
	return t.w.Put(countKey(account, k), binary.AppendUvarint(nil, uint64(max(0, n+delta))))
}

func cond(when bool, err error) error {
	if when {
		return err
	}
	return nil
}
