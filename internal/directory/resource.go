package directory

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// ResourceKind tells apart what an account has beside its principals and
// policies. Numbers are never used again; docs/format.md lists them.
type ResourceKind byte

// Kinds of resources.
const (
	KindInstanceProfile   ResourceKind = 1
	KindOIDCProvider      ResourceKind = 2  // name: the URL without its scheme
	KindSAMLProvider      ResourceKind = 3  //
	KindMFADevice         ResourceKind = 4  // name: of a virtual device
	KindServerCertificate ResourceKind = 5  //
	KindUserCredentials   ResourceKind = 6  // name: a user's unique id, or the account's id for its root user
	KindAccountSettings   ResourceKind = 7  // name: what is set
	KindDeletionTask      ResourceKind = 8  // name: id of the deletion of a service-linked role
	KindReport            ResourceKind = 9  // name: id of a job or report
	KindServiceAccess     ResourceKind = 10 // name: unique id of a principal
	KindCredentialReport  ResourceKind = 13 // name: "credentials"
	KindInstance          ResourceKind = 20 // name: i-…
	KindKeyPair           ResourceKind = 21 // name: of the key pair, case and all
	KindUserData          ResourceKind = 22 // name: i-…
	KindIdentitySigner    ResourceKind = 23 // of no account; name: ec2
	KindHandshake         ResourceKind = 30 // name: h-…
	KindDelegationRequest ResourceKind = 31 // name: its id
	// Of the partner's account, by the partner's id; of the owner's, by the request's.
	KindDelegationWorkflow ResourceKind = 32
	KindOwnedDelegation    ResourceKind = 33
)

// A Resource is the record of something that an account has beside its
// principals and policies. Reading one costs I/O: nothing of it is kept in
// memory, and other gateways see a change as soon as it is written.
type Resource interface {
	// Place is where the record is: names are unique per account and kind. A kind
	// whose names are equal without regard to case gives them in lower case.
	Place() (k ResourceKind, account, name string)
}

func resourceKey(k ResourceKind, account, name string) key.Key {
	return dkey(tagResource, len(account)+len(name)+1).Str(account).Byte(byte(k)).Raw(name)
}

func resourceCountKey(k ResourceKind, account string) key.Key {
	return dkey(tagResourceCount, len(account)+1).Str(account).Byte(byte(k))
}

// CreateResource adds a resource. ErrExists says that its place is taken.
func (t *Tx) CreateResource(r Resource) error {
	k, account, name := r.Place()
	at := resourceKey(k, account, name)
	if taken, err := t.exists(at); err != nil || taken {
		return errors.Join(err, cond(taken, ErrExists))
	}
	if err := t.countResources(k, account, 1); err != nil {
		return err
	}
	if err := t.refer(nil, r); err != nil {
		return err
	}
	return t.put(at, r)
}

// PutResource replaces the resource in its place. ErrNotFound: there is none.
func (t *Tx) PutResource(r Resource) error {
	old, err := t.stored(r)
	if err != nil {
		return err
	}
	if err := t.refer(old, r); err != nil {
		return err
	}
	k, account, name := r.Place()
	return t.put(resourceKey(k, account, name), r)
}

// SetResource creates the resource or replaces what is in its place.
func (t *Tx) SetResource(r Resource) error {
	err := t.PutResource(r)
	if errors.Is(err, ErrNotFound) {
		return t.CreateResource(r)
	}
	return err
}

// DeleteResource removes the resource in r's place. ErrNotFound: there is none.
func (t *Tx) DeleteResource(r Resource) error {
	old, err := t.stored(r)
	if err != nil {
		return err
	}
	if err := t.refer(old, nil); err != nil {
		return err
	}
	k, account, name := r.Place()
	if err := t.countResources(k, account, -1); err != nil {
		return err
	}
	return t.w.Delete(resourceKey(k, account, name))
}

func (t *Tx) countResources(k ResourceKind, account string, delta int) error {
	n, err := t.CountResources(k, account)
	if err != nil {
		return err
	}
	return t.w.Put(resourceCountKey(k, account), binary.AppendUvarint(nil, uint64(max(0, n+delta))))
}

// CountResources is the number of resources of the kind in the account.
func (t *ReadTx) CountResources(k ResourceKind, account string) (int, error) {
	value, err := t.r.Get(resourceCountKey(k, account))
	if errors.Is(err, kv.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, size := binary.Uvarint(value)
	if size <= 0 {
		return 0, ErrCorrupt
	}
	return int(n), nil
}

// resourceRecord is the pointer to the structure T of a resource.
type resourceRecord[T any] interface {
	*T
	Resource
}

// FindResource is the resource in the place that at has. ErrNotFound: there is
// none.
//
//	profile, err := directory.FindResource(t, &directory.InstanceProfile{Entity: …})
func FindResource[T any, R resourceRecord[T]](t *ReadTx, at R) (*T, error) {
	k, account, name := at.Place()
	return load[T](t.r, resourceKey(k, account, name))
}

// Resources lists resources of the kind and account that of has, by their places.
// Page.PathPrefix keeps those whose records embed [Entity] and have such a path;
// a nil keep keeps all others.
func Resources[T any, R resourceRecord[T]](t *ReadTx, of R, p Page, keep func(*T) bool) (Listing[*T], error) {
	k, account, _ := of.Place()
	return list(t.r, resourceKey(k, account, ""), p, func(rec *T) bool {
		if e, ok := any(rec).(interface{ entity() *Entity }); ok && !strings.HasPrefix(e.entity().Path, p.PathPrefix) {
			return false
		}
		return keep == nil || keep(rec)
	})
}
