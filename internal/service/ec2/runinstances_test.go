package ec2

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/ec2"
)

func TestRunInstancesRefuses(t *testing.T) {
	w := newWorld(t)
	n := w.network(account)
	tags := func(kind string, all ...string) []api.TagSpecification {
		spec := api.TagSpecification{ResourceType: &kind}
		for i := 0; i < len(all); i += 2 {
			spec.Tags = append(spec.Tags, api.Tag{Key: &all[i], Value: &all[i+1]})
		}
		return []api.TagSpecification{spec}
	}
	for name, c := range map[string]struct {
		change     func(*api.RunInstancesInput)
		code, text string
	}{
		"no image":        {func(in *api.RunInstancesInput) { in.ImageId = nil }, "MissingParameter", "ImageId"},
		"malformed image": {func(in *api.RunInstancesInput) { in.ImageId = new("ubuntu") }, "InvalidAMIID.Malformed", `"ubuntu" (expecting "ami-...")`},
		"unknown image":   {func(in *api.RunInstancesInput) { in.ImageId = new("ami-12345678") }, "InvalidAMIID.NotFound", "The image id '[ami-12345678]' does not exist"},
		"unknown type":    {func(in *api.RunInstancesInput) { in.InstanceType = new("t9.tiny") }, "InvalidParameterValue", "Invalid value 't9.tiny' for InstanceType."},
		"other processor": {func(in *api.RunInstancesInput) { in.InstanceType = new("c7g.large") }, "InvalidParameterValue", "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64'"},
		"none":            {func(in *api.RunInstancesInput) { in.MinCount = new(int32(0)) }, "InvalidParameterValue", "minCount"},
		"fewer than none": {func(in *api.RunInstancesInput) { in.MinCount, in.MaxCount = new(int32(2)), new(int32(1)) }, "InvalidParameterValue", "minCount"},
		"too many":        {func(in *api.RunInstancesInput) { in.MinCount, in.MaxCount = new(int32(1001)), new(int32(2000)) }, "InstanceLimitExceeded", "limit of 1000"},
		"unknown key":     {func(in *api.RunInstancesInput) { in.KeyName = new("k") }, "InvalidKeyPair.NotFound", "The key pair 'k' does not exist"},
		"unknown subnet":  {func(in *api.RunInstancesInput) { in.SubnetId = new("subnet-12345678") }, "InvalidSubnetID.NotFound", "The subnet ID 'subnet-12345678' does not exist"},
		"unknown group":   {func(in *api.RunInstancesInput) { in.SecurityGroupIds = []string{n.group, "sg-12345678"} }, "InvalidGroup.NotFound", "The security group 'sg-12345678' does not exist"},
		"unknown name":    {func(in *api.RunInstancesInput) { in.SecurityGroups = []string{"web"} }, "InvalidGroup.NotFound", "'web'"},
		"unknown zone":    {func(in *api.RunInstancesInput) { in.Placement = &api.Placement{AvailabilityZone: new("us-east-1q")} }, "InvalidParameterValue", "Invalid availability zone: [us-east-1q]"},
		"dedicated":       {func(in *api.RunInstancesInput) { in.Placement = &api.Placement{Tenancy: new("dedicated")} }, "UnsupportedOperation", "Placement"},
		"user data":       {func(in *api.RunInstancesInput) { in.UserData = new("#!/bin/sh") }, "InvalidUserData.Malformed", "BASE64"},
		"much user data": {func(in *api.RunInstancesInput) {
			in.UserData = new(base64.StdEncoding.EncodeToString(make([]byte, 16385)))
		}, "InvalidParameterValue", "limited to 16384 bytes"},
		"tags of a bucket": {func(in *api.RunInstancesInput) { in.TagSpecifications = tags("bucket", "a", "b") }, "InvalidParameterValue", "'bucket' is not a valid taggable resource type"},
		"reserved tag":     {func(in *api.RunInstancesInput) { in.TagSpecifications = tags("instance", "AWS:x", "b") }, "InvalidParameterValue", "reserved"},
		"tag twice":        {func(in *api.RunInstancesInput) { in.TagSpecifications = tags("instance", "a", "b", "a", "c") }, "InvalidParameterValue", "Duplicate tag key 'a'"},
		"kind twice": {func(in *api.RunInstancesInput) {
			in.TagSpecifications = append(tags("instance", "a", "b"), tags("instance", "c", "d")...)
		}, "InvalidParameterValue", "Duplicate tag specification"},
		"hops": {func(in *api.RunInstancesInput) {
			in.MetadataOptions = &api.InstanceMetadataOptionsRequest{HttpPutResponseHopLimit: new(int32(65))}
		}, "InvalidParameterValue", "from 1 to 64"},
		"tokens": {func(in *api.RunInstancesInput) {
			in.MetadataOptions = &api.InstanceMetadataOptionsRequest{HttpTokens: new("maybe")}
		}, "InvalidParameterValue", "HttpTokens"},
		"tag in metadata": {func(in *api.RunInstancesInput) {
			in.TagSpecifications = tags("instance", "a/b", "c")
			in.MetadataOptions = &api.InstanceMetadataOptionsRequest{InstanceMetadataTags: new("enabled")}
		}, "InvalidParameterValue", "'a/b' is not a valid tag key"},
		"spot": {func(in *api.RunInstancesInput) { in.InstanceMarketOptions = &api.InstanceMarketOptionsRequest{} }, "UnsupportedOperation", "InstanceMarketOptions"},
		"two interfaces": {func(in *api.RunInstancesInput) {
			in.NetworkInterfaces = make([]api.InstanceNetworkInterfaceSpecification, 2)
		}, "UnsupportedOperation", "NetworkInterfaces"},
		"subnet twice": {func(in *api.RunInstancesInput) {
			in.NetworkInterfaces = make([]api.InstanceNetworkInterfaceSpecification, 1)
			in.SubnetId = new("x")
		}, "InvalidParameterCombination", "Network interfaces"},
		"long token": {func(in *api.RunInstancesInput) { in.ClientToken = new(strings.Repeat("x", 65)) }, "InvalidParameterValue", "clientToken"},
		"dry":        {func(in *api.RunInstancesInput) { in.DryRun = new(true) }, "DryRunOperation", "Request would have succeeded, but DryRun flag is set."},
	} {
		_, err := w.RunInstances(w.ctx(), w.request(1, c.change))
		wants(t, name, err, c.code, c.text)
	}
	out, err := w.DescribeInstances(w.ctx(), &api.DescribeInstancesInput{})
	if err != nil || len(out.Reservations) != 0 {
		t.Errorf("there are %+v (%v)", out, err)
	}
}

