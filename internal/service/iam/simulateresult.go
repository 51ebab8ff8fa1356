package iam

import (
	"cmp"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/policy"
)

// evaluate decides one action on one resource.
func (q *simulation) evaluate(action, resource string) api.EvaluationResult {
	req := &authz.Request{
		Principal: q.principal, Action: policy.MakeAction(action), Resource: q.resource(action, resource),
		Context: &q.context, ContextFirst: true, Trace: true,
	}
	docs := q.docs
	docs.Resource = q.resourcePolicy
	docs.RCPs = q.rcps(req.Resource.Account)
	d := authz.Decide(req, &docs)
	var entries []authz.TraceEntry
	if d.Trace != nil {
		entries = d.Trace.Entries
	}
	matched, missing := matchedStatements(&d, entries), missingKeys(req, &docs, entries)
	r := api.EvaluationResult{
		EvalActionName: &action, EvalResourceName: &resource, EvalDecision: new(verdict(&d)),
		MatchedStatements: matched, MissingContextValues: missing,
		OrganizationsDecisionDetail: organizationsDetail(req, &docs, entries), PermissionsBoundaryDecisionDetail: boundaryDetail(&docs, entries),
	}
	if resource == "*" {
		return r
	}
	if r.EvalDecisionDetails = crossDetails(req, entries); r.OrganizationsDecisionDetail != nil && !*r.OrganizationsDecisionDetail.AllowedByOrganizations {
		r.EvalDecisionDetails = nil
	}
	r.MissingContextValues = []string{}
	r.ResourceSpecificResults = []api.ResourceSpecificResult{{
		EvalResourceName: &resource, EvalResourceDecision: r.EvalDecision, MatchedStatements: matched, MissingContextValues: missing,
		EvalDecisionDetails: r.EvalDecisionDetails, PermissionsBoundaryDecisionDetail: r.PermissionsBoundaryDecisionDetail,
	}}
	return r
}

// resource is a simulated resource: of the account that its ARN names, else of
// the given owner, else of the caller. A role or key is asked by its own policy
// only if one is given.
func (q *simulation) resource(action, name string) authz.Resource {
	r := authz.Resource{ARN: name, Account: cmp.Or(q.owner, q.principal.Account)}
	p, err := arn.Parse(name)
	if err != nil {
		return r
	}
	if arn.ValidAccountID(p.Account) {
		r.Account = p.Account
	}
	switch {
	case p.Service == "s3" && p.Account == "" && strings.Contains(p.Resource, "/"):
		r.Kind = authz.ResourceObject
	case p.Service == "s3" && p.Account == "":
		r.Kind = authz.ResourceBucket
	case q.resourcePolicy == nil:
	case p.Service == "kms":
		r.Kind = authz.ResourceKey
	case p.Service == "iam" && strings.HasPrefix(strings.ToLower(action), "sts:"):
		r.Kind = authz.ResourceRole
	}
	return r
}

// Values of EvalDecision.
const (
	evalAllowed      = "allowed"
	evalExplicitDeny = "explicitDeny"
	evalImplicitDeny = "implicitDeny"
)

func verdict(d *authz.Decision) string {
	switch {
	case d.Allowed:
		return evalAllowed
	case d.Deny.Statement != nil:
		return evalExplicitDeny
	}
	return evalImplicitDeny
}

// matchedStatements are those that determine the decision: the Deny alone if
// there is one, else every Allow of what grants.
func matchedStatements(d *authz.Decision, entries []authz.TraceEntry) []api.Statement {
	out := []api.Statement{}
	if d.Deny.Statement != nil {
		for i := range entries {
			if e := &entries[i]; e.Source == d.Deny.Source && !ofOrganization(e) {
				return append(out, statementOf(&entries[i], d.Deny.Statement))
			}
		}
		return out
	}
	if !d.Allowed {
		return out
	}
	for i := range entries {
		if e := &entries[i]; e.Role == authz.RoleIdentity || e.Role == authz.RoleResource {
			for _, t := range e.Statements {
				if t.Matched && !t.Statement.Denies() {
					out = append(out, statementOf(e, t.Statement))
				}
			}
		}
	}
	return out
}

