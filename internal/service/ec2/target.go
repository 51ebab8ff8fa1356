package ec2

import (
	"context"
	"errors"
	"fmt"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// Target says on which resource an access is asked, always one of the caller's
// account but for images, which are their owners'. Of several instances or tagged
// resources it is the first; the operation asks for the others itself. What does
// not exist is asked for like what does: only who may use it learns that it is not
// there.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
func (s *Service) Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error) {
	r := asked{s: s, account: accountOf(ctx)}
	var out *caller.Target
	err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		switch access.Resource {
		case "*":
			out = &caller.Target{}
			out.Resource.ARN, out.Resource.Account = "*", r.account
		case "instance", "instances":
			out, err = r.instance(ctx, t, firstInstance(in))
			out = r.givenProfile(ctx, t, out, in)
		case "association":
			out, err = r.association(ctx, t, wire.Text(in, "AssociationId"))
			out = r.givenProfile(ctx, t, out, in)
		case "tagged":
			out, err = r.tagged(ctx, t, firstTagged(in))
		case "key-pair":
			out, err = r.keyPair(t, in.(*api.DeleteKeyPairInput))
		case "new-key-pair":
			out = r.newKeyPair(in)
		case "instance-profile-role":
			out, err = r.passedRole(ctx, t, in)
		default:
			out, err = r.launch(ctx, t, access.Resource, in)
		}
		return err
	})
	return out, err
}

func firstInstance(in any) string {
	switch in := in.(type) {
	case *api.TerminateInstancesInput:
		return first(in.InstanceIds)
	case *api.StopInstancesInput:
		return first(in.InstanceIds)
	case *api.StartInstancesInput:
		return first(in.InstanceIds)
	case *api.RebootInstancesInput:
		return first(in.InstanceIds)
	}
	return wire.Text(in, "InstanceId")
}

