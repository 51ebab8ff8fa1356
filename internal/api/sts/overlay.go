package sts

import (
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// overlay: GetCallerIdentity and GetSessionToken need no permission. The two
// unsigned operations are asked of the role's trust policy alone.
func overlay(s *wire.Service) {
	session := []wire.Key{
		{Name: "sts:RoleSessionName", Member: "RoleSessionName"},
		{Name: "sts:DurationSeconds", Member: "DurationSeconds"},
	}
	tags := []wire.Key{
		{Name: "aws:RequestTag", Member: "Tags", Form: wire.TagPairs},
		{Name: "aws:TagKeys", Member: "Tags", Form: wire.TagNames},
	}
	assume := append([]wire.Key{
		{Name: "sts:ExternalId", Member: "ExternalId"},
		{Name: "sts:SourceIdentity", Member: "SourceIdentity"},
		{Name: "sts:TransitiveTagKeys", Member: "TransitiveTagKeys"},
	}, append(session, tags...)...)
	s.Allow("AssumeRole",
		wire.Access{Action: "sts:AssumeRole", Resource: "role", Keys: assume},
		wire.Access{
			Action: "sts:TagSession", Resource: "role", Keys: assume,
			When: wire.Any(wire.Has("Tags"), wire.Has("TransitiveTagKeys")),
		},
		wire.Access{Action: "sts:SetSourceIdentity", Resource: "role", Keys: assume, When: wire.Has("SourceIdentity")})
	s.Allow("AssumeRoleWithWebIdentity", wire.Access{Action: "sts:AssumeRoleWithWebIdentity", Resource: "role", Keys: session})
	s.Allow("AssumeRoleWithSAML", wire.Access{
		Action: "sts:AssumeRoleWithSAML", Resource: "role",
		Keys: []wire.Key{{Name: "sts:DurationSeconds", Member: "DurationSeconds"}},
	})
	s.Allow("AssumeRoot", wire.Access{
		Action: "sts:AssumeRoot", Resource: "root",
		Keys: []wire.Key{{Name: "sts:TaskPolicyArn", Member: "TaskPolicyArn.Arn"}, {Name: "sts:DurationSeconds", Member: "DurationSeconds"}},
	})
	federation := append([]wire.Key{{Name: "sts:DurationSeconds", Member: "DurationSeconds"}}, tags...)
	s.Allow("GetFederationToken",
		wire.Access{Action: "sts:GetFederationToken", Resource: "federated-user", Keys: federation},
		wire.Access{Action: "sts:TagSession", Resource: "federated-user", Keys: federation, When: wire.Has("Tags")})
	s.Allow("DecodeAuthorizationMessage", wire.Access{Action: "sts:DecodeAuthorizationMessage", Resource: "*"})
	s.Allow("GetAccessKeyInfo", wire.Access{Action: "sts:GetAccessKeyInfo", Resource: "*"})
	s.Allow("GetDelegatedAccessToken", wire.Access{Action: "sts:GetDelegatedAccessToken", Resource: "*"})
	token := append([]wire.Key{
		{Name: "sts:IdentityTokenAudience", Member: "Audience"},
		{Name: "sts:SigningAlgorithm", Member: "SigningAlgorithm"},
		{Name: "sts:DurationSeconds", Member: "DurationSeconds"},
	}, tags...)
	s.Allow("GetWebIdentityToken",
		wire.Access{Action: "sts:GetWebIdentityToken", Resource: "*", Keys: token},
		wire.Access{Action: "sts:TagGetWebIdentityToken", Resource: "*", Keys: token, When: wire.Has("Tags")})
	s.Each(func(op *wire.Operation) { op.Event.ReadOnly = true },
		"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "DecodeAuthorizationMessage")
}
