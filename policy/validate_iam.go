package policy

import (
	"fmt"
	"slices"
	"strings"
)

// AWS's texts for IAM and STS.
const (
	textSyntax     = "Syntax errors in policy."
	textLegacy     = "The policy failed legacy parsing"
	textVersion    = "Policy document must be version 2012-10-17 or greater."
	textSid        = "Statement IDs (SID) in a single policy must be unique."
	textSidForm    = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
	textNoActions  = "Policy statement must contain actions."
	textNoResource = "Policy statement must contain resources."
	textPrincipal  = "Policy document should not specify a principal."
	textVendor     = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	textOneColon   = "Actions/Condition can contain only one colon."
	textWildVendor = "Resource vendor must be fully qualified and cannot contain regexes."
)

func malformed(format string, args ...any) *Error {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &Error{Code: CodeMalformedDocument, Message: format}
}

// identity checks identity policies, boundaries and session policies. The order (syntax, version, old parser, Sids,
// actions, resources, form of resources, form of actions) is that of AWS's recorded answers.
func (v *validator) identity() *Error {
	if err := v.identitySyntax(); err != nil {
		return err
	}
	if v.doc.Version != Version2012 {
		return malformed(textVersion)
	}
	if !legacyStatements(v.doc) {
		return malformed(textLegacy)
	}
	resourceErr, legacy := v.resources()
	if legacy != nil {
		return legacy
	}
	if err := v.iamSids(); err != nil {
		return err
	}
	if err := presence(v.doc); err != nil {
		return err
	}
	if resourceErr != nil {
		return resourceErr
	}
	return actionForms(v.doc)
}

// identitySyntax is what IAM calls syntax errors.
func (v *validator) identitySyntax() *Error {
	if v.perr != nil {
		return malformed(textSyntax)
	}
	if !versionKnown(v.doc) {
		return malformed(textSyntax)
	}
	for i := range v.doc.Statements {
		s := &v.doc.Statements[i]
		if s.Principal != nil || s.NotPrincipal != nil {
			return malformed(textPrincipal)
		}
		if !strings.EqualFold(s.Effect, Allow) && !strings.EqualFold(s.Effect, Deny) {
			return malformed(textSyntax)
		}
		if _, bad := badOperator(s); bad {
			return malformed(textSyntax)
		}
	}
	return nil
}

func versionKnown(doc *Document) bool {
	return doc.Version == "" || doc.Version == Version2008 || doc.Version == Version2012
}

// badOperator is the first condition operator that the language does not have; one over an empty object is let pass, as
// AWS does.
func badOperator(s *StatementDoc) (string, bool) {
	for _, c := range s.Conditions {
		if c.Key == "" && c.Values == nil {
			continue
		}
		if _, ok := parseOperator(c.Operator); !ok {
			return c.Operator, true
		}
	}
	return "", false
}

// legacyStatements is IAM's old parser on effects and dates.
func legacyStatements(doc *Document) bool {
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Effect != Allow && s.Effect != Deny {
			return false
		}
		for _, c := range s.Conditions {
			op, ok := parseOperator(c.Operator)
			if ok && op.cmp == cmpDate && slices.ContainsFunc(c.Values, func(d string) bool { _, ok := parseDate(d); return !ok }) {
				return false
			}
		}
	}
	return true
}

// resources checks every Resource and NotResource. Of faults of form the first is kept for later; legacy is the old
// parser's refusal, which comes before.
func (v *validator) resources() (form, legacy *Error) {
	for i := range v.doc.Statements {
		s := &v.doc.Statements[i]
		for _, list := range [...][]string{s.Resource, s.NotResource} {
			// AWS names the last of several faulty resources in the order of their text.
			sorted := slices.Clone(list)
			slices.Sort(sorted)
			slices.Reverse(sorted)
			for _, r := range sorted {
				if err := v.resourceForm(r); err != nil {
					form = err
				}
			}
			if form == nil && slices.ContainsFunc(list, legacyResource) {
				return nil, malformed(textLegacy)
			}
		}
	}
	return form, nil
}

// legacyResource tells whether the old parser refuses a resource: an empty part where a colon is missing, or no service.
func legacyResource(r string) bool {
	if r == "*" {
		return false
	}
	parts := strings.Split(r, ":")
	return (len(parts) < 6 && strings.Contains(r, "::")) || (len(parts) > 2 && parts[2] == "")
}

