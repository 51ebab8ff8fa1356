package ec2

import (
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// overlay gives every operation the action of its own name. Handing an instance
// profile to an instance passes its role to EC2.
func overlay(s *wire.Service) {
	for _, op := range s.Operations {
		resource := "instance"
		switch {
		case strings.HasPrefix(op.Name, "Describe"):
			resource = "*"
		case strings.HasSuffix(op.Name, "KeyPair"):
			resource = "key-pair"
		}
		s.Allow(op.Name, wire.Access{Action: "ec2:" + op.Name, Resource: resource, Keys: keys(s, op)})
	}
	pass := []wire.Key{{Name: "iam:PassedToService", Value: func(any) []string { return []string{"ec2.amazonaws.com"} }}}
	for _, op := range []string{"RunInstances", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"} {
		s.Allow(op, wire.Access{
			Action: "iam:PassRole", Resource: "instance-profile-role", When: wire.Has("IamInstanceProfile"), Keys: pass,
		})
	}
	for _, op := range []string{"RunInstances", "CreateKeyPair", "ImportKeyPair"} {
		s.Allow(op, wire.Access{
			Action: "ec2:CreateTags", Resource: "tagged", When: wire.Has("TagSpecifications"),
			Keys: append(tags(), wire.Key{Name: "ec2:CreateAction", Value: func(any) []string { return []string{op} }}),
		})
	}
}

func tags() []wire.Key {
	return []wire.Key{
		{Name: "aws:RequestTag", Member: "TagSpecifications.Tags", Form: wire.TagPairs},
		{Name: "aws:TagKeys", Member: "TagSpecifications.Tags", Form: wire.TagNames},
	}
}

func keys(s *wire.Service, op *wire.Operation) (keys []wire.Key) {
	if s.Shape(op.Input).Member("TagSpecifications") != nil {
		keys = append(keys, tags()...)
	}
	switch op.Name {
	case "RunInstances":
		keys = append(keys,
			wire.Key{Name: "ec2:InstanceType", Member: "InstanceType"},
			wire.Key{Name: "ec2:MetadataHttpTokens", Member: "MetadataOptions.HttpTokens"},
			wire.Key{Name: "ec2:MetadataHttpEndpoint", Member: "MetadataOptions.HttpEndpoint"},
			wire.Key{Name: "ec2:MetadataHttpPutResponseHopLimit", Member: "MetadataOptions.HttpPutResponseHopLimit"})
	case "ModifyInstanceMetadataOptions":
		keys = append(keys,
			wire.Key{Name: "ec2:Attribute/HttpTokens", Member: "HttpTokens"},
			wire.Key{Name: "ec2:Attribute/HttpEndpoint", Member: "HttpEndpoint"},
			wire.Key{Name: "ec2:Attribute/HttpPutResponseHopLimit", Member: "HttpPutResponseHopLimit"})
	}
	return keys
}
