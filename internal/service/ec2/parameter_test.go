package ec2

import (
	"slices"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/ec2"
)

func TestImagesOfParameters(t *testing.T) {
	w := newWorld(t)
	for name, want := range map[string]string{
		"al2023-ami-kernel-default-x86_64":         "al2023-ami-2023.6.20250107.0-kernel-6.1-x86_64",
		"al2023-ami-kernel-6.1-arm64":              "al2023-ami-2023.6.20250107.0-kernel-6.1-arm64",
		"al2023-ami-minimal-kernel-default-x86_64": "al2023-ami-minimal-2023.6.20250107.0-kernel-6.1-x86_64",
		"amzn2-ami-hvm-x86_64-gp2":                 "amzn2-ami-hvm-2.0.20250108.0-x86_64-gp2",
		"amzn2-ami-kernel-5.10-hvm-arm64-gp2":      "amzn2-ami-kernel-5.10-hvm-2.0.20250108.0-arm64-gp2",
	} {
		i, err := w.parameter(latestAmazonLinux + name)
		if err != nil || i.name != want {
			t.Errorf("%s is %s (%v), want %s", name, i.name, err, want)
		}
	}
	for _, name := range []string{"", "/aws/service/canonical/x", latestAmazonLinux, latestAmazonLinux + "amzn2-ami-hvm-gp2", latestAmazonLinux + "x86_64", latestAmazonLinux + "-x86_64"} {
		_, err := w.parameter(name)
		wants(t, name, err, "InvalidParameterValue", "does not exist")
	}
	w.launch(1, func(in *api.RunInstancesInput) {
		in.ImageId = new(resolve + latestAmazonLinux + "al2023-ami-kernel-default-x86_64")
	})
	if want := []string{"ssm:GetParameters arn:aws:ssm:us-east-1::parameter" + latestAmazonLinux + "al2023-ami-kernel-default-x86_64"}; !slices.Equal(w.asked, want) {
		t.Errorf("asked for %q", w.asked)
	}
}
