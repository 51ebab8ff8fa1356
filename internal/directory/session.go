package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/policy"
)

// SessionKind says whose temporary credentials a session's are.
type SessionKind byte

// Kinds of sessions.
const (
	RoleSession      SessionKind = 'r' // AssumeRole and its relatives
	UserSession      SessionKind = 'u' // GetSessionToken by a user
	RootSession      SessionKind = 'a' // GetSessionToken by a root user
	FederatedSession SessionKind = 'f' // GetFederationToken
	RootTaskSession  SessionKind = 't' // AssumeRoot
	DelegatedSession SessionKind = 'd' // GetDelegatedAccessToken
)

// LongTerm is the Approver of a delegated session who signed with a long-term key.
const LongTerm SessionKind = 'l'

// Session is what a session token holds, sealed. Nothing of it is stored
// anywhere else: temporary credentials need no record and survive a restart.
type Session struct {
	Kind    SessionKind `json:"k"`
	KeyID   string      `json:"id"`  // ASIA…, bound to the token
	Secret  string      `json:"key"` // secret access key
	Account string      `json:"a"`
	// Principal is the unique id of the role or user; the account for root. A
	// federated session's is that of the user who asked for it.
	Principal string    `json:"p"`
	Name      string    `json:"n,omitempty"` // session name, or the federated user's
	Issued    time.Time `json:"i"`
	Expires   time.Time `json:"e"`
	// Policy is the inline session policy, PolicyARNs the managed ones.
	Policy     string   `json:"sp,omitempty"`
	PolicyARNs []string `json:"sa,omitempty"`
	// Tags are the session tags, inherited ones included; Transitive the keys
	// that go on to the next role.
	Tags           []Tag    `json:"t,omitempty"`
	Transitive     []string `json:"tt,omitempty"`
	SourceIdentity string   `json:"s,omitempty"`
	// MFA is when the caller gave a code, zero if none was given.
	MFA time.Time `json:"m,omitzero"`
	// Org is the id of the organization for which a root task is carried out: the
	// session ends when the account leaves it.
	Org string `json:"o,omitempty"`
	// Context are further condition keys that all requests of the session carry.
	Context map[string][]string `json:"c,omitempty"`
	// Approver says with what credentials a delegated session was approved: LongTerm,
	// RoleSession, UserSession or RootSession; Since when these were issued, or for
	// LongTerm when it was approved. Partner is the account that it was delegated to,
	// with which the session ends.
	Approver SessionKind `json:"ap,omitempty"`
	Since    time.Time   `json:"as,omitzero"`
	Partner  string      `json:"dp,omitempty"`
}

// ofRole tells whether Principal is a role.
func (s *Session) ofRole() bool { return s.Kind == RoleSession || s.Approver == RoleSession }

// IssueSession gives the session an access key and a secret and seals it into a
// session token. Issued and Expires must be set.
func (d *Directory) IssueSession(s *Session) (token string, err error) {
	if s.Account == "" || s.Principal == "" || !s.Expires.After(s.Issued) {
		return "", errors.New("directory: incomplete session")
	}
	if s.Kind == DelegatedSession && (s.Policy == "" || s.Approver == 0 || s.Since.IsZero() || s.Partner == "") {
		return "", errors.New("directory: incomplete delegated session")
	}
	if s.KeyID, s.Secret, err = d.newKeyPair(arn.PrefixTemporaryKey, s.Account); err != nil {
		return "", err
	}
	s.Issued, s.Expires = s.Issued.UTC().Truncate(time.Second), s.Expires.UTC().Truncate(time.Second)
	body, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	layout := byte(recordFormat)
	switch s.Kind {
	case RootTaskSession:
		layout = 2
	case DelegatedSession:
		layout = 3
	}
	return seal.SealToken(d.master, append([]byte{layout}, body...), tokenAAD()), nil
}

// layout: root tasks came with the second and delegated sessions with the third, so
// that no program takes them for sessions of the principal's own.
func (s *Session) layout() byte { return 3 }

// session opens a token, or finds it opened. The session may have expired.
func (d *Directory) session(token string) (*session, error) {
	if s := d.tokens.get(token); s != nil {
		return s, nil
	}
	if len(token) > maxToken {
		return nil, ErrToken
	}
	body, err := seal.OpenToken(d.master, token, tokenAAD())
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrToken, err)
	}
	s := new(session)
	if err := decode(body, &s.Session); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrToken, err)
	}
	s.prepare(d.mem.Load().docs)
	d.tokens.put(token, s)
	return s, nil
}

// prepare makes what requests ask of the session.
func (s *session) prepare(docs *interner) {
	s.tags = makeTags(s.Tags)
	if s.Policy != "" {
		s.doc = docs.intern(s.Policy)
	}
	s.info = SessionInfo{Name: s.Name, Issued: s.Issued, Expires: s.Expires, MFA: s.MFA, SourceIdentity: s.SourceIdentity, Context: s.Context}
	s.info.Restricted = s.Kind == DelegatedSession || s.Kind == RootTaskSession || s.Kind == FederatedSession || s.Policy != "" || len(s.PolicyARNs) > 0
	for _, t := range s.Tags {
		s.info.Tags = append(s.info.Tags, policy.Tag(t))
		if slices.Contains(s.Transitive, t.Key) {
			s.info.Transitive = append(s.info.Transitive, policy.Tag(t))
		}
	}
}

// maxToken is the longest session token worth opening, in bytes.
const maxToken = 16 << 10
