package ec2

import (
	"context"
	"slices"
	"strconv"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
)

// DescribeInstances shows the account's instances, terminated ones for an hour.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
func (s *Service) DescribeInstances(ctx context.Context, in *api.DescribeInstancesInput) (*api.DescribeInstancesOutput, error) {
	if in.MaxResults != nil && len(in.InstanceIds) > 0 {
		return nil, notTogether("instancesSet", "maxResults")
	}
	found, err := s.find(ctx, in.InstanceIds, in.Filters, s.instanceFields(), value(in.DryRun))
	if err != nil {
		return nil, err
	}
	found, next, err := page(found, func(i *directory.Instance) string { return i.ID }, in.MaxResults, in.NextToken, 5, 1000)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeInstancesOutput{Reservations: []api.Reservation{}, NextToken: next}
	byReservation := map[string][]*directory.Instance{}
	var order []string
	for _, i := range found {
		if byReservation[i.Reservation] == nil {
			order = append(order, i.Reservation)
		}
		byReservation[i.Reservation] = append(byReservation[i.Reservation], i)
	}
	for _, r := range order {
		out.Reservations = append(out.Reservations, s.reservation(byReservation[r]))
	}
	return out, nil
}

// find is the instances with the ids, or all, that the filters keep.
func (s *Service) find(ctx context.Context, ids []string, filters []api.Filter, by fields[*directory.Instance], dry bool) (found []*directory.Instance, err error) {
	keep, err := filtered(filters, by, func(i *directory.Instance) []directory.Tag { return i.Tags })
	if err != nil {
		return nil, err
	}
	if err := checkInstanceIDs(ids); err != nil {
		return nil, err
	}
	err = s.view(ctx, func(t *directory.ReadTx) (err error) {
		if len(ids) > 0 {
			found, err = s.instancesByID(t, accountOf(ctx), ids, now(ctx))
			return err
		}
		found, err = s.instances(t, accountOf(ctx), now(ctx))
		return err
	})
	if err != nil {
		return nil, err
	}
	if dry {
		return nil, dryRun()
	}
	slices.SortFunc(found, func(a, b *directory.Instance) int { return strings.Compare(a.ID, b.ID) })
	return slices.DeleteFunc(found, func(i *directory.Instance) bool { return !keep(i) }), nil
}

// ifLive is a field that a terminated instance has no value for.
func ifLive(get func(*directory.Instance) string) func(*directory.Instance) []string {
	return one(func(i *directory.Instance) string {
		if i.State == terminated {
			return ""
		}
		return get(i)
	})
}

