package kms

import "github.com/sallyport/sallyport/internal/wire"

// AccessDenied is the refusal of a request.
func AccessDenied(message string) *wire.Error {
	return &wire.Error{Code: "AccessDeniedException", Message: message, Status: 400}
}

// KeyNotFound is the answer to the ARN of a key that does not exist.
func KeyNotFound(arn string) *wire.Error {
	return NewError("NotFoundException", "Key '"+arn+"' does not exist")
}

// InvalidKeyID is the answer to what is no key id.
func InvalidKeyID(id string) *wire.Error {
	return NewError("NotFoundException", "Invalid keyId '"+id+"'")
}

// Disabled is the answer to the use of a disabled key.
func Disabled(arn string) *wire.Error { return NewError("DisabledException", arn+" is disabled.") }

// InvalidState is the answer to the use of a key in a state such as
// "pending deletion".
func InvalidState(arn, state string) *wire.Error {
	return NewError("KMSInvalidStateException", arn+" is "+state+".")
}

// InvalidKeyUsage is the answer to an operation that the key is not for.
func InvalidKeyUsage(arn, usage, operation string) *wire.Error {
	return NewError("InvalidKeyUsageException", arn+" key usage is "+usage+" which is not valid for "+operation+".")
}

// IncorrectKey is the answer to decrypting with another key.
func IncorrectKey() *wire.Error {
	return NewError("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
}

// InvalidCiphertext is the answer to what cannot be decrypted. It has no text.
func InvalidCiphertext() *wire.Error {
	e := NewError("InvalidCiphertextException", "")
	e.NoMessage = true
	return e
}

// ValidationException is the answer to a value that KMS refuses.
func ValidationException(message string) *wire.Error {
	return NewError("ValidationException", message)
}
