package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// What Credentials answers when nobody is found behind a key or token.
var (
	// ErrUnknownKey: no such access key, or a temporary one without its token.
	ErrUnknownKey = errors.New("directory: unknown access key")
	// ErrInactiveKey: the access key is switched off.
	ErrInactiveKey = errors.New("directory: access key is inactive")
	// ErrToken: the session token cannot be opened, is another key's, or comes
	// with a key that has none.
	ErrToken = errors.New("directory: invalid session token")
	// ErrExpired: the session is over.
	ErrExpired = errors.New("directory: session token has expired")
	// ErrGone: the user, role or account behind the key is gone or suspended.
	ErrGone = errors.New("directory: principal is gone")
)

// Credential is who signs with an access key. It is shared between requests and
// never changes; a change of the principal makes another.
type Credential struct {
	KeyID  string
	Secret string // secret access key, to verify signatures with
	// Principal is the caller as decisions see it, Caller the part of it that
	// policies ask.
	Principal *authz.Principal
	Caller    *policy.Caller
	// Session is what services need to know of the session, nil for a long-term
	// key.
	Session *SessionInfo

	entry  *entry   // the user or role, nil for a root user
	acct   *account // of the caller
	place  *place   // of the account, as it was
	opened *session // of temporary credentials
}

// SessionInfo says what a service may ask of temporary credentials.
type SessionInfo struct {
	Name           string // session name, or the federated user's
	Issued         time.Time
	Expires        time.Time
	MFA            time.Time // when a code was given, zero if none was
	SourceIdentity string
	Transitive     []policy.Tag // session tags that pass on to the next role
	Tags           []policy.Tag // session tags, the transitive ones included
	// Context are further condition keys that all requests of the session carry.
	Context map[string][]string
	// Restricted: the session has policies of its own or is of a kind that may not do
	// all that its principal may.
	Restricted bool
}

// Expired tells whether temporary credentials have ended.
func (c *Credential) Expired(now time.Time) bool {
	return c.Session != nil && !now.Before(c.Session.Expires)
}

// AddKeys adds the condition keys that follow from temporary credentials and
// the time of the request.
func (c *Credential) AddKeys(v *policy.Values, now time.Time) {
	if c.opened == nil {
		return
	}
	mfa := c.opened.MFA
	v.SetBool(policy.KeyMultiFactorAuthPresent, !mfa.IsZero())
	if !mfa.IsZero() {
		v.SetInt(policy.KeyMultiFactorAuthAge, int64(max(0, now.Sub(mfa))/time.Second))
	}
	if c.RootTask() {
		v.SetBool(policy.KeyAssumedRoot, true)
	}
	for name, values := range c.opened.Context {
		v.SetNamed(name, values...)
	}
}

// RoleID is the unique id of the role whose session it is, or empty. It is what
// Used asks for.
func (c *Credential) RoleID() string {
	if c.Principal.Kind == policy.CallerSession {
		return c.Principal.UniqueID
	}
	return ""
}

// RootTask tells whether they are of AssumeRoot: a root user's for one task.
func (c *Credential) RootTask() bool { return c.opened != nil && c.opened.Kind == RootTaskSession }

// holds tells whether what the credential was made of is still so.
func (c *Credential) holds(acct *account, e *entry, at *place) bool {
	return c != nil && c.entry == e && c.acct == acct && c.place == at
}

// session is an opened session token with what was found for it.
type session struct {
	Session
	doc      *document // of Policy, nil if it is empty
	tags     *policy.Tags
	info     SessionInfo
	identity cached[Credential]
	docs     cached[sessionDocs]
}

// Credentials finds who signs with an access key, given with the session token
// if the request has one. It does no I/O. The errors are those above; the text
// of an error must not be shown to the caller.
func (d *Directory) Credentials(_ context.Context, accessKeyID, sessionToken string) (*Credential, error) {
	m := d.mem.Load()
	if k, ok := m.keys.get(accessKeyID); ok {
		if sessionToken != "" {
			return nil, ErrToken
		}
		return d.longTerm(m, k)
	}
	if sessionToken == "" || !arn.IsUniqueID(arn.PrefixTemporaryKey, accessKeyID) {
		return nil, ErrUnknownKey
	}
	s, err := d.session(sessionToken)
	if err != nil {
		return nil, err
	}
	if s.KeyID != accessKeyID {
		return nil, ErrToken
	}
	if !d.opt.Clock().Before(s.Expires) {
		return nil, ErrExpired
	}
	return d.sessionIdentity(m, s)
}

