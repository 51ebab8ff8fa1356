package importing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// defaultMaxSession is what AWS gives a role when nobody says how long its sessions
// may be, in seconds.
const defaultMaxSession = 3600

var (
	userRecords = records[directory.User]{
		load: func(t *directory.ReadTx, u *directory.User) (*directory.User, error) {
			return t.User(u.Account, u.Name)
		},
		create: (*directory.Tx).CreateUser, put: (*directory.Tx).PutUser, drop: (*directory.Tx).DeleteUser,
		rename: func(tx *directory.Tx, before, after *directory.User) error {
			u := *after
			u.Name = before.Name
			return tx.RenameUser(&u, after.Name)
		},
	}
	groupRecords = records[directory.Group]{
		load: func(t *directory.ReadTx, g *directory.Group) (*directory.Group, error) {
			return t.Group(g.Account, g.Name)
		},
		create: (*directory.Tx).CreateGroup, put: (*directory.Tx).PutGroup, drop: (*directory.Tx).DeleteGroup,
		rename: func(tx *directory.Tx, before, after *directory.Group) error {
			g := *after
			g.Name = before.Name
			return tx.RenameGroup(&g, after.Name)
		},
	}
	roleRecords = records[directory.Role]{
		load: func(t *directory.ReadTx, r *directory.Role) (*directory.Role, error) {
			return t.Role(r.Account, r.Name)
		},
		create: (*directory.Tx).CreateRole, put: (*directory.Tx).PutRole, drop: (*directory.Tx).DeleteRole,
	}
)

// finish adds what is to become of a holder to the plan.
func (d *draft) finish(record any, step func(*directory.Tx) error) {
	if d.had != nil && len(d.what) == 0 {
		d.p.unchanged[d.v.kind]++
		return
	}
	c := &change{Item: Item{d.v.kind, d.saved.Name, d.arn, d.what}, verb: changes, asks: d.asks, size: sizeOf(record), write: step}
	if d.had == nil {
		c.verb, c.What = creates, nil
	}
	d.p.add(c)
}

// here is what is here of something in the files: what has its unique id, be it
// under another name. What has its name and another id is something else, which
// only a prune takes away.
func here[T any](p *plan, e *awsexport.Entity, all map[string]*T, of func(*T) *directory.Entity, remove func(*T)) *T {
	if name, ok := p.names[e.ID]; ok && all[name] != nil && of(all[name]).ID == e.ID {
		if other := all[strings.ToLower(e.Name)]; other != nil && other != all[name] {
			p.replace(e, of(other), func() { remove(other) })
		}
		return all[name]
	}
	if found := all[strings.ToLower(e.Name)]; found != nil {
		p.replace(e, of(found), func() { remove(found) })
	}
	return nil
}

func (p *plan) replace(e *awsexport.Entity, had *directory.Entity, remove func()) {
	// The role that every account has from its beginning is AWS's there, and was made
	// anew here.
	given := had.Name == directory.AccessRole && strings.HasPrefix(e.ID, string(arn.PrefixRole))
	if !p.o.Prune && !given {
		p.wrong(e, "is here with the unique id %s, and in the files with %s; --prune replaces it", had.ID, e.ID)
		return
	}
	p.gone[had.ID] = true
	remove()
}

func (p *plan) planGroups() {
	for _, in := range p.export.Groups {
		had := here(p, &in.Entity, p.groups, func(g *directory.Group) *directory.Entity { return &g.Entity }, p.removeGroup)
		var h *directory.Holder
		if had != nil {
			h = &had.Holder
		}
		d := p.holder(ofGroup, &in.Holder, h)
		after := &directory.Group{Holder: d.saved}
		d.finish(after, groupRecords.step(had, after))
	}
}

func (p *plan) removeGroup(g *directory.Group) {
	p.remove(ofGroup, &g.Holder, g.ARN(), func(tx *directory.Tx) error {
		// Who is a member still was not one when the difference was told, or is a user
		// that is going to lose it: a group that is made anew comes after neither.
		members, err := tx.Members(g.ID, directory.Page{})
		if err != nil {
			return err
		}
		if len(members.Items) > 0 {
			return refuse("DeleteConflict", fmt.Sprintf("%s has members, such as %s, and cannot be replaced: remove them first.", g.ARN(), members.Items[0].Name))
		}
		return groupRecords.step(g, nil)(tx)
	})
}

