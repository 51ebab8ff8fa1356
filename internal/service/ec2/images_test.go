package ec2

import (
	"slices"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/ec2"
)

func TestDescribeImages(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		in     api.DescribeImagesInput
		latest string // of the newest that is found; empty: none is
	}{
		"al2023":  {api.DescribeImagesInput{Owners: []string{"amazon"}, Filters: []api.Filter{filter("name", "al2023-ami-*-x86_64")}}, "al2023-ami-2023.6.20250107.0-kernel-6.1-x86_64"},
		"arm64":   {api.DescribeImagesInput{Owners: []string{"amazon"}, Filters: []api.Filter{filter("name", "al2023-ami-2023*"), filter("architecture", "arm64"), filter("state", "available")}}, "al2023-ami-2023.6.20250107.0-kernel-6.1-arm64"},
		"al2":     {api.DescribeImagesInput{Owners: []string{"137112412989"}, Filters: []api.Filter{filter("name", "amzn2-ami-hvm-*-x86_64-gp2"), filter("root-device-type", "ebs"), filter("virtualization-type", "hvm")}}, "amzn2-ami-hvm-2.0.20250108.0-x86_64-gp2"},
		"ubuntu":  {api.DescribeImagesInput{Owners: []string{"099720109477"}, Filters: []api.Filter{filter("name", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*")}}, "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20250112"},
		"noble":   {api.DescribeImagesInput{Filters: []api.Filter{filter("name", "ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-amd64-server-*"), filter("owner-id", "099720109477")}}, "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250115"},
		"debian":  {api.DescribeImagesInput{Owners: []string{"136693071363"}, Filters: []api.Filter{filter("name", "debian-12-amd64-*")}}, "debian-12-amd64-20250115-1993"},
		"own":     {api.DescribeImagesInput{Owners: []string{"self"}}, ""},
		"theirs":  {api.DescribeImagesInput{Owners: []string{account}}, ""},
		"alias":   {api.DescribeImagesInput{Filters: []api.Filter{filter("owner-alias", "amazon"), filter("name", "ubuntu*")}}, ""},
		"windows": {api.DescribeImagesInput{Filters: []api.Filter{filter("platform", "windows")}}, ""},
		"private": {api.DescribeImagesInput{ExecutableUsers: []string{"self"}}, ""},
		"dated":   {api.DescribeImagesInput{Filters: []api.Filter{filter("creation-date", "2024-12-*"), filter("name", "al2023*x86_64")}}, "al2023-ami-2023.6.20241212.0-kernel-6.1-x86_64"},
	} {
		out, err := w.DescribeImages(w.ctx(), &c.in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := ""
		if len(out.Images) > 0 {
			got = *slices.MaxFunc(out.Images, func(a, b api.Image) int { return strings.Compare(*a.CreationDate, *b.CreationDate) }).Name
		}
		if got != c.latest {
			t.Errorf("%s: %s, want %s", name, got, c.latest)
		}
	}
	_, err := w.DescribeImages(w.ctx(), &api.DescribeImagesInput{ImageIds: []string{"ami-12345678"}})
	wants(t, "unknown", err, "InvalidAMIID.NotFound", "")
	seen := map[string]bool{}
	in := &api.DescribeImagesInput{MaxResults: new(int32(7))}
	for {
		out, err := w.DescribeImages(w.ctx(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range out.Images {
			seen[*i.ImageId] = true
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if len(seen) != len(w.images) {
		t.Errorf("pages have %d of %d images", len(seen), len(w.images))
	}
}

func TestNetworkIsTheDefaultOne(t *testing.T) {
	w := newWorld(t)
	vpcs, err := w.DescribeVpcs(w.ctx(), &api.DescribeVpcsInput{Filters: []api.Filter{filter("is-default", "true")}})
	if err != nil || len(vpcs.Vpcs) != 1 {
		t.Fatalf("%+v %v", vpcs, err)
	}
	subnets, err := w.DescribeSubnets(w.ctx(), &api.DescribeSubnetsInput{Filters: []api.Filter{filter("vpc-id", *vpcs.Vpcs[0].VpcId)}})
	if err != nil || len(subnets.Subnets) != 3 {
		t.Fatalf("%+v %v", subnets, err)
	}
	groups, err := w.DescribeSecurityGroups(w.ctx(), &api.DescribeSecurityGroupsInput{GroupNames: []string{"default"}})
	if err != nil || len(groups.SecurityGroups) != 1 {
		t.Fatalf("%+v %v", groups, err)
	}
	last := subnets.Subnets[2]
	w.launch(1, func(in *api.RunInstancesInput) {
		in.SubnetId, in.SecurityGroupIds = last.SubnetId, []string{*groups.SecurityGroups[0].GroupId}
	})
	w.launch(1, func(in *api.RunInstancesInput) {
		in.NetworkInterfaces = []api.InstanceNetworkInterfaceSpecification{{DeviceIndex: new(int32(0)), SubnetId: last.SubnetId, AssociatePublicIpAddress: new(true)}}
	})
	found, err := w.DescribeInstances(w.ctx(), &api.DescribeInstancesInput{Filters: []api.Filter{filter("availability-zone", *last.AvailabilityZone)}})
	if err != nil || len(found.Reservations) != 2 {
		t.Errorf("%+v %v", found, err)
	}
	_, err = w.DescribeSubnets(w.ctx(), &api.DescribeSubnetsInput{SubnetIds: []string{""}})
	wants(t, "no id", err, "InvalidSubnetID.Malformed", "")
	_, err = w.DescribeVpcs(w.ctx(), &api.DescribeVpcsInput{VpcIds: []string{"vpc-12345678"}})
	wants(t, "unknown", err, "InvalidVpcID.NotFound", "The vpc ID 'vpc-12345678' does not exist")
}
