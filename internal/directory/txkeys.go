package directory

import (
	"slices"

	"github.com/sallyport/sallyport/arn"
)

// CreateAccessKey makes an access key for a stored user, or for the root user
// of the account when u is nil, and adds it to the owner's record and to
// u.AccessKeys. The secret is returned here and never again.
func (t *Tx) CreateAccessKey(account string, u *User) (k *AccessKey, secret string, err error) {
	k = &AccessKey{Account: account, Owner: account, Status: KeyActive, Created: t.d.now()}
	if u != nil {
		k.Owner = u.ID
	}
	if k.ID, secret, err = t.d.newKeyPair(arn.PrefixAccessKey, account); err != nil {
		return nil, "", err
	}
	if taken, err := t.exists(accessKeyKey(k.ID)); err != nil {
		return nil, "", err
	} else if taken {
		return nil, "", ErrExists
	}
	k.Sealed = t.d.sealSecret(secret, k.ID)
	if err := t.putTracked(accessKeyKey(k.ID), k); err != nil {
		return nil, "", err
	}
	if u != nil {
		stored, err := t.UserByID(u.ID)
		if err != nil {
			return nil, "", err
		}
		stored.AccessKeys = append(stored.AccessKeys, k.ID)
		u.AccessKeys = stored.AccessKeys
		return k, secret, t.PutUser(stored)
	}
	a, err := t.Account(account)
	if err != nil {
		return nil, "", err
	}
	a.RootKeys = append(a.RootKeys, k.ID)
	return k, secret, t.PutAccount(a)
}

// PutAccessKey replaces an access key's record, to change its status.
func (t *Tx) PutAccessKey(k *AccessKey) error {
	if _, err := t.AccessKey(k.ID); err != nil {
		return err
	}
	return t.putTracked(accessKeyKey(k.ID), k)
}

// DeleteAccessKey removes an access key and takes it off its owner's record. A
// *User that the caller read before is stale afterwards.
func (t *Tx) DeleteAccessKey(id string) error {
	k, err := t.AccessKey(id)
	if err != nil {
		return err
	}
	if err := t.dropKey(id); err != nil {
		return err
	}
	if k.Owner == k.Account {
		a, err := t.Account(k.Account)
		if err != nil {
			return err
		}
		a.RootKeys = without(a.RootKeys, id)
		return t.PutAccount(a)
	}
	u, err := t.UserByID(k.Owner)
	if err != nil {
		return err
	}
	u.AccessKeys = without(u.AccessKeys, id)
	return t.PutUser(u)
}

func (t *Tx) dropKey(id string) error {
	if err := t.w.Delete(lastUsedKey(id)); err != nil {
		return err
	}
	return t.deleteTracked(accessKeyKey(id))
}

func without(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(s string) bool { return s == id })
}
