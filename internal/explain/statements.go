package explain

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// Bounds of what an explanation shows of one document.
const (
	maxStatements = 20
	maxValues     = 20
	maxValue      = 512 // bytes
)

// statements are those of a document that match, or that fail only after their
// action matched, or that are a near miss: closest first, at most maxStatements.
func (x *explainer) statements(e *authz.TraceEntry) []Statement {
	type ranked struct {
		s    Statement
		rank int
	}
	var all []ranked
	for i := range e.Statements {
		t := &e.Statements[i]
		note := x.hint(e, t)
		if t.Failed == policy.FailedAction && note == "" {
			continue
		}
		s := x.statement(e, t.Statement)
		s.Matched, s.Failed, s.Note = t.Matched, t.Failed.String(), note
		for _, c := range t.Conditions {
			s.Conditions = append(s.Conditions, x.condition(e, c))
		}
		rank := int(policy.FailedCondition) + 1 - int(t.Failed)
		if t.Matched {
			rank = 0
			if t.Statement.Denies() {
				rank = -1
			}
		}
		all = append(all, ranked{s, rank})
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return a.rank - b.rank })
	var out []Statement
	for _, r := range all[:min(len(all), maxStatements)] {
		out = append(out, r.s)
	}
	return out
}

func (x *explainer) statement(e *authz.TraceEntry, s *policy.Statement) Statement {
	d := x.Decision
	return Statement{
		Number: s.Number + 1, Sid: s.Doc.Sid, Effect: s.Doc.Effect, Line: s.Doc.Start.Line, Column: s.Doc.Start.Column,
		Decided: s == d.Deny.Statement && e.Source == d.Deny.Source ||
			d.Allowed && (s == d.Identity.Statement && e.Source == d.Identity.Source || s == d.Resource.Statement && e.Source == d.Resource.Source),
	}
}

func (x *explainer) condition(e *authz.TraceEntry, t policy.ConditionTrace) Condition {
	c := Condition{Operator: t.Operator, Key: t.Key, Want: clip(t.Want), Present: t.Present, Holds: t.Holds}
	if x.hides(e, t.Key) {
		c.Hidden, c.Present = true, false
		return c
	}
	c.Got = clip(t.Got)
	return c
}

// hides tells whether the value of a key is the other account's to know: tags
// and the place in the organization of the resource for the caller's policies,
// those of the caller for the resource's.
func (x *explainer) hides(e *authz.TraceEntry, key string) bool {
	key = strings.ToLower(key)
	prefixes := []string{"aws:resourcetag/", "iam:resourcetag/", "s3:existingobjecttag/", "s3:buckettag/", "s3:accesspointtag/",
		"aws:resourceorg"}
	if e.Role.OfResource() {
		if x.shows(x.callerAccount) || !x.caller.Signed() {
			return false
		}
		prefixes = []string{"aws:principaltag/", "aws:principalorg", "aws:sourceidentity"}
		if x.hidesCaller() {
			prefixes = append(prefixes, "aws:principalarn", "aws:username")
		}
	} else if x.shows(x.resourceAccount) {
		return false
	}
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
}

// hidesCaller tells whether the viewer is not to see the caller's name.
func (x *explainer) hidesCaller() bool {
	return CallerOf(x.caller, x.Request.Action.Service(), x.Viewer).ARN == "" && x.caller.ARN != ""
}

// clip bounds a list of values and each of them.
func clip(values []string) []string {
	out := slices.Clone(values[:min(len(values), maxValues)])
	for i, v := range out {
		if len(v) > maxValue {
			out[i] = strings.ToValidUTF8(v[:maxValue], "") + "…"
		}
	}
	return out
}
