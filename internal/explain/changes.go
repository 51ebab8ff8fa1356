package explain

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// changes are what would open the doors that stayed shut, the caller's first.
func (x *explainer) changes(q *Question) []Change {
	if c, ok := x.rule(); ok {
		return []Change{c}
	}
	var out []Change
	if q.CallerDoor.State == Shut || q.CallerDoor.State == Denied {
		if q.CallerDoor.Shown {
			out = append(out, x.callerChanges()...)
		} else {
			out = append(out, Change{
				Door: DoorCaller, Account: x.callerAccount,
				Text: "Its own policies must allow the caller " + x.action + " on " + x.arn + ".",
			})
		}
	}
	if q.ResourceDoor.State == Shut || q.ResourceDoor.State == Denied {
		if q.ResourceDoor.Shown {
			out = append(out, x.resourceChanges()...)
		} else {
			out = append(out, x.askOwner())
		}
	}
	return out
}

// statement is a statement to add, its elements in the usual order.
type statement struct {
	Effect    string
	Principal any    `json:",omitempty"`
	Action    string `json:",omitempty"`
	Resource  string `json:",omitempty"`
}

func (s statement) json() json.RawMessage {
	text, err := json.Marshal(s)
	if err != nil {
		return nil // of strings alone: cannot happen
	}
	return text
}

// callerChanges are for the caller's account: first what denies, then each
// filter and grant that does not allow.
func (x *explainer) callerChanges() []Change {
	out := x.denials(false)
	add := func(account, text, policyName string, s statement, instead []string) {
		out = append(out, Change{Door: DoorCaller, Account: account, Text: text, Policy: policyName, Statement: s.json(), Instead: instead})
	}
	plain := statement{Effect: policy.Allow, Action: x.action, Resource: x.arn}
	for _, level := range x.shutLevels() {
		add("", fmt.Sprintf("The organization's management account must allow it in a service control policy attached at level %d (the root is level 1).", level+1),
			"a service control policy", statement{Effect: policy.Allow, Action: x.action, Resource: "*"}, nil)
	}
	if x.Documents.Endpoint != nil && !x.allows(authz.RoleEndpoint) {
		add(x.callerAccount, "The policy of the VPC endpoint must allow it.", "the VPC endpoint's policy",
			statement{Effect: policy.Allow, Principal: "*", Action: x.action, Resource: x.arn}, nil)
	}
	if x.needsIdentity() {
		add(x.callerAccount, "An identity-based policy must allow it.", "an identity-based policy of "+x.holder(), plain, x.instead(authz.RoleIdentity))
	}
	if x.Documents.Boundary != nil && !x.allows(authz.RoleBoundary) {
		add(x.callerAccount, "The permissions boundary must allow it too; it grants nothing by itself.", "the permissions boundary of "+x.holder(), plain, x.instead(authz.RoleBoundary))
	}
	if !x.sessionAllows() {
		out = append(out, x.sessionChange(plain))
	}
	return out
}

func (x *explainer) sessionChange(s statement) Change {
	c := Change{
		Door: DoorCaller, Account: x.callerAccount, Policy: "the session policy of a new session", Statement: s.json(),
		Text: "The session policies of the caller's session must allow it. They cannot be changed: start a new session whose policies do.",
	}
	if len(x.Documents.Session) == 0 {
		c.Text = "A federated user has only what session policies allow, and this one has none. Call GetFederationToken again with a policy that allows it."
	}
	return c
}

// shutLevels are the levels of the organization none of whose policies allow.
func (x *explainer) shutLevels() (levels []int) {
	if !x.caller.Signed() || x.caller.Org.Management || x.caller.ServiceLinked {
		return nil
	}
	for i := range x.Documents.SCPs {
		allowed := false
		for _, e := range x.entries {
			allowed = allowed || e.Role == authz.RoleSCP && e.Level == i && e.Allows
		}
		if !allowed {
			levels = append(levels, i)
		}
	}
	return levels
}

func (x *explainer) allows(role authz.DocumentRole) bool {
	for _, e := range x.entries {
		if e.Role == role && e.Allows {
			return true
		}
	}
	return false
}

