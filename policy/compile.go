package policy

import "fmt"

// Policy is a compiled document. It never changes and may be asked by any number of goroutines at once.
type Policy struct {
	Doc        *Document
	statements []Statement
	index      *index
	public     bool
}

// Statement is a compiled statement; Doc is its text's model and Number its place in the document, from 0.
type Statement struct {
	Doc    *StatementDoc
	Number int

	deny         bool
	actions      []pattern
	notActions   bool
	resources    []resourcePattern
	notResources bool
	anyResource  bool // neither Resource nor NotResource: trust policies
	principals   *principalSet
	notPrincipal bool
	conditions   []condition
}

// Compile makes a document ready to be evaluated. It takes whatever Parse takes, so that what is stored can always be
// loaded, with two exceptions that could not be evaluated: an Effect other than Allow and Deny, and an operator that the
// language does not have on a key.
func Compile(doc *Document) (*Policy, error) {
	p := &Policy{Doc: doc, statements: make([]Statement, len(doc.Statements))}
	for i := range doc.Statements {
		if err := compileStatement(&p.statements[i], &doc.Statements[i], doc.Variables()); err != nil {
			return nil, fmt.Errorf("policy: statement %d: %w", i, err)
		}
		p.statements[i].Number = i
	}
	p.index = buildIndex(p.statements)
	p.public = isPublic(doc)
	return p, nil
}

// Load is Parse and Compile.
func Load(src []byte) (*Policy, error) {
	doc, err := Parse(src)
	if err != nil {
		return nil, err
	}
	return Compile(doc)
}

// Public tells whether S3's Block Public Access calls the policy public.
func (p *Policy) Public() bool { return p.public }

func compileStatement(s *Statement, doc *StatementDoc, variables bool) error {
	s.Doc = doc
	switch doc.Effect {
	case Allow:
	case Deny:
		s.deny = true
	default:
		return fmt.Errorf("effect %q", doc.Effect)
	}
	actions := doc.Action
	if doc.NotAction != nil {
		actions, s.notActions = doc.NotAction, true
	}
	for _, a := range actions {
		s.actions = append(s.actions, compilePattern(asciiLower(a), syntax{wildcards: true}))
	}
	resources := doc.Resource
	if doc.NotResource != nil {
		resources, s.notResources = doc.NotResource, true
	}
	s.anyResource = resources == nil
	for _, r := range resources {
		s.resources = append(s.resources, compileResource(r, variables))
	}
	s.principals = compilePrincipal(doc.Principal)
	if doc.NotPrincipal != nil {
		s.principals, s.notPrincipal = compilePrincipal(doc.NotPrincipal), true
	}
	return s.compileConditions(doc, variables)
}

func (s *Statement) compileConditions(doc *StatementDoc, variables bool) error {
	for i := range doc.Conditions {
		c := &doc.Conditions[i]
		if c.Key == "" && c.Values == nil {
			continue // an operator over an empty object asks nothing
		}
		compiled, ok := compileCondition(c, variables, s.deny)
		if !ok {
			return fmt.Errorf("condition operator %q", c.Operator)
		}
		s.conditions = append(s.conditions, compiled)
	}
	return nil
}

// Denies tells whether the statement's effect is Deny.
func (s *Statement) Denies() bool { return s.deny }

func (s *Statement) matchAction(q *Query) bool {
	for i := range s.actions {
		if s.actions[i].match(q.Action.lower, q) {
			return !s.notActions
		}
	}
	return s.notActions
}

func (s *Statement) matchResource(q *Query) bool {
	if s.anyResource {
		return true
	}
	for i := range s.resources {
		if s.resources[i].match(q) {
			return !s.notResources
		}
	}
	return s.notResources
}

func (s *Statement) matchConditions(q *Query) bool {
	for i := range s.conditions {
		if !s.conditions[i].holds(q) {
			return false
		}
	}
	return true
}