func (s *Service) instanceFields() fields[*directory.Instance] {
	type in = *directory.Instance
	img := func(get func(image) string) func(in) []string {
		return one(func(i in) string {
			found, err := s.image(i.Image)
			if err != nil {
				return ""
			}
			return get(found)
		})
	}
	association := func(get func(*directory.ProfileAssociation) string) func(in) []string {
		return one(func(i in) string {
			if i.Association == nil {
				return ""
			}
			return get(i.Association)
		})
	}
	return fields[in]{
		"instance-id": one(func(i in) string { return i.ID }), "image-id": one(func(i in) string { return i.Image }),
		"instance-type": one(func(i in) string { return i.Type }), "instance-state-name": one(func(i in) string { return i.State }),
		"instance-state-code": one(func(i in) string { return strconv.Itoa(int(stateCodes[i.State])) }),
		"reservation-id":      one(func(i in) string { return i.Reservation }), "owner-id": one(func(i in) string { return i.Account }),
		"availability-zone": one(func(i in) string { return i.Zone }), "key-name": one(func(i in) string { return i.KeyName }),
		"client-token": one(func(i in) string { return i.ClientToken }), "launch-index": one(func(i in) string { return strconv.Itoa(i.Index) }),
		"launch-time":        one(func(i in) string { return i.Launched.UTC().Format("2006-01-02T15:04:05.000Z") }),
		"private-ip-address": ifLive(func(i in) string { return i.IP }), "private-dns-name": ifLive(func(i in) string { return s.dnsName(i.IP) }),
		"subnet-id": ifLive(func(i in) string { return i.Subnet }), "vpc-id": ifLive(func(i in) string { return s.network(i.Account).vpc }),
		"instance.group-id": ifLive(func(i in) string { return s.network(i.Account).group }), "instance.group-name": ifLive(func(in) string { return "default" }),
		"group-id": nil, "group-name": nil, // of EC2-Classic
		"network-interface.network-interface-id": ifLive(func(i in) string { return i.Interface }),
		"network-interface.subnet-id":            ifLive(func(i in) string { return i.Subnet }),
		"network-interface.vpc-id":               ifLive(func(i in) string { return s.network(i.Account).vpc }),
		"network-interface.mac-address":          ifLive(func(i in) string { return i.MAC }),
		"iam-instance-profile.arn":               association(func(a *directory.ProfileAssociation) string { return a.ARN }),
		"iam-instance-profile.id":                association(func(a *directory.ProfileAssociation) string { return a.ProfileID }),
		"iam-instance-profile.name":              association(func(a *directory.ProfileAssociation) string { return a.Name }),
		"metadata-options.http-tokens":           one(func(i in) string { return i.Metadata.Tokens }),
		"metadata-options.http-endpoint":         one(func(i in) string { return i.Metadata.Endpoint }),
		"metadata-options.http-put-response-hop-limit": one(func(i in) string {
			return strconv.Itoa(int(i.Metadata.HopLimit))
		}),
		"metadata-options.instance-metadata-tags": one(func(i in) string { return i.Metadata.Tags }),
		"architecture": img(func(i image) string { return i.architecture }), "root-device-name": img(func(i image) string { return i.rootDevice }),
		"platform-details": img(func(i image) string { return i.platform }), "root-device-type": constant[in]("ebs"),
		"virtualization-type": constant[in]("hvm"), "hypervisor": constant[in]("xen"), "tenancy": constant[in]("default"),
		"monitoring-state": constant[in]("disabled"), "usage-operation": constant[in]("RunInstances"), "source-dest-check": constant[in]("true"),
		"state-reason-code": one(func(i in) string { return i.StateReason }), "reason": one(func(i in) string { return i.StateTransition }),
		"ip-address": nil, "dns-name": nil, "platform": nil, "instance-lifecycle": nil, "kernel-id": nil, "ramdisk-id": nil,
		"placement-group-name": nil, "requester-id": nil, "spot-instance-request-id": nil, "product-code": nil, "outpost-arn": nil, "host-id": nil,
	}
}

// reservation renders instances that were launched together.
func (s *Service) reservation(all []*directory.Instance) api.Reservation {
	out := api.Reservation{Groups: []api.GroupIdentifier{}, Instances: []api.Instance{}}
	for _, i := range all {
		out.ReservationId, out.OwnerId = new(i.Reservation), new(i.Account)
		out.Instances = append(out.Instances, s.render(i))
	}
	return out
}

func (s *Service) render(i *directory.Instance) api.Instance {
	img, _ := s.image(i.Image) // a catalogue of later times may lack it
	out := api.Instance{
		InstanceId: &i.ID, ImageId: &i.Image, State: state(i.State), InstanceType: &i.Type, KeyName: text(i.KeyName), LaunchTime: &i.Launched,
		AmiLaunchIndex: new(int32(i.Index)), ClientToken: text(i.ClientToken), Tags: renderTags(i.Tags),
		Placement:             &api.Placement{AvailabilityZone: &i.Zone, Tenancy: new("default"), GroupName: new("")},
		Monitoring:            &api.Monitoring{State: new("disabled")},
		StateTransitionReason: &i.StateTransition, PublicDnsName: new(""), PrivateDnsName: new(""), Architecture: text(img.architecture),
		RootDeviceName: text(img.rootDevice), RootDeviceType: new("ebs"), VirtualizationType: new("hvm"), Hypervisor: new("xen"),
		EbsOptimized: new(false), EnaSupport: new(true), BootMode: text(img.bootMode), PlatformDetails: text(img.platform),
		UsageOperation: new("RunInstances"), UsageOperationUpdateTime: &i.Created, MetadataOptions: renderMetadata(i.Metadata, "applied"),
		BlockDeviceMappings: []api.InstanceBlockDeviceMapping{}, NetworkInterfaces: []api.InstanceNetworkInterface{},
		ProductCodes: []api.ProductCode{}, SecurityGroups: []api.GroupIdentifier{},
		CapacityReservationSpecification: &api.CapacityReservationSpecificationResponse{CapacityReservationPreference: new("open")},
		HibernationOptions:               &api.HibernationOptions{Configured: new(false)},
		EnclaveOptions:                   &api.EnclaveOptions{Enabled: new(false)},
	}
	if i.StateReason != "" {
		out.StateReason = &api.StateReason{Code: &i.StateReason, Message: new(i.StateReason + ": User initiated shutdown")}
	}
	if a := i.Association; a != nil {
		out.IamInstanceProfile = &api.IamInstanceProfile{Arn: &a.ARN, Id: &a.ProfileID}
	}
	if i.State != terminated {
		s.renderNetwork(i, &out)
	}
	return out
}

