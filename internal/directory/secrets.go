package directory

import (
	"fmt"

	"github.com/sallyport/sallyport/internal/seal"
)

func keyAAD(id string) []byte { return seal.AAD("access key", id) }

func accountAAD(id string) []byte { return seal.AAD("account key", id) }

func tokenAAD() []byte { return seal.AAD("session token") }

func (d *Directory) sealSecret(secret, id string) []byte {
	return seal.Wrap(d.master, []byte(secret), keyAAD(id))
}

func (d *Directory) openSecret(sealed []byte, id string) (string, error) {
	plain, err := seal.Unwrap(d.master, sealed, keyAAD(id))
	if err != nil {
		return "", fmt.Errorf("directory: secret of %s: %w", id, err)
	}
	return string(plain), nil
}

// AccountKey is the account's default key, under which the data keys of its
// objects are wrapped. It is opened once. ErrNotFound: there is no such account.
func (d *Directory) AccountKey(id string) (seal.Key, error) {
	a, ok := d.mem.Load().accounts.get(id)
	if !ok {
		return seal.Key{}, ErrNotFound
	}
	if k := a.key.Load(); k != nil {
		return *k, nil
	}
	rec := a.rec.Load()
	if rec == nil {
		return seal.Key{}, ErrNotFound
	}
	k, err := seal.UnwrapKey(d.master, rec.WrappedKey, accountAAD(id))
	if err != nil {
		return seal.Key{}, fmt.Errorf("directory: key of account %s: %w", id, err)
	}
	a.key.Store(&k)
	return k, nil
}

// Seal seals a secret that a record is to hold, bound to what it is (such as
// "mfa seed") and whose, so that it opens in no other place.
func (t *Tx) Seal(secret []byte, what, whose string) []byte {
	return seal.Wrap(t.d.master, secret, seal.AAD(what, whose))
}

// Unseal opens what [Tx.Seal] sealed for the same what and whose.
func (t *ReadTx) Unseal(sealed []byte, what, whose string) ([]byte, error) {
	plain, err := seal.Unwrap(t.d.master, sealed, seal.AAD(what, whose))
	if err != nil {
		return nil, fmt.Errorf("directory: %s of %s: %w", what, whose, err)
	}
	return plain, nil
}
