package ec2

import (
	"context"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
)

// image is a machine image of the catalogue. Its id follows from its name and the
// region: AWS's own ids are other ones in each region and change with each release.
type image struct {
	id, name, description, created     string
	owner, alias                       string
	architecture, rootDevice, platform string
	bootMode                           string
	imdsV2                             bool // ImdsSupport v2.0: tokens are required unless the launch says otherwise
}

// Owners of public images.
const (
	ownerAmazon    = "137112412989"
	ownerCanonical = "099720109477"
	ownerDebian    = "136693071363"
)

// catalogue is what can be launched: names, owners and properties are of images
// that AWS, Canonical and Debian have published, two releases of most, so that the
// queries for the latest one find it.
func catalogue(region string) []image {
	var out []image
	add := func(i image) {
		i.id = derivedID("ami", region, i.name)
		if i.rootDevice == "" {
			i.rootDevice = "/dev/xvda"
		}
		i.platform = "Linux/UNIX"
		out = append(out, i)
	}
	for _, arch := range []string{"x86_64", "arm64"} {
		boot := map[string]string{"x86_64": "uefi-preferred", "arm64": "uefi"}[arch]
		for _, r := range []struct{ version, created string }{ // the latest is a standard one
			{"minimal-2023.6.20241212.0", "2024-12-12T21:20:17.000Z"}, {"2023.6.20241212.0", "2024-12-12T21:21:31.000Z"},
			{"minimal-2023.6.20250107.0", "2025-01-08T00:21:09.000Z"}, {"2023.6.20250107.0", "2025-01-08T00:22:50.000Z"},
		} {
			add(image{
				name:        "al2023-ami-" + r.version + "-kernel-6.1-" + arch,
				description: "Amazon Linux 2023 AMI " + strings.TrimPrefix(r.version, "minimal-") + " " + arch + " HVM kernel-6.1", created: r.created,
				owner: ownerAmazon, alias: "amazon", architecture: arch, bootMode: boot, imdsV2: true,
			})
		}
		for _, r := range []struct{ version, created string }{
			{"2.0.20241217.0", "2024-12-17T22:56:30.000Z"}, {"2.0.20250108.0", "2025-01-09T02:57:41.000Z"},
		} {
			i := image{
				name:        "amzn2-ami-hvm-" + r.version + "-" + arch + "-gp2",
				description: "Amazon Linux 2 AMI " + r.version + " " + arch + " HVM gp2", created: r.created,
				owner: ownerAmazon, alias: "amazon", architecture: arch,
			}
			if arch == "arm64" {
				i.bootMode = boot
			}
			add(i)
			i.name = "amzn2-ami-kernel-5.10-hvm-" + r.version + "-" + arch + "-gp2"
			i.description = "Amazon Linux 2 LTS " + arch + " HVM kernel-5.10 gp2"
			add(i)
		}
		other := map[string]string{"x86_64": "amd64", "arm64": "arm64"}[arch]
		for _, r := range []struct{ storage, series, serial, created string }{
			{"hvm-ssd", "ubuntu-jammy-22.04", "20241211", "2024-12-11T08:04:12.000Z"},
			{"hvm-ssd", "ubuntu-jammy-22.04", "20250112", "2025-01-12T05:33:24.000Z"},
			{"hvm-ssd-gp3", "ubuntu-noble-24.04", "20241210", "2024-12-10T06:58:41.000Z"},
			{"hvm-ssd-gp3", "ubuntu-noble-24.04", "20250115", "2025-01-15T08:21:16.000Z"},
		} {
			add(image{
				name:        "ubuntu/images/" + r.storage + "/" + r.series + "-" + other + "-server-" + r.serial,
				description: "Canonical, Ubuntu, " + strings.ReplaceAll(r.series[len("ubuntu-"):], "-", ", ") + ", " + other + " image", created: r.created,
				owner: ownerCanonical, architecture: arch, rootDevice: "/dev/sda1", bootMode: boot,
				imdsV2: r.series == "ubuntu-noble-24.04",
			})
		}
		for _, r := range []struct{ serial, created string }{
			{"20241201-1948", "2024-12-01T20:02:55.000Z"}, {"20250115-1993", "2025-01-15T00:31:10.000Z"},
		} {
			add(image{
				name: "debian-12-" + other + "-" + r.serial, description: "Debian 12 (" + r.serial + ")", created: r.created,
				owner: ownerDebian, architecture: arch, bootMode: boot,
			})
		}
	}
	slices.SortFunc(out, func(a, b image) int { return strings.Compare(a.id, b.id) })
	return out
}

func (s *Service) image(id string) (image, error) {
	if err := checkID(id, "ami", "InvalidAMIID.Malformed"); err != nil {
		return image{}, err
	}
	for _, i := range s.images {
		if i.id == id {
			return i, nil
		}
	}
	return image{}, fault("InvalidAMIID.NotFound", "The image id '[%s]' does not exist", cut(id))
}

