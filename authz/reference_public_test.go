package authz_test

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// refPublic is the meaning of "public policy" in 4.6: every Allow must be narrowed.
func refPublic(p *refPolicy) bool {
	if p == nil {
		return false
	}
	for _, s := range p.statements {
		if s.effect == "Allow" && !s.fixedPrincipals() && !slices.ContainsFunc(s.conditions, refNarrows) {
			return true
		}
	}
	return false
}

func (s *refStatement) fixedPrincipals() bool {
	for _, p := range s.principal {
		if strings.ContainsAny(p.value, "*?$") {
			return false
		}
	}
	return s.principal != nil
}

// refNarrowing are the keys that S3 counts.
var refNarrowing = []string{"aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner",
	"aws:sourceaccount", "aws:userid", "aws:principalorgid", "aws:principalarn", "aws:principalaccount",
	"aws:principalorgpaths", "s3:dataaccesspointaccount", "s3:dataaccesspointarn"}

var refAnyAccessPoint = regexp.MustCompile(`^arn:aws:s3:[^:$]*:[0-9]{12}:accesspoint/`)

func refNarrows(c refCondition) bool {
	key := strings.ToLower(c.key)
	fitting := []string{"StringEquals", "StringEqualsIgnoreCase", "StringLike"}
	switch {
	case key == "aws:sourceip":
		fitting = []string{"IpAddress"}
	case strings.HasSuffix(key, "arn"):
		fitting = append(fitting, "ArnEquals", "ArnLike")
	}
	if !slices.Contains(refNarrowing, key) || !slices.Contains(fitting, strings.TrimPrefix(c.operator, "ForAnyValue:")) {
		return false
	}
	for _, v := range c.values {
		switch {
		case key == "aws:sourceip":
			net, err := netip.ParsePrefix(v)
			if err == nil && (net.Addr().Is4() && net.Bits() < 8 || net.Addr().Is6() && net.Bits() < 32) {
				return false
			}
		case key == "s3:dataaccesspointarn" && refAnyAccessPoint.MatchString(v):
		case strings.ContainsAny(v, "*?$"):
			return false
		}
	}
	return true
}

// validate knows just enough of 2.8 for the sample of cases.
func (w *refWorld) validate() string {
	raw := w.c.Request.BodyPolicy
	if string(raw) == "{}" {
		return "Missing required field Statement"
	}
	p, err := refParse(raw)
	if err != nil {
		return "Policies must be valid JSON and the first byte must be '{'"
	}
	for _, s := range p.statements {
		for _, pr := range s.principal {
			if pr.typ == "AWS" && !w.principalExists(pr.value) {
				return "Invalid principal in policy"
			}
		}
		for _, a := range s.action {
			name := strings.ToLower(a)
			if !strings.Contains(a, "*") && !slices.ContainsFunc(refKnownActions, func(known string) bool { return "s3:"+known == name }) {
				return "Policy has invalid action"
			}
			object := strings.Contains(name, "object")
			onObject := slices.ContainsFunc(s.resource, func(r string) bool { return strings.Contains(r, "/") || strings.HasSuffix(r, "*") })
			if object && !strings.Contains(a, "*") && !onObject {
				return "Action does not apply to any resource(s) in statement"
			}
		}
		for _, c := range s.conditions {
			if strings.EqualFold(c.key, "s3:VersionStatus") {
				return "Policy has an invalid condition key"
			}
		}
	}
	return ""
}

var refKnownActions = strings.Fields("getobject putobject deleteobject listbucket putobjectacl getobjectacl getbucketpolicy")

func (w *refWorld) principalExists(value string) bool {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) != 6 {
		return value == "*" || len(value) == 12
	}
	words := strings.Split(parts[5], "/")
	a := w.account(parts[4])
	switch words[0] {
	case "root":
		return true
	case "user":
		return a.Users[words[len(words)-1]] != nil
	case "role":
		return a.Roles[words[len(words)-1]] != nil
	}
	return false
}
