package ec2

import (
	"context"
	"errors"
	"fmt"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// launch is one of the resources that RunInstances uses or makes.
func (r asked) launch(ctx context.Context, t *directory.ReadTx, kind string, in any) (*caller.Target, error) {
	run, ok := in.(*api.RunInstancesInput)
	if !ok {
		return nil, fmt.Errorf("ec2: %T asks on an unknown kind of resource %q", in, kind)
	}
	n := r.s.network(r.account)
	switch kind {
	case "new-instance":
		return r.newInstance(ctx, t, run, n)
	case "image":
		return r.image(run), nil
	case "subnet":
		id := launchSubnet(run)
		if sn, err := n.subnet(id, launchZone(run)); err == nil {
			id = sn.id
		}
		return r.target("subnet", id, nil, func(v *policy.Values) {
			v.SetNamed("ec2:SubnetID", id)
			v.SetNamed("ec2:Vpc", r.s.arn(r.account, "vpc", n.vpc))
		}), nil
	case "security-group":
		return r.target("security-group", firstOr(launchGroups(run), n.group), nil, func(v *policy.Values) {
			v.SetNamed("ec2:Vpc", r.s.arn(r.account, "vpc", n.vpc))
		}), nil
	case "volume", "new-volume":
		return r.target("volume", "*", nil, func(v *policy.Values) {
			v.SetNamed("ec2:Encrypted", "false")
			if sn, err := n.subnet(launchSubnet(run), launchZone(run)); err == nil {
				v.SetNamed("ec2:AvailabilityZone", sn.zone)
			}
			if i, err := r.s.launchImage(run); err == nil {
				v.SetNamed("ec2:VolumeType", i.volumeType())
				v.SetNamed("ec2:VolumeSize", "8")
			}
			requestTags(v, run.TagSpecifications, "volume")
		}), nil
	case "network-interface", "new-network-interface":
		return r.target("network-interface", "*", nil, func(v *policy.Values) {
			v.SetNamed("ec2:Vpc", r.s.arn(r.account, "vpc", n.vpc))
			if sn, err := n.subnet(launchSubnet(run), launchZone(run)); err == nil {
				v.SetNamed("ec2:AvailabilityZone", sn.zone)
				v.SetNamed("ec2:Subnet", r.s.arn(r.account, "subnet", sn.id))
			}
			requestTags(v, run.TagSpecifications, "network-interface")
		}), nil
	case "launch-key-pair":
		k, err := r.s.keyPairByName(t, r.account, value(run.KeyName))
		if errors.Is(err, directory.ErrNotFound) {
			return r.target("key-pair", value(run.KeyName), nil, nil), nil
		}
		if err != nil {
			return nil, err
		}
		return r.existingKeyPair(k), nil
	}
	return nil, fmt.Errorf("ec2: RunInstances asks on an unknown kind of resource %q", kind)
}

func firstOr(ids []string, otherwise string) string {
	if len(ids) == 0 {
		return otherwise
	}
	return ids[0]
}

// newInstance is the instance to be, whatever its id.
func (r asked) newInstance(ctx context.Context, t *directory.ReadTx, run *api.RunInstancesInput, n network) (*caller.Target, error) {
	profileARN := ""
	if run.IamInstanceProfile != nil {
		p, _, err := profile(ctx, t, run.IamInstanceProfile)
		if err == nil {
			profileARN = p.ARN()
		}
	}
	return r.target("instance", "*", nil, func(v *policy.Values) {
		for name, values := range map[string]string{
			"ec2:InstanceType": launchType(run), "ec2:Tenancy": "default", "ec2:RootDeviceType": "ebs", "ec2:EbsOptimized": "false",
			"ec2:InstanceMarketType": "on-demand", "ec2:IsLaunchTemplateResource": "false",
		} {
			v.SetNamed(name, values)
		}
		if sn, err := n.subnet(launchSubnet(run), launchZone(run)); err == nil {
			v.SetNamed("ec2:AvailabilityZone", sn.zone)
		}
		if profileARN != "" {
			v.SetNamed("ec2:InstanceProfile", profileARN)
		}
		if o := run.MetadataOptions; o != nil {
			setIf(v, "ec2:MetadataHttpTokens", o.HttpTokens)
			setIf(v, "ec2:MetadataHttpEndpoint", o.HttpEndpoint)
			setIf(v, "ec2:InstanceMetadataTags", o.InstanceMetadataTags)
			if o.HttpPutResponseHopLimit != nil {
				v.SetNamed("ec2:MetadataHttpPutResponseHopLimit", fmt.Sprint(*o.HttpPutResponseHopLimit))
			}
		}
		requestTags(v, run.TagSpecifications, "instance")
	}), nil
}

func setIf(v *policy.Values, name string, s *string) {
	if s != nil {
		v.SetNamed(name, *s)
	}
}

// image is the image to launch from. Images are public: whether their use is
// allowed is the caller's account's to say.
func (r asked) image(run *api.RunInstancesInput) *caller.Target {
	i, err := r.s.launchImage(run)
	id := i.id
	if err != nil {
		id = value(run.ImageId)
	}
	out := r.target("image", id, nil, func(v *policy.Values) {
		if err != nil {
			return
		}
		v.SetNamed("ec2:ImageID", i.id)
		v.SetNamed("ec2:ImageType", "machine")
		v.SetNamed("ec2:Public", "true")
		v.SetNamed("ec2:RootDeviceType", "ebs")
		v.SetNamed("ec2:IsLaunchTemplateResource", "false")
		if i.alias != "" {
			v.SetNamed("ec2:Owner", i.alias)
		} else {
			v.SetNamed("ec2:Owner", i.owner)
		}
	})
	out.Resource.PublicOf = i.owner
	out.Resource.ARN = strings.Replace(out.Resource.ARN, ":"+r.account+":", "::", 1)
	return out
}

// What a launch says of itself is read here alone, for the check and the launch.

// launchImage is the image of the launch: by its id, or the latest that a public
// parameter of Systems Manager's names.
func (s *Service) launchImage(in *api.RunInstancesInput) (image, error) {
	if name, ok := strings.CutPrefix(value(in.ImageId), resolve); ok {
		return s.parameter(name)
	}
	return s.image(value(in.ImageId))
}

func launchType(in *api.RunInstancesInput) string {
	if in.InstanceType == nil {
		return defaultType
	}
	return *in.InstanceType
}

func launchZone(in *api.RunInstancesInput) string {
	if in.Placement == nil {
		return ""
	}
	return value(in.Placement.AvailabilityZone)
}

func launchSubnet(in *api.RunInstancesInput) string {
	if len(in.NetworkInterfaces) > 0 {
		return value(in.NetworkInterfaces[0].SubnetId)
	}
	return value(in.SubnetId)
}

func launchGroups(in *api.RunInstancesInput) []string {
	if len(in.NetworkInterfaces) > 0 {
		return in.NetworkInterfaces[0].Groups
	}
	return in.SecurityGroupIds
}
