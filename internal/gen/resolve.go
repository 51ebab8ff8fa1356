package main

import (
	"fmt"
	"slices"
	"sort"
)

// pkg is what is written for one service: the operations that are wanted, the
// shapes they reach under their Go names, and the errors.
type pkg struct {
	target target
	model  *model
	ops    []*operation
	inputs map[string]string // operation → input shape name of the model, "" for none
	shapes map[string]*shape // Go name → shape
	rename map[string]string // model name → Go name
	errs   []string
}

func newPackage(t target, m *model) (*pkg, error) {
	p := &pkg{target: t, model: m, shapes: map[string]*shape{}, rename: map[string]string{}}
	for name, op := range m.Operations {
		if t.operations == nil || slices.Contains(t.operations, name) {
			p.ops = append(p.ops, op)
		}
	}
	if t.operations != nil && len(p.ops) != len(t.operations) {
		return nil, fmt.Errorf("model has %d of %d operations", len(p.ops), len(t.operations))
	}
	sort.Slice(p.ops, func(i, j int) bool { return p.ops[i].Name < p.ops[j].Name })
	for _, op := range p.ops {
		p.shapes[op.Name+"Input"] = p.own(op.Input)
		p.shapes[op.Name+"Output"] = p.own(op.Output)
	}
	for _, op := range p.ops {
		for _, r := range []*ref{op.Input, op.Output} {
			if r != nil {
				p.reachMembers(m.Shapes[r.Shape])
			}
		}
	}
	for name, s := range m.Shapes {
		if s.Exception && t.operations == nil {
			p.errs = append(p.errs, name)
		}
	}
	sort.Strings(p.errs)
	return p, nil
}

// own is the shape of an operation's own input or output, empty if the model
// has none.
func (p *pkg) own(r *ref) *shape {
	if r == nil {
		return &shape{Type: "structure"}
	}
	return p.model.Shapes[r.Shape]
}

// reach takes in a shape that something refers to. A name that an operation's
// own input or output has already taken gets the suffix Shape.
func (p *pkg) reach(name string) {
	if _, done := p.rename[name]; done {
		return
	}
	s := p.model.Shapes[name]
	goName := name
	if s.Type == "structure" {
		goName = export(name)
	}
	if _, taken := p.shapes[goName]; taken {
		goName += "Shape"
	}
	p.rename[name] = goName
	p.shapes[goName] = s
	p.reachMembers(s)
}

func (p *pkg) reachMembers(s *shape) {
	for _, m := range s.Members.keys {
		p.reach(s.Members.vals[m].Shape)
	}
	for _, r := range []*ref{s.Member, s.Key, s.Value} {
		if r != nil {
			p.reach(r.Shape)
		}
	}
}

func (p *pkg) names() []string {
	names := make([]string, 0, len(p.shapes))
	for n := range p.shapes {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// goType is the Go type of a shape as a list element or map value.
func (p *pkg) goType(name string) string {
	s := p.model.Shapes[name]
	switch s.Type {
	case "structure":
		return p.rename[name]
	case "list":
		return "[]" + p.goType(s.Member.Shape)
	case "map":
		return "map[string]" + p.goType(s.Value.Shape)
	case "string", "character":
		return "string"
	case "boolean":
		return "bool"
	case "integer":
		return "int32"
	case "long":
		return "int64"
	case "float":
		return "float32"
	case "double":
		return "float64"
	case "timestamp":
		return "time.Time"
	case "blob":
		return "[]byte"
	}
	panic("unknown type " + s.Type)
}

// fieldType is the Go type of a shape as a structure's member.
func (p *pkg) fieldType(r *ref, streaming, input bool) string {
	s := p.model.Shapes[r.Shape]
	switch {
	case streaming && input:
		return "wire.Body"
	case streaming || s.EventStream:
		return "io.ReadCloser"
	case s.Type == "list", s.Type == "map", s.Type == "blob":
		return p.goType(r.Shape)
	}
	return "*" + p.goType(r.Shape)
}
