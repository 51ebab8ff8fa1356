package directory

import (
	"sync"
	"sync/atomic"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

type cached[T any] = atomic.Pointer[T]

// compiled is what one principal's policies were when its account was at gen.
type compiled struct {
	gen      uint64
	identity []authz.Document
	boundary *authz.Document
}

type sessionDocs struct {
	acct *account
	gen  uint64
	docs []authz.Document
}

// nothing allows and denies nothing: what is left of a policy that is gone.
var nothing = &policy.Policy{}

// refuse denies everything: it stands for a policy that cannot be read.
var refuse = sync.OnceValue(func() *policy.Policy {
	p, err := policy.Load([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`))
	if err != nil {
		panic(err)
	}
	return p
})

// closed is the policy of what nobody may use.
var closed = sync.OnceValue(func() *authz.Document {
	p, err := policy.Load([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`))
	if err != nil {
		panic(err)
	}
	return &authz.Document{Policy: p, Source: &authz.Source{Kind: authz.SourceResource, Name: "closed account"}}
})

// Documents adds the policies that bear on all that the caller does: those of
// the user with its groups, or of the role, the boundary, the session's, and
// the service control policies of a member account. A root user has none but the
// last. They are compiled on first use and then shared. A stored
// policy that cannot be read denies everything, and the log says so.
func (d *Directory) Documents(c *Credential, docs *authz.Documents) {
	m := d.mem.Load()
	if c.entry != nil {
		own := d.compile(m, c.entry)
		docs.Identity, docs.Boundary = own.identity, own.boundary
	}
	if s := c.opened; s != nil && (s.doc != nil || len(s.PolicyARNs) > 0) {
		docs.Session = d.sessionDocs(m, c.acct, s)
	}
	docs.SCPs = d.place(m, c.acct).scps
}

func (d *Directory) compile(m *memory, e *entry) *compiled {
	gen := e.acct.gen.Load()
	if c := e.compiled.Load(); c != nil && c.gen == gen {
		return c
	}
	c := &compiled{gen: gen}
	d.collect(m, c, e)
	for _, g := range e.groups {
		if ge, ok := m.byID.get(g); ok && ge.kind == KindGroup {
			d.collect(m, c, ge)
		}
	}
	if e.boundary != "" {
		boundary := d.managedDocument(m, e.acct, e.boundary, authz.SourceBoundary, e.label())
		c.boundary = &boundary
	}
	e.compiled.Store(c)
	return c
}

// load compiles a stored document.
func (d *Directory) load(doc *document, source *authz.Source) *policy.Policy {
	p, err := doc.load()
	if err != nil {
		d.opt.Logger.Error("directory: a stored policy cannot be read", "policy", source.Name, "on", source.On, "error", err)
		return refuse()
	}
	return p
}

// label is how explanations name the entity: user/alice.
func (e *entry) label() string { return e.kind.String() + "/" + e.name }

// collect adds the inline and attached policies of a user, group or role.
func (d *Directory) collect(m *memory, c *compiled, e *entry) {
	for _, in := range e.inline {
		source := &authz.Source{Kind: authz.SourceInline, Name: in.name, On: e.label()}
		c.identity = append(c.identity, authz.Document{Policy: d.load(in.doc, source), Source: source})
	}
	for _, policyARN := range e.attached {
		c.identity = append(c.identity, d.managedDocument(m, e.acct, policyARN, authz.SourceManaged, e.label()))
	}
}

// managedDocument is the version in force of a managed policy as the account has
// it. One that is gone allows nothing.
func (d *Directory) managedDocument(m *memory, acct *account, policyARN string, kind authz.SourceKind, on string) authz.Document {
	_, name, _ := splitPolicyARN(policyARN)
	doc := authz.Document{Policy: nothing, Source: &authz.Source{Kind: kind, Name: name, ARN: policyARN, On: on}}
	if e := m.managed(acct.id, policyARN); e != nil {
		doc.Policy = d.load(e.doc, doc.Source)
	}
	return doc
}

// managed is the managed policy with exactly this ARN as the account has it, or nil.
func (m *memory) managed(of, policyARN string) *entry {
	account, name, ok := splitPolicyARN(policyARN)
	if !ok {
		return nil
	}
	if account == AWSAccount {
		return m.awsPolicy(of, policyARN, name)
	}
	e, ok := m.named.get(string(entityKey(KindPolicy, account, name)))
	if !ok || account != of || e.arn() != policyARN { // another account's is nobody's, however it was attached
		return nil
	}
	return e
}

// sessionDocs are a session's policies. Managed ones count as they are now.
func (d *Directory) sessionDocs(m *memory, acct *account, s *session) []authz.Document {
	gen := acct.gen.Load()
	if c := s.docs.Load(); c != nil && c.acct == acct && c.gen == gen {
		return c.docs
	}
	c := &sessionDocs{acct: acct, gen: gen}
	if s.doc != nil {
		source := &authz.Source{Kind: authz.SourceSession, On: s.Name}
		c.docs = append(c.docs, authz.Document{Policy: d.load(s.doc, source), Source: source})
	}
	for _, policyARN := range s.PolicyARNs {
		of := acct
		if s.Kind == RootTaskSession {
			of = &account{id: AWSAccount} // as it is shipped, whatever the account brought along
		}
		doc := d.managedDocument(m, of, policyARN, authz.SourceSession, s.Name)
		if s.Kind == RootTaskSession && m.managed(of.id, policyARN) == nil {
			doc.Policy = refuse() // nothing else keeps a root user within its task
		}
		c.docs = append(c.docs, doc)
	}
	s.docs.Store(c)
	return c.docs
}
