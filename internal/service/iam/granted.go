package iam

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/policy"
)

// grants are the statements of identity policies, to be asked which services they
// speak of. What IAM's reports call allowed asks no resource and no condition: a
// statement that allows some action of a service under some condition grants the
// service, and only a denial of all of it without any takes it away.
type grants struct{ allow, deny []policy.StatementDoc }

// add adds a policy's statements. One that cannot be read grants nothing.
func (g *grants) add(document string) {
	doc, err := policy.Parse([]byte(document))
	if err != nil {
		return
	}
	for _, s := range doc.Statements {
		switch {
		case s.Effect == policy.Allow:
			g.allow = append(g.allow, s)
		case len(s.Conditions) == 0 && s.NotResource == nil && slices.Contains(s.Resource, "*"):
			g.deny = append(g.deny, s)
		}
	}
}

// service tells whether some action of the service is allowed.
func (g *grants) service(namespace string) bool {
	allows := func(s policy.StatementDoc) bool {
		if s.Action != nil {
			return slices.ContainsFunc(s.Action, func(p string) bool { return touches(p, namespace) })
		}
		return !slices.ContainsFunc(s.NotAction, func(p string) bool { return covers(p, namespace) })
	}
	denies := func(s policy.StatementDoc) bool {
		if s.Action != nil {
			return slices.ContainsFunc(s.Action, func(p string) bool { return covers(p, namespace) })
		}
		return !slices.ContainsFunc(s.NotAction, func(p string) bool { return touches(p, namespace) })
	}
	return slices.ContainsFunc(g.allow, allows) && !slices.ContainsFunc(g.deny, denies)
}

// action tells whether the action is allowed.
func (g *grants) action(action string) bool {
	matches := func(s policy.StatementDoc) bool {
		is := func(p string) bool { return like(p, action) }
		if s.Action != nil {
			return slices.ContainsFunc(s.Action, is)
		}
		return !slices.ContainsFunc(s.NotAction, is)
	}
	return slices.ContainsFunc(g.allow, matches) && !slices.ContainsFunc(g.deny, matches)
}

// services are the namespaces, sorted, of the services that are allowed.
func (g *grants) services() (allowed []string) {
	for namespace := range namespaces() {
		if g.service(namespace) {
			allowed = append(allowed, namespace)
		}
	}
	slices.Sort(allowed)
	return allowed
}

// touches tells whether a pattern of actions matches actions of the service.
func touches(pattern, namespace string) bool {
	if strings.Trim(pattern, "*") == "" {
		return pattern != ""
	}
	service, _, ok := strings.Cut(pattern, ":")
	return ok && like(service, namespace)
}

// covers tells whether a pattern of actions matches all actions of the service.
func covers(pattern, namespace string) bool {
	_, action, _ := strings.Cut(pattern, ":")
	return touches(pattern, namespace) && strings.Trim(action, "*") == ""
}

// like matches a name against a pattern with * and ?, without regard to case.
func like(pattern, name string) bool {
	pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	p, n, star, from := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			from++
			p, n = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
