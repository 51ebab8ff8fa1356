package directory

import (
	"context"
	"errors"
)

// CanonicalID is the canonical user id of the account, "" if there is no such
// account.
func (d *Directory) CanonicalID(account string) string {
	a, ok := d.mem.Load().accounts.get(account)
	if !ok {
		return ""
	}
	if rec := a.rec.Load(); rec != nil {
		return rec.CanonicalID
	}
	return ""
}

// AccountName is what the account is called, "" if there is no such account.
func (d *Directory) AccountName(account string) string {
	a, ok := d.mem.Load().accounts.get(account)
	if !ok {
		return ""
	}
	if rec := a.rec.Load(); rec != nil {
		return rec.Name
	}
	return ""
}

// AccountByCanonicalID is the account with the canonical user id, "" if there is
// none.
func (d *Directory) AccountByCanonicalID(ctx context.Context, id string) (string, error) {
	if account := d.mem.Load().canonicalAccount(id); account != "" {
		return account, nil
	}
	// It may have been made a moment ago through another gateway.
	if err := d.glance(ctx); err != nil {
		return "", err
	}
	return d.mem.Load().canonicalAccount(id), nil
}

func (m *memory) canonicalAccount(id string) string {
	if a, ok := m.canonical.get(id); ok && a.rec.Load() != nil {
		return a.id
	}
	return ""
}

// AccountByEmail is the account with the e-mail address, without regard to case,
// "" if there is none.
func (d *Directory) AccountByEmail(ctx context.Context, email string) (account string, err error) {
	err = d.View(ctx, func(t *ReadTx) error {
		a, err := t.AccountByEmail(email)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err == nil {
			account = a.ID
		}
		return err
	})
	return account, err
}
