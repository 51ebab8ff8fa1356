package policy

// CallerKind is the kind of a caller, authorization.md's table of who may call.
type CallerKind uint8

// Kinds of callers.
const (
	CallerAnonymous CallerKind = iota
	CallerRoot
	CallerUser
	CallerSession   // a role's session
	CallerFederated // of GetFederationToken
	CallerService   // an AWS service acting for itself
	CallerProvider  // somebody with a token of an OIDC or SAML provider: AssumeRoleWith…
)

// Caller is who is asking, as far as the Principal element and the principal's condition keys can tell. The zero value is
// the anonymous caller. It may be kept and shared between requests: nothing here writes to it.
type Caller struct {
	Kind      CallerKind
	Partition string // empty: aws
	Account   string // twelve digits; empty for anonymous callers and services
	// ARN as messages and logs show it: the session ARN of a session, the provider's ARN of CallerProvider, the name of a
	// service; empty for anonymous callers.
	ARN string
	// PrincipalARN is aws:PrincipalArn: the role's ARN (with its path) for a session, else the same as ARN; empty for
	// anonymous callers, services and providers.
	PrincipalARN string
	// UniqueID is the AIDA… of a user, the AROA… of a session's role.
	UniqueID string
	// UserID is aws:userid: AIDA…, AROA…:SESSION, the account for root, ACCOUNT:NAME for a federated user.
	UserID      string
	UserName    string // aws:username; IAM users alone
	CanonicalID string // of the caller's account
	// IssuerARN and IssuerID are of the IAM user (or root) who asked for a federated user's credentials.
	IssuerARN, IssuerID string
	// HasBoundary says that a permissions boundary is set on the caller (or the caller's issuer), which NotPrincipal asks.
	HasBoundary bool
}

func (c *Caller) partition() string {
	if c.Partition == "" {
		return "aws"
	}
	return c.Partition
}

// Signed tells whether the caller proved an identity of some account.
func (c *Caller) Signed() bool {
	switch c.Kind {
	case CallerRoot, CallerUser, CallerSession, CallerFederated:
		return true
	}
	return false
}
