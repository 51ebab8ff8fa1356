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
	for _, entry := range doc.Principal.Entries {
		if h := x.entryHint(entry.Value); h != "" {
			return h
		}
	}
	return ""
}

func (x *explainer) entryHint(value string) string {
	if arn.IsUniqueID(arn.PrefixUser, value) || arn.IsUniqueID(arn.PrefixRole, value) {
		if x.Principal == nil {
			return ""
		}
		living, ok := x.Principal(value)
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