func (p *plan) remove(v verbs, h *directory.Holder, entityARN string, step func(*directory.Tx) error) *draft {
	d := p.removal(v, h, entityARN)
	p.add(&change{Item: Item{v.kind, h.Name, entityARN, nil}, verb: removes, asks: d.asks, size: overhead, write: step})
	return d
}

func (p *plan) planUsers() {
	groups := map[string]*awsexport.Group{}
	for _, g := range p.export.Groups {
		groups[strings.ToLower(g.Name)] = g
	}
	for _, in := range p.export.Users {
		had := here(p, &in.Entity, p.users, func(u *directory.User) *directory.Entity { return &u.Entity }, p.removeUser)
		after, h := &directory.User{}, (*directory.Holder)(nil)
		if had != nil {
			*after, h = *had, &had.Holder
		}
		d := p.holder(ofUser, &in.Holder, h)
		after.Holder = d.saved
		after.Groups = d.memberships(in, had, groups)
		d.finish(after, userRecords.step(had, after))
	}
}

// memberships are the unique ids of a user's groups, those that it has first.
func (d *draft) memberships(in *awsexport.User, had *directory.User, groups map[string]*awsexport.Group) (ids []string) {
	want := map[string]string{} // id → ARN
	for _, name := range in.Groups {
		if g := groups[strings.ToLower(name)]; g != nil {
			want[g.ID] = g.ARN
		} else if g := d.p.groups[strings.ToLower(name)]; g != nil {
			want[g.ID] = g.ARN()
		} else {
			d.p.wrong(&in.Entity, "its group %s is neither in the files nor here", name)
		}
	}
	if had != nil {
		for _, id := range had.Groups {
			if want[id] != "" {
				ids = append(ids, id)
				continue
			}
			for _, g := range d.p.groups {
				if g.ID == id {
					d.what = append(d.what, "group "+g.Name+" goes")
					d.need(on("iam:RemoveUserFromGroup", g.ARN(), "group "+g.Name, d.p.account, nil))
				}
			}
		}
	}
	for _, id := range slices.Sorted(keysOf(want)) {
		if slices.Contains(ids, id) {
			continue
		}
		ids = append(ids, id)
		name := want[id][strings.LastIndexByte(want[id], '/')+1:]
		d.what = append(d.what, "group "+name)
		d.need(on("iam:AddUserToGroup", want[id], "group "+name, d.p.account, nil))
	}
	return ids
}

func (p *plan) removeUser(u *directory.User) {
	if p.proofs[u.ID] {
		p.problems = append(p.problems, awsexport.Problem{File: "here", What: u.ARN(),
			Message: "has an MFA device, an SSH key, a certificate or a service-specific credential: delete these before it is removed"})
	}
	d := p.remove(ofUser, &u.Holder, u.ARN(), func(tx *directory.Tx) error {
		// What nobody is left for would be whose the id is next, and in listings' way.
		has, err := otherCredentials(&tx.ReadTx, u)
		if err != nil {
			return err
		}
		if has {
			return refuse("DeleteConflict", fmt.Sprintf(
				"%s has a password, MFA devices, certificates, SSH keys or service-specific credentials, and cannot be removed: delete them first.", u.ARN()))
		}
		return userRecords.step(u, nil)(tx)
	})
	c := p.changes[len(p.changes)-1]
	for range u.AccessKeys {
		c.asks = append(c.asks, d.ask("iam:DeleteAccessKey"))
	}
}

