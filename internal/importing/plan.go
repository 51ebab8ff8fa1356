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

// plan is the difference between an export and an account.
type plan struct {
	dir     *directory.Directory
	account string
	export  *awsexport.Export
	o       Options

	// What is here, by name in lower case.
	record   *directory.Account
	users    map[string]*directory.User
	groups   map[string]*directory.Group
	roles    map[string]*directory.Role
	policies map[string]*directory.ManagedPolicy
	brought  map[string]*directory.ManagedPolicy
	profiles map[string]*directory.InstanceProfile
	used     map[string]directory.LastUsed // by role id
	proofs   map[string]bool               // ids of users with MFA devices, SSH keys and the like

	ids     map[string]string // ARN → unique id of the files' users and roles
	names   map[string]string // unique id → name in lower case of what is here
	gone    map[string]bool   // unique ids that a replacement takes away
	absent  map[string]*absence
	absents []string

	having     map[string][]ask // by policy: to take it off what has it here
	changes    []*change
	bucketAsks []ask
	unchanged  map[string]int
	extra      []Item
	bucketed   map[string][]Item // created and changed buckets
	left       []awsexport.Left
	notes      []string
	problems   []awsexport.Problem
	// rootOnly is a change that the root user alone may make.
	rootOnly string
}

// absence is a principal that policies name and that is not here.
type absence struct {
	first string
	count int
}

func newPlan(d *directory.Directory, account string, export *awsexport.Export, o Options) *plan {
	p := &plan{
		dir: d, account: account, export: export, o: o,
		users: map[string]*directory.User{}, groups: map[string]*directory.Group{}, roles: map[string]*directory.Role{},
		policies: map[string]*directory.ManagedPolicy{}, brought: map[string]*directory.ManagedPolicy{},
		profiles: map[string]*directory.InstanceProfile{}, used: map[string]directory.LastUsed{}, proofs: map[string]bool{},
		ids: map[string]string{}, names: map[string]string{}, gone: map[string]bool{}, absent: map[string]*absence{}, unchanged: map[string]int{}, bucketed: map[string][]Item{},
		left: slices.Clone(export.Left),
	}
	for _, u := range export.Users {
		p.ids[u.ARN] = u.ID
	}
	for _, r := range export.Roles {
		p.ids[r.ARN] = r.ID
	}
	return p
}

// read takes what is here out of the directory.
func (p *plan) read(t *directory.ReadTx) (err error) {
	if p.record, err = t.Account(p.account); err != nil {
		return err
	}
	if err := p.readEntities(t); err != nil {
		return err
	}
	profiles, err := directory.Resources(t, &directory.InstanceProfile{Entity: directory.Entity{Account: p.account}}, directory.Page{}, nil)
	if err != nil {
		return err
	}
	for _, f := range profiles.Items {
		p.profiles[strings.ToLower(f.Name)], p.names[f.ID] = f, strings.ToLower(f.Name)
	}
	brought, err := t.ImportedAWSPolicies(p.account)
	if err != nil {
		return err
	}
	for _, v := range brought {
		p.brought[strings.ToLower(v.Name)] = v
	}
	return p.readIDs(t)
}

func (p *plan) readEntities(t *directory.ReadTx) error {
	users, err := t.Users(p.account, directory.Page{})
	if err != nil {
		return err
	}
	for _, u := range users.Items {
		p.users[strings.ToLower(u.Name)], p.names[u.ID] = u, strings.ToLower(u.Name)
	}
	groups, err := t.Groups(p.account, directory.Page{})
	if err != nil {
		return err
	}
	for _, g := range groups.Items {
		p.groups[strings.ToLower(g.Name)], p.names[g.ID] = g, strings.ToLower(g.Name)
	}
	roles, err := t.Roles(p.account, directory.Page{})
	if err != nil {
		return err
	}
	for _, r := range roles.Items {
		p.roles[strings.ToLower(r.Name)], p.names[r.ID] = r, strings.ToLower(r.Name)
	}
	policies, err := t.Policies(p.account, directory.Page{})
	for _, v := range policies.Items {
		p.policies[strings.ToLower(v.Name)], p.names[v.ID] = v, strings.ToLower(v.Name)
	}
	return err
}

