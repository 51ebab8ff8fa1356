package sts

import "github.com/sallyport/sallyport/internal/wire"

// AccessDenied is the refusal of a request.
func AccessDenied(message string) *wire.Error {
	return &wire.Error{Code: "AccessDenied", Message: message, Status: 403}
}

// ValidationError is the answer to a value that STS refuses.
func ValidationError(message string) *wire.Error { return NewError("ValidationError", message) }

// InvalidARN is the answer to an ARN that cannot be parsed.
func InvalidARN(arn string) *wire.Error { return ValidationError(arn + " is invalid") }

// InvalidParameterValue is the answer to session tags that contradict one another.
func InvalidParameterValue(message string) *wire.Error {
	return NewError("InvalidParameterValue", message)
}

// What STS says of durations and session tags.
const (
	ExceedsMaxSession     = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
	ExceedsChaining       = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
	DuplicateTagKeys      = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
	TransitiveKeyNotATag  = "The specified transitive tag key must be included in the requested tags."
	TransitiveKeyConflict = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
	RolesNotByRoot        = "Roles may not be assumed by root accounts."
)
