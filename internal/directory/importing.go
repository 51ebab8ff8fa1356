package directory

import (
	"context"
	"strings"

	"github.com/sallyport/sallyport/arn"
)

type importingKey struct{}

type importing struct {
	known func(principalARN string) (id string, ok bool)
}

// Importing is a context in which StorePrincipal and StorePolicy take policies as
// AWS has them. Users and roles that known names are those that are about to be
// made. Principals that are not here stay as they are written, and mean whoever
// comes to bear the ARN or the id; what could be no principal is still refused.
func Importing(ctx context.Context, known func(principalARN string) (id string, ok bool)) context.Context {
	return context.WithValue(ctx, importingKey{}, &importing{known})
}

// whileImporting is StorePrincipal in such a context.
func (d *Directory) whileImporting(in *importing, kind, value string) (string, error) {
	if kind == "AWS" && in.known != nil {
		if id, ok := in.known(value); ok {
			return id, nil
		}
	}
	if stored, ok := d.mem.Load().storePrincipal(kind, value); ok {
		return stored, nil
	}
	if stored, ok := keepPrincipal(kind, value); ok {
		return stored, nil
	}
	return "", &PrincipalError{Type: kind, Value: value}
}

// keepPrincipal is the stored form of a principal that is not here, if it could be
// one.
func keepPrincipal(kind, value string) (string, bool) {
	if value == "" || strings.ContainsAny(value, "*?") {
		return "", false
	}
	switch kind {
	case "AWS":
		return keepAWS(value)
	case "CanonicalUser":
		return value, arn.ValidCanonicalID(value)
	case "Service", "Federated":
		return value, true
	}
	return "", false
}

func keepAWS(value string) (string, bool) {
	switch {
	case arn.ValidAccountID(value):
		return RootARN(value), true
	case arn.IsUniqueID(arn.PrefixUser, value), arn.IsUniqueID(arn.PrefixRole, value):
		return value, true
	}
	p, err := arn.ParsePrincipal(value)
	if err != nil || p.Partition != arn.PartitionAWS {
		return "", false
	}
	switch p.Kind {
	case arn.KindRoot, arn.KindUser, arn.KindRole, arn.KindAssumedRole, arn.KindFederatedUser:
		return value, true
	}
	return "", false
}