// readIDs looks for what the files' unique ids are here, and when their roles were
// last used.
func (p *plan) readIDs(t *directory.ReadTx) error {
	err := t.EachUserCredentials(p.account, func(c *directory.UserCredentials) {
		p.proofs[c.Owner] = len(c.MFA)+len(c.SSHKeys)+len(c.Signing)+len(c.Services) > 0
	})
	if err != nil {
		return err
	}
	for _, u := range p.export.Users {
		if err := p.checkID(t, &u.Entity, directory.KindUser); err != nil {
			return err
		}
	}
	for _, g := range p.export.Groups {
		if err := p.checkID(t, &g.Entity, directory.KindGroup); err != nil {
			return err
		}
	}
	for _, v := range p.export.Policies {
		if err := p.checkID(t, &v.Entity, directory.KindPolicy); err != nil {
			return err
		}
	}
	for _, r := range p.export.Roles {
		if err := p.checkID(t, &r.Entity, directory.KindRole); err != nil {
			return err
		}
		use, err := t.LastUsed(r.ID)
		if err != nil {
			return err
		}
		p.used[r.ID] = use
	}
	return nil
}

// checkID refuses a unique id that is, or was, something else's: whatever still
// names it would mean another.
func (p *plan) checkID(t *directory.ReadTx, e *awsexport.Entity, kind directory.Kind) error {
	k, account, name, err := t.Locate(e.ID)
	switch {
	case err == nil && account != p.account:
		p.wrong(e, "its unique id %s is that of something of account %s here", e.ID, account)
		return nil
	case err == nil && (k != kind || !renames(kind) && !strings.EqualFold(name, e.Name)):
		p.wrong(e, "its unique id %s is that of %s %s here", e.ID, k, name)
		return nil
	case err == nil:
		return nil
	case !errors.Is(err, directory.ErrNotFound):
		return err
	}
	account, err = t.Buried(e.ID)
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return nil
	case err != nil:
		return err
	case account != p.account:
		p.wrong(e, "its unique id %s was that of a user or role of account %s, which is gone", e.ID, account)
	default:
		p.rootOnly = "gives " + e.ARN + " the unique id of what was deleted"
	}
	return nil
}

// renames tells whether things of the kind can be given another name.
func renames(k directory.Kind) bool { return k == directory.KindUser || k == directory.KindGroup }

func (p *plan) wrong(e *awsexport.Entity, format string, args ...any) {
	p.problems = append(p.problems, awsexport.Problem{File: e.File, What: e.ARN, Message: fmt.Sprintf(format, args...)})
}

// make finds the difference, in the order in which it is written.
func (p *plan) make(ctx context.Context) error {
	p.planAWSPolicies()
	p.planPolicies()
	p.planGroups()
	if err := p.planRoles(ctx); err != nil {
		return err
	}
	p.planUsers()
	p.checkProfileIDs()
	p.planProfiles()
	p.planRest()
	return nil
}

// importing is a context in which policies are stored as AWS has them.
func (p *plan) importing(ctx context.Context) context.Context {
	return directory.Importing(ctx, func(principalARN string) (string, bool) {
		id, ok := p.ids[principalARN]
		return id, ok
	})
}

