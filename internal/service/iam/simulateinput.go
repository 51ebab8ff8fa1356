package iam

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
)

// checkSimulated checks the names of actions and resources.
func checkSimulated(actions, resources []string) error {
	if len(actions) == 0 {
		return api.ValidationError("ActionNames must have at least one action.")
	}
	for _, a := range actions {
		service, name, ok := strings.Cut(a, ":")
		if !ok || service == "" || name == "" || strings.ContainsAny(service, "*? ") || strings.ContainsAny(name, "*?: ") {
			return errSimulated("action name", a)
		}
	}
	for _, r := range resources {
		if r == "*" {
			continue
		}
		if _, err := arn.Parse(r); err != nil {
			return errSimulated("resource ARN", r)
		}
	}
	return nil
}

// setContext takes the condition keys of the simulated request. They count before
// those that follow from caller and resource.
func (q *simulation) setContext(entries []api.ContextEntry) error {
	for _, e := range entries {
		name, kind := value(e.ContextKeyName), value(e.ContextKeyType)
		if name == "" || len(e.ContextKeyValues) == 0 {
			return invalidInput("A context entry needs ContextKeyName, ContextKeyValues and ContextKeyType.")
		}
		single, isList := strings.CutSuffix(kind, "List")
		if !isList && len(e.ContextKeyValues) > 1 {
			return invalidInput("Context key %s has the type %s and more than one value.", name, kind)
		}
		for _, v := range e.ContextKeyValues {
			if !fitsType(single, v) {
				return invalidInput("Value %s of context key %s is not of the type %s.", v, name, kind)
			}
		}
		if isList {
			q.context.SetNamedList(name, e.ContextKeyValues)
		} else {
			q.context.SetNamed(name, e.ContextKeyValues...)
		}
	}
	return nil
}

// fitsType tells whether a value is of a context key's type. Dates and binaries
// are left to the operators that read them.
func fitsType(kind, v string) bool {
	switch kind {
	case "numeric":
		_, err := strconv.ParseFloat(v, 64)
		return err == nil
	case "boolean":
		return strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
	case "ip":
		if _, err := netip.ParseAddr(v); err == nil {
			return true
		}
		_, err := netip.ParsePrefix(v)
		return err == nil
	}
	return true
}
