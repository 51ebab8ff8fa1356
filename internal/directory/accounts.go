package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/seal"
)

// completeAccount fills in what a new account lacks.
func (t *Tx) completeAccount(a *Account) (err error) {
	if a.ID == "" {
		if a.ID, err = t.freeAccountID(); err != nil {
			return err
		}
	}
	if !arn.ValidAccountID(a.ID) {
		return fmt.Errorf("directory: %q is not an account id", a.ID)
	}
	if a.CanonicalID == "" {
		if a.CanonicalID, err = arn.NewCanonicalID(t.d.opt.Rand); err != nil {
			return err
		}
	}
	if a.WrappedKey == nil {
		a.WrappedKey = seal.WrapKey(t.d.master, seal.NewKey(), accountAAD(a.ID))
	}
	if a.Status == "" {
		a.Status = AccountActive
	}
	if a.JoinedMethod == "" {
		a.JoinedMethod = JoinedByCreation
	}
	if a.Joined.IsZero() {
		a.Joined = t.d.now()
	}
	return nil
}

// freeAccountID is a random id that no account has.
func (t *Tx) freeAccountID() (string, error) {
	for range 16 {
		id, err := arn.NewAccountID(t.d.opt.Rand)
		if err != nil {
			return "", err
		}
		if taken, err := t.exists(accountKey(id)); err != nil || !taken {
			return id, err
		}
	}
	return "", errors.New("directory: no free account id found")
}

// RootCredential is a root user's access key in clear.
type RootCredential struct {
	Account   Account
	KeyID     string
	SecretKey string
	Created   bool // the account did not exist before
}

// EnsureAccount is the account with the id or, when id is empty, the name; it
// is made if it does not exist. A new account gets an id (a random one if id is
// empty), a canonical id, the e-mail address NAME@example.com and an access key
// for its root user. The first account ever founds the organization.
//
// An account that exists without a root access key gets one. With id and name
// both given and the account existing under another name, the account is left
// as it is.
func (d *Directory) EnsureAccount(ctx context.Context, name, id string) (*RootCredential, error) {
	return d.ensureAccount(ctx, name, id, (*Tx).FoundAccount)
}

// EnsureMember is EnsureAccount, and in a new account that joins an organization
// makes the role for its management account, as CreateAccount of Organizations
// does.
func (d *Directory) EnsureMember(ctx context.Context, name, id string) (*RootCredential, error) {
	return d.ensureAccount(ctx, name, id, func(t *Tx, a *Account) error {
		return errors.Join(t.FoundAccount(a), t.openToManagement(a))
	})
}

func (d *Directory) ensureAccount(ctx context.Context, name, id string, found func(*Tx, *Account) error) (*RootCredential, error) {
	var out *RootCredential
	err := d.Update(ctx, func(t *Tx) error {
		out = &RootCredential{}
		a, err := t.accountNamed(name, id)
		if errors.Is(err, ErrNotFound) {
			out.Created = true
			a = &Account{ID: id, Name: name, Email: name + "@example.com"}
			err = found(t, a)
		}
		if err != nil {
			return err
		}
		if len(a.RootKeys) > 0 {
			out.KeyID = a.RootKeys[0]
			k, err := t.AccessKey(out.KeyID)
			if err != nil {
				return err
			}
			out.SecretKey, err = d.openSecret(k.Sealed, k.ID)
			out.Account = *a
			return err
		}
		k, secret, err := t.CreateAccessKey(a.ID, nil)
		if err != nil {
			return err
		}
		a.RootKeys = []string{k.ID}
		out.Account, out.KeyID, out.SecretKey = *a, k.ID, secret
		return nil
	})
	return out, err
}

// openToManagement makes the role for the management account in a new member.
func (t *Tx) openToManagement(a *Account) error {
	o, err := t.organizationOf(a)
	if errors.Is(err, ErrNotFound) || err == nil && o.Management == a.ID {
		return nil
	}
	if err != nil {
		return err
	}
	return t.CreateAccessRole(a.ID, o.Management, AccessRole)
}

// FoundAccount is CreateAccount, and for the first account of the installation
// also makes the organization, with it as the management account. Later accounts
// join that organization; where it was deleted they are in none.
func (t *Tx) FoundAccount(a *Account) error {
	_, err := t.Organization()
	if err == nil {
		return t.CreateAccount(a)
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	others, err := t.Accounts(Page{Limit: 1})
	if err != nil {
		return err
	}
	if a.Org = Standalone; len(others.Items) > 0 {
		return t.CreateAccount(a)
	}
	a.JoinedMethod = JoinedByInvitation
	if err := t.CreateAccount(a); err != nil {
		return err
	}
	return t.FoundOrganization(&Organization{Management: a.ID, Created: a.Joined}, a, true)
}

func (t *Tx) accountNamed(name, id string) (*Account, error) {
	if id != "" {
		return t.Account(id)
	}
	all, err := t.Accounts(Page{})
	if err != nil {
		return nil, err
	}
	// An account made first under the name wins over those that took it later.
	slices.SortStableFunc(all.Items, func(a, b *Account) int { return a.Joined.Compare(b.Joined) })
	for _, a := range all.Items {
		if a.Name == name {
			return a, nil
		}
	}
	return nil, ErrNotFound
}
