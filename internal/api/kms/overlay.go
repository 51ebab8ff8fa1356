package kms

import (
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// overlay gives every operation the action of its own name, on the key that
// KeyId names where there is one. Keys that speak of the stored KMS key
// (kms:KeyOrigin, kms:KeySpec, kms:ResourceAliases) are the service's to add.
func overlay(s *wire.Service) {
	for _, op := range s.Operations {
		switch op.Name {
		case "ReEncrypt", "CreateAlias", "DeleteAlias", "UpdateAlias":
			continue
		}
		resource := "*"
		if s.Shape(op.Input).Member("KeyId") != nil && op.Name != "ListAliases" {
			resource = "key"
		}
		s.Allow(op.Name, wire.Access{Action: "kms:" + op.Name, Resource: resource, Keys: keys(s, op)})
	}
	s.Allow("ReEncrypt",
		wire.Access{Action: "kms:ReEncryptFrom", Resource: "source-key", Keys: encryptionContext("SourceEncryptionContext")},
		wire.Access{Action: "kms:ReEncryptTo", Resource: "destination-key", Keys: encryptionContext("DestinationEncryptionContext")})
	s.Allow("CreateAlias",
		wire.Access{Action: "kms:CreateAlias", Resource: "alias"},
		wire.Access{Action: "kms:CreateAlias", Resource: "target-key"})
	s.Allow("DeleteAlias",
		wire.Access{Action: "kms:DeleteAlias", Resource: "alias"},
		wire.Access{Action: "kms:DeleteAlias", Resource: "alias-key"})
	s.Allow("UpdateAlias",
		wire.Access{Action: "kms:UpdateAlias", Resource: "alias"},
		wire.Access{Action: "kms:UpdateAlias", Resource: "alias-key"},
		wire.Access{Action: "kms:UpdateAlias", Resource: "target-key"})
	s.Allow("CreateKey", wire.Access{Action: "kms:TagResource", Resource: "*", When: wire.Has("Tags"), Keys: tags()})
	s.Each(func(op *wire.Operation) { op.Event.ReadOnly = true }, "Decrypt", "Encrypt", "GenerateDataKey",
		"GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac",
		"GenerateRandom", "ReEncrypt", "Sign", "Verify", "VerifyMac")
}

func encryptionContext(member string) []wire.Key {
	return []wire.Key{
		{Name: "kms:EncryptionContext", Member: member, Form: wire.MapPairs},
		{Name: "kms:EncryptionContextKeys", Member: member, Form: wire.MapNames},
	}
}

func tags() []wire.Key {
	return []wire.Key{
		{Name: "aws:RequestTag", Member: "Tags", Form: wire.TagPairs},
		{Name: "aws:TagKeys", Member: "Tags", Form: wire.TagNames},
	}
}

func keys(s *wire.Service, op *wire.Operation) (keys []wire.Key) {
	for _, m := range s.Shape(op.Input).Members {
		switch m.Name {
		case "EncryptionContext":
			keys = append(keys, encryptionContext("EncryptionContext")...)
		case "Tags":
			keys = append(keys, tags()...)
		case "TagKeys":
			keys = append(keys, wire.Key{Name: "aws:TagKeys", Member: "TagKeys"})
		case "GranteePrincipal", "RetiringPrincipal", "KeySpec", "KeyUsage", "EncryptionAlgorithm", "SigningAlgorithm",
			"MacAlgorithm", "MessageType", "BypassPolicyLockoutSafetyCheck", "ReplicaRegion", "PrimaryRegion", "ValidTo",
			"ExpirationModel", "WrappingAlgorithm", "WrappingKeySpec", "KeyAgreementAlgorithm":
			keys = append(keys, wire.Key{Name: "kms:" + m.Name, Member: m.Name})
		case "KeyPairSpec":
			keys = append(keys, wire.Key{Name: "kms:DataKeyPairSpec", Member: m.Name})
		case "Origin":
			keys = append(keys, wire.Key{Name: "kms:KeyOrigin", Member: m.Name})
		case "Operations":
			keys = append(keys, wire.Key{Name: "kms:GrantOperations", Member: m.Name})
		case "PendingWindowInDays":
			keys = append(keys, wire.Key{Name: "kms:ScheduleKeyDeletionPendingWindowInDays", Member: m.Name})
		case "KeyId":
			keys = append(keys, alias())
		}
	}
	return keys
}

// alias is the alias by which the request names its key.
func alias() wire.Key {
	return wire.Key{Name: "kms:RequestAlias", Value: func(in any) []string {
		_, name, ok := strings.Cut(wire.Text(in, "KeyId"), "alias/")
		if !ok {
			return nil
		}
		return []string{"alias/" + name}
	}}
}