func firstTagged(in any) string {
	switch in := in.(type) {
	case *api.CreateTagsInput:
		return first(in.Resources)
	case *api.DeleteTagsInput:
		return first(in.Resources)
	}
	return ""
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// asked makes targets.
type asked struct {
	s       *Service
	account string
}

// target is one of the account's in the region.
func (r asked) target(kind, id string, tags []directory.Tag, keys func(*policy.Values)) *caller.Target {
	out := &caller.Target{}
	out.Resource.ARN, out.Resource.Account = r.s.arn(r.account, kind, id), r.account
	if len(tags) > 0 {
		m := make(map[string]string, len(tags))
		for _, t := range tags {
			m[t.Key] = t.Value
		}
		out.Resource.Tags = policy.MakeTags(m)
	}
	out.Context = func(v *policy.Values) {
		v.SetNamed("ec2:Region", r.s.region)
		for _, t := range tags {
			v.SetNamed("ec2:ResourceTag/"+t.Key, t.Value)
		}
		if keys != nil {
			keys(v)
		}
	}
	return out
}

// Instance is an instance of the account's as permissions are asked on it. Of one
// that is not there nothing is known but the ARN.
func (s *Service) Instance(account, id string, i *directory.Instance) *caller.Target {
	r := asked{s: s, account: account}
	if i == nil {
		return r.target("instance", id, nil, func(v *policy.Values) { v.SetNamed("ec2:InstanceID", id) })
	}
	return r.target("instance", id, i.Tags, func(v *policy.Values) {
		v.SetNamed("ec2:InstanceID", id)
		v.SetNamed("ec2:InstanceType", i.Type)
		v.SetNamed("ec2:AvailabilityZone", i.Zone)
		v.SetNamed("ec2:Tenancy", "default")
		v.SetNamed("ec2:RootDeviceType", "ebs")
		v.SetNamed("ec2:EbsOptimized", "false")
		v.SetNamed("ec2:MetadataHttpTokens", i.Metadata.Tokens)
		v.SetNamed("ec2:MetadataHttpEndpoint", i.Metadata.Endpoint)
		v.SetNamed("ec2:MetadataHttpPutResponseHopLimit", fmt.Sprint(i.Metadata.HopLimit))
		v.SetNamed("ec2:InstanceMetadataTags", i.Metadata.Tags)
		if i.Association != nil {
			v.SetNamed("ec2:InstanceProfile", i.Association.ARN)
		}
	})
}

func (r asked) instance(ctx context.Context, t *directory.ReadTx, id string) (*caller.Target, error) {
	if err := checkID(id, "i", "InvalidInstanceID.Malformed"); err != nil {
		return nil, err
	}
	i, err := r.s.instance(t, r.account, id, now(ctx))
	if _, ok := wire.AsError(err); err != nil && !ok {
		return nil, err
	}
	return r.s.Instance(r.account, id, i), nil
}

// association is the instance that has it; for one that is not there, any.
func (r asked) association(ctx context.Context, t *directory.ReadTx, id string) (*caller.Target, error) {
	i, err := r.s.associated(t, r.account, id, now(ctx))
	if err != nil {
		if e, ok := wire.AsError(err); !ok || e.Code == "InvalidParameterValue" {
			return nil, err
		}
		return r.target("instance", "*", nil, nil), nil
	}
	return r.s.Instance(r.account, i.ID, i), nil
}

// givenProfile adds the key of the instance profile that an instance is to get.
func (r asked) givenProfile(ctx context.Context, t *directory.ReadTx, out *caller.Target, in any) *caller.Target {
	var spec *api.IamInstanceProfileSpecification
	switch in := in.(type) {
	case *api.AssociateIamInstanceProfileInput:
		spec = in.IamInstanceProfile
	case *api.ReplaceIamInstanceProfileAssociationInput:
		spec = in.IamInstanceProfile
	}
	if out == nil || spec == nil {
		return out
	}
	p, _, err := profile(ctx, t, spec)
	if err != nil {
		return out // which is told to who may pass the role
	}
	before := out.Context
	out.Context = func(v *policy.Values) {
		before(v)
		v.SetNamed("ec2:NewInstanceProfile", p.ARN())
	}
	return out
}

// tagged is a resource that tags are put on or taken from.
func (r asked) tagged(ctx context.Context, t *directory.ReadTx, id string) (*caller.Target, error) {
	prefix := id[:strings.LastIndexByte(id, '-')+1]
	switch prefix {
	case "i-":
		return r.instance(ctx, t, id)
	case "key-":
		k, err := r.s.keyPairByID(t, r.account, id)
		if errors.Is(err, directory.ErrNotFound) {
			return r.target("key-pair", "*", nil, nil), nil
		}
		if err != nil {
			return nil, err
		}
		return r.existingKeyPair(k), nil
	}
	kind := taggable[prefix]
	if kind == "" {
		return nil, fault("InvalidID", "The ID '%s' is not valid", cut(id))
	}
	return r.target(kind, id, nil, nil), nil
}

// taggable are the kinds of things that ids with the prefix name and that tags
// could be put on if there were any that tags can be put on.
var taggable = map[string]string{
	"i-": "instance", "key-": "key-pair", "ami-": "image", "vpc-": "vpc", "subnet-": "subnet", "sg-": "security-group", "vol-": "volume",
	"eni-": "network-interface", "snap-": "snapshot",
}

func (r asked) existingKeyPair(k *directory.KeyPair) *caller.Target {
	return r.target("key-pair", k.Name, k.Tags, func(v *policy.Values) {
		v.SetNamed("ec2:KeyPairName", k.Name)
		v.SetNamed("ec2:KeyPairType", k.Type)
	})
}

func (r asked) keyPair(t *directory.ReadTx, in *api.DeleteKeyPairInput) (*caller.Target, error) {
	k, err := r.s.keyPairOf(t, r.account, in)
	if errors.Is(err, directory.ErrNotFound) {
		if in.KeyName != nil {
			return r.target("key-pair", *in.KeyName, nil, nil), nil
		}
		return r.target("key-pair", "*", nil, nil), nil
	}
	if err != nil {
		return nil, err
	}
	return r.existingKeyPair(k), nil
}

func (r asked) newKeyPair(in any) *caller.Target {
	var specs []api.TagSpecification
	kind := ""
	switch in := in.(type) {
	case *api.CreateKeyPairInput:
		specs, kind = in.TagSpecifications, keyType(in.KeyType)
	case *api.ImportKeyPairInput:
		specs = in.TagSpecifications
	}
	name := wire.Text(in, "KeyName")
	return r.target("key-pair", name, nil, func(v *policy.Values) {
		v.SetNamed("ec2:KeyPairName", name)
		if kind != "" {
			v.SetNamed("ec2:KeyPairType", kind)
		}
		requestTags(v, specs, "key-pair")
	})
}

// passedRole is the role in the instance profile that an instance is to get.
func (r asked) passedRole(ctx context.Context, t *directory.ReadTx, in any) (*caller.Target, error) {
	var spec *api.IamInstanceProfileSpecification
	receiver := r.s.arn(r.account, "instance", "*")
	switch in := in.(type) {
	case *api.RunInstancesInput:
		spec = in.IamInstanceProfile
	case *api.AssociateIamInstanceProfileInput:
		spec, receiver = in.IamInstanceProfile, r.s.arn(r.account, "instance", value(in.InstanceId))
	case *api.ReplaceIamInstanceProfileAssociationInput:
		spec = in.IamInstanceProfile
		i, err := r.s.associated(t, r.account, value(in.AssociationId), now(ctx))
		if err != nil {
			return nil, err
		}
		receiver = i.ARN()
	}
	_, role, err := profile(ctx, t, spec)
	if err != nil {
		return nil, err
	}
	out := &caller.Target{Context: func(v *policy.Values) { v.Set(policy.KeyIAMAssociatedResourceArn, receiver) }}
	out.Resource.ARN, out.Resource.Account = role.ARN(), r.account
	tags := make(map[string]string, len(role.Tags))
	for _, t := range role.Tags {
		tags[t.Key] = t.Value
	}
	out.Resource.Tags = policy.MakeTags(tags)
	return out, nil
}
