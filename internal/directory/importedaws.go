package directory

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// An account that was brought from AWS brings the policies that AWS manages and
// that it uses, as they were there. They are in force in that account alone,
// before those that the program ships: no account can change what AWS's policies
// mean in another.

const (
	tagImportedPolicy = 'w' // account, name → ManagedPolicy of AWS's as the account has it
	tagBuried         = 'v' // unique id of a user or role that is gone → its account
)

func importedPolicyKey(account, name string) key.Key {
	return dkey(tagImportedPolicy, len(account)+len(name)).Str(account).Raw(strings.ToLower(name))
}

// SetAWSPolicy keeps a policy that AWS manages as the account has it.
func (t *Tx) SetAWSPolicy(account string, p *ManagedPolicy) error {
	if p.Account != AWSAccount {
		return errors.New("directory: not a policy of AWS's: " + p.ARN())
	}
	return t.putTracked(importedPolicyKey(account, p.Name), p)
}

// DropAWSPolicy makes the account have the policy as the program ships it, if it
// does.
func (t *Tx) DropAWSPolicy(account, name string) error {
	return t.deleteTracked(importedPolicyKey(account, name))
}

// ImportedAWSPolicies are the policies that AWS manages which the account brought
// along, by name.
func (t *ReadTx) ImportedAWSPolicies(account string) ([]*ManagedPolicy, error) {
	l, err := list(t.r, importedPolicyKey(account, ""), Page{}, keepAll[ManagedPolicy])
	return l.Items, err
}

// ImportedAWSPolicy is one of these.
func (t *ReadTx) ImportedAWSPolicy(account, name string) (*ManagedPolicy, error) {
	return load[ManagedPolicy](t.r, importedPolicyKey(account, name))
}

// AWSManaged are the policies that AWS manages as the account has them, by name.
// The policies are not the caller's.
func (t *ReadTx) AWSManaged(account string) ([]*ManagedPolicy, error) {
	brought, err := t.ImportedAWSPolicies(account)
	if err != nil || len(brought) == 0 {
		return AWSManaged(), err
	}
	out := slices.DeleteFunc(AWSManaged(), func(shipped *ManagedPolicy) bool {
		return slices.ContainsFunc(brought, func(p *ManagedPolicy) bool { return strings.EqualFold(p.Name, shipped.Name) })
	})
	out = append(out, brought...)
	slices.SortFunc(out, func(a, b *ManagedPolicy) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return out, nil
}

// PolicyFor is PolicyByARN as the account has the policy.
func (t *ReadTx) PolicyFor(account, policyARN string) (*ManagedPolicy, error) {
	of, name, ok := splitPolicyARN(policyARN)
	if ok && of == AWSAccount {
		p, err := t.ImportedAWSPolicy(account, name)
		if err == nil && p.ARN() == policyARN {
			return p, nil
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	return t.PolicyByARN(policyARN)
}

// putImported brings a policy of AWS's that an account has of its own into
// memory. Its unique id is every account's and finds nothing.
func (m *memory) putImported(k string, p *ManagedPolicy) {
	e := m.newEntry(KindPolicy, &p.Entity)
	e.doc = m.docs.intern(p.Document())
	m.named.set(k, e)
}

// awsPolicy is the policy that AWS manages as the account has it, or nil.
func (m *memory) awsPolicy(account, policyARN, name string) *entry {
	if e, ok := m.named.get(string(importedPolicyKey(account, name))); ok && e.arn() == policyARN {
		return e
	}
	return awsCatalog().byARN[policyARN].entry
}

// Buried tells whose the user or role with the unique id was that is gone: an id
// is never anybody else's. ErrNotFound: there was none.
func (t *ReadTx) Buried(id string) (account string, err error) {
	value, err := t.r.Get(buriedKey(id))
	if errors.Is(err, kv.ErrNotFound) {
		return "", ErrNotFound
	}
	return string(value), err
}

// Bury says of a unique id, which nobody has or had here, that an account knows it as
// that of somebody who is gone.
func (t *Tx) Bury(id, account string) error {
	there, err := t.exists(idKey(id))
	if err != nil || there {
		return err
	}
	if _, err := t.Buried(id); !errors.Is(err, ErrNotFound) {
		return err
	}
	return t.w.Put(buriedKey(id), []byte(account))
}

func buriedKey(id string) key.Key { return dkey(tagBuried, len(id)).Str(id) }

// SetLastUsed writes when an access key or role was last used, if that is later
// than what is written.
func (t *Tx) SetLastUsed(id string, use LastUsed) error {
	stored, err := load[LastUsed](t.r, lastUsedKey(id))
	if err == nil && !use.Time.After(stored.Time) {
		return nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return t.put(lastUsedKey(id), &use)
}

// Same tells whether two records are equal as they are stored.
func Same(a, b any) (bool, error) {
	one, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	other, err := json.Marshal(b)
	return string(one) == string(other), err
}
