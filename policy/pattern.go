package policy

import (
	"strings"
	"unicode/utf8"
)

// pattern is a string of a policy with its wildcards and variables, made ready for matching.
type pattern struct {
	kind patternKind
	text string  // of literals and prefixes
	toks []token // of the rest
	vars int     // how many of toks are variables
}

type patternKind uint8

const (
	patternLiteral patternKind = iota
	patternAny                 // "*"
	patternPrefix              // literal text and a last "*"
	patternTokens
)

type tokenKind uint8

const (
	tokLiteral tokenKind = iota
	tokOne               // ?
	tokRun               // *
	tokVariable
)

type token struct {
	kind     tokenKind
	text     string // of a literal; of a variable, its default
	fallback bool   // the variable has a default
	key      ConditionKey
}

// syntax is what may stand in a pattern.
type syntax struct {
	wildcards bool
	variables bool
}

// compilePattern reads s. An unterminated or empty ${…} is plain text.
func compilePattern(s string, syn syntax) pattern {
	var toks []token
	var lit []byte
	flush := func() {
		if len(lit) > 0 {
			toks = append(toks, token{kind: tokLiteral, text: string(lit)})
			lit = nil
		}
	}
	vars := 0
	for i := 0; i < len(s); {
		if syn.variables && strings.HasPrefix(s[i:], "${") {
			if t, n, ok := readVariable(s[i:]); ok {
				if t.kind == tokLiteral {
					lit = append(lit, t.text...)
				} else {
					flush()
					toks = append(toks, t)
					vars++
				}
				i += n
				continue
			}
		}
		switch c := s[i]; {
		case syn.wildcards && c == '*':
			flush()
			if len(toks) == 0 || toks[len(toks)-1].kind != tokRun {
				toks = append(toks, token{kind: tokRun})
			}
		case syn.wildcards && c == '?':
			flush()
			toks = append(toks, token{kind: tokOne})
		default:
			lit = append(lit, c)
		}
		i++
	}
	flush()
	return classify(toks, vars)
}

func classify(toks []token, vars int) pattern {
	switch {
	case len(toks) == 0:
		return pattern{kind: patternLiteral}
	case len(toks) == 1 && toks[0].kind == tokLiteral:
		return pattern{kind: patternLiteral, text: toks[0].text}
	case len(toks) == 1 && toks[0].kind == tokRun:
		return pattern{kind: patternAny}
	case len(toks) == 2 && toks[0].kind == tokLiteral && toks[1].kind == tokRun:
		return pattern{kind: patternPrefix, text: toks[0].text}
	}
	return pattern{kind: patternTokens, toks: toks, vars: vars}
}

// readVariable reads ${key}, ${key, 'default'}, ${*}, ${?} or ${$} at the start of s and says how long it is.
func readVariable(s string) (t token, n int, ok bool) {
	end := variableEnd(s)
	if end < 0 {
		return token{}, 0, false
	}
	body := s[2:end]
	switch body {
	case "*", "?", "$":
		return token{kind: tokLiteral, text: body}, end + 1, true
	}
	name, rest, hasDefault := strings.Cut(body, ",")
	t = token{kind: tokVariable, key: MakeKey(strings.TrimSpace(name))}
	if t.key.Name == "" {
		return token{}, 0, false
	}
	if hasDefault {
		rest = strings.TrimSpace(rest)
		if len(rest) < 2 || rest[0] != '\'' || rest[len(rest)-1] != '\'' {
			return token{}, 0, false
		}
		t.text, t.fallback = rest[1:len(rest)-1], true
	}
	return t, end + 1, true
}

// variableEnd is the place of the brace that closes the variable at the start of s; a quoted default may hold braces.
func variableEnd(s string) int {
	quoted := false
	for i := 2; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case s[i] == '}' && !quoted:
			return i
		}
	}
	return strings.IndexByte(s, '}')
}

// literalPrefix is the text that everything the pattern matches begins with.
func (p *pattern) literalPrefix() string {
	if p.kind != patternTokens {
		return p.text
	}
	if p.toks[0].kind == tokLiteral {
		return p.toks[0].text
	}
	return ""
}

// match tells whether s fits. A variable that has no value in q fits nothing.
func (p *pattern) match(s string, q *Query) bool {
	switch p.kind {
	case patternLiteral:
		return s == p.text
	case patternAny:
		return true
	case patternPrefix:
		return strings.HasPrefix(s, p.text)
	}
	if p.vars == 0 {
		return matchTokens(p.toks, nil, s)
	}
	var buf [8]string
	texts, ok := resolve(p.toks, q, buf[:0])
	return ok && matchTokens(p.toks, texts, s)
}

// resolve looks up the variables of toks, in order. ok is false if one has neither value nor default.
func resolve(toks []token, q *Query, texts []string) (_ []string, ok bool) {
	for i := range toks {
		if toks[i].kind != tokVariable {
			continue
		}
		text, ok := q.variable(&toks[i])
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

// matchTokens is the usual matching with one point of return, the last "*": its time is at most the product of the two
// lengths. texts are the variables' values; they are compared as they stand.
func matchTokens(toks []token, texts []string, s string) bool {
	ti, vi, pos := 0, 0, 0
	backT, backV, backPos := -1, 0, 0
	for {
		if ti == len(toks) {
			if pos == len(s) {
				return true
			}
		} else if toks[ti].kind == tokRun {
			if ti == len(toks)-1 {
				return true
			}
			ti++
			backT, backV, backPos = ti, vi, pos
			continue
		} else if n, ok := step(&toks[ti], texts, vi, s[pos:]); ok {
			if toks[ti].kind == tokVariable {
				vi++
			}
			ti++
			pos += n
			continue
		}
		if backT < 0 || backPos >= len(s) {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[backPos:])
		backPos += n
		ti, vi, pos = backT, backV, backPos
	}
}

// step fits one token that is not a run at the start of s.
func step(t *token, texts []string, vi int, s string) (n int, ok bool) {
	if t.kind == tokOne {
		_, n = utf8.DecodeRuneInString(s)
		return n, n > 0
	}
	text := t.text
	if t.kind == tokVariable {
		text = texts[vi]
	}
	return len(text), strings.HasPrefix(s, text)
}

// concat is the whole text of a pattern without wildcards.
func (p *pattern) concat(q *Query) (string, bool) {
	if p.kind != patternTokens {
		return p.text, true
	}
	texts, ok := resolve(p.toks, q, nil)
	if !ok {
		return "", false
	}
	var b strings.Builder
	vi := 0
	for i := range p.toks {
		if p.toks[i].kind == tokVariable {
			b.WriteString(texts[vi])
			vi++
			continue
		}
		b.WriteString(p.toks[i].text)
	}
	return b.String(), true
}
