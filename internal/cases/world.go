package cases

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// world answers what a case's accounts hold. err keeps the first document that does not load.
type world struct {
	c     *Case
	err   error
	cache map[string]*policy.Policy // of texts; nil: every document is read anew
}

func (w *world) account(id string) *Account {
	if a := w.c.Accounts[id]; a != nil {
		return a
	}
	return &Account{}
}

func (w *world) org(id string) authz.Org {
	o := w.account(id).Org
	if o == nil {
		return authz.Org{}
	}
	out := authz.Org{ID: o.ID, Management: o.Management}
	if o.Path != "" {
		out.Paths = []string{o.Path}
	}
	return out
}

func (w *world) load(raw json.RawMessage, kind authz.SourceKind, on string) *authz.Document {
	if !given(raw) {
		return nil
	}
	p := w.cache[string(raw)]
	if p == nil {
		var err error
		if p, err = policy.Load(raw); err != nil {
			if w.err == nil {
				w.err = fmt.Errorf("policy of %s: %w", on, err)
			}
			return nil
		}
		if w.cache != nil {
			w.cache[string(raw)] = p
		}
	}
	return &authz.Document{Policy: p, Source: &authz.Source{Kind: kind, On: on}}
}

func (w *world) loadAll(raws []json.RawMessage, kind authz.SourceKind, on string) (out []authz.Document) {
	for _, raw := range raws {
		if d := w.load(raw, kind, on); d != nil {
			out = append(out, *d)
		}
	}
	return out
}

func (w *world) levels(raws [][]json.RawMessage, on string) (out []authz.Level) {
	for _, level := range raws {
		out = append(out, w.loadAll(level, authz.SourceOrganization, on))
	}
	return out
}

func (w *world) rcps(account string) []authz.Level {
	o := w.account(account).Org
	if o == nil || o.Management {
		return nil
	}
	return w.levels(o.RCPs, account)
}

// bucket finds a bucket by name.
func (w *world) bucket(name string) (account string, b *Bucket) {
	for id, a := range w.c.Accounts {
		if b := a.Buckets[name]; b != nil {
			return id, b
		}
	}
	return "", nil
}

// key finds a KMS key by ARN.
func (w *world) key(keyARN string) (account string, k *Key) {
	for id, a := range w.c.Accounts {
		if k := a.Keys[keyARN]; k != nil {
			return id, k
		}
	}
	return "", nil
}

// role finds a role by account and name, whatever its path; a role that the case does not spell out is an empty one.
func (w *world) role(account, name string) *Role {
	if r := w.account(account).Roles[name]; r != nil {
		return r
	}
	return &Role{}
}

func (w *world) user(account, name string) *User {
	if u := w.account(account).Users[name]; u != nil {
		return u
	}
	return &User{}
}

func (w *world) canonicalID(account string) string {
	if a := w.account(account); a.CanonicalID != "" {
		return a.CanonicalID
	}
	return strings.Repeat("0", arn.CanonicalIDLen-len(account)) + account
}

func pathOf(p string) string {
	if p == "" {
		return "/"
	}
	return p
}

// id makes up a unique id where the case gives none.
func id(given string, prefix arn.Prefix, account, name string) string {
	if given != "" {
		return given
	}
	made := string(prefix) + account
	for _, r := range strings.ToUpper(name) {
		if r >= 'A' && r <= 'Z' {
			made += string(r)
		}
	}
	return made
}

// exists tells whether a principal of a body policy is real.
func (w *world) exists(typ, value string) bool {
	if typ != policy.TypeAWS {
		return typ != policy.TypeCanonical || slices.ContainsFunc(keys(w.c.Accounts), func(a string) bool {
			return w.canonicalID(a) == value
		})
	}
	if arn.ValidAccountID(value) {
		return true
	}
	if arn.IsUniqueID(arn.PrefixUser, value) || arn.IsUniqueID(arn.PrefixRole, value) {
		return w.hasID(value)
	}
	p, err := arn.ParsePrincipal(value)
	if err != nil {
		return false
	}
	switch p.Kind {
	case arn.KindRoot, arn.KindFederatedUser:
		return true
	case arn.KindUser:
		u := w.account(p.Account).Users[p.Name]
		return u != nil && pathOf(u.Path) == p.Path
	case arn.KindRole:
		r := w.account(p.Account).Roles[p.Name]
		return r != nil && pathOf(r.Path) == p.Path
	case arn.KindAssumedRole:
		return w.account(p.Account).Roles[p.Name] != nil
	}
	return false
}

func (w *world) hasID(value string) bool {
	for _, a := range w.c.Accounts {
		for _, u := range a.Users {
			if u.ID == value {
				return true
			}
		}
		for _, r := range a.Roles {
			if r.ID == value {
				return true
			}
		}
	}
	return false
}

func keys[V any](m map[string]V) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// given tells whether a document is there; JSON's null is none.
func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }
