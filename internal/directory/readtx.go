package directory

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// ReadTx reads one consistent state of the directory's records. It is valid
// only inside the function it was passed to. Every record it returns is the
// caller's own copy. A record that is not there is ErrNotFound; names are looked
// up without regard to case.
type ReadTx struct {
	d *Directory
	r kv.Reader
}

// Account is the account with the id.
func (t *ReadTx) Account(id string) (*Account, error) {
	return load[Account](t.r, accountKey(id))
}

// AccountByEmail is the account with the e-mail address.
func (t *ReadTx) AccountByEmail(email string) (*Account, error) {
	id, err := t.r.Get(emailKey(email))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return t.Account(string(id))
}

// Organization is the installation's first organization.
func (t *ReadTx) Organization() (*Organization, error) {
	return load[Organization](t.r, orgKey(""))
}

// CreateRequest is the CreateAccount request with the id car-….
func (t *ReadTx) CreateRequest(id string) (*CreateRequest, error) {
	return load[CreateRequest](t.r, requestKey(id))
}

// User is the account's user with the name.
func (t *ReadTx) User(account, name string) (*User, error) {
	return load[User](t.r, entityKey(KindUser, account, name))
}

// Group is the account's group with the name.
func (t *ReadTx) Group(account, name string) (*Group, error) {
	return load[Group](t.r, entityKey(KindGroup, account, name))
}

// Role is the account's role with the name.
func (t *ReadTx) Role(account, name string) (*Role, error) {
	return load[Role](t.r, entityKey(KindRole, account, name))
}

// Policy is the account's managed policy with the name, whatever its path.
func (t *ReadTx) Policy(account, name string) (*ManagedPolicy, error) {
	return load[ManagedPolicy](t.r, entityKey(KindPolicy, account, name))
}

// PolicyByARN is the managed policy with exactly this ARN: a customer's, or one
// that AWS manages.
func (t *ReadTx) PolicyByARN(policyARN string) (*ManagedPolicy, error) {
	if p := awsManaged(policyARN); p != nil {
		return p, nil
	}
	account, name, ok := splitPolicyARN(policyARN)
	if !ok {
		return nil, ErrNotFound
	}
	p, err := t.Policy(account, name)
	if err != nil {
		return nil, err
	}
	if p.ARN() != policyARN {
		return nil, ErrNotFound
	}
	return p, nil
}

// splitPolicyARN is the account and the name of arn:aws:iam::ACCOUNT:policy/PATH/NAME.
func splitPolicyARN(policyARN string) (account, name string, ok bool) {
	rest, ok := strings.CutPrefix(policyARN, "arn:aws:iam::")
	if !ok {
		return "", "", false
	}
	account, rest, ok = strings.Cut(rest, ":")
	if !ok || !strings.HasPrefix(rest, "policy/") {
		return "", "", false
	}
	name = rest[strings.LastIndexByte(rest, '/')+1:]
	return account, name, name != ""
}

// UserByID is the user with the unique id AIDA….
func (t *ReadTx) UserByID(id string) (*User, error) { return loadByID[User](t, KindUser, id) }

// GroupByID is the group with the unique id AGPA….
func (t *ReadTx) GroupByID(id string) (*Group, error) { return loadByID[Group](t, KindGroup, id) }

// RoleByID is the role with the unique id AROA….
func (t *ReadTx) RoleByID(id string) (*Role, error) { return loadByID[Role](t, KindRole, id) }

// Locate says which entity has the unique id.
func (t *ReadTx) Locate(id string) (k Kind, account, name string, err error) {
	value, err := t.r.Get(idKey(id))
	if errors.Is(err, kv.ErrNotFound) {
		return 0, "", "", ErrNotFound
	}
	if err != nil {
		return 0, "", "", err
	}
	p := key.Parse(value)
	k, account, name = Kind(p.Byte()), p.Str(), p.Raw()
	if p.End() != nil {
		return 0, "", "", ErrCorrupt
	}
	return k, account, name, nil
}

func loadByID[T any](t *ReadTx, want Kind, id string) (*T, error) {
	k, account, name, err := t.Locate(id)
	if err != nil {
		return nil, err
	}
	if k != want {
		return nil, ErrNotFound
	}
	return load[T](t.r, entityKey(k, account, name))
}

// AccessKey is the long-term access key with the id.
func (t *ReadTx) AccessKey(id string) (*AccessKey, error) {
	return load[AccessKey](t.r, accessKeyKey(id))
}

// LastUsed is when the access key or role with the id was last used, the zero
// value if never. It knows the uses of the last few seconds on this gateway.
func (t *ReadTx) LastUsed(id string) (LastUsed, error) {
	stored, err := load[LastUsed](t.r, lastUsedKey(id))
	if errors.Is(err, ErrNotFound) {
		stored, err = new(LastUsed), nil
	}
	if err != nil {
		return LastUsed{}, err
	}
	return t.d.uses.latest(id, *stored), nil
}

// Count is the number of entities of the kind in the account.
func (t *ReadTx) Count(account string, k Kind) (int, error) {
	value, err := t.r.Get(countKey(account, k))
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

// Now is the time by the directory's clock, in UTC.
func (t *ReadTx) Now() time.Time { return t.d.now() }
