package authz_test

import "strings"

// refValue is what a request holds for a key; many marks a list.
type refValue struct {
	list []string
	many bool
}

// refKeys holds the condition keys by their lower-case names.
type refKeys map[string]refValue

func (k refKeys) get(name string) (refValue, bool) {
	v, ok := k[strings.ToLower(name)]
	return v, ok && len(v.list) > 0
}

func (k refKeys) set(name string, values ...string) {
	if len(values) == 0 || values[0] == "" {
		return
	}
	k[strings.ToLower(name)] = refValue{list: values}
}

// refToken is one character of a pattern: a literal, * or ?.
type refToken struct {
	r    rune
	wild bool
}

// refWild matches a pattern without variables.
func refWild(pattern, s string) bool {
	tokens, _ := refTokens(pattern, false, nil)
	return refMatch(tokens, []rune(s))
}

func refMatch(p []refToken, s []rune) bool {
	if len(p) == 0 {
		return len(s) == 0
	}
	if p[0].wild && p[0].r == '*' {
		return refMatch(p[1:], s) || len(s) > 0 && refMatch(p, s[1:])
	}
	if len(s) == 0 {
		return false
	}
	return (p[0].wild || p[0].r == s[0]) && refMatch(p[1:], s[1:])
}

func refLiteral(s string) (out []refToken) {
	for _, r := range s {
		out = append(out, refToken{r: r})
	}
	return out
}

// refTokens takes a pattern apart, variables replaced if expand. Not ok: a variable has no value.
func refTokens(pattern string, expand bool, keys refKeys) (out []refToken, ok bool) {
	for rest := pattern; rest != ""; {
		if expand && strings.HasPrefix(rest, "${") {
			if body, after, closed := strings.Cut(rest[2:], "}"); closed {
				value, ok := refVariable(body, keys)
				if !ok {
					return nil, false
				}
				out, rest = append(out, refLiteral(value)...), after
				continue
			}
		}
		r := []rune(rest)[0]
		out = append(out, refToken{r, r == '*' || r == '?'})
		rest = rest[len(string(r)):]
	}
	return out, true
}

// refVariable is the value of what stands between ${ and }.
func refVariable(body string, keys refKeys) (string, bool) {
	if body == "*" || body == "?" || body == "$" {
		return body, true
	}
	name, def, has := strings.Cut(body, ",")
	if v, ok := keys.get(strings.TrimSpace(name)); ok {
		return v.list[0], !v.many
	}
	if def = strings.TrimSpace(def); has && len(def) >= 2 {
		return def[1 : len(def)-1], true
	}
	return "", false
}

// refParts splits at the first five colons, those inside ${} aside.
func refParts(s string, variables bool) (parts []string) {
	start, depth := 0, 0
	for i := 0; i < len(s); i++ {
		switch {
		case variables && strings.HasPrefix(s[i:], "${"):
			depth++
		case depth > 0 && s[i] == '}':
			depth--
		case s[i] == ':' && depth == 0 && len(parts) < 5:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// refResource matches an entry of Resource: variables after the fifth colon alone.
func refResource(pattern, resource string, expand bool, keys refKeys) bool {
	if pattern == "*" {
		return true
	}
	want, got := refParts(pattern, false), refParts(resource, false)
	if len(want) != 6 || len(got) != 6 {
		return pattern == resource
	}
	for i := range 5 {
		if !refWild(want[i], got[i]) {
			return false
		}
	}
	tokens, ok := refTokens(want[5], expand, keys)
	return ok && refMatch(tokens, []rune(got[5]))
}

// refARN matches a value of ArnLike.
func refARN(pattern, value string, expand bool, keys refKeys) bool {
	want, got := refParts(pattern, expand), refParts(value, false)
	if len(want) != 6 || len(got) != 6 {
		return false
	}
	for i := range 6 {
		tokens, ok := refTokens(want[i], expand, keys)
		if !ok || !refMatch(tokens, []rune(got[i])) {
			return false
		}
	}
	return true
}