func (d *Directory) longTerm(m *memory, k *accessKey) (*Credential, error) {
	if !k.active {
		return nil, ErrInactiveKey
	}
	acct, e, err := m.find(k.account, k.owner, KindUser)
	if err != nil {
		return nil, err
	}
	id, at := k.identity.Load(), d.place(m, acct)
	if id.holds(acct, e, at) {
		return id, nil
	}
	var secret string
	if id != nil {
		secret = id.Secret
	} else if secret, err = d.openSecret(k.sealed, k.id); err != nil {
		return nil, err
	}
	id = identityOf(acct, e, at)
	id.KeyID, id.Secret = k.id, secret
	k.identity.Store(id)
	return id, nil
}

// find is the living account and its user or role with the id, which is the
// account's own for its root user.
func (m *memory) find(accountID, id string, k Kind) (*account, *entry, error) {
	acct, ok := m.accounts.get(accountID)
	if !ok {
		return nil, nil, ErrGone
	}
	if rec := acct.rec.Load(); rec == nil || rec.Status != AccountActive {
		return nil, nil, ErrGone
	}
	if id == accountID {
		return acct, nil, nil
	}
	e, ok := m.byID.get(id)
	if !ok || e.kind != k || e.acct != acct {
		return nil, nil, ErrGone
	}
	return acct, e, nil
}

// sessionIdentity is who a session's requests come from. The principal must
// still be the one that the session was made for.
func (d *Directory) sessionIdentity(m *memory, s *session) (*Credential, error) {
	kind := KindUser
	if s.ofRole() {
		kind = KindRole
	}
	acct, e, err := m.find(s.Account, s.Principal, kind)
	if err != nil {
		return nil, err
	}
	if s.Kind == DelegatedSession {
		if _, _, err := m.find(s.Partner, s.Partner, KindUser); err != nil {
			return nil, err
		}
	}
	at := d.place(m, acct)
	if s.Kind == RootTaskSession && (e != nil || s.Org == "" || at.org.ID != s.Org || at.org.Management) {
		return nil, ErrGone
	}
	if id := s.identity.Load(); id.holds(acct, e, at) {
		return id, nil
	}
	id := identityOf(acct, e, at)
	id.KeyID, id.Secret, id.Session, id.opened = s.KeyID, s.Secret, &s.info, s
	p := id.Principal
	p.TokenIssued, p.SourceIdentity = s.Issued, s.SourceIdentity
	if s.ofRole() {
		p.ARN, p.UserID = arn.Session(arn.PartitionAWS, acct.id, e.name, s.Name), e.id+":"+s.Name
		p.Tags = policy.MergeTags(p.Tags, s.tags)
	}
	switch s.Kind {
	case RoleSession:
	case DelegatedSession:
		p.Delegated, p.SessionToken = true, s.Approver == UserSession || s.Approver == RootSession
		p.TokenIssued = s.Since // what was revoked for the approver stays so
	case FederatedSession:
		federate(p, s)
	case RootTaskSession: // the root user itself, with the task's policy
	default:
		p.SessionToken = true
	}
	s.identity.Store(id)
	return id, nil
}

// ServiceRolePath is the path of the roles that belong to AWS services. Neither
// SCPs nor RCPs bind them, so that nobody may make one.
const ServiceRolePath = "/aws-service-role/"

// identityOf is the user, role or (e is nil) root user without credentials.
func identityOf(acct *account, e *entry, at *place) *Credential {
	p := new(authz.Principal)
	id := &Credential{Principal: p, Caller: &p.Caller, entry: e, acct: acct, place: at}
	p.Org = at.org
	p.Partition, p.Account, p.CanonicalID = arn.PartitionAWS, acct.id, acct.rec.Load().CanonicalID
	if e == nil {
		p.Kind, p.ARN, p.UserID = policy.CallerRoot, RootARN(acct.id), acct.id
		p.PrincipalARN = p.ARN
		return id
	}
	p.ARN, p.UniqueID, p.UserID, p.HasBoundary, p.Tags = e.arn(), e.id, e.id, e.boundary != "", e.tags
	p.PrincipalARN = p.ARN
	p.Kind, p.ServiceLinked = policy.CallerSession, strings.HasPrefix(e.path, ServiceRolePath)
	if e.kind == KindUser {
		p.Kind, p.ServiceLinked, p.UserName = policy.CallerUser, false, e.name
	}
	return id
}

// federate makes a federated user of the user, or root user, that p is.
func federate(p *authz.Principal, s *session) {
	p.IssuerIsRoot = p.Kind == policy.CallerRoot
	p.IssuerARN, p.IssuerID = p.ARN, p.UniqueID
	p.Kind, p.UniqueID, p.UserName, p.Tags = policy.CallerFederated, "", "", s.tags
	p.ARN = arn.FederatedUser(arn.PartitionAWS, s.Account, s.Name)
	p.PrincipalARN, p.UserID = p.ARN, s.Account+":"+s.Name
}
