package ec2

import (
	"context"
	"strconv"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
)

// maxHops is the most that a token's answer may be away.
const maxHops = 64

// launchMetadata is how the metadata service of a new instance answers: as the
// launch says, and else as the image wants it.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
func launchMetadata(i image, in *api.InstanceMetadataOptionsRequest) (directory.InstanceMetadata, error) {
	m := directory.InstanceMetadata{Tokens: "optional", Endpoint: "enabled", HopLimit: 1, IPv6: "disabled", Tags: "disabled"}
	if i.imdsV2 {
		m.Tokens, m.HopLimit = "required", 2
	}
	if in == nil {
		return m, nil
	}
	err := setMetadata(&m, in.HttpTokens, in.HttpEndpoint, in.HttpProtocolIpv6, in.InstanceMetadataTags, in.HttpPutResponseHopLimit)
	return m, err
}

func setMetadata(m *directory.InstanceMetadata, tokens, endpoint, ipv6, tags *string, hops *int32) error {
	onOff := []string{"enabled", "disabled"}
	for _, o := range []struct {
		name   string
		from   *string
		to     *string
		values []string
	}{
		{"HttpTokens", tokens, &m.Tokens, []string{"optional", "required"}}, {"HttpEndpoint", endpoint, &m.Endpoint, onOff},
		{"HttpProtocolIpv6", ipv6, &m.IPv6, onOff}, {"InstanceMetadataTags", tags, &m.Tags, onOff},
	} {
		if o.from == nil {
			continue
		}
		if *o.from != o.values[0] && *o.from != o.values[1] {
			return badValue(*o.from, o.name, "Valid values are "+o.values[0]+" and "+o.values[1]+".")
		}
		*o.to = *o.from
	}
	if hops != nil {
		if *hops < 1 || *hops > maxHops {
			return badValue(strconv.Itoa(int(*hops)), "HttpPutResponseHopLimit", "Valid values are integers from 1 to 64.")
		}
		m.HopLimit = *hops
	}
	return nil
}

func renderMetadata(m directory.InstanceMetadata, state string) *api.InstanceMetadataOptionsResponse {
	return &api.InstanceMetadataOptionsResponse{
		State: &state, HttpTokens: &m.Tokens, HttpEndpoint: &m.Endpoint, HttpPutResponseHopLimit: &m.HopLimit,
		HttpProtocolIpv6: &m.IPv6, InstanceMetadataTags: &m.Tags,
	}
}

// ModifyInstanceMetadataOptions changes how an instance's metadata service
// answers. The change is pending in the answer and applied by then.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html
func (s *Service) ModifyInstanceMetadataOptions(ctx context.Context, in *api.ModifyInstanceMetadataOptionsInput) (*api.ModifyInstanceMetadataOptionsOutput, error) {
	var i *directory.Instance
	err := s.update(ctx, func(t *directory.Tx) (err error) {
		if i, err = s.instance(&t.ReadTx, accountOf(ctx), *in.InstanceId, now(ctx)); err != nil {
			return err
		}
		if i.State == terminated {
			return fault("IncorrectInstanceState", "The instance '%s' is not in a state from which its metadata options can be modified.", i.ID)
		}
		if in.HttpTokens == nil && in.HttpEndpoint == nil && in.HttpProtocolIpv6 == nil && in.InstanceMetadataTags == nil && in.HttpPutResponseHopLimit == nil {
			return fault("InvalidParameterCombination", "You must specify at least one metadata option.")
		}
		if err := setMetadata(&i.Metadata, in.HttpTokens, in.HttpEndpoint, in.HttpProtocolIpv6, in.InstanceMetadataTags, in.HttpPutResponseHopLimit); err != nil {
			return err
		}
		if err := checkMetadataTags(i); err != nil {
			return err
		}
		if value(in.DryRun) {
			return dryRun()
		}
		return t.PutResource(i)
	})
	if err != nil {
		return nil, err
	}
	return &api.ModifyInstanceMetadataOptionsOutput{InstanceId: &i.ID, InstanceMetadataOptions: renderMetadata(i.Metadata, "pending")}, nil
}
