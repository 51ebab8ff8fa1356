package policy

import (
	"strings"
	"unicode/utf8"
)

// AWS's texts for KMS key policies and for organization policies.
const (
	textKeyPrincipals  = "Policy contains a statement with one or more invalid principals."
	textKeyNoPrincipal = "Policy contains a statement with no principal."
	textKeySyntax      = "Syntax errors in policy."
	textOrganization   = "The provided policy document does not meet the requirements of the specified policy type."
)

func malformedException(message, detail string) *Error {
	return &Error{Code: CodeMalformedException, Message: message, Detail: detail}
}

// key checks a KMS key policy.
func (v *validator) key() *Error {
	if v.perr != nil || !versionKnown(v.doc) || len(v.src) > MaxKey {
		return malformedException(textKeySyntax, "")
	}
	if _, dup := duplicateSid(v.doc); dup {
		return malformedException(textSid, "")
	}
	for i := range v.doc.Statements {
		s := &v.doc.Statements[i]
		_, operator := badOperator(s)
		switch {
		case s.Principal == nil && s.NotPrincipal == nil:
			return malformedException(textKeyNoPrincipal, "")
		case s.Effect != Allow && s.Effect != Deny, operator, s.NotPrincipal != nil && s.Effect == Allow:
			return malformedException(textKeySyntax, "")
		case len(s.Action) == 0 && len(s.NotAction) == 0:
			return malformedException(textNoActions, "")
		case len(s.Resource) == 0 && len(s.NotResource) == 0:
			return malformedException(textNoResource, "")
		}
		if e, bad := v.badPrincipal(s, TypeAWS, TypeService); bad {
			return malformedException(textKeyPrincipals, e.Value)
		}
	}
	if err := actionForms(v.doc); err != nil {
		return malformedException(err.Message, "")
	}
	return nil
}

// organization checks an SCP or RCP. RCPs can only deny, everybody, actions of the services that they reach.
func (v *validator) organization() *Error {
	bad := malformedException(textOrganization, "")
	if v.perr != nil || !versionKnown(v.doc) || v.tooLong() || v.doc.Version != Version2012 {
		return bad
	}
	if _, dup := duplicateSid(v.doc); dup {
		return bad
	}
	for i := range v.doc.Statements {
		s := &v.doc.Statements[i]
		if _, operator := badOperator(s); operator || (s.Effect != Allow && s.Effect != Deny) || !alphanumeric(s.Sid) {
			return bad
		}
		if (v.kind == SCP && !scpStatement(s)) || (v.kind == RCP && !rcpStatement(s)) {
			return bad
		}
	}
	if presence(v.doc) != nil || actionForms(v.doc) != nil {
		return bad
	}
	if form, legacy := v.resources(); form != nil || legacy != nil || !legacyStatements(v.doc) {
		return bad
	}
	return nil
}

func (v *validator) tooLong() bool {
	if v.kind == RCP {
		return utf8.RuneCount(v.src) > MaxRCP
	}
	return utf8.RuneCount(v.src) > MaxSCP
}

func scpStatement(s *StatementDoc) bool { return s.Principal == nil && s.NotPrincipal == nil }

// RCPService tells whether resource control policies reach a service, named by its lower-case prefix in actions.
func RCPService(service string) bool { return rcpServices[service] }

// rcpServices are the services that RCPs reach.
var rcpServices = map[string]bool{
	"s3": true, "sts": true, "kms": true, "sqs": true, "secretsmanager": true, "dynamodb": true, "ecr": true,
	"aoss": true, "cognito-idp": true, "cognito-identity": true, "logs": true,
}

func rcpStatement(s *StatementDoc) bool {
	if s.Effect != Deny || s.NotAction != nil || s.Principal == nil || s.NotPrincipal != nil {
		return false
	}
	if !s.Principal.Any {
		if len(s.Principal.Entries) != 1 || s.Principal.Entries[0] != (PrincipalEntry{TypeAWS, "*"}) {
			return false
		}
	}
	for _, a := range s.Action {
		service, _, ok := strings.Cut(asciiLower(a), ":")
		if !ok || !rcpServices[service] {
			return false
		}
	}
	return true
}
