package ec2

import (
	"regexp"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
)

// defaultType is what a launch without an instance type gets.
const defaultType = "m1.small"

var family = regexp.MustCompile(`^([a-z]+)(\d*)([a-z-]*)`)

// architectureOf is the architecture of an instance type's processors: Graviton's
// have a g behind the family's number, a1 is the first of them, and GB stands for Grace. ok is false
// for a type that AWS does not have.
func architectureOf(instanceType string) (architecture string, ok bool) {
	shape := api.API().Shape("InstanceType")
	for _, known := range shape.Enum {
		if known != instanceType {
			continue
		}
		m := family.FindStringSubmatch(strings.SplitN(instanceType, ".", 2)[0])
		switch {
		case m == nil:
			return "x86_64", true
		case m[1] == "a" && m[2] == "1", strings.Contains(instanceType, "-gb"), m[1] != "mac" && strings.HasPrefix(m[3], "g"):
			return "arm64", true
		case m[1] == "mac":
			return "x86_64_mac", true
		}
		return "x86_64", true
	}
	return "", false
}

// checkType refuses an instance type that there is not, or on which the image
// would not run.
func checkType(instanceType string, i image) error {
	architecture, ok := architectureOf(instanceType)
	if !ok {
		return invalidValue("Invalid value '%s' for InstanceType.", cut(instanceType))
	}
	if architecture != i.architecture {
		return invalidValue("The architecture '%s' of the specified instance type does not match the architecture '%s' of the specified AMI. "+
			"Specify an instance type and an AMI that have matching architectures, and try again. "+
			"You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.",
			architecture, i.architecture)
	}
	return nil
}