// otherCredentials tells whether a user has credentials that DeleteUser does not take
// away.
func otherCredentials(t *directory.ReadTx, u *directory.User) (bool, error) {
	c, err := t.UserCredentials(u.Account, u.ID)
	if err != nil || len(c.MFA)+len(c.Signing)+len(c.SSHKeys)+len(c.Services) > 0 {
		return err == nil, err
	}
	_, err = directory.FindResource(t, &directory.LoginProfile{Account: u.Account, Owner: u.ID})
	if errors.Is(err, directory.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (p *plan) planRoles(ctx context.Context) error {
	for _, in := range p.export.Roles {
		if err := ctx.Err(); err != nil {
			return err
		}
		had := here(p, &in.Entity, p.roles, func(r *directory.Role) *directory.Entity { return &r.Entity }, p.removeRole)
		after, h := &directory.Role{MaxSession: defaultMaxSession}, (*directory.Holder)(nil)
		if had != nil {
			*after, h = *had, &had.Holder
		}
		d := p.holder(ofRole, &in.Holder, h)
		after.Holder = d.saved
		p.roleFacts(d, in, had, after)
		p.trust(ctx, d, in, had, after)
		p.checkLinked(in)
		d.finish(after, p.roleStep(in, had, after, d))
	}
	return nil
}

func (p *plan) roleFacts(d *draft, in *awsexport.Role, had, after *directory.Role) {
	if in.Description != nil {
		after.Description = *in.Description
	}
	if in.MaxSession != nil {
		after.MaxSession = *in.MaxSession
	}
	if had == nil {
		return
	}
	if had.Description != after.Description {
		d.what = append(d.what, "description")
	}
	if had.MaxSession != after.MaxSession {
		d.what = append(d.what, fmt.Sprintf("longest session, %d seconds", after.MaxSession))
	}
	if had.Description != after.Description || had.MaxSession != after.MaxSession {
		d.need(d.ask("iam:UpdateRole"))
	}
	if in.LastUsed.After(p.used[in.ID].Time) {
		d.what = append(d.what, "last use")
		d.need(d.ask("iam:UpdateRole"))
	}
}

func (p *plan) trust(ctx context.Context, d *draft, in *awsexport.Role, had, after *directory.Role) {
	stored := p.storeTrust(ctx, &in.Entity, in.Trust)
	if had != nil && sameDocument(had.Trust, stored) {
		return
	}
	after.Trust = stored
	if had != nil {
		d.what = append(d.what, "trust policy")
		d.need(d.ask("iam:UpdateAssumeRolePolicy"))
	}
}

// linkedService is the service whose service-linked role has the path, empty if it
// is no such path.
func linkedService(path string) string {
	rest, ok := strings.CutPrefix(path, directory.ServiceRolePath)
	if !ok {
		return ""
	}
	return strings.TrimSuffix(rest, "/")
}

// checkLinked refuses a service-linked role that somebody but a service is to assume:
// service control policies do not bind it.
func (p *plan) checkLinked(in *awsexport.Role) {
	if !strings.HasPrefix(in.Path, directory.ServiceRolePath) {
		return
	}
	doc, err := policy.Parse([]byte(in.Trust))
	if err != nil {
		return // which is told already
	}
	for i := range doc.Statements {
		s := &doc.Statements[i]
		services := s.Principal != nil && !s.Principal.Any &&
			!slices.ContainsFunc(s.Principal.Entries, func(e policy.PrincipalEntry) bool { return e.Type != policy.TypeService })
		if s.Effect == policy.Allow && !services {
			p.wrong(&in.Entity, "is a service-linked role, and its trust policy lets others in than services")
			return
		}
	}
}

// roleStep writes a role and when it was last used.
func (p *plan) roleStep(in *awsexport.Role, had, after *directory.Role, d *draft) func(*directory.Tx) error {
	step := roleRecords.step(had, after)
	if in.LastUsed.IsZero() {
		return step
	}
	return func(tx *directory.Tx) error {
		if err := step(tx); err != nil {
			return err
		}
		return tx.SetLastUsed(in.ID, directory.LastUsed{Time: in.LastUsed, Region: in.LastRegion})
	}
}

func (p *plan) removeRole(r *directory.Role) {
	p.remove(ofRole, &r.Holder, r.ARN(), roleRecords.step(r, nil))
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
