package directory

import "time"

// Report is a job of IAM's that tells of last accesses. It holds what was so when
// the job was made and is shown until it expires.
type Report struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	Type    string    `json:"type"` // which operation made it
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	// Namespaces are those of the services that the policies allow, sorted;
	// Actions the tracked actions that they allow, of a job that asks for these.
	Namespaces []string `json:"namespaces"`
	Actions    []string `json:"actions,omitempty"`
	ByAction   bool     `json:"byAction,omitempty"`
	// Principals are the users and roles whose accesses count, or accounts.
	Principals []ReportPrincipal `json:"principals,omitempty"`
}

// ReportPrincipal is one user, role or account with its last accesses to what the
// report is of.
type ReportPrincipal struct {
	Kind Kind              `json:"kind,omitempty"`
	ID   string            `json:"id"`
	Name string            `json:"name,omitempty"`
	Path string            `json:"path,omitempty"` // of an account: its path in the organization
	ARN  string            `json:"arn,omitempty"`
	Used map[string]Access `json:"used,omitempty"`
}

// Place implements Resource. The ids of reports begin with the time, so that the
// oldest come first.
func (r *Report) Place() (k ResourceKind, account, name string) {
	return KindReport, r.Account, r.ID
}