func imageFields() fields[image] {
	return fields[image]{
		"image-id": one(func(i image) string { return i.id }), "name": one(func(i image) string { return i.name }),
		"description": one(func(i image) string { return i.description }), "creation-date": one(func(i image) string { return i.created }),
		"owner-id": one(func(i image) string { return i.owner }), "owner-alias": one(func(i image) string { return i.alias }),
		"architecture": one(func(i image) string { return i.architecture }), "root-device-name": one(func(i image) string { return i.rootDevice }),
		"platform-details": one(func(i image) string { return i.platform }), "boot-mode": one(func(i image) string { return i.bootMode }),
		"image-type": constant[image]("machine"), "is-public": constant[image]("true"), "state": constant[image]("available"),
		"root-device-type": constant[image]("ebs"), "virtualization-type": constant[image]("hvm"), "hypervisor": constant[image]("xen"),
		"ena-support": constant[image]("true"), "sriov-net-support": constant[image]("simple"), "usage-operation": constant[image]("RunInstances"),
		"imds-support": one(func(i image) string {
			if i.imdsV2 {
				return "v2.0"
			}
			return ""
		}),
		"platform": nil, "kernel-id": nil, "ramdisk-id": nil, "product-code": nil, "product-code.type": nil, "manifest-location": nil,
		"state-reason-code": nil, "state-reason-message": nil, "tpm-support": nil, "source-instance-id": nil,
		"block-device-mapping.device-name": one(func(i image) string { return i.rootDevice }),
	}
}

// DescribeImages shows the catalogue. The caller's account has no images of its
// own: nothing boots from which to make one.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html
func (s *Service) DescribeImages(ctx context.Context, in *api.DescribeImagesInput) (*api.DescribeImagesOutput, error) {
	keep, err := filtered(in.Filters, imageFields(), func(image) []directory.Tag { return nil })
	if err != nil {
		return nil, err
	}
	for _, id := range in.ImageIds {
		if _, err := s.image(id); err != nil {
			return nil, err
		}
	}
	if in.MaxResults != nil && len(in.ImageIds) > 0 {
		return nil, notTogether("imageIdsSet", "maxResults")
	}
	if value(in.DryRun) {
		return nil, dryRun()
	}
	var found []image
	for _, i := range s.images {
		if keep(i) && ownedBy(i, in.Owners) && runnableBy(in.ExecutableUsers) && (len(in.ImageIds) == 0 || slices.Contains(in.ImageIds, i.id)) {
			found = append(found, i)
		}
	}
	found, next, err := page(found, func(i image) string { return i.id }, in.MaxResults, in.NextToken, 1, 1000)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeImagesOutput{Images: []api.Image{}, NextToken: next}
	for _, i := range found {
		out.Images = append(out.Images, i.render())
	}
	return out, nil
}

// ownedBy tells whether one of the owners has the image: an account, or amazon.
// self has none.
func ownedBy(i image, owners []string) bool {
	return len(owners) == 0 || slices.Contains(owners, i.owner) || i.alias != "" && slices.Contains(owners, i.alias)
}

// runnableBy tells whether public images are asked for: they are there for all,
// and none is shared with anybody by name.
func runnableBy(users []string) bool { return len(users) == 0 || slices.Contains(users, "all") }

func (i image) render() api.Image {
	location := i.owner + "/" + i.name
	if i.alias != "" {
		location = i.alias + "/" + i.name
	}
	out := api.Image{
		ImageId: &i.id, Name: &i.name, Description: &i.description, CreationDate: &i.created, OwnerId: &i.owner, ImageOwnerAlias: text(i.alias),
		ImageLocation: &location, Architecture: &i.architecture, State: new("available"), Public: new(true), ImageType: new("machine"),
		RootDeviceName: &i.rootDevice, RootDeviceType: new("ebs"), VirtualizationType: new("hvm"), Hypervisor: new("xen"), EnaSupport: new(true),
		SriovNetSupport: new("simple"), PlatformDetails: &i.platform, UsageOperation: new("RunInstances"), BootMode: text(i.bootMode),
		BlockDeviceMappings: []api.BlockDeviceMapping{{DeviceName: &i.rootDevice, Ebs: &api.EbsBlockDevice{
			DeleteOnTermination: new(true), Encrypted: new(false), VolumeSize: new(int32(8)), VolumeType: new(i.volumeType()),
			SnapshotId: new(derivedID("snap", i.id)),
		}}},
	}
	if i.imdsV2 {
		out.ImdsSupport = new("v2.0")
	}
	return out
}

func (i image) volumeType() string {
	if strings.HasSuffix(i.name, "-gp2") || strings.Contains(i.name, "/hvm-ssd/") {
		return "gp2"
	}
	return "gp3"
}