// renderNetwork shows where an instance would be in the default VPC.
func (s *Service) renderNetwork(i *directory.Instance, out *api.Instance) {
	n := s.network(i.Account)
	name := s.dnsName(i.IP)
	groups := []api.GroupIdentifier{{GroupId: &n.group, GroupName: new("default")}}
	out.PrivateIpAddress, out.PrivateDnsName, out.SubnetId, out.VpcId = &i.IP, &name, &i.Subnet, &n.vpc
	out.SecurityGroups, out.SourceDestCheck = groups, new(true)
	out.NetworkInterfaces = []api.InstanceNetworkInterface{{
		NetworkInterfaceId: &i.Interface, OwnerId: &i.Account, SubnetId: &i.Subnet, VpcId: &n.vpc, PrivateIpAddress: &i.IP, PrivateDnsName: &name,
		MacAddress: &i.MAC, SourceDestCheck: new(true), Status: new("in-use"), InterfaceType: new("interface"), Description: new(""), Groups: groups,
		PrivateIpAddresses: []api.InstancePrivateIpAddress{{Primary: new(true), PrivateIpAddress: &i.IP, PrivateDnsName: &name}},
		Attachment: &api.InstanceNetworkInterfaceAttachment{
			AttachmentId: new(derivedID("eni-attach", i.Interface)), AttachTime: &i.Created, DeviceIndex: new(int32(0)), NetworkCardIndex: new(int32(0)),
			DeleteOnTermination: new(true), Status: new("attached"),
		},
	}}
}

// DescribeInstanceStatus shows the states of instances. Checks of what runs have
// passed: there is nothing that could fail them.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceStatus.html
func (s *Service) DescribeInstanceStatus(ctx context.Context, in *api.DescribeInstanceStatusInput) (*api.DescribeInstanceStatusOutput, error) {
	if in.MaxResults != nil && len(in.InstanceIds) > 0 {
		return nil, notTogether("instancesSet", "maxResults")
	}
	type inst = *directory.Instance
	status := func(word string) func(inst) []string {
		return one(func(i inst) string {
			if i.State != running {
				return "not-applicable"
			}
			return word
		})
	}
	found, err := s.find(ctx, in.InstanceIds, in.Filters, fields[inst]{
		"availability-zone": one(func(i inst) string { return i.Zone }), "instance-state-name": one(func(i inst) string { return i.State }),
		"instance-state-code":    one(func(i inst) string { return strconv.Itoa(int(stateCodes[i.State])) }),
		"instance-status.status": status("ok"), "system-status.status": status("ok"),
		"instance-status.reachability": status("passed"), "system-status.reachability": status("passed"),
		"event.code": nil, "event.description": nil, "event.instance-event-id": nil, "event.not-after": nil, "event.not-before": nil,
		"event.not-before-deadline": nil,
	}, value(in.DryRun))
	if err != nil {
		return nil, err
	}
	if !value(in.IncludeAllInstances) {
		found = slices.DeleteFunc(found, func(i inst) bool { return i.State != running })
	}
	found, next, err := page(found, func(i inst) string { return i.ID }, in.MaxResults, in.NextToken, 5, 1000)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeInstanceStatusOutput{InstanceStatuses: []api.InstanceStatus{}, NextToken: next}
	for _, i := range found {
		summary := &api.InstanceStatusSummary{Status: new("not-applicable")}
		if i.State == running {
			summary = &api.InstanceStatusSummary{Status: new("ok"), Details: []api.InstanceStatusDetails{{Name: new("reachability"), Status: new("passed")}}}
		}
		out.InstanceStatuses = append(out.InstanceStatuses, api.InstanceStatus{
			InstanceId: &i.ID, AvailabilityZone: &i.Zone, InstanceState: state(i.State), InstanceStatus: summary, SystemStatus: summary,
		})
	}
	return out, nil
}
