package policy

import "strings"

// AWS's texts for trust policies.
const (
	textTrustJSON     = "This policy contains invalid Json"
	textTrustResource = "Has prohibited field Resource"
	textTrustMissing  = "Missing required field Principal"
	textTrustActions  = "AssumeRole policy may only specify STS AssumeRole actions."
	textTrustNot      = "AssumeRole policy must not contain NotPrincipal field."
)

// trustActions are what a trust policy may speak of, in lower case.
var trustActions = []string{
	"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity",
	"sts:setcontext",
}

func (v *validator) trust() *Error {
	switch {
	case v.perr != nil && v.perr.Problem == ProblemNotJSON:
		return malformed(textTrustJSON)
	case v.perr != nil && v.perr.Problem == ProblemType && (v.perr.Element == "Principal" || v.perr.Element == "NotPrincipal"):
		return malformed(textS3Principal)
	case v.perr != nil || !versionKnown(v.doc):
		return malformed(textSyntax)
	}
	for i := range v.doc.Statements {
		if err := v.trustStatement(&v.doc.Statements[i]); err != nil {
			return err
		}
	}
	return v.iamSids()
}

func (v *validator) trustStatement(s *StatementDoc) *Error {
	if s.Effect != Allow && s.Effect != Deny {
		return malformed(textSyntax)
	}
	if _, bad := badOperator(s); bad {
		return malformed(textSyntax)
	}
	switch {
	case s.Resource != nil || s.NotResource != nil:
		return malformed(textTrustResource)
	case s.NotPrincipal != nil:
		return malformed(textTrustNot)
	case s.Principal == nil:
		return malformed(textTrustMissing)
	case len(s.Action) == 0 && len(s.NotAction) == 0:
		return malformed(textNoActions)
	}
	for _, list := range [...][]string{s.Action, s.NotAction} {
		for _, a := range list {
			if !trustAction(a) {
				return malformed(textTrustActions)
			}
		}
	}
	if !legacyStatements(&Document{Statements: []StatementDoc{*s}}) {
		return malformed(textLegacy)
	}
	if e, bad := v.badPrincipal(s, TypeAWS, TypeService, TypeFederated); bad {
		if e.Type == "" {
			return malformed(textTrustMissing)
		}
		return malformed(`Invalid principal in policy: "%s":"%s"`, e.Type, e.Value)
	}
	return nil
}

// trustAction takes the actions of assuming a role, and patterns of STS that match one of them.
func trustAction(a string) bool {
	lower := asciiLower(a)
	if !strings.HasPrefix(lower, "sts:") {
		return false
	}
	p := compilePattern(lower, syntax{wildcards: true})
	for _, known := range trustActions {
		if p.match(known, nil) {
			return true
		}
	}
	return false
}
