package policy

import (
	"strings"

	"github.com/sallyport/sallyport/arn"
)

// AWS's texts for bucket and access point policies.
const (
	textS3JSON       = "Policies must be valid JSON and the first byte must be '{'"
	textS3Statement  = "Missing required field Statement"
	textS3Empty      = "Could not parse the policy: Statement is empty!"
	textS3Missing    = "Missing required field "
	textS3Principal  = "Invalid principal in policy"
	textS3Resource   = "Policy has invalid resource"
	textS3Action     = "Policy has invalid action"
	textS3Key        = "Policy has an invalid condition key"
	textS3Conditions = "Conditions do not apply to combination of actions and resources in statement"
	textS3Applies    = "Action does not apply to any resource(s) in statement"
	textS3Effect     = "Invalid effect: "
	textS3Version    = "The policy must contain a valid version string"
	textS3Operator   = "Invalid Condition type : "
	textS3IP         = "Invalid IP address in Conditions"
	textS3Syntax     = "Invalid policy syntax."
	textS3Size       = "Normalized policy document exceeds the maximum allowed size of 20480 bytes"
)

func malformedS3(message, detail string) *Error {
	return &Error{Code: CodeMalformedPolicy, Message: message, Detail: detail}
}

func (v *validator) s3() *Error {
	if err := v.s3Form(); err != nil {
		return err
	}
	for i := range v.doc.Statements {
		if err := v.s3Statement(&v.doc.Statements[i]); err != nil {
			return err
		}
	}
	if sid, dup := duplicateSid(v.doc); dup {
		return malformedS3(textS3Syntax, sid)
	}
	return nil
}

// s3Form checks the document as a whole.
func (v *validator) s3Form() *Error {
	if len(v.src) == 0 || v.src[0] != '{' {
		return malformedS3(textS3JSON, "")
	}
	if v.perr != nil {
		switch v.perr.Problem {
		case ProblemNotJSON:
			return malformedS3(textS3JSON, "")
		case ProblemMissingStatement:
			return malformedS3(textS3Statement, "")
		case ProblemEmptyStatement:
			return malformedS3(textS3Empty, "")
		case ProblemMissingEffect:
			return malformedS3(textS3Missing+"Effect", "")
		case ProblemType, ProblemUnknown:
			return v.s3Type()
		}
		return malformedS3(textS3Syntax, v.perr.Element)
	}
	switch {
	case NormalizedSize(v.src) > MaxBucket:
		return malformedS3(textS3Size, "")
	case !versionKnown(v.doc):
		return malformedS3(textS3Version, v.doc.Version)
	}
	return nil
}

// s3Type is the text for an element of the wrong type or one that the language does not have.
func (v *validator) s3Type() *Error {
	switch v.perr.Element {
	case "Version":
		return malformedS3(textS3Version, "")
	case "Principal", "NotPrincipal":
		return malformedS3(textS3Principal, "")
	}
	return malformedS3(textS3Syntax, v.perr.Element)
}

func (v *validator) s3Statement(s *StatementDoc) *Error {
	if s.Effect != Allow && s.Effect != Deny {
		return malformedS3(textS3Effect+s.Effect, "")
	}
	switch {
	case s.Principal == nil && s.NotPrincipal == nil:
		return malformedS3(textS3Missing+"Principal", "")
	case len(s.Action) == 0 && len(s.NotAction) == 0:
		return malformedS3(textS3Missing+"Action", "")
	case len(s.Resource) == 0 && len(s.NotResource) == 0:
		return malformedS3(textS3Missing+"Resource", "")
	case s.NotPrincipal != nil && s.Effect == Allow:
		return malformedS3(textS3Syntax, "Allow with NotPrincipal is not allowed")
	}
	if e, bad := v.badPrincipal(s, TypeAWS, TypeService, TypeCanonical); bad {
		return malformedS3(textS3Principal, e.Value)
	}
	for _, check := range [...]func(*StatementDoc) *Error{v.s3Actions, v.s3Resources, v.s3Applies, v.s3Conditions} {
		if err := check(s); err != nil {
			return err
		}
	}
	return nil
}

func (v *validator) s3Actions(s *StatementDoc) *Error {
	for _, list := range [...][]string{s.Action, s.NotAction} {
		for _, a := range list {
			known := a == "*" || a == "*:*"
			s3Matching(a, func(string, s3Level) bool { known = true; return false })
			if !known {
				return malformedS3(textS3Action, a)
			}
		}
	}
	return nil
}

func (v *validator) s3Resources(s *StatementDoc) *Error {
	for _, list := range [...][]string{s.Resource, s.NotResource} {
		for _, r := range list {
			if _, ok := v.reach(r); !ok {
				return malformedS3(textS3Resource, r)
			}
		}
	}
	return nil
}

