package policy

import "strings"

// resourcePattern is one entry of Resource or NotResource. An ARN is matched in two halves: the five parts before the
// fifth colon each for itself, so that no wildcard there reaches into the name, and the rest whole.
type resourcePattern struct {
	whole bool    // not cut: "*", or something with fewer than five colons
	rest  pattern // the sixth part, or everything if whole
	head  string  // "arn:aws:s3:::" if it has no wildcards
	parts []pattern
	// full is head and the rest's literal text, if that is all there is to compare.
	full string
}

func compileResource(s string, variables bool) resourcePattern {
	tail := tailOf(s)
	if tail < 0 {
		return resourcePattern{whole: true, rest: compilePattern(s, syntax{wildcards: true})}
	}
	r := resourcePattern{rest: compilePattern(s[tail:], syntax{wildcards: true, variables: variables})}
	if head := s[:tail]; !strings.ContainsAny(head, "*?") {
		r.head = head
		if r.rest.kind == patternLiteral || r.rest.kind == patternPrefix {
			r.full = head + r.rest.text
		}
		return r
	}
	for _, part := range strings.SplitN(s, ":", 6)[:5] {
		r.parts = append(r.parts, compilePattern(part, syntax{wildcards: true}))
	}
	return r
}

func (r *resourcePattern) match(q *Query) bool {
	if r.full != "" {
		if r.rest.kind == patternLiteral {
			return q.Resource == r.full
		}
		return strings.HasPrefix(q.Resource, r.full)
	}
	if r.whole {
		return r.rest.match(q.Resource, q)
	}
	if q.tail < 0 {
		return false
	}
	if r.parts == nil {
		return len(r.head) == q.tail && q.Resource[:q.tail] == r.head && r.rest.match(q.Resource[q.tail:], q)
	}
	return matchHead(r.parts, q.Resource) && r.rest.match(q.Resource[q.tail:], q)
}

// matchHead matches the first five parts of an ARN, which s is known to have.
func matchHead(parts []pattern, s string) bool {
	for i := range parts {
		part, rest, _ := strings.Cut(s, ":")
		if !parts[i].match(part, nil) {
			return false
		}
		s = rest
	}
	return true
}

// literalPrefix is the text that every resource matched begins with.
func (r *resourcePattern) literalPrefix() string {
	if r.parts != nil {
		return ""
	}
	return r.head + r.rest.literalPrefix()
}
