package s3

import (
	"strings"

	"github.com/sallyport/sallyport/authz"
)

// groups that make an ACL public.
const (
	allUsers           = "http://acs.amazonaws.com/groups/global/AllUsers"
	authenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
)

// requestACL is what the ACL headers of a request say; owner is the canonical id
// of the bucket's owner.
func requestACL(a *aclHeaders, owner string) authz.RequestACL {
	if !a.grants() {
		return authz.CannedACL(value(a.canned))
	}
	acl := authz.RequestACL{Given: true}
	for _, grants := range []*string{a.fullControl, a.read, a.readACP, a.write, a.writeACP} {
		g := value(grants)
		acl.Public = acl.Public || strings.Contains(g, allUsers) || strings.Contains(g, authenticatedUsers)
	}
	if canned := authz.CannedACL(value(a.canned)); canned.Public {
		acl.Public = true
	}
	others := a.read != nil || a.readACP != nil || a.write != nil || a.writeACP != nil || a.canned != nil
	if name, id, _ := strings.Cut(value(a.fullControl), "="); !others && owner != "" {
		acl.OwnerFullControl = strings.TrimSpace(name) == "id" && strings.Trim(id, ` "`) == owner
	}
	return acl
}
