package explain

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/policy"
)

// principalHint says what is the matter with the Principal of an Allow that does
// not name the caller, if it looks as if it was meant to.
func (x *explainer) principalHint(doc *policy.StatementDoc) string {
	if doc.Principal == nil {
		return ""
	}
	if x.caller.Kind == policy.CallerService && !x.hidesCaller() {
		return x.serviceHint(doc.Principal.Entries)
	}
	for _, entry := range doc.Principal.Entries {
		if h := x.entryHint(entry.Value); h != "" {
			return h
		}
	}
	return ""
}

// serviceHint says whom a statement names where a service of AWS's calls, which only
// its own name lets in.
func (x *explainer) serviceHint(entries []policy.PrincipalEntry) string {
	var names []string
	for _, e := range entries {
		name := e.Value
		if living, ok := x.living(name); ok {
			name = living
		}
		names = append(names, name)
	}
	return fmt.Sprintf("It names %s; the caller is the service %s.", strings.Join(names, ", "), x.caller.ARN)
}

func isUniqueID(value string) bool {
	return arn.IsUniqueID(arn.PrefixUser, value) || arn.IsUniqueID(arn.PrefixRole, value)
}

// living is the ARN of the user or role with the unique id.
func (x *explainer) living(id string) (string, bool) {
	if x.Principal == nil || !isUniqueID(id) {
		return "", false
	}
	return x.Principal(id)
}

func (x *explainer) entryHint(value string) string {
	if isUniqueID(value) {
		if x.Principal == nil {
			return ""
		}
		living, ok := x.living(value)
		if !ok {
			return "It names " + value + ", a user or role that no longer exists. One that was made again under the same name is another: save the policy again."
		}
		value = living
	}
	if arn.ValidAccountID(value) {
		value = "arn:aws:iam::" + value + ":root"
	}
	named, err := arn.ParsePrincipal(value)
	caller, err2 := arn.ParsePrincipal(x.caller.PrincipalARN)
	if err != nil || err2 != nil || x.hidesCaller() {
		return ""
	}
	return x.compare(value, named, caller)
}

// compare says in what little a principal differs from the caller.
func (x *explainer) compare(value string, named, caller arn.Principal) string {
	who := fmt.Sprintf("It names %s; the caller is %s.", value, x.caller.ARN)
	sameAccount := named.Account == caller.Account
	switch {
	case named.Kind == arn.KindRoot && !sameAccount && near(named.Account, caller.Account):
		return fmt.Sprintf("It names account %s; the caller's is %s.", named.Account, caller.Account)
	case named.Kind == arn.KindRoot:
		return ""
	case named.Kind == arn.KindAssumedRole && x.caller.Kind == policy.CallerSession && sameAccount && named.Name == caller.Name:
		return who + " An assumed-role ARN names one session name alone; name the role to mean all."
	case named.Kind == arn.KindUser && x.caller.Kind == policy.CallerSession && sameAccount:
		return who + " Whoever has assumed a role is the role's session and no longer the user."
	case !sameAccount && named.Name == caller.Name:
		return who + " The accounts differ."
	case named.Kind != caller.Kind && named.Name == caller.Name:
		return who
	case sameAccount && named.Kind == caller.Kind && named.Name == caller.Name && named.Path != caller.Path:
		return who + " The paths differ."
	case sameAccount && named.Kind == caller.Kind && (strings.EqualFold(named.Name, caller.Name) || near(named.Name, caller.Name)):
		return who
	}
	return ""
}
