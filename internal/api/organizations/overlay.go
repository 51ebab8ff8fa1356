package organizations

import (
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// overlay gives every operation the action of its own name. Resource kinds
// name the member that holds the id, for one id may be of several types.
func overlay(s *wire.Service) {
	on := kinds()
	for _, op := range s.Operations {
		resource := on[op.Name]
		if resource == "" {
			resource = "*"
		}
		s.Allow(op.Name, wire.Access{Action: "organizations:" + op.Name, Resource: resource, Keys: keys(s, op)})
	}
	for _, op := range []string{"AttachPolicy", "DetachPolicy"} {
		s.Allow(op, wire.Access{Action: "organizations:" + op, Resource: "target"})
	}
	// What brings tags is asked for the right to set them, on what does not exist yet.
	for _, op := range []string{"CreateAccount", "CreateOrganizationalUnit", "CreatePolicy", "InviteAccountToOrganization", "PutResourcePolicy"} {
		s.Allow(op, wire.Access{Action: "organizations:TagResource", Resource: "*", Keys: keys(s, s.Operation(op)), When: wire.Has("Tags")})
	}
	s.Allow("MoveAccount",
		wire.Access{Action: "organizations:MoveAccount", Resource: "source-parent"},
		wire.Access{Action: "organizations:MoveAccount", Resource: "destination-parent"})
}

// keys are the condition keys that follow from the input. The policy type of a
// policy that exists (organizations:PolicyType) is the service's to add.
func keys(s *wire.Service, op *wire.Operation) (keys []wire.Key) {
	for _, m := range s.Shape(op.Input).Members {
		switch m.Name {
		case "Tags":
			keys = append(keys,
				wire.Key{Name: "aws:RequestTag", Member: "Tags", Form: wire.TagPairs},
				wire.Key{Name: "aws:TagKeys", Member: "Tags", Form: wire.TagNames})
		case "TagKeys":
			keys = append(keys, wire.Key{Name: "aws:TagKeys", Member: "TagKeys"})
		case "PolicyType":
			keys = append(keys, wire.Key{Name: "organizations:PolicyType", Member: "PolicyType"})
		case "Type":
			if op.Name == "CreatePolicy" {
				keys = append(keys, wire.Key{Name: "organizations:PolicyType", Member: "Type"})
			}
		case "Filter":
			if strings.HasPrefix(op.Name, "ListPolicies") {
				keys = append(keys, wire.Key{Name: "organizations:PolicyType", Member: "Filter"})
			}
		case "ServicePrincipal":
			keys = append(keys, wire.Key{Name: "organizations:ServicePrincipal", Member: "ServicePrincipal"})
		}
	}
	return keys
}

func kinds() map[string]string {
	on := map[string]string{}
	for kind, names := range map[string]string{
		"account": `CloseAccount DeregisterDelegatedAdministrator DescribeAccount ListDelegatedServicesForAccount
			MoveAccount RegisterDelegatedAdministrator RemoveAccountFromOrganization
			ListEffectivePolicyValidationErrors`,
		"ou":        `DeleteOrganizationalUnit DescribeOrganizationalUnit UpdateOrganizationalUnit`,
		"parent":    `CreateOrganizationalUnit ListAccountsForParent ListChildren ListOrganizationalUnitsForParent`,
		"child":     `ListParents`,
		"policy":    `AttachPolicy DeletePolicy DescribePolicy DetachPolicy ListTargetsForPolicy UpdatePolicy`,
		"root":      `DisablePolicyType EnablePolicyType`,
		"target":    `DescribeEffectivePolicy ListPoliciesForTarget`,
		"handshake": `AcceptHandshake CancelHandshake DeclineHandshake DescribeHandshake`,
		"resource":  `ListTagsForResource TagResource UntagResource`,
	} {
		for name := range strings.FieldsSeq(names) {
			on[name] = kind
		}
	}
	return on
}
