package ec2

import (
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// What TagSpecifications can tag when it is created, by the operation.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
var (
	TaggedByRunInstances = []string{"instance", "volume", "network-interface"}
	TaggedByKeyPairs     = []string{"key-pair"}
)

// overlay asks each operation's action on the resources that the service
// authorization reference lists for it: launching an instance on the image, the
// network and all that comes to be with it. Handing an instance profile to an
// instance passes its role to EC2.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
func overlay(s *wire.Service) {
	for _, op := range s.Operations {
		if strings.HasPrefix(op.Name, "Describe") {
			s.Allow(op.Name, wire.Access{Action: "ec2:" + op.Name, Resource: "*"})
			op.Event.ReadOnly = true
		}
	}
	for operation, resource := range map[string]string{
		"TerminateInstances": "instances", "StopInstances": "instances", "StartInstances": "instances", "RebootInstances": "instances",
		"ModifyInstanceMetadataOptions": "instance", "AssociateIamInstanceProfile": "instance",
		"ReplaceIamInstanceProfileAssociation": "association", "DisassociateIamInstanceProfile": "association",
		"CreateKeyPair": "new-key-pair", "ImportKeyPair": "new-key-pair", "DeleteKeyPair": "key-pair",
		"CreateTags": "tagged", "DeleteTags": "tagged",
	} {
		s.Allow(operation, wire.Access{Action: "ec2:" + operation, Resource: resource, Keys: keys(operation)})
	}
	for _, resource := range []string{"new-instance", "image", "subnet", "network-interface", "security-group", "volume"} {
		a := wire.Access{Action: "ec2:RunInstances", Resource: resource}
		if resource == "new-instance" {
			a.Keys = keys("RunInstances")
		}
		s.Allow("RunInstances", a)
	}
	s.Allow("RunInstances", wire.Access{Action: "ec2:RunInstances", Resource: "launch-key-pair", When: wire.Has("KeyName")})
	pass := []wire.Key{{Name: "iam:PassedToService", Value: func(any) []string { return []string{"ec2.amazonaws.com"} }}}
	for _, op := range []string{"RunInstances", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"} {
		s.Allow(op, wire.Access{
			Action: "iam:PassRole", Resource: "instance-profile-role", When: wire.Has("IamInstanceProfile"), Keys: pass,
		})
	}
	allowTags(s, "RunInstances", TaggedByRunInstances)
	allowTags(s, "CreateKeyPair", TaggedByKeyPairs)
	allowTags(s, "ImportKeyPair", TaggedByKeyPairs)
}

// allowTags asks for ec2:CreateTags on each kind of resource that the operation
// makes with tags.
func allowTags(s *wire.Service, operation string, kinds []string) {
	for _, kind := range kinds {
		s.Allow(operation, wire.Access{
			Action: "ec2:CreateTags", Resource: "new-" + kind, When: wire.Is("TagSpecifications.ResourceType", kind),
			Keys: []wire.Key{{Name: "ec2:CreateAction", Value: func(any) []string { return []string{operation} }}},
		})
	}
}

func keys(operation string) []wire.Key {
	tags := []wire.Key{
		{Name: "aws:RequestTag", Member: "Tags", Form: wire.TagPairs},
		{Name: "aws:TagKeys", Member: "Tags", Form: wire.TagNames},
	}
	switch operation {
	case "ModifyInstanceMetadataOptions":
		return []wire.Key{
			{Name: "ec2:Attribute/HttpTokens", Member: "HttpTokens"},
			{Name: "ec2:Attribute/HttpEndpoint", Member: "HttpEndpoint"},
			{Name: "ec2:Attribute/HttpPutResponseHopLimit", Member: "HttpPutResponseHopLimit"},
			{Name: "ec2:Attribute/HttpProtocolIpv6", Member: "HttpProtocolIpv6"},
			{Name: "ec2:Attribute/InstanceMetadataTags", Member: "InstanceMetadataTags"},
		}
	case "CreateTags", "DeleteTags":
		return tags
	}
	return nil
}
