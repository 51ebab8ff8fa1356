package directory

import (
	"errors"
	"strings"
	"time"
)

// UserCredentials is what a user has to prove who it is, beside access keys and
// its password. There is a record only for those who have something.
type UserCredentials struct {
	Account  string              `json:"account"`
	Owner    string              `json:"owner"`         // a user's unique id, or the account's id for its root user
	MFA      []string            `json:"mfa,omitempty"` // serial numbers of enabled devices
	SSHKeys  []SSHKey            `json:"sshKeys,omitempty"`
	Signing  []SigningCert       `json:"signing,omitempty"`
	Services []ServiceCredential `json:"services,omitempty"`
}

// SSHKey is a public key, by which AWS's CodeCommit would know the user.
type SSHKey struct {
	ID       string    `json:"id"` // APKA…
	Body     string    `json:"body"`
	Status   string    `json:"status"`
	Uploaded time.Time `json:"uploaded"`
}

// SigningCert is an X.509 certificate of a user.
type SigningCert struct {
	ID       string    `json:"id"`
	Body     string    `json:"body"`
	Hash     []byte    `json:"hash"` // SHA-256 of its DER form
	Status   string    `json:"status"`
	Uploaded time.Time `json:"uploaded"`
}

// ServiceCredential is a name and a password for one service of AWS's.
type ServiceCredential struct {
	ID      string `json:"id"` // ACCA…
	Service string `json:"service"`
	Name    string `json:"name"` // unique in the account
	// Hash is the SHA-256 of the password, which has 256 random bits.
	Hash    []byte    `json:"hash"`
	Status  string    `json:"status"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
}

// Place implements Resource.
func (c *UserCredentials) Place() (k ResourceKind, account, name string) {
	return KindUserCredentials, c.Account, c.Owner
}

// empty tells whether there is nothing in the record.
func (c *UserCredentials) empty() bool {
	return len(c.MFA)+len(c.SSHKeys)+len(c.Signing)+len(c.Services) == 0
}

// UserCredentials are those of the owner; they may be none.
func (t *ReadTx) UserCredentials(account, owner string) (*UserCredentials, error) {
	c := &UserCredentials{Account: account, Owner: owner}
	found, err := FindResource(t, c)
	if errors.Is(err, ErrNotFound) {
		return c, nil
	}
	return found, err
}

// EachUserCredentials calls fn with those of the account's users, and of its root
// user, who have any, by their ids. It holds one of them at a time: together they
// may be large. fn must not read.
func (t *ReadTx) EachUserCredentials(account string, fn func(*UserCredentials)) error {
	_, err := Resources(t, &UserCredentials{Account: account}, Page{}, func(c *UserCredentials) bool {
		fn(c)
		return false
	})
	return err
}

// SetUserCredentials writes the record, or removes it when nothing is left.
func (t *Tx) SetUserCredentials(c *UserCredentials) error {
	if !c.empty() {
		return t.SetResource(c)
	}
	err := t.DeleteResource(c)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// CredentialReport is the last report of an account's credentials.
type CredentialReport struct {
	Account   string    `json:"account"`
	Generated time.Time `json:"generated"`
	CSV       []byte    `json:"csv"` // compressed (RFC 1951)
}

// Place implements Resource.
func (r *CredentialReport) Place() (k ResourceKind, account, name string) {
	return KindCredentialReport, r.Account, "credentials"
}

// ServerCertificate is an X.509 certificate for services that speak TLS. Its
// private key was seen and is not kept: nothing here serves with it.
type ServerCertificate struct {
	Entity           // ID is ASCA…
	Body   string    `json:"body"`
	Chain  string    `json:"chain,omitempty"`
	Ends   time.Time `json:"ends"`
}

// Place implements Resource: names are equal without regard to case.
func (c *ServerCertificate) Place() (k ResourceKind, account, name string) {
	return KindServerCertificate, c.Account, strings.ToLower(c.Name)
}

// ARN is arn:aws:iam::ACCOUNT:server-certificate/PATH/NAME.
func (c *ServerCertificate) ARN() string {
	return "arn:aws:iam::" + c.Account + ":server-certificate" + c.Path + c.Name
}