func TestClientTokensMakeLaunchesIdempotent(t *testing.T) {
	w := newWorld(t)
	token := func(in *api.RunInstancesInput) { in.ClientToken = new("once") }
	first := w.launch(3, token)
	w.at = w.at.Add(time.Minute)
	if again := w.launch(3, token); !slices.Equal(first, again) {
		t.Errorf("%v and then %v", first, again)
	}
	_, err := w.RunInstances(w.ctx(), w.request(2, token))
	wants(t, "another request", err, "IdempotentParameterMismatch", "inconsistent")
	if other := w.launch(3, nil); slices.Contains(first, other[0]) {
		t.Errorf("without a token: %v", other)
	}
}

func TestInstancesHaveAddressesOfTheirOwn(t *testing.T) {
	w := newWorld(t)
	w.launch(300, func(in *api.RunInstancesInput) { in.Placement = &api.Placement{AvailabilityZone: new("us-east-1b")} })
	out, err := w.DescribeInstances(w.ctx(), &api.DescribeInstancesInput{})
	if err != nil || len(out.Reservations) != 1 {
		t.Fatalf("%d reservations, %v", len(out.Reservations), err)
	}
	seen := map[string]bool{}
	for _, i := range out.Reservations[0].Instances {
		seen[*i.PrivateIpAddress] = true
		if *i.SubnetId != w.network(account).subnets[1].id || !strings.HasPrefix(*i.PrivateIpAddress, "172.31.") {
			t.Fatalf("%s in %s", *i.PrivateIpAddress, *i.SubnetId)
		}
	}
	if len(seen) != 300 {
		t.Errorf("%d addresses for 300 instances", len(seen))
	}
}

// TestImagesSayHowMetadataIsAsked: Amazon Linux 2023 wants tokens, Amazon Linux 2
// does not, and a launch says otherwise.
func TestImagesSayHowMetadataIsAsked(t *testing.T) {
	w := newWorld(t)
	image := func(pattern string) *string {
		out, err := w.DescribeImages(w.ctx(), &api.DescribeImagesInput{Filters: []api.Filter{filter("name", pattern)}})
		if err != nil || len(out.Images) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		return out.Images[0].ImageId
	}
	for pattern, c := range map[string]struct {
		options *api.InstanceMetadataOptionsRequest
		tokens  string
		hops    int32
	}{
		"al2023-ami-*-x86_64": {nil, "required", 2}, "amzn2-ami-hvm-*-x86_64-gp2": {nil, "optional", 1},
		"al2023-ami-minimal-*-x86_64": {&api.InstanceMetadataOptionsRequest{HttpTokens: new("optional"), HttpPutResponseHopLimit: new(int32(7))}, "optional", 7},
	} {
		out, err := w.RunInstances(w.ctx(), w.request(1, func(in *api.RunInstancesInput) { in.ImageId, in.MetadataOptions = image(pattern), c.options }))
		if err != nil {
			t.Fatal(err)
		}
		if m := out.Instances[0].MetadataOptions; *m.HttpTokens != c.tokens || *m.HttpPutResponseHopLimit != c.hops || *m.HttpEndpoint != "enabled" {
			t.Errorf("%s: %s, %d", pattern, *m.HttpTokens, *m.HttpPutResponseHopLimit)
		}
	}
}

func TestArchitectures(t *testing.T) {
	for instanceType, want := range map[string]string{
		"t3.micro": "x86_64", "t4g.nano": "arm64", "g4dn.xlarge": "x86_64", "g5g.xlarge": "arm64", "c7gn.large": "arm64", "a1.metal": "arm64",
		"m7i-flex.large": "x86_64", "im4gn.large": "arm64", "is4gen.large": "arm64", "hpc7g.4xlarge": "arm64", "m1.small": "x86_64",
		"u7i-12tb.224xlarge": "x86_64", "mac2.metal": "x86_64_mac", "t3.nan": "", "": "",
	} {
		if got, ok := architectureOf(instanceType); got != want || ok != (want != "") {
			t.Errorf("%s is %q", instanceType, got)
		}
	}
}
