package ec2

import (
	"context"
	"strings"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
)

// resolve begins the id of an image that stands in a parameter of Systems
// Manager's.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-systems-manager-parameter-to-find-AMI.html
const resolve = "resolve:ssm:"

// latestAmazonLinux begins the names of the public parameters that AWS keeps for
// the latest images of Amazon Linux.
const latestAmazonLinux = "/aws/service/ami-amazon-linux-latest/"

// parameter is the latest image that the parameter names. There are no parameters
// but Amazon Linux's.
func (s *Service) parameter(name string) (image, error) {
	pattern := ""
	if rest, ok := strings.CutPrefix(name, latestAmazonLinux); ok {
		kind, arch := rest, ""
		for _, a := range []string{"x86_64", "arm64"} {
			if before, after, found := strings.Cut(rest, "-"+a); found {
				kind, arch = before+after, a
			}
		}
		pattern = map[string]string{
			"al2023-ami-kernel-default": "al2023-ami-2023*-kernel-6.1-", "al2023-ami-kernel-6.1": "al2023-ami-2023*-kernel-6.1-",
			"al2023-ami-minimal-kernel-default": "al2023-ami-minimal-*-kernel-6.1-", "al2023-ami-minimal-kernel-6.1": "al2023-ami-minimal-*-kernel-6.1-",
		}[kind]
		switch {
		case arch == "":
			pattern = ""
		case pattern != "":
			pattern += arch
		case kind == "amzn2-ami-hvm-gp2":
			pattern = "amzn2-ami-hvm-*-" + arch + "-gp2"
		case kind == "amzn2-ami-kernel-5.10-hvm-gp2":
			pattern = "amzn2-ami-kernel-5.10-hvm-*-" + arch + "-gp2"
		}
	}
	var latest image
	for _, i := range s.images {
		if pattern != "" && i.owner == ownerAmazon && like(pattern, i.name) && i.created > latest.created {
			latest = i
		}
	}
	if latest.id == "" {
		return image{}, invalidValue("The SSM parameter '%s' does not exist", cut(name))
	}
	return latest, nil
}

// askParameter asks for the parameter that the launch has its image from.
func (l *launch) askParameter(ctx context.Context) error {
	name, ok := strings.CutPrefix(value(l.in.ImageId), resolve)
	if !ok {
		return nil
	}
	return caller.Authorize(ctx, "ssm:GetParameters", &caller.Target{
		Resource: authz.Resource{ARN: "arn:aws:ssm:" + l.s.region + "::parameter" + name, Account: l.account, PublicOf: ownerAmazon},
	})
}
