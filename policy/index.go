package policy

import "slices"

// indexFrom is the number of statements from which an index pays.
const indexFrom = 12

// index finds the statements of a long document that could match, so that a bucket policy's cost does not grow with its
// length. Each statement stands under one feature that it cannot match without: the principals that it names, the literal
// text that its resources begin with, the actions that it lists, or, having none, under always.
type index struct {
	principals map[string][]int32
	resources  map[string][]int32
	lengths    []int // of the keys of resources, ascending
	actions    map[string][]int32
	always     []int32
}

func buildIndex(statements []Statement) *index {
	if len(statements) < indexFrom {
		return nil
	}
	x := &index{principals: map[string][]int32{}, resources: map[string][]int32{}, actions: map[string][]int32{}}
	common := commonPrefix(statements)
	for i := range statements {
		s, n := &statements[i], int32(i)
		if keys, ok := s.principalKeys(); ok {
			add(x.principals, keys, n)
		} else if keys, ok := s.resourceKeys(common); ok {
			add(x.resources, keys, n)
		} else if keys, ok := s.actionKeys(); ok {
			add(x.actions, keys, n)
		} else {
			x.always = append(x.always, n)
		}
	}
	for key := range x.resources {
		if !slices.Contains(x.lengths, len(key)) {
			x.lengths = append(x.lengths, len(key))
		}
	}
	slices.Sort(x.lengths)
	return x
}

func add(m map[string][]int32, keys []string, n int32) {
	for _, k := range keys {
		if list := m[k]; len(list) == 0 || list[len(list)-1] != n {
			m[k] = append(list, n)
		}
	}
}

// principalKeys are the strings under which a caller finds the statement. A document whose principals are not asked would
// be misread, but those have no Principal.
func (s *Statement) principalKeys() (keys []string, ok bool) {
	if s.principals == nil || s.notPrincipal || !s.principals.specific() {
		return nil, false
	}
	for _, e := range s.principals.entries {
		keys = append(keys, e.value)
	}
	return keys, true
}

func (s *Statement) resourceKeys(common int) (keys []string, ok bool) {
	if s.notResources || s.anyResource {
		return nil, false
	}
	for i := range s.resources {
		prefix := s.resources[i].literalPrefix()
		if len(prefix) <= common {
			return nil, false
		}
		keys = append(keys, prefix)
	}
	return keys, true
}

// commonPrefix is how much of their resources all statements share; less than that tells them not apart.
func commonPrefix(statements []Statement) int {
	shared, first := "", true
	for i := range statements {
		for j := range statements[i].resources {
			prefix := statements[i].resources[j].literalPrefix()
			if first {
				shared, first = prefix, false
			}
			n := 0
			for n < len(shared) && n < len(prefix) && shared[n] == prefix[n] {
				n++
			}
			shared = shared[:n]
		}
	}
	return len(shared)
}

func (s *Statement) actionKeys() (keys []string, ok bool) {
	if s.notActions {
		return nil, false
	}
	for i := range s.actions {
		if s.actions[i].kind != patternLiteral {
			return nil, false
		}
		keys = append(keys, s.actions[i].text)
	}
	return keys, true
}

// evaluate applies the statements that q's features lead to. One that two features lead to may be applied twice, which
// changes nothing.
func (x *index) evaluate(p *Policy, q *Query, mode Mode, o *Outcome) {
	if x.apply(p, x.always, q, mode, o) || x.apply(p, x.actions[q.Action.lower], q, mode, o) {
		return
	}
	if x.evaluatePrincipals(p, q, mode, o) {
		return
	}
	for _, n := range x.lengths {
		if n > len(q.Resource) {
			return
		}
		if x.apply(p, x.resources[q.Resource[:n]], q, mode, o) {
			return
		}
	}
}

func (x *index) evaluatePrincipals(p *Policy, q *Query, mode Mode, o *Outcome) (denied bool) {
	if len(x.principals) == 0 {
		return false
	}
	if mode == IgnorePrincipal {
		for i := range p.statements {
			if p.statements[i].apply(q, mode, o) {
				return true
			}
		}
		return false
	}
	if q.Caller == nil {
		return false
	}
	c := q.Caller
	for _, key := range [...]string{c.Account, c.ARN, c.PrincipalARN, c.UniqueID, c.IssuerARN, c.IssuerID, c.CanonicalID} {
		if key != "" && x.apply(p, x.principals[key], q, mode, o) {
			return true
		}
	}
	return false
}

func (x *index) apply(p *Policy, list []int32, q *Query, mode Mode, o *Outcome) (denied bool) {
	for _, n := range list {
		if p.statements[n].apply(q, mode, o) {
			return true
		}
	}
	return false
}