// ofOrganization tells the policies whose text is not the account's to see.
func ofOrganization(e *authz.TraceEntry) bool {
	return e.Role == authz.RoleSCP || e.Role == authz.RoleRCP
}

// statementOf names a statement as AWS does: it begins where the text before it
// ended.
func statementOf(e *authz.TraceEntry, s *policy.Statement) api.Statement {
	kind := "IAM Policy"
	if e.Role.OfResource() {
		kind = "Resource Policy"
	}
	at := func(p policy.Position) *api.Position {
		return &api.Position{Line: new(int32(p.Line)), Column: new(int32(p.Column))}
	}
	return api.Statement{
		SourcePolicyId: new(policyID(e.Source)), SourcePolicyType: &kind, StartPosition: at(s.Doc.Before), EndPosition: at(s.Doc.End),
	}
}

// policyID is a managed policy's name, user_NAME_POLICY for an inline one, and
// the parameter's name for one that was given.
func policyID(s *authz.Source) string {
	if s == nil {
		return ""
	}
	if s.Kind == authz.SourceInline {
		return strings.Replace(s.On, "/", "_", 1) + "_" + s.Name
	}
	return s.Name
}

// missingKeys are the condition keys that statements for the action ask for and
// that the simulated request does not have.
func missingKeys(req *authz.Request, docs *authz.Documents, entries []authz.TraceEntry) []string {
	var derived policy.Values
	authz.Derive(req, docs, &derived)
	out, seen := []string{}, map[string]bool{}
	for _, e := range entries {
		for _, t := range e.Statements {
			if ofOrganization(&e) || t.Failed == policy.FailedAction || t.Failed == policy.FailedPrincipal || e.Policy == nil || e.Policy.Doc == nil {
				continue
			}
			for _, key := range policy.ContextKeys(&policy.Document{Version: e.Policy.Doc.Version, Statements: []policy.StatementDoc{*t.Statement.Doc}}) {
				_, given := req.Context.Lookup(key)
				_, known := derived.Lookup(key)
				if lower := strings.ToLower(key); !given && !known && !seen[lower] {
					seen[lower] = true
					out = append(out, key)
				}
			}
		}
	}
	return out
}

// organizationsDetail is what the service control policies say; nil if none bind the
// caller.
func organizationsDetail(req *authz.Request, docs *authz.Documents, entries []authz.TraceEntry) *api.OrganizationsDecisionDetail {
	if docs.SCPs == nil || req.Principal.Org.Management || req.Principal.ServiceLinked {
		return nil
	}
	allowed := make([]bool, len(docs.SCPs))
	denied := false
	for _, e := range entries {
		if e.Role == authz.RoleSCP {
			allowed[e.Level] = allowed[e.Level] || e.Allows
			denied = denied || e.Denies
		}
	}
	for _, level := range allowed {
		denied = denied || !level
	}
	return &api.OrganizationsDecisionDetail{AllowedByOrganizations: new(!denied)}
}

// boundaryDetail is what the permissions boundary says; nil if there is none.
func boundaryDetail(docs *authz.Documents, entries []authz.TraceEntry) *api.PermissionsBoundaryDecisionDetail {
	if docs.Boundary == nil {
		return nil
	}
	allowed := false
	for _, e := range entries {
		if e.Role == authz.RoleBoundary {
			allowed = e.Allows && !e.Denies
		}
	}
	return &api.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: &allowed}
}

// crossDetails is, across accounts, what each type of policy says.
func crossDetails(req *authz.Request, entries []authz.TraceEntry) map[string]string {
	out := map[string]string{}
	if req.Resource.Account == req.Principal.Account {
		return out
	}
	say := func(name string, role authz.DocumentRole) {
		out[name] = evalImplicitDeny
		for _, e := range entries {
			switch {
			case e.Role != role:
			case e.Denies:
				out[name] = evalExplicitDeny
				return
			case e.Allows:
				out[name] = evalAllowed
			}
		}
	}
	say("IAM Policy", authz.RoleIdentity)
	say("Resource Policy", authz.RoleResource)
	return out
}
