package ec2

import (
	"context"
	"fmt"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
)

// network is an account's default VPC: all there is of networks. Its ids follow
// from the account and the region. Nothing runs in it; instances have addresses
// of it because their metadata has them.
type network struct {
	vpc, group string
	subnets    []subnet
}

type subnet struct {
	id, zone, cidr string
	third          int // third number of its addresses, at least
}

func (s *Service) network(account string) network {
	n := network{vpc: derivedID("vpc", account, s.region), group: derivedID("sg", account, s.region, "default")}
	for i, letter := range []string{"a", "b", "c"} {
		n.subnets = append(n.subnets, subnet{
			id: derivedID("subnet", account, s.region, letter), zone: s.region + letter,
			cidr: fmt.Sprintf("172.31.%d.0/20", 16*i), third: 16 * i,
		})
	}
	return n
}

const vpcCIDR = "172.31.0.0/16"

// subnet is the one that a launch names, or is to have in the zone, or the first.
func (n network) subnet(id, zone string) (subnet, error) {
	for _, sn := range n.subnets {
		if (id == "" || sn.id == id) && (zone == "" || sn.zone == zone) {
			return sn, nil
		}
	}
	if id == "" {
		return subnet{}, invalidValue("Invalid availability zone: [%s]", cut(zone))
	}
	if err := checkID(id, "subnet", "InvalidSubnetID.Malformed"); err != nil {
		return subnet{}, err
	}
	if slices.ContainsFunc(n.subnets, func(sn subnet) bool { return sn.id == id }) {
		return subnet{}, invalidValue("The specified subnet '%s' is not in the availability zone '%s'", id, cut(zone))
	}
	return subnet{}, notFound("InvalidSubnetID.NotFound", "subnet ID", []string{id})
}

// checkGroups refuses security groups that are not there.
func (n network) checkGroups(ids, names []string) error {
	for _, id := range ids {
		if err := checkID(id, "sg", "InvalidGroupId.Malformed"); err != nil {
			return err
		}
		if id != n.group {
			return notFound("InvalidGroup.NotFound", "security group", []string{id})
		}
	}
	for _, name := range names {
		if name != "default" {
			return fault("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC '%s'", cut(name), n.vpc)
		}
	}
	return nil
}

// DescribeVpcs shows the default VPC of the account.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html
func (s *Service) DescribeVpcs(ctx context.Context, in *api.DescribeVpcsInput) (*api.DescribeVpcsOutput, error) {
	account := accountOf(ctx)
	n := s.network(account)
	keep, err := filtered(in.Filters, fields[network]{
		"vpc-id": one(func(n network) string { return n.vpc }), "is-default": constant[network]("true"), "isDefault": constant[network]("true"),
		"cidr": constant[network](vpcCIDR), "state": constant[network]("available"), "owner-id": constant[network](account),
	}, func(network) []directory.Tag { return nil })
	if err != nil {
		return nil, err
	}
	for _, id := range in.VpcIds {
		if err := checkID(id, "vpc", "InvalidVpcID.Malformed"); err != nil {
			return nil, err
		}
		if id != n.vpc {
			return nil, notFound("InvalidVpcID.NotFound", "vpc ID", []string{id})
		}
	}
	if value(in.DryRun) {
		return nil, dryRun()
	}
	out := &api.DescribeVpcsOutput{Vpcs: []api.Vpc{}}
	if keep(n) {
		out.Vpcs = append(out.Vpcs, api.Vpc{
			VpcId: &n.vpc, OwnerId: &account, CidrBlock: new(vpcCIDR), IsDefault: new(true), State: new("available"), InstanceTenancy: new("default"),
		})
	}
	return out, nil
}

// DescribeSubnets shows the default subnets of the account, one for each of three
// zones.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html
func (s *Service) DescribeSubnets(ctx context.Context, in *api.DescribeSubnetsInput) (*api.DescribeSubnetsOutput, error) {
	account := accountOf(ctx)
	n := s.network(account)
	keep, err := filtered(in.Filters, fields[subnet]{
		"subnet-id": one(func(sn subnet) string { return sn.id }), "vpc-id": constant[subnet](n.vpc), "state": constant[subnet]("available"),
		"availability-zone": one(func(sn subnet) string { return sn.zone }), "availabilityZone": one(func(sn subnet) string { return sn.zone }),
		"cidr-block": one(func(sn subnet) string { return sn.cidr }), "default-for-az": constant[subnet]("true"),
		"defaultForAz": constant[subnet]("true"), "owner-id": constant[subnet](account),
		"subnet-arn": one(func(sn subnet) string { return s.arn(account, "subnet", sn.id) }),
	}, func(subnet) []directory.Tag { return nil })
	if err != nil {
		return nil, err
	}
	for _, id := range in.SubnetIds {
		if err := checkID(id, "subnet", "InvalidSubnetID.Malformed"); err != nil {
			return nil, err
		}
		if _, err := n.subnet(id, ""); err != nil {
			return nil, err
		}
	}
	if value(in.DryRun) {
		return nil, dryRun()
	}
	out := &api.DescribeSubnetsOutput{Subnets: []api.Subnet{}}
	for _, sn := range n.subnets {
		if !keep(sn) || len(in.SubnetIds) > 0 && !slices.Contains(in.SubnetIds, sn.id) {
			continue
		}
		out.Subnets = append(out.Subnets, api.Subnet{
			SubnetId: &sn.id, VpcId: &n.vpc, OwnerId: &account, CidrBlock: &sn.cidr, AvailabilityZone: &sn.zone, State: new("available"),
			DefaultForAz: new(true), MapPublicIpOnLaunch: new(false), SubnetArn: new(s.arn(account, "subnet", sn.id)),
		})
	}
	return out, nil
}

// DescribeSecurityGroups shows the default security group of the default VPC.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html
func (s *Service) DescribeSecurityGroups(ctx context.Context, in *api.DescribeSecurityGroupsInput) (*api.DescribeSecurityGroupsOutput, error) {
	account := accountOf(ctx)
	n := s.network(account)
	const description = "default VPC security group"
	keep, err := filtered(in.Filters, fields[network]{
		"group-id": one(func(n network) string { return n.group }), "group-name": constant[network]("default"),
		"vpc-id": one(func(n network) string { return n.vpc }), "owner-id": constant[network](account), "description": constant[network](description),
	}, func(network) []directory.Tag { return nil })
	if err != nil {
		return nil, err
	}
	if err := n.checkGroups(in.GroupIds, in.GroupNames); err != nil {
		return nil, err
	}
	if value(in.DryRun) {
		return nil, dryRun()
	}
	out := &api.DescribeSecurityGroupsOutput{SecurityGroups: []api.SecurityGroup{}}
	if keep(n) {
		out.SecurityGroups = append(out.SecurityGroups, api.SecurityGroup{
			GroupId: &n.group, GroupName: new("default"), VpcId: &n.vpc, OwnerId: &account, Description: new(description),
			SecurityGroupArn: new(s.arn(account, "security-group", n.group)),
		})
	}
	return out, nil
}

// dnsName is an instance's private name in DNS.
func (s *Service) dnsName(ip string) string {
	domain := s.region + ".compute.internal"
	if s.region == "us-east-1" {
		domain = "ec2.internal"
	}
	return "ip-" + strings.ReplaceAll(ip, ".", "-") + "." + domain
}

// one is a field with one value, absent when it is empty.
func one[T any](get func(T) string) func(T) []string {
	return func(v T) []string {
		if s := get(v); s != "" {
			return []string{s}
		}
		return nil
	}
}

func constant[T any](s string) func(T) []string { return func(T) []string { return []string{s} } }
