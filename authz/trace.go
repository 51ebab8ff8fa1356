package authz

import "github.com/sallyport/sallyport/policy"

// DocumentRole is the part that a document plays in a decision.
type DocumentRole string

// Parts that documents play.
const (
	RoleSCP         DocumentRole = "scp"
	RoleRCP         DocumentRole = "rcp"
	RoleEndpoint    DocumentRole = "vpc_endpoint_policy"
	RoleResource    DocumentRole = "resource_policy"
	RoleIdentity    DocumentRole = "identity_policy"
	RoleBoundary    DocumentRole = "permissions_boundary"
	RoleSession     DocumentRole = "session_policy"
	RoleACL         DocumentRole = "acl"
	RoleKeyGrant    DocumentRole = "kms_grant"
	RoleAccessPoint DocumentRole = "access_point_policy"
)

// Trace is everything that bears on a decision, in the order in which it is asked. Where a Deny ended the decision, the
// trace goes on and asks the rest.
type Trace struct {
	Entries []TraceEntry
	// CallerDoor and ResourceDoor are what each side says for itself, whatever the other does. A decision that a Deny ended
	// knows of one side alone.
	CallerDoor, ResourceDoor Door
}

// TraceEntry is one document and what it said.
type TraceEntry struct {
	Stage1 bool // asked about the access point
	Role   DocumentRole
	Level  int // of SCPs and RCPs: 0 is the root's
	Source *Source
	Policy *policy.Policy // nil for ACLs and KMS grants
	// Account is whose document it is: the caller's account or the resource owner's. Explanations show each account its own.
	Account string
	// Action and Resource are what it was asked.
	Action, Resource string
	Allows, Denies   bool
	Grants           policy.Grants // of resource policies and ACLs
	Statements       []policy.StatementTrace
}

// close takes over the doors of rules that come after the policies. An explicit Deny's trace has its own.
func (t *Trace) close(d *Decision) {
	if d.Deny.Statement == nil {
		t.CallerDoor, t.ResourceDoor = d.CallerDoor, d.ResourceDoor
	}
}
