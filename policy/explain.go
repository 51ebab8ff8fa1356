package policy

// Failed is the part of a statement that did not match a query.
type Failed uint8

// Parts of a statement in the order in which they are asked.
const (
	FailedNothing Failed = iota
	FailedAction
	FailedPrincipal
	FailedResource
	FailedCondition
)

func (f Failed) String() string {
	return [...]string{"", "action", "principal", "resource", "condition"}[f]
}

// StatementTrace says what a statement made of a query.
type StatementTrace struct {
	Statement *Statement
	Matched   bool
	Failed    Failed
	Grants    Grants // in which ways the Principal names the caller
	// Conditions are all of the statement's conditions, if its other parts match.
	Conditions []ConditionTrace
}

// ConditionTrace says what a condition made of a query: the values it saw (Present false: the key was absent).
type ConditionTrace struct {
	Operator string
	Key      string
	Want     []string
	Got      []string
	Present  bool
	Holds    bool
}

// Explain asks every statement and tells for each whether and where it failed. It is for traces, not for the way of
// requests that nobody asks about.
func (p *Policy) Explain(q *Query, mode Mode) []StatementTrace {
	if q.tail == 0 {
		q.tail = tailOf(q.Resource)
	}
	out := make([]StatementTrace, len(p.statements))
	for i := range p.statements {
		out[i] = p.statements[i].explain(q, mode)
	}
	return out
}

func (s *Statement) explain(q *Query, mode Mode) StatementTrace {
	t := StatementTrace{Statement: s, Grants: s.grants(q, mode)}
	switch {
	case !s.matchAction(q):
		t.Failed = FailedAction
	case t.Grants == 0:
		t.Failed = FailedPrincipal
	case !s.matchResource(q):
		t.Failed = FailedResource
	default:
		t.Matched = true
		for i := range s.conditions {
			c := s.conditions[i].explain(q)
			t.Conditions = append(t.Conditions, c)
			if !c.Holds {
				t.Matched, t.Failed = false, FailedCondition
			}
		}
	}
	return t
}

func (c *condition) explain(q *Query) ConditionTrace {
	t := ConditionTrace{Operator: c.doc.Operator, Key: c.doc.Key, Want: c.doc.Values, Holds: c.holds(q)}
	var tmp Value
	if v := q.lookup(&c.key, &tmp); v != nil {
		t.Present, t.Got = true, v.Strings()
	}
	return t
}

// ContextKeys lists the condition keys that the document's conditions and variables use, each once in the order of the
// text, as GetContextKeysForCustomPolicy answers them.
func ContextKeys(doc *Document) []string {
	seen := map[string]bool{}
	var out []string
	note := func(k ConditionKey) {
		if k.Name != "" && !seen[k.lower] {
			seen[k.lower] = true
			out = append(out, k.Name)
		}
	}
	variables := func(values []string) {
		for _, v := range values {
			for _, t := range compilePatternIf(doc, v) {
				note(t.key)
			}
		}
	}
	for i := range doc.Statements {
		s := &doc.Statements[i]
		variables(s.Resource)
		variables(s.NotResource)
		for _, c := range s.Conditions {
			note(MakeKey(c.Key))
			variables(c.Values)
		}
	}
	return out
}

func compilePatternIf(doc *Document, s string) []token {
	p := compilePattern(s, syntax{variables: doc.Variables()})
	return p.toks
}
