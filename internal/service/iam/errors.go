package iam

import (
	"fmt"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

// Most errors come ready from package api; here are those with a text of their
// own.

func noSuchEntity(format string, args ...any) error {
	return api.NewError("NoSuchEntity", fmt.Sprintf(format, args...))
}

func deleteConflict(message string) error { return api.NewError("DeleteConflict", message) }

func limitExceeded(format string, args ...any) error {
	return api.NewError("LimitExceeded", fmt.Sprintf(format, args...))
}

func invalidInput(format string, args ...any) error {
	return api.InvalidInput(fmt.Sprintf(format, args...))
}

// notValid refuses what should be the ARN of a managed policy.
func notValid(policyARN string) error {
	return api.ValidationError("ARN " + policyARN + " is not valid.")
}

func concurrentModification() error {
	return api.NewError("ConcurrentModification",
		"Other requests are changing the same entities at the same time. Send the request again.")
}

// denied refuses what no policy could allow, such as changing a policy that AWS
// manages.
func denied(callerARN, action, resource string) error {
	return api.AccessDenied("User: " + callerARN + " is not authorized to perform: " + action + " on resource: " + resource)
}

// needsUserName is the answer to an operation on the caller by a caller that is
// no user.
func needsUserName() error {
	return api.ValidationError("Must specify userName when calling with non-User credentials")
}
