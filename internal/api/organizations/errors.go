package organizations

import "github.com/sallyport/sallyport/internal/wire"

// AccessDenied is the refusal of a request.
func AccessDenied(message string) *wire.Error {
	return &wire.Error{Code: "AccessDeniedException", Message: message, Status: 400}
}

// InvalidInput is InvalidInputException with its reason, such as
// INVALID_PARTY_TYPE_TARGET.
func InvalidInput(reason, message string) *wire.Error {
	return NewError("InvalidInputException", message, wire.Field{Name: "Reason", Value: reason})
}

// ConstraintViolation is ConstraintViolationException with its reason, such as
// ACCOUNT_NUMBER_LIMIT_EXCEEDED.
func ConstraintViolation(reason, message string) *wire.Error {
	return NewError("ConstraintViolationException", message, wire.Field{Name: "Reason", Value: reason})
}

// NotInOrganization is the answer to a caller whose account is in none.
func NotInOrganization() *wire.Error {
	return NewError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
}

// AccountNotFound is the answer to an account that is not in the organization.
func AccountNotFound() *wire.Error {
	return NewError("AccountNotFoundException", "You specified an account that doesn't exist.")
}

// PolicyNotFound is the answer to a policy id that does not exist.
func PolicyNotFound() *wire.Error {
	return NewError("PolicyNotFoundException", "You specified a policy that doesn't exist.")
}

// ParentNotFound is the answer to a root or OU that does not exist.
func ParentNotFound() *wire.Error {
	return NewError("ParentNotFoundException", "You specified parent that doesn't exist.")
}

// OrganizationalUnitNotFound is the answer to an OU that does not exist.
func OrganizationalUnitNotFound() *wire.Error {
	return NewError("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
}

// TargetNotFound is the answer to a policy target that does not exist.
func TargetNotFound() *wire.Error {
	return NewError("TargetNotFoundException", "You specified a target that doesn't exist.")
}
