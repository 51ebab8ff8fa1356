package directory

import (
	"context"

	"github.com/sallyport/sallyport/policy"
)

// StorePolicy is a resource policy or trust policy in the form in which it is
// stored: see StorePrincipal for what becomes of its principals. The text is
// otherwise as it was, without white space. Errors: a *PrincipalError for the
// first principal that cannot be stored, and package policy's for what is no
// policy.
func (d *Directory) StorePolicy(ctx context.Context, document string) (string, error) {
	out, err := policy.RewritePrincipals([]byte(document), func(kind, value string) (string, error) {
		return d.StorePrincipal(ctx, kind, value)
	})
	return string(out), err
}

// RenderPolicy is a stored policy as it is shown: unique ids of living users
// and roles as their ARNs, those of dead ones as they are.
func (d *Directory) RenderPolicy(stored string) (string, error) {
	out, err := policy.RewritePrincipals([]byte(stored), func(kind, value string) (string, error) {
		if kind == "AWS" {
			if living, ok := d.RenderPrincipal(value); ok {
				return living, nil
			}
		}
		return value, nil
	})
	return string(out), err
}
