package live

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// noTrust is the trust policy of a role for which the case has none: it lets
// nobody of the case in.
const noTrust = openTrust

// setPolicies puts the bucket policies and trust policies in force, in the form in
// which they are stored: users and roles that are here by their unique ids, all
// else as the case has it.
func (p *player) setPolicies(ctx context.Context) error {
	err := p.g.Objects().Update(ctx, func(t *store.Txn) error {
		for _, account := range slices.Sorted(maps.Keys(p.c.Accounts)) {
			for name, b := range p.c.Accounts[account].Buckets {
				if !given(b.Policy) {
					continue
				}
				if _, err := t.UpdateBucket(name, func(made *store.Bucket) error {
					made.Policy = p.stored(b.Policy)
					return nil
				}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.g.Directory().Update(ctx, func(t *directory.Tx) error {
		for account, a := range p.c.Accounts {
			for name, r := range a.Roles {
				made, err := t.Role(account, name)
				if err != nil {
					return err
				}
				if made.Trust = noTrust; given(r.Trust) {
					made.Trust = string(p.stored(r.Trust))
				}
				if err := t.PutRole(made); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// stored is a document with unique ids in place of principals that are here.
func (p *player) stored(document json.RawMessage) []byte {
	var d map[string]json.RawMessage
	if json.Unmarshal(document, &d) != nil {
		return document
	}
	var statements []map[string]json.RawMessage
	if json.Unmarshal(d["Statement"], &statements) != nil {
		var one map[string]json.RawMessage
		if json.Unmarshal(d["Statement"], &one) != nil {
			return document
		}
		statements = append(statements, one)
	}
	for _, s := range statements {
		for _, element := range []string{"Principal", "NotPrincipal"} {
			if text, ok := s[element]; ok {
				s[element] = p.storedPrincipals(text)
			}
		}
	}
	d["Statement"] = encoded(statements)
	return encoded(d)
}

func (p *player) storedPrincipals(element json.RawMessage) json.RawMessage {
	var kinds map[string]json.RawMessage
	if json.Unmarshal(element, &kinds) != nil || kinds["AWS"] == nil {
		return element
	}
	var list []string
	if json.Unmarshal(kinds["AWS"], &list) != nil {
		var one string
		if json.Unmarshal(kinds["AWS"], &one) != nil {
			return element
		}
		list = append(list, one)
	}
	for i, value := range list {
		if id, ok := p.g.Directory().ResolvePrincipal(value); ok {
			list[i] = id
		}
	}
	kinds["AWS"] = encoded(list)
	return encoded(kinds)
}

// encoded is a value made of parsed JSON, which always encodes.
func encoded(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