// resourceForm is the check of one resource's form.
func (v *validator) resourceForm(r string) *Error {
	if r == "*" {
		return nil
	}
	_, rest, ok := strings.Cut(r, ":")
	if !ok {
		return malformed(`Resource %s must be in ARN format or "*".`, r)
	}
	partition, rest, ok := strings.Cut(rest, ":")
	if partition != v.opts.partition() && partition != "*" {
		parts := append(strings.SplitN(rest, ":", 4), "*", "*", "*", "*")[:4]
		for i := range parts {
			if parts[i] == "" && i == 0 && rest == "" {
				parts[i] = "*"
			}
		}
		return malformed("Partition %q is not valid for resource %q.", partition, "arn:"+partition+":"+strings.Join(parts, ":"))
	}
	if !ok {
		return malformed(textWildVendor)
	}
	service, rest, _ := strings.Cut(rest, ":")
	if strings.ContainsAny(service, "*?") {
		return malformed(textWildVendor)
	}
	switch service {
	case "iam":
		if !strings.HasPrefix(rest, ":") {
			return malformed("IAM resource %s cannot contain region information.", r)
		}
		return iamPath(rest)
	case "s3":
		return s3Region(r, rest)
	}
	return nil
}

// s3Region refuses a Region in the ARN of a bucket or object; access points have one.
func s3Region(r, rest string) *Error {
	if strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "*") {
		return nil
	}
	region, more, _ := strings.Cut(rest, ":")
	_, name, ok := strings.Cut(more, ":")
	if ok && region != "" {
		kind, _, _ := strings.Cut(name, "/")
		switch kind {
		case "accesspoint", "job", "storage-lens", "storage-lens-group", "access-grants", "async-request", "*":
			return nil
		}
	}
	return malformed("Resource %s can not contain region information.", r)
}

const iamPaths = "user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, " +
	"saml-provider/, oidc-provider/, report/, access-report/"

// iamPath checks what follows the account of an IAM ARN; rest begins at the Region.
func iamPath(rest string) *Error {
	_, rest, _ = strings.Cut(rest, ":")
	_, name, _ := strings.Cut(rest, ":")
	if name == "*" || name == "root" {
		return nil
	}
	for _, start := range strings.Split(iamPaths, ", ") {
		if strings.HasPrefix(name, start) {
			return nil
		}
	}
	// A wildcard inside the first word may still become one of them.
	word, _, _ := strings.Cut(name, "/")
	if strings.ContainsAny(word, "*?") {
		return nil
	}
	return malformed(`IAM resource path must either be "*" or start with ` + iamPaths + ".")
}

func (v *validator) iamSids() *Error {
	if _, dup := duplicateSid(v.doc); dup {
		return malformed(textSid)
	}
	for i := range v.doc.Statements {
		if !alphanumeric(v.doc.Statements[i].Sid) {
			return malformed(textSidForm)
		}
	}
	return nil
}

// presence checks that statements have actions, then that they have resources. A single bad action outruns a missing
// resource, as AWS answers.
func presence(doc *Document) *Error {
	for i := range doc.Statements {
		if s := &doc.Statements[i]; len(s.Action) == 0 && len(s.NotAction) == 0 {
			return malformed(textNoActions)
		}
	}
	for i := range doc.Statements {
		if s := &doc.Statements[i]; len(s.Resource) == 0 && len(s.NotResource) == 0 {
			if err := actionForms(doc); err != nil {
				return err
			}
			return malformed(textNoResource)
		}
	}
	return nil
}

func actionForms(doc *Document) *Error {
	for i := range doc.Statements {
		s := &doc.Statements[i]
		for _, list := range [...][]string{s.Action, s.NotAction} {
			for _, a := range list {
				if err := actionForm(a); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func actionForm(a string) *Error {
	vendor, name, ok := strings.Cut(a, ":")
	switch {
	case a == "*" || a == "*:*":
		return nil
	case !ok:
		return malformed(textVendor)
	case strings.Contains(name, ":"):
		return malformed(textOneColon)
	}
	for i := range len(vendor) {
		c := vendor[i] | 0x20
		if (c < 'a' || c > 'z') && (vendor[i] < '0' || vendor[i] > '9') && vendor[i] != '-' && vendor[i] != '.' {
			return malformed("Vendor %s is not valid", vendor)
		}
	}
	return nil
}
