package directory

import (
	"bytes"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// Page asks for a part of a listing.
type Page struct {
	PathPrefix string // keep only entities whose path begins so; empty keeps all
	After      string // Listing.Next of the page before; empty starts at the beginning
	Limit      int    // most items to return; below 1 there is no limit
}

// Listing is one page. Next is empty on the last one.
type Listing[T any] struct {
	Items []T
	Next  string
}

// Users lists the account's users by name in lower case.
func (t *ReadTx) Users(account string, p Page) (Listing[*User], error) {
	return listEntities[User](t, KindUser, account, p)
}

// Groups lists the account's groups by name in lower case.
func (t *ReadTx) Groups(account string, p Page) (Listing[*Group], error) {
	return listEntities[Group](t, KindGroup, account, p)
}

// Roles lists the account's roles by name in lower case.
func (t *ReadTx) Roles(account string, p Page) (Listing[*Role], error) {
	return listEntities[Role](t, KindRole, account, p)
}

// Policies lists the account's customer managed policies by name in lower case.
func (t *ReadTx) Policies(account string, p Page) (Listing[*ManagedPolicy], error) {
	return listEntities[ManagedPolicy](t, KindPolicy, account, p)
}

// Accounts lists all accounts by id. PathPrefix is not used.
func (t *ReadTx) Accounts(p Page) (Listing[*Account], error) {
	return list(t.r, dkey(tagAccount, 0), p, keepAll[Account])
}

// CreateRequests lists the CreateAccount requests by id.
func (t *ReadTx) CreateRequests(p Page) (Listing[*CreateRequest], error) {
	return list(t.r, dkey(tagRequest, 0), p, keepAll[CreateRequest])
}

// Members lists the users of a group by unique id.
func (t *ReadTx) Members(groupID string, p Page) (Listing[*User], error) {
	ids, err := t.pairs(tagMember, groupID, p)
	if err != nil {
		return Listing[*User]{}, err
	}
	out := Listing[*User]{Next: ids.Next}
	for _, id := range ids.Items {
		u, err := t.UserByID(id)
		if err != nil {
			return Listing[*User]{}, err
		}
		out.Items = append(out.Items, u)
	}
	return out, nil
}

// AttachedTo lists the unique ids of the users, groups and roles that the
// managed policy is attached to. [ReadTx.Locate] says which they are.
func (t *ReadTx) AttachedTo(policyARN string, p Page) (Listing[string], error) {
	return t.pairs(tagAttached, policyARN, p)
}

// BoundaryOf lists the unique ids of the users and roles that have the managed
// policy as their permissions boundary.
func (t *ReadTx) BoundaryOf(policyARN string, p Page) (Listing[string], error) {
	return t.pairs(tagBoundary, policyARN, p)
}

func keepAll[T any](*T) bool { return true }

type entityRecord[T any] interface {
	*T
	entity() *Entity
}

func listEntities[T any, R entityRecord[T]](t *ReadTx, k Kind, account string, p Page) (Listing[*T], error) {
	return list(t.r, entityPrefix(k, account, 0), p, func(rec *T) bool {
		return strings.HasPrefix(R(rec).entity().Path, p.PathPrefix)
	})
}

// after is the range of the keys with the prefix that come after the one p.After
// names.
func (p Page) after(prefix key.Key) kv.Range {
	r := kv.Prefix(prefix)
	if p.After != "" {
		r.Start = append(slices.Concat(prefix, []byte(p.After)), 0)
	}
	return r
}

func list[T any](r kv.Reader, prefix key.Key, p Page, keep func(*T) bool) (Listing[*T], error) {
	var out Listing[*T]
	var last []byte
	err := r.Scan(p.after(prefix), func(k, value []byte) error {
		rec := new(T)
		if err := decode(value, rec); err != nil {
			return err
		}
		if !keep(rec) {
			return nil
		}
		if p.Limit > 0 && len(out.Items) == p.Limit {
			out.Next = string(last)
			return kv.Stop
		}
		out.Items = append(out.Items, rec)
		last = bytes.Clone(k[len(prefix):])
		return nil
	})
	return out, err
}

func (t *ReadTx) pairs(tag byte, first string, p Page) (Listing[string], error) {
	return t.names(pairKey(tag, first, ""), p)
}

// names lists what the keys of an index have behind the prefix.
func (t *ReadTx) names(prefix key.Key, p Page) (Listing[string], error) {
	var out Listing[string]
	err := t.r.Scan(p.after(prefix), func(k, _ []byte) error {
		if p.Limit > 0 && len(out.Items) == p.Limit {
			out.Next = out.Items[len(out.Items)-1]
			return kv.Stop
		}
		out.Items = append(out.Items, string(k[len(prefix):]))
		return nil
	})
	return out, err
}
