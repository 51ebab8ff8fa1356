package policy

import "strings"

// arnPattern is a value of ArnLike and its kin: six patterns, each matched against its own part.
type arnPattern struct {
	parts *[6]pattern
	// whole has variables: their values are put in before the text is cut at its colons.
	whole pattern
}

// compileArn reads s. A value with fewer than six parts, be it "*", matches no ARN.
func compileArn(s string, variables bool) arnPattern {
	whole := compilePattern(s, syntax{wildcards: true, variables: variables})
	if whole.vars > 0 {
		return arnPattern{whole: whole}
	}
	p := arnPattern{}
	if parts, ok := splitTokens(whole.tokens(), nil); ok {
		p.parts = &parts
	}
	return p
}

func (p *arnPattern) match(s string, q *Query) bool {
	tail := tailOf(s)
	if tail < 0 {
		return false
	}
	parts := p.parts
	if p.whole.vars > 0 {
		texts, ok := resolve(p.whole.toks, q, nil)
		if !ok {
			return false
		}
		cut, ok := splitTokens(p.whole.toks, texts)
		if !ok {
			return false
		}
		parts = &cut
	}
	return parts != nil && matchHead(parts[:5], s) && parts[5].match(s[tail:], nil)
}

// tokens is the pattern as tokens whatever its kind.
func (p *pattern) tokens() []token {
	switch p.kind {
	case patternLiteral:
		return []token{{kind: tokLiteral, text: p.text}}
	case patternAny:
		return []token{{kind: tokRun}}
	case patternPrefix:
		return []token{{kind: tokLiteral, text: p.text}, {kind: tokRun}}
	}
	return p.toks
}

// splitTokens cuts a pattern at its first five colons, variables replaced by texts. ok is false if there are fewer.
func splitTokens(toks []token, texts []string) (parts [6]pattern, ok bool) {
	var cur []token
	at, vi := 0, 0
	for _, t := range toks {
		if t.kind == tokVariable {
			t = token{kind: tokLiteral, text: texts[vi]}
			vi++
		}
		if t.kind != tokLiteral {
			cur = append(cur, t)
			continue
		}
		for at < 5 {
			before, after, found := strings.Cut(t.text, ":")
			if !found {
				break
			}
			parts[at] = classify(append(cur, token{kind: tokLiteral, text: before}), 0)
			at, cur, t.text = at+1, nil, after
		}
		cur = append(cur, t)
	}
	parts[5] = classify(cur, 0)
	return parts, at == 5
}
