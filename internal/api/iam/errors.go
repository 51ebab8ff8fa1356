package iam

import (
	"strconv"

	"github.com/sallyport/sallyport/internal/wire"
)

// NoSuchEntity is the answer to the name of a user, role, group or instance
// profile that does not exist; kind is the word for it.
func NoSuchEntity(kind, name string) *wire.Error {
	text := "The " + kind + " with name " + name + " cannot be found."
	if kind == "instance profile" || kind == "instance-profile" {
		text = "Instance Profile " + name + " cannot be found."
	}
	return NewError("NoSuchEntity", text)
}

// NoSuchPolicy is the answer to the ARN of a managed policy that does not exist.
func NoSuchPolicy(arn string) *wire.Error {
	return NewError("NoSuchEntity", "Policy "+arn+" was not found.")
}

// PolicyNotAttachable is the answer to attaching a policy that does not exist.
func PolicyNotAttachable(arn string) *wire.Error {
	return NewError("NoSuchEntity", "Policy "+arn+" does not exist or is not attachable.")
}

// NoSuchPolicyVersion is the answer to a version that a policy does not have.
func NoSuchPolicyVersion(arn, version string) *wire.Error {
	return NewError("NoSuchEntity", "Policy "+arn+" version "+version+" does not exist or is not attachable.")
}

// NoSuchInlinePolicy is the answer to an inline policy that an entity lacks.
func NoSuchInlinePolicy(kind, policy string) *wire.Error {
	return NewError("NoSuchEntity", "The "+kind+" policy with name "+policy+" cannot be found.")
}

// NotAttached is the answer to detaching a policy that is not attached.
func NotAttached(arn string) *wire.Error {
	return NewError("NoSuchEntity", "Policy "+arn+" was not found.")
}

// NoSuchAccessKey is the answer to an access key id that the user lacks.
func NoSuchAccessKey(id string) *wire.Error {
	return NewError("NoSuchEntity", "The Access Key with id "+id+" cannot be found.")
}

// EntityAlreadyExists is the answer to making what is there; kind is User, Role,
// Group or Instance Profile.
func EntityAlreadyExists(kind, name string) *wire.Error {
	switch kind {
	case "user", "role":
		kind = string(kind[0]-'a'+'A') + kind[1:]
	case "group":
		kind = "Group"
	case "instance-profile", "instance profile":
		return NewError("EntityAlreadyExists", "Instance Profile "+name+" already exists.")
	}
	return NewError("EntityAlreadyExists", kind+" with name "+name+" already exists.")
}

// PolicyExists is the answer to making a managed policy that is there.
func PolicyExists(name string) *wire.Error {
	return NewError("EntityAlreadyExists", "A policy called "+name+" already exists. Duplicate names are not allowed.")
}

// DeleteConflict is the answer to deleting what something refers to; what is one
// of the phrases below, or "" for the general text.
func DeleteConflict(what string) *wire.Error {
	if what == "" {
		what = "remove referenced objects first."
	}
	return NewError("DeleteConflict", "Cannot delete entity, must "+what)
}

// What DeleteConflict says.
const (
	DetachPoliciesFirst   = "detach all policies first."
	DeletePoliciesFirst   = "delete policies first."
	RemoveUsersFirst      = "remove users from group first."
	RemoveRolesFirst      = "remove roles from instance profile first."
	DeleteAccessKeysFirst = "delete access keys first."
	DeleteLoginFirst      = "delete login profile first."
	DeleteMFAFirst        = "delete MFA device first."
)

// LimitExceeded is the answer to one more than a quota allows, such as
// LimitExceeded("AccessKeysPerUser", 2).
func LimitExceeded(quota string, limit int) *wire.Error {
	return NewError("LimitExceeded", "Cannot exceed quota for "+quota+": "+strconv.Itoa(limit))
}

// MalformedPolicyDocument is the answer to a policy that the grammar refuses.
func MalformedPolicyDocument(message string) *wire.Error {
	return NewError("MalformedPolicyDocument", message)
}

// InvalidInput is the answer to a value that the model allows and IAM does not.
func InvalidInput(message string) *wire.Error { return NewError("InvalidInput", message) }

// ValidationError is the answer to a value that the model does not allow.
func ValidationError(message string) *wire.Error { return NewError("ValidationError", message) }

// InvalidARN is the answer to an ARN that cannot be parsed.
func InvalidARN() *wire.Error { return ValidationError("Invalid ARN:  Could not be parsed!") }

// AccessDenied is the refusal of a request.
func AccessDenied(message string) *wire.Error {
	return &wire.Error{Code: "AccessDenied", Message: message, Status: 403}
}
