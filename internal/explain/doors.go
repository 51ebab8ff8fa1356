package explain

import (
	"cmp"
	"fmt"

	"github.com/sallyport/sallyport/authz"
)

// shows tells whether the viewer may see what is an account's.
func (x *explainer) shows(account string) bool {
	return x.Viewer == "" || account != "" && account == x.Viewer
}

func (x *explainer) callerDoor() Door {
	d := Door{Account: x.callerAccount, State: x.doors().caller.String(), Shown: x.shows(x.callerAccount)}
	return x.fill(d, false)
}

func (x *explainer) resourceDoor() Door {
	d := Door{Account: x.resourceAccount, State: x.doors().resource.String(), Shown: x.shows(x.resourceAccount)}
	return x.fill(d, true)
}

type doors struct{ caller, resource authz.Door }

// doors are what the two sides say for themselves.
func (x *explainer) doors() doors {
	d := doors{x.Decision.CallerDoor, x.Decision.ResourceDoor}
	if t := x.Decision.Trace; t != nil {
		d = doors{t.CallerDoor, t.ResourceDoor}
	}
	// A trust or key policy that names a caller of its own account needs no
	// identity policy; that there is none is then nothing that is missing.
	if d.caller == authz.DoorShut && x.strict() && x.own() && x.grants() == 0 && x.limits() {
		d.caller = authz.DoorNotNeeded
	}
	return d
}

// strict tells whether the resource's own policy must allow even its own account.
func (x *explainer) strict() bool {
	return x.resource.Kind == authz.ResourceRole || x.resource.Kind == authz.ResourceKey
}

func (x *explainer) own() bool { return x.caller.Signed() && x.callerAccount == x.resourceAccount }

// fill adds the documents of a door that the viewer may see, or takes away what
// it may not know.
func (x *explainer) fill(d Door, ofResource bool) Door {
	if !d.Shown && d.State == Denied {
		d.State = Shut
	}
	for i := range x.entries {
		e := &x.entries[i]
		if e.Role.OfResource() == ofResource && x.shows(e.Account) {
			d.Documents = append(d.Documents, x.document(e))
		}
	}
	if x.Decision.Trace == nil {
		d.Documents = x.deciders(d, ofResource)
	}
	return d
}

// deciders are the documents with the statements that allowed a request of
// which nothing else was kept.
func (x *explainer) deciders(d Door, ofResource bool) []Document {
	hit, role := x.Decision.Identity, authz.RoleIdentity
	if ofResource {
		hit, role = x.Decision.Resource, authz.RoleResource
	}
	if hit.Statement == nil || !d.Shown || !x.counted(ofResource) {
		return nil
	}
	e := authz.TraceEntry{Role: role, Source: hit.Source, Account: d.Account}
	s := x.statement(&e, hit.Statement)
	s.Matched = true
	return []Document{{
		Role: string(role), Title: x.title(&e), Account: d.Account, Verdict: Allows, Statements: []Statement{s},
	}}
}

// counted tells whether the side's Allow was one that decided.
func (x *explainer) counted(ofResource bool) bool {
	switch x.Decision.Reason {
	case authz.IdentityPolicy, authz.ACL:
		return !ofResource
	case authz.ResourcePolicy:
		return ofResource
	}
	return true
}

func (x *explainer) document(e *authz.TraceEntry) Document {
	d := Document{Role: string(e.Role), Title: x.title(e), Account: e.Account, Verdict: Silent, Total: len(e.Statements)}
	switch {
	case e.Denies:
		d.Verdict = Denies
	case e.Allows:
		d.Verdict = Allows
	}
	d.Statements = x.statements(e)
	return d
}

// title is what a document is called in a sentence, without an article.
func (x *explainer) title(e *authz.TraceEntry) string {
	var s authz.Source
	if e.Source != nil {
		s = *e.Source
	}
	switch e.Role {
	case authz.RoleSCP, authz.RoleRCP:
		kind := "service control policy"
		if e.Role == authz.RoleRCP {
			kind = "resource control policy"
		}
		return kind + named(cmp.Or(s.ARN, s.Name)) + on(s.On)
	case authz.RoleIdentity:
		if s.Kind == authz.SourceManaged {
			return "managed policy" + named(s.ARN) + on(s.On)
		}
		return "inline policy" + named(s.Name) + on(s.On)
	case authz.RoleBoundary:
		return "permissions boundary" + named(cmp.Or(s.ARN, s.Name)) + on(s.On)
	case authz.RoleSession:
		return "session policy" + named(cmp.Or(s.ARN, s.Name)) + on(s.On)
	case authz.RoleEndpoint:
		return "VPC endpoint policy" + named(s.Name)
	case authz.RoleACL:
		return x.aclTitle()
	case authz.RoleKeyGrant:
		return "grant of the key"
	case authz.RoleAccessPoint:
		return "policy of access point" + named(x.arn)
	}
	return x.resourcePolicy()
}

func (x *explainer) aclTitle() string {
	if x.foreignObject() || x.resource.Kind == authz.ResourceObject && x.action != "s3:PutObject" {
		return "ACL of the object"
	}
	return "ACL of the bucket"
}

// resourcePolicy is what the resource's own policy is called.
func (x *explainer) resourcePolicy() string {
	switch x.resource.Kind {
	case authz.ResourceBucket, authz.ResourceObject:
		return "bucket policy of " + bucketOf(x.resource.ARN)
	case authz.ResourceKey:
		return "key policy of " + x.resource.ARN
	case authz.ResourceRole:
		return "trust policy of " + x.resource.ARN
	}
	return "resource-based policy of " + x.resource.ARN
}

func named(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" %q", name)
}

func on(what string) string {
	if what == "" {
		return ""
	}
	return " of " + what
}