// grants is every way in which the resource's side names the caller.
func (x *explainer) grants() (g policy.Grants) {
	for _, e := range x.entries {
		if e.Role == authz.RoleResource || e.Role == authz.RoleAccessPoint || e.Role == authz.RoleACL {
			g |= e.Grants
		}
	}
	return g
}

// limits tells whether boundary and session policies allow.
func (x *explainer) limits() bool {
	return (x.Documents == nil || x.Documents.Boundary == nil || x.allows(authz.RoleBoundary)) && x.sessionAllows()
}

func (x *explainer) sessionAllows() bool {
	if x.Documents == nil || len(x.Documents.Session) == 0 {
		return x.caller.Kind != policy.CallerFederated
	}
	return x.allows(authz.RoleSession)
}

// needsIdentity tells whether it is an identity policy that is missing: root
// users have none, and within an account a resource's policy that names the
// caller is as good.
func (x *explainer) needsIdentity() bool {
	if x.allows(authz.RoleIdentity) || x.caller.Kind == policy.CallerRoot ||
		x.caller.Kind == policy.CallerFederated && x.caller.IssuerIsRoot {
		return false
	}
	named := x.grants()&(policy.GrantDirect|policy.GrantRole|policy.GrantIssuer) != 0
	return !x.own() || !named && (!x.strict() || x.grants() != 0)
}

// denials are the statements that deny on one side: what no Allow undoes.
func (x *explainer) denials(ofResource bool) (out []Change) {
	for i := range x.entries {
		e := &x.entries[i]
		if !e.Denies || e.Role.OfResource() != ofResource {
			continue
		}
		door, account := DoorCaller, x.callerAccount
		if ofResource {
			door, account = DoorResource, e.Account
		}
		if e.Role == authz.RoleSCP || e.Role == authz.RoleRCP {
			account = ""
		}
		if !x.shows(e.Account) {
			continue
		}
		for _, t := range e.Statements {
			if t.Matched && t.Statement.Denies() {
				out = append(out, Change{Door: door, Account: account, Text: x.denialText(e, &t)})
			}
		}
	}
	return out
}

func (x *explainer) denialText(e *authz.TraceEntry, t *policy.StatementTrace) string {
	text := "Nothing that could be added opens this: " + statementName(t.Statement) + " of the " + x.title(e) + " denies it. "
	switch {
	case e.Role == authz.RoleSCP || e.Role == authz.RoleRCP:
		text += "The organization's management account would have to change or detach it."
	case e.Role == authz.RoleSession:
		text += "Start a session without it."
	case len(t.Conditions) > 0:
		text += "It must be changed or removed, or the request must be one that its conditions do not meet."
	default:
		text += "It must be changed or removed."
	}
	return text
}

func statementName(s *policy.Statement) string {
	name := fmt.Sprintf("statement %d", s.Number+1)
	if s.Doc.Sid != "" {
		name += fmt.Sprintf(" (%q)", s.Doc.Sid)
	}
	return name
}

// instead names the Allow statements that only just miss.
func (x *explainer) instead(role authz.DocumentRole) (out []string) {
	for i := range x.entries {
		e := &x.entries[i]
		if e.Role != role {
			continue
		}
		for j := range e.Statements {
			t := &e.Statements[j]
			if t.Matched || t.Statement.Denies() {
				continue
			}
			hint := x.hint(e, t)
			if hint == "" && t.Failed == policy.FailedCondition {
				hint = "It would allow if its conditions held."
			}
			if hint != "" && len(out) < 5 {
				out = append(out, capital(statementName(t.Statement))+" of the "+x.title(e)+": "+hint)
			}
		}
	}
	return out
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// holder is whose identity-based policies count: user/bob, role/worker.
func (x *explainer) holder() string {
	named := x.caller.PrincipalARN
	if x.caller.Kind == policy.CallerFederated && x.caller.IssuerARN != "" {
		named = x.caller.IssuerARN
	}
	if i := strings.LastIndexByte(named, ':'); i >= 0 {
		return named[i+1:]
	}
	return "the caller"
}
