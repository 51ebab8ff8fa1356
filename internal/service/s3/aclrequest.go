package s3

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// The groups that ACLs know.
const (
	allUsers           = "http://acs.amazonaws.com/groups/global/AllUsers"
	authenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	logDelivery        = "http://acs.amazonaws.com/groups/s3/LogDelivery"
)

// ownerFullControl is the canned ACL that gives the bucket's owner full control
// too, and in some buckets the object itself.
const ownerFullControl = "bucket-owner-full-control"

// cannedACLs are the names of canned ACLs. All but the last are for buckets and
// objects, though the two of bucket owners say nothing on buckets.
var cannedACLs = []string{"private", "public-read", "public-read-write", "aws-exec-read", "authenticated-read",
	"bucket-owner-read", ownerFullControl, "log-delivery-write"}

// objectACLs are the canned ACLs of objects.
var objectACLs = cannedACLs[:len(cannedACLs)-1]

// aclHeaders is a canned ACL and the x-amz-grant- headers.
type aclHeaders struct {
	canned                                      *string
	fullControl, read, readACP, write, writeACP *string
}

func (a *aclHeaders) grants() bool {
	return a.fullControl != nil || a.read != nil || a.readACP != nil || a.write != nil || a.writeACP != nil
}

// argumentID is how errors call an account's id in a body.
const argumentID = "CanonicalUser/ID"

// wantedGrant is a grant as a request words it: accounts are told by id or email.
type wantedGrant struct {
	store.Grant
	id, email string
	argument  string // what errors call the grantee
}

// wantedACL is the ACL of a request as far as it can be read without knowing the
// accounts: a canned one or grants.
type wantedACL struct {
	canned string
	grants []wantedGrant
	owner  string // the owner's canonical id that a body names
}

// wanted reads the headers; nil if they name no ACL. known are the canned ACLs
// that there are.
func (a *aclHeaders) wanted(known []string) (*wantedACL, error) {
	switch {
	case a.canned != nil && a.grants():
		return nil, api.InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
	case a.canned != nil:
		if !slices.Contains(known, *a.canned) {
			return nil, invalidArgument("", "x-amz-acl", *a.canned)
		}
		return &wantedACL{canned: *a.canned}, nil
	case !a.grants():
		return nil, nil
	}
	w := &wantedACL{}
	for _, h := range []struct {
		name       string
		value      *string
		permission store.Permission
	}{
		{"full-control", a.fullControl, store.PermissionFullControl},
		{"read", a.read, store.PermissionRead},
		{"read-acp", a.readACP, store.PermissionReadACP},
		{"write", a.write, store.PermissionWrite},
		{"write-acp", a.writeACP, store.PermissionWriteACP},
	} {
		if h.value == nil {
			continue
		}
		if err := w.header("x-amz-grant-"+h.name, *h.value, h.permission); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// header reads the grantees of a header: id=…, uri=… and emailAddress=…, in
// quotes or not, with commas between them.
func (w *wantedACL) header(name, value string, p store.Permission) error {
	for part := range splitList(value) {
		kind, who, ok := strings.Cut(part, "=")
		who = strings.TrimSpace(who)
		if n := len(who); n >= 2 && who[0] == '"' && who[n-1] == '"' {
			who = who[1 : n-1]
		}
		g := wantedGrant{Grant: store.Grant{Grantee: store.GranteeAccount, Permission: p}}
		kind = strings.TrimSpace(kind)
		switch {
		case ok && strings.EqualFold(kind, "id"):
			g.id, g.argument = who, "id"
		case ok && strings.EqualFold(kind, "emailAddress"):
			g.email = who
		case ok && strings.EqualFold(kind, "uri"):
			if g.Grantee = groupOf(who); g.Grantee == 0 {
				return invalidArgument("Invalid group uri", "uri", who)
			}
		default:
			return invalidArgument("Argument format not recognized", name, part)
		}
		if err := w.add(g); err != nil {
			return err
		}
	}
	return nil
}

// splitList splits at commas outside of quotes and trims what is between them.
func splitList(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		quoted, start := false, 0
		for i := range len(s) {
			switch {
			case s[i] == '"':
				quoted = !quoted
			case s[i] == ',' && !quoted:
				if !yield(strings.TrimSpace(s[start:i])) {
					return
				}
				start = i + 1
			}
		}
		yield(strings.TrimSpace(s[start:]))
	}
}

func (w *wantedACL) add(g wantedGrant) error {
	if len(w.grants) == store.MaxGrants {
		return malformedACL()
	}
	w.grants = append(w.grants, g)
	return nil
}

func malformedACL() error { return fail("MalformedACLError", "") }

// groupOf is the group of a URI, 0 for none.
func groupOf(uri string) store.Grantee {
	switch uri {
	case allUsers:
		return store.GranteeAllUsers
	case authenticatedUsers:
		return store.GranteeAuthenticatedUsers
	case logDelivery:
		return store.GranteeLogDelivery
	}
	return 0
}

// wantedBody reads an AccessControlPolicy, which must name the owner.
func wantedBody(body *api.AccessControlPolicy) (*wantedACL, error) {
	if body.Owner == nil || value(body.Owner.ID) == "" || body.Grants == nil {
		return nil, malformedACL()
	}
	w := &wantedACL{owner: *body.Owner.ID}
	for i := range body.Grants {
		g, err := bodyGrant(&body.Grants[i])
		if err != nil {
			return nil, err
		}
		if err := w.add(g); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func bodyGrant(in *api.Grant) (g wantedGrant, err error) {
	g.Grantee = store.GranteeAccount
	g.Permission = permissionOf(value(in.Permission))
	if in.Grantee == nil || g.Permission == 0 {
		return g, malformedACL()
	}
	to := in.Grantee
	switch value(to.Type) {
	case "CanonicalUser":
		g.id, g.argument = value(to.ID), argumentID
	case "AmazonCustomerByEmail":
		g.email = value(to.EmailAddress)
	case "Group":
		uri := value(to.URI)
		if uri == "" {
			return g, malformedACL()
		}
		if g.Grantee = groupOf(uri); g.Grantee == 0 {
			return g, invalidArgument("Invalid group uri", "Group/URI", uri)
		}
		return g, nil
	}
	if g.id == "" && g.email == "" {
		return g, malformedACL()
	}
	return g, nil
}

var permissionNames = map[store.Permission]string{
	store.PermissionRead: "READ", store.PermissionWrite: "WRITE", store.PermissionReadACP: "READ_ACP",
	store.PermissionWriteACP: "WRITE_ACP", store.PermissionFullControl: "FULL_CONTROL",
}

// permissionOf is the permission of a name, 0 for none.
func permissionOf(name string) store.Permission {
	for p, n := range permissionNames {
		if n == name {
			return p
		}
	}
	return 0
}

// request is what the ACL means to authorization, in a bucket whose owner has the
// canonical id.
func (w *wantedACL) request(owner string) authz.RequestACL {
	if w.canned != "" {
		return authz.CannedACL(w.canned)
	}
	acl := authz.RequestACL{Given: true, OwnerFullControl: len(w.grants) > 0}
	for i := range w.grants {
		g := &w.grants[i]
		if g.Grantee == store.GranteeAllUsers || g.Grantee == store.GranteeAuthenticatedUsers || g.id == arn.AnonymousCanonicalID {
			acl.Public = true
		}
		if owner == "" || g.id != owner || g.Permission != store.PermissionFullControl {
			acl.OwnerFullControl = false
		}
	}
	return acl
}
