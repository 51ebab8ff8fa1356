package authz

import (
	"slices"

	"github.com/sallyport/sallyport/policy"
)

// survey asks everything again for the trace after a Deny ended the evaluation, so that an explanation knows what each
// side says for itself. It changes nothing in the decision.
func (s *stage) survey(q *policy.Query) {
	rest := stage{
		req: s.req, docs: s.docs, principal: s.principal, stage1: s.stage1, account: s.account, owner: s.owner,
		document: s.document, rcps: s.rcps, surveying: true,
	}
	rest.trace = &Trace{}
	rest.explicit(q)
	rest.aclGrants()
	rest.keyGrant = rest.keyGrants()
	caller, resource := rest.callerDoor(), rest.resourceDoor()
	for i := range rest.trace.Entries {
		e := &rest.trace.Entries[i]
		switch {
		case !e.Denies:
		case e.Role.OfResource():
			resource = DoorDenied
		default:
			caller = DoorDenied
		}
	}
	entries := slices.DeleteFunc(s.trace.Entries, func(e TraceEntry) bool { return e.Stage1 == s.stage1 })
	s.trace.Entries = append(entries, rest.trace.Entries...)
	s.trace.CallerDoor, s.trace.ResourceDoor = caller, resource
}

// OfResource tells whether documents in this part are of the resource's side; the others are of the caller's.
func (r DocumentRole) OfResource() bool {
	switch r {
	case RoleRCP, RoleResource, RoleACL, RoleKeyGrant, RoleAccessPoint:
		return true
	}
	return false
}
