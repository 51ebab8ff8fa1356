//go:build mutation

package authz_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// mutant is one change to the sources.
type mutant struct {
	id             int
	file, function string
	line           int
	what, text     string
}

func (m mutant) String() string { return fmt.Sprintf("%s:%d %s", m.file, m.line, m.key()) }

// key names the mutant without its line, which changes too often.
func (m mutant) key() string { return fmt.Sprintf("%s %s: %s: %s", m.file, m.function, m.what, m.text) }

// insertion is text to put in at an offset. The longer what it belongs to, the further outside it goes.
type insertion struct {
	at, length int
	after      bool
	text       string
}

type mutator struct {
	file, function string
	source         []byte
	set            *token.FileSet
	base           int
	mutants        []mutant
	insertions     []insertion
	wrapped        map[ast.Node]bool
}

// mutateSource puts all mutants of a file into its text. Each has a number from base+1 on and changes nothing unless it is
// alive.
func mutateSource(file string, source []byte, base int) (string, []mutant, error) {
	m := &mutator{file: file, source: source, set: token.NewFileSet(), base: base, wrapped: map[ast.Node]bool{}}
	parsed, err := parser.ParseFile(m.set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, err
	}
	for _, d := range parsed.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			m.function = fn.Name.Name
			ast.Inspect(fn.Body, m.visit)
		}
	}
	return m.apply(), m.mutants, nil
}

func (m *mutator) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		m.force(n.Cond, true)
	case *ast.ForStmt:
		if n.Cond != nil {
			m.force(n.Cond, false) // for ever is not worth a try
		}
	case *ast.SwitchStmt:
		for _, c := range n.Body.List {
			if clause := c.(*ast.CaseClause); n.Tag == nil {
				for _, e := range clause.List {
					m.force(e, true)
				}
			}
		}
	case *ast.BinaryExpr:
		switch n.Op {
		case token.LAND, token.LOR:
			m.force(n.X, true)
			m.force(n.Y, true)
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			m.force(n, true)
		}
	case *ast.ReturnStmt:
		for _, e := range n.Results {
			if id, ok := e.(*ast.Ident); ok && (id.Name == "true" || id.Name == "false") {
				m.force(e, true)
			}
		}
	case *ast.BlockStmt:
		m.leaveOut(n.List)
	case *ast.CaseClause:
		m.leaveOut(n.Body)
	}
	return true
}

// force makes mutants of a condition: always false, and always true.
func (m *mutator) force(e ast.Expr, always bool) {
	if m.wrapped[e] {
		return
	}
	m.wrapped[e] = true
	text := string(m.source[m.offset(e.Pos()):m.offset(e.End())])
	prefix := "("
	if text != "false" {
		prefix = fmt.Sprintf("(mutantAlive != %d && ", m.add(e, "never", text))
	}
	suffix := ")"
	if always && text != "true" {
		prefix += fmt.Sprintf("(mutantAlive == %d || ", m.add(e, "always", text))
		suffix += ")"
	}
	m.around(e, prefix+"(", ")"+suffix)
}

// leaveOut makes a mutant of each statement that may be missing without harm to the compiler.
func (m *mutator) leaveOut(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt, *ast.IncDecStmt:
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		default:
			continue
		}
		text := string(m.source[m.offset(s.Pos()):m.offset(s.End())])
		m.around(s, fmt.Sprintf("if mutantAlive != %d { ", m.add(s, "without", text)), " }")
	}
}

func (m *mutator) offset(p token.Pos) int { return m.set.Position(p).Offset }

func (m *mutator) add(n ast.Node, what, text string) int {
	id := m.base + len(m.mutants) + 1
	text = strings.Join(strings.Fields(text), " ")
	m.mutants = append(m.mutants, mutant{id, m.file, m.function, m.set.Position(n.Pos()).Line, what, text})
	return id
}

func (m *mutator) around(n ast.Node, before, after string) {
	start, end := m.offset(n.Pos()), m.offset(n.End())
	m.insertions = append(m.insertions, insertion{start, end - start, false, before}, insertion{end, end - start, true, after})
}

func (m *mutator) apply() string {
	slices.SortStableFunc(m.insertions, func(a, b insertion) int {
		switch {
		case a.at != b.at:
			return a.at - b.at
		case a.after != b.after:
			if a.after {
				return -1
			}
			return 1
		case a.after:
			return a.length - b.length
		}
		return b.length - a.length
	})
	var out strings.Builder
	at := 0
	for _, i := range m.insertions {
		out.Write(m.source[at:i.at])
		out.WriteString(i.text)
		at = i.at
	}
	out.Write(m.source[at:])
	return out.String()
}