// storeTrust puts unique ids in place of ARNs, and notes who is not here.
func (p *plan) storeTrust(ctx context.Context, of *awsexport.Entity, text string) string {
	if _, err := policy.Validate([]byte(text), policy.Trust, policy.Options{}); err != nil {
		p.malformed(of, "trust policy", err)
		return ""
	}
	ctx = p.importing(ctx)
	stored, err := policy.RewritePrincipals([]byte(text), func(kind, value string) (string, error) {
		stored, err := p.dir.StorePrincipal(ctx, kind, value)
		if err == nil {
			p.noteAbsent(of.ARN, kind, value)
		}
		return stored, err
	})
	var bad *directory.PrincipalError
	switch {
	case errors.As(err, &bad):
		p.wrong(of, `MalformedPolicyDocument: Invalid principal in policy: "%s":"%s"`, strings.ToUpper(bad.Type), bad.Value)
	case err != nil:
		p.malformed(of, "trust policy", err)
	}
	return string(stored)
}

// noteAbsent notes a user, role or account that is not here.
func (p *plan) noteAbsent(on, kind, value string) {
	if kind == policy.TypeAWS && deadID(value) {
		// AWS names by its id only what is gone: somebody who has it here is another.
		if at, ok := p.dir.RenderPrincipal(value); ok && !strings.HasPrefix(at, "arn:aws:iam::"+p.account+":") {
			p.problems = append(p.problems, awsexport.Problem{What: on, Message: "the unique id " + value + " in its policy is that of " + at + " here"})
			return
		}
	}
	if kind != policy.TypeAWS && kind != policy.TypeCanonical || p.ids[value] != "" || p.dir.PrincipalExists(kind, value) {
		return
	}
	if a := p.absent[value]; a != nil {
		a.count++
		return
	}
	p.absent[value] = &absence{on, 1}
	p.absents = append(p.absents, value)
}

// deadID tells whether a principal is the unique id of a user or role.
func deadID(value string) bool {
	return arn.IsUniqueID(arn.PrefixUser, value) || arn.IsUniqueID(arn.PrefixRole, value)
}

func (p *plan) malformed(of *awsexport.Entity, what string, err error) {
	var refused *policy.Error
	if errors.As(err, &refused) {
		p.wrong(of, "%s: %s: %s", what, refused.Code, refused.Message)
		return
	}
	p.wrong(of, "%s: MalformedPolicyDocument: Syntax errors in policy.", what)
}

// maxDocument is how many characters any document may have, as in IAM's requests.
const maxDocument = policy.MaxParameter

func (p *plan) checkIdentity(of *awsexport.Entity, what, text string) {
	if len(text) > maxDocument {
		p.wrong(of, "%s: has more than %d characters", what, maxDocument)
		return
	}
	if _, err := policy.Validate([]byte(text), policy.Identity, policy.Options{}); err != nil {
		p.malformed(of, what, err)
	}
}

func (p *plan) add(c *change) { p.changes = append(p.changes, c) }

func (p *plan) report() *Report {
	r := &Report{
		Account: p.account, DryRun: p.o.DryRun, Created: []Item{}, Changed: []Item{}, Removed: []Item{}, Extra: []Item{},
		Unchanged: p.unchanged, Left: append([]awsexport.Left{}, p.left...), Notes: append([]string{}, p.notes...),
	}
	for _, c := range p.changes {
		switch c.verb {
		case creates:
			r.Created = append(r.Created, c.Item)
		case changes:
			r.Changed = append(r.Changed, c.Item)
		case removes:
			r.Removed = append(r.Removed, c.Item)
		}
	}
	r.Created = append(r.Created, p.bucketed["created"]...)
	r.Changed = append(r.Changed, p.bucketed["changed"]...)
	r.Extra = append(r.Extra, p.extra...)
	for _, value := range p.absents {
		a := p.absent[value]
		also := ""
		if a.count > 1 {
			also = fmt.Sprintf(", and %d times more", a.count-1)
		}
		means := "means whoever comes to be that"
		if deadID(value) {
			means = "means nobody"
		}
		r.Notes = append(r.Notes, fmt.Sprintf("%s is not here; it is named by %s%s, and %s", value, a.first, also, means))
	}
	if p.export.Incomplete {
		r.Notes = append(r.Notes, "A listing in the files breaks off before its end.")
	}
	return r
}
