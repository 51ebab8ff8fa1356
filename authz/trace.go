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

// Trace is everything that a decision looked at, in order.
type Trace struct {
	Entries []TraceEntry
}

// TraceEntry is one document and what it said.
type TraceEntry struct {
	Stage1 bool // asked about the access point
	Role   DocumentRole
	Level  int // of SCPs and RCPs: 0 is the root's
	Source *Source
	// Account is whose document it is: the caller's account or the resource owner's. Explanations show each account its own.
	Account string
	// Action and Resource are what it was asked.
	Action, Resource string
	Allows, Denies   bool
	Grants           policy.Grants // of resource policies and ACLs
	Statements       []policy.StatementTrace
}
