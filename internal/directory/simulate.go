package directory

import (
	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// Simulated is the living user, group or role that an ARN names exactly, as a
// caller without credentials: what its requests would be decided with. A role's
// session has no name yet, and a group, which never calls, is a user without a
// name. ErrNotFound: there is no such entity.
func (d *Directory) Simulated(entityARN string) (*Credential, error) {
	p, err := arn.ParsePrincipal(entityARN)
	if err != nil {
		return nil, ErrNotFound
	}
	m := d.mem.Load()
	e := m.principal(p)
	if p.Kind == arn.KindGroup {
		if g, ok := m.named.get(string(entityKey(KindGroup, p.Account, p.Name))); ok && g.name == p.Name && g.path == p.Path {
			e = g
		}
	}
	if e == nil || p.Partition != arn.PartitionAWS {
		return nil, ErrNotFound
	}
	id := identityOf(e.acct, e, d.place(m, e.acct))
	switch e.kind {
	case KindGroup:
		*id.Principal = authz.Principal{Org: id.Principal.Org, Caller: policy.Caller{
			Kind: policy.CallerUser, Partition: p.Partition, Account: e.acct.id, CanonicalID: id.Principal.CanonicalID,
		}}
	case KindRole:
		id.Principal.UserID = ""
	}
	return id, nil
}