// reaches says which of the policy's own resources a resource pattern can match.
type reaches struct{ bucket, objects bool }

// reach reads one Resource; ok is false if it is not of the policy's bucket or access point. The name may hold wildcards as
// long as it matches that bucket's.
func (v *validator) reach(r string) (reaches, bool) {
	if _, ok := arn.Split(r); !ok || !strings.HasPrefix(r, "arn:"+v.opts.partition()+":s3:") {
		return reaches{}, false
	}
	separator, own := "/", v.opts.Resource
	if v.kind == AccessPoint {
		separator = "/object/"
	}
	at := objectAt(r, v.kind)
	name, key := r, ""
	if at >= 0 {
		name, key = r[:at], r[at+len(separator):]
	}
	if own == "" {
		if v.kind == Bucket && !strings.HasPrefix(r, "arn:"+v.opts.partition()+":s3:::") {
			return reaches{}, false
		}
	} else if p := compileResource(name, false); !p.matchString(own) {
		return reaches{}, false
	}
	if at >= 0 {
		return reaches{objects: key != "" || at >= 0}, true
	}
	// "bucket*" matches the bucket and its objects alike.
	return reaches{bucket: true, objects: strings.HasSuffix(name, "*")}, true
}

// objectAt is where in a resource the separator between bucket (or access point) and key stands, or -1.
func objectAt(r string, kind Kind) int {
	tail := tailOf(r)
	if kind != AccessPoint {
		if at := strings.IndexByte(r[tail:], '/'); at >= 0 {
			return tail + at
		}
		return -1
	}
	if at := strings.Index(r[tail:], "/object/"); at >= 0 {
		return tail + at
	}
	return -1
}

// matchString matches a resource pattern without variables against s.
func (r *resourcePattern) matchString(s string) bool {
	q := MakeQuery(Action{}, s, nil)
	return r.match(&q)
}

// s3Applies: each action must work on some resource of the statement.
func (v *validator) s3Applies(s *StatementDoc) *Error {
	if s.NotAction != nil || s.NotResource != nil {
		return nil
	}
	all := v.allReaches(s)
	for _, a := range s.Action {
		if a == "*" || a == "*:*" {
			continue
		}
		applies := false
		s3Matching(a, func(_ string, level s3Level) bool {
			applies = all.serve(level)
			return !applies
		})
		if !applies {
			return malformedS3(textS3Applies, a)
		}
	}
	return nil
}

func (v *validator) allReaches(s *StatementDoc) (all reaches) {
	for _, r := range s.Resource {
		one, _ := v.reach(r)
		all.bucket, all.objects = all.bucket || one.bucket, all.objects || one.objects
	}
	return all
}

func (r reaches) serve(level s3Level) bool {
	return (level == levelBucket && r.bucket) || (level == levelObject && r.objects)
}

func (v *validator) s3Conditions(s *StatementDoc) *Error {
	for i := range s.Conditions {
		c := &s.Conditions[i]
		if c.Key == "" && c.Values == nil {
			continue
		}
		op, ok := parseOperator(c.Operator)
		if !ok {
			return malformedS3(textS3Operator+c.Operator, "")
		}
		if !s3KeyKnown(c.Key) {
			return malformedS3(textS3Key, c.Key)
		}
		if err := s3Values(op, c); err != nil {
			return err
		}
	}
	for i := range s.Conditions {
		if key := s.Conditions[i].Key; key != "" && !v.s3KeyFits(s, key) {
			return malformedS3(textS3Conditions, key)
		}
	}
	return nil
}

// s3KeyFits tells whether each action of the statement, as far as it works on the statement's resources, has an action that
// carries the key.
func (v *validator) s3KeyFits(s *StatementDoc, key string) bool {
	if s.NotAction != nil || !strings.HasPrefix(asciiLower(key), "s3:") {
		return true
	}
	all := v.allReaches(s)
	if s.NotResource != nil {
		all = reaches{bucket: true, objects: true}
	}
	for _, a := range s.Action {
		fits := a == "*" || a == "*:*"
		s3Matching(a, func(name string, level s3Level) bool {
			fits = all.serve(level) && s3KeyApplies(key, name)
			return !fits
		})
		if !fits {
			return false
		}
	}
	return true
}

// s3Values checks that the operator can read its values.
func s3Values(op operator, c *ConditionDoc) *Error {
	for _, value := range c.Values {
		ok, text := true, textS3Syntax
		switch op.cmp {
		case cmpIP:
			_, ok = parsePrefix(value)
			text = textS3IP
		case cmpNumeric:
			_, ok = parseNumber(value)
		case cmpDate:
			_, ok = parseDate(value)
		case cmpBool, cmpNull:
			_, ok = parseBool(value)
		case cmpBinary:
			_, ok = parseBinary(value)
		}
		if !ok {
			return malformedS3(text, value)
		}
	}
	return nil
}
