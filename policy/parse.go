package policy

import (
	"bytes"
	"slices"
)

// Parse reads a document: strict JSON (no duplicate names, at most MaxDocument bytes), known elements in AWS's letter case,
// values of the right type, one of each pair of element and Not… form, at least one statement, an Effect in each. What the
// values mean is not looked at. The error is always a *ParseError.
func Parse(src []byte) (*Document, error) {
	doc, perr := parse(src)
	if perr != nil {
		return nil, perr
	}
	return doc, nil
}

type docParser struct{ src []byte }

func (p docParser) fail(problem Problem, element string, at int) *ParseError {
	return &ParseError{Problem: problem, Element: element, At: positionOf(p.src, at)}
}

func parse(src []byte) (*Document, *ParseError) {
	root, perr := parseJSON(src)
	if perr != nil {
		return nil, perr
	}
	p := docParser{src}
	if root.kind != nodeObject {
		return nil, p.fail(ProblemNotJSON, "", root.start)
	}
	doc := new(Document)
	var statements *node
	for _, m := range root.members {
		switch m.name {
		case "Version", "Id":
			if m.value.kind != nodeString {
				return nil, p.fail(ProblemType, m.name, m.value.start)
			}
			if m.name == "Id" {
				doc.ID = m.value.text
			} else if doc.Version = m.value.text; doc.Version == "" {
				return nil, p.fail(ProblemType, m.name, m.value.start)
			}
		case "Statement":
			statements = m.value
		default:
			return nil, p.fail(ProblemUnknown, m.name, m.start)
		}
	}
	if statements == nil {
		return nil, p.fail(ProblemMissingStatement, "Statement", root.start)
	}
	return doc, p.statements(doc, statements)
}

func (p docParser) statements(doc *Document, n *node) *ParseError {
	list := []*node{n}
	switch n.kind {
	case nodeArray:
		list = n.items
	case nodeObject:
	default:
		return p.fail(ProblemType, "Statement", n.start)
	}
	if len(list) == 0 {
		return p.fail(ProblemEmptyStatement, "Statement", n.start)
	}
	doc.Statements = make([]StatementDoc, len(list))
	walk := walker{src: p.src, at: Position{Line: 1, Column: 1}}
	for i, s := range list {
		if s.kind != nodeObject {
			return p.fail(ProblemType, "Statement", s.start)
		}
		st := &doc.Statements[i]
		st.Before = walk.to(len(bytes.TrimRight(p.src[:s.start], " \t\r\n")))
		st.Start, st.End = walk.to(s.start), walk.to(s.end)
		if err := p.statement(st, s); err != nil {
			return err
		}
	}
	return nil
}

// walker finds the positions of ascending offsets in one pass over the text.
type walker struct {
	src []byte
	at  Position
}

func (w *walker) to(offset int) Position {
	for ; w.at.Offset < offset; w.at.Offset++ {
		if w.src[w.at.Offset] == '\n' {
			w.at.Line++
			w.at.Column = 0
		}
		w.at.Column++
	}
	return w.at
}

func (p docParser) statement(st *StatementDoc, n *node) *ParseError {
	for _, m := range n.members {
		if err := p.element(st, m); err != nil {
			return err
		}
	}
	for _, pair := range [...]string{"Action", "Resource", "Principal"} {
		if n.get(pair) != nil && n.get("Not"+pair) != nil {
			return p.fail(ProblemConflict, pair, n.start)
		}
	}
	if n.get("Effect") == nil {
		return p.fail(ProblemMissingEffect, "Effect", n.start)
	}
	return nil
}

func (p docParser) element(st *StatementDoc, m member) (err *ParseError) {
	switch m.name {
	case "Sid", "Effect":
		if m.value.kind != nodeString {
			return p.fail(ProblemType, m.name, m.value.start)
		}
		if m.name == "Sid" {
			st.Sid = m.value.text
		} else {
			st.Effect = m.value.text
		}
	case "Principal":
		st.Principal, err = p.principal(m)
	case "NotPrincipal":
		st.NotPrincipal, err = p.principal(m)
	case "Action":
		st.Action, err = p.strings(m.name, m.value)
	case "NotAction":
		st.NotAction, err = p.strings(m.name, m.value)
	case "Resource":
		st.Resource, err = p.strings(m.name, m.value)
	case "NotResource":
		st.NotResource, err = p.strings(m.name, m.value)
	case "Condition":
		st.Conditions, err = p.conditions(m.value)
	default:
		return p.fail(ProblemUnknown, m.name, m.start)
	}
	return err
}

func (p docParser) strings(element string, n *node) ([]string, *ParseError) {
	if n.kind == nodeString {
		return []string{n.text}, nil
	}
	if n.kind != nodeArray {
		return nil, p.fail(ProblemType, element, n.start)
	}
	out := make([]string, len(n.items))
	for i, item := range n.items {
		if item.kind != nodeString {
			return nil, p.fail(ProblemType, element, item.start)
		}
		out[i] = item.text
	}
	return out, nil
}

func (p docParser) principal(m member) (*PrincipalDoc, *ParseError) {
	n := m.value
	if n.kind == nodeString {
		if n.text != "*" {
			return nil, p.fail(ProblemType, m.name, n.start)
		}
		return &PrincipalDoc{Any: true}, nil
	}
	if n.kind != nodeObject {
		return nil, p.fail(ProblemType, m.name, n.start)
	}
	doc := new(PrincipalDoc)
	for _, entry := range n.members {
		values, err := p.strings(m.name, entry.value)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(principalTypes[:], entry.name) {
			return nil, p.fail(ProblemUnknown, entry.name, entry.start)
		}
		for _, v := range values {
			doc.Entries = append(doc.Entries, PrincipalEntry{Type: entry.name, Value: v})
		}
	}
	return doc, nil
}

// Types of principals.
const (
	TypeAWS       = "AWS"
	TypeService   = "Service"
	TypeCanonical = "CanonicalUser"
	TypeFederated = "Federated"
)

var principalTypes = [...]string{TypeAWS, TypeService, TypeCanonical, TypeFederated}

func (p docParser) conditions(n *node) ([]ConditionDoc, *ParseError) {
	if n.kind != nodeObject {
		return nil, p.fail(ProblemType, "Condition", n.start)
	}
	var out []ConditionDoc
	for _, op := range n.members {
		if op.value.kind != nodeObject {
			return nil, p.fail(ProblemType, "Condition", op.value.start)
		}
		if len(op.value.members) == 0 {
			out = append(out, ConditionDoc{Operator: op.name})
		}
		for _, key := range op.value.members {
			values, err := p.conditionValues(key.value)
			if err != nil {
				return nil, err
			}
			out = append(out, ConditionDoc{Operator: op.name, Key: key.name, Values: values})
		}
	}
	return out, nil
}

func (p docParser) conditionValues(n *node) ([]string, *ParseError) {
	list := n.items
	if n.kind != nodeArray {
		list = []*node{n}
	}
	out := make([]string, len(list))
	for i, item := range list {
		switch item.kind {
		case nodeString, nodeNumber, nodeBool:
			out[i] = item.text
		default:
			return nil, p.fail(ProblemType, "Condition", item.start)
		}
	}
	return out, nil
}
