package cases

import "github.com/sallyport/sallyport/authz"

// Place is where an account stands in an organization by the case's word, with the
// service and resource control policies that bind it, the root's level first.
func (c *Case) Place(account string) (org authz.Org, scps, rcps []authz.Level, err error) {
	w := &world{c: c}
	org = w.org(account)
	if o := w.account(account).Org; o != nil && !o.Management {
		scps, rcps = w.levels(o.SCPs, account), w.rcps(account)
	}
	return org, scps, rcps, w.err
}

// CanonicalID is the canonical user id of an account: what the case says, or one
// made from its number.
func (c *Case) CanonicalID(account string) string {
	w := &world{c: c}
	return w.canonicalID(account)
}
