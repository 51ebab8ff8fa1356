package iam

import (
	"fmt"
	"net/http"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
)

func noSuchEntity(format string, args ...any) error {
	return api.NewError("NoSuchEntity", fmt.Sprintf(format, args...))
}

// noSuch says that there is no user, group or role of that name.
func noSuch(k directory.Kind, name string) error {
	return noSuchEntity("The %s with name %s cannot be found.", k, name)
}

func noSuchPolicy(policyARN string) error {
	return noSuchEntity("Policy %s was not found.", policyARN)
}

func notAttachable(policyARN string) error {
	return noSuchEntity("Policy %s does not exist or is not attachable.", policyARN)
}

func noSuchVersion(policyARN, version string) error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", policyARN, version)
}

func noSuchAccessKey(id string) error {
	return noSuchEntity("The Access Key with id %s cannot be found.", id)
}

// alreadyExists says that the name of a user, group or role is taken.
func alreadyExists(k directory.Kind, name string) error {
	kind := map[directory.Kind]string{
		directory.KindUser: "User", directory.KindGroup: "Group", directory.KindRole: "Role",
	}[k]
	return api.NewError("EntityAlreadyExists", fmt.Sprintf("%s with name %s already exists.", kind, name))
}

func policyAlreadyExists(name string) error {
	return api.NewError("EntityAlreadyExists",
		fmt.Sprintf("A policy called %s already exists. Duplicate names are not allowed.", name))
}

func deleteConflict(message string) error { return api.NewError("DeleteConflict", message) }

func limitExceeded(message string) error { return api.NewError("LimitExceeded", message) }

func invalidInput(format string, args ...any) error {
	return api.NewError("InvalidInput", fmt.Sprintf(format, args...))
}

func validation(format string, args ...any) error {
	return api.NewError("ValidationError", fmt.Sprintf(format, args...))
}

func concurrentModification() error {
	return api.NewError("ConcurrentModification",
		"Other requests are changing the same entities at the same time. Send the request again.")
}

// denied refuses what no policy could allow, such as changing a policy that AWS
// manages.
func denied(callerARN, action, resource string) error {
	return &wire.Error{
		Code: "AccessDenied", Status: http.StatusForbidden,
		Message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", callerARN, action, resource),
	}
}

// needsUserName is the answer to an operation on the caller by a caller that is
// no user.
func needsUserName() error {
	return validation("Must specify userName when calling with non-User credentials")
}
