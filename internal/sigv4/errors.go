package sigv4

import "net/http"

// Kind tells errors apart without comparing codes or texts.
type Kind uint8

// The kinds of error.
const (
	KindMalformed       Kind = iota + 1 // the authorization header or parameters cannot be read
	KindMechanisms                      // more than one way of signing at once
	KindUnsupported                     // Signature Version 2, SigV4A or another scheme
	KindMissingToken                    // a service that serves nobody unsigned
	KindUnknownKey                      // the access key does not exist
	KindInvalidToken                    // the session token does not belong to the key
	KindExpiredToken                    // the session has ended
	KindScope                           // date, region, service or terminator of the scope
	KindMissingDate                     // no readable date
	KindSkew                            // signed too long ago or in the future
	KindExpired                         // a presigned URL past its end
	KindUnsignedHeaders                 // headers that must be signed and are not
	KindSignature                       // the signature is not the one we calculate
	KindPayloadHash                     // x-amz-content-sha256 missing or unreadable
	KindPayload                         // the body does not have the hash it was signed with
	KindIncompleteBody                  // too few or too many bytes, or broken framing
	KindMissingLength                   // x-amz-decoded-content-length missing or unreadable
	KindChunkSize                       // a chunk that is too small
	KindTrailer                         // trailing headers missing, unannounced or malformed
	KindTooLarge                        // more parameters or headers than we look at
	KindPolicy                          // a POST policy that is malformed or not met
	KindSize                            // an upload outside a POST policy's content-length-range
)

// Field is one extra element of an error, as S3 writes it after the message.
type Field struct{ Name, Value string }

// Error is a refusal in AWS's words. Code and Status are those of the dialect the
// request was parsed with: S3's own, or the Query protocol's for other services.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Status  int
	Fields  []Field
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Field returns the value of the named extra field, or "".
func (e *Error) Field(name string) string {
	for _, f := range e.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// JSON returns the code and status under which the JSON protocols send an error of
// the Service dialect. Other codes are returned unchanged.
func (e *Error) JSON() (code string, status int) {
	switch e.Code {
	case "SignatureDoesNotMatch":
		return "InvalidSignatureException", http.StatusBadRequest
	case "InvalidClientTokenId":
		return "UnrecognizedClientException", http.StatusBadRequest
	case "IncompleteSignature", "MissingAuthenticationToken", "ExpiredToken":
		return e.Code + "Exception", http.StatusBadRequest
	}
	return e.Code, e.Status
}

func fail(kind Kind, status int, code, message string, fields ...Field) *Error {
	return &Error{Kind: kind, Code: code, Message: message, Status: status, Fields: fields}
}

// MissingToken is the answer to an unsigned request for something that nobody may
// have unsigned.
func MissingToken(d Dialect) *Error {
	if d == S3 {
		return fail(KindMissingToken, http.StatusForbidden, "AccessDenied", "Access Denied")
	}
	return fail(KindMissingToken, http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
}

// UnknownKey is the answer to an access key that does not exist or is inactive.
func UnknownKey(d Dialect, accessKeyID string) *Error {
	if d == S3 {
		return fail(KindUnknownKey, http.StatusForbidden, "InvalidAccessKeyId",
			"The AWS Access Key Id you provided does not exist in our records.",
			Field{"AWSAccessKeyId", accessKeyID})
	}
	return fail(KindUnknownKey, http.StatusForbidden, "InvalidClientTokenId",
		"The security token included in the request is invalid.")
}

// InvalidToken is the answer to a session token that does not belong to the access
// key: another one's, a forged one, or one beside a long-term key.
func InvalidToken(d Dialect, token string) *Error {
	if d == S3 {
		return fail(KindInvalidToken, http.StatusBadRequest, "InvalidToken",
			"The provided token is malformed or otherwise invalid.", Field{"Token-0", token})
	}
	return fail(KindInvalidToken, http.StatusForbidden, "InvalidClientTokenId",
		"The security token included in the request is invalid.")
}

// ExpiredToken is the answer to temporary credentials that have ended.
func ExpiredToken(d Dialect, token string) *Error {
	if d == S3 {
		return fail(KindExpiredToken, http.StatusBadRequest, "ExpiredToken",
			"The provided token has expired.", Field{"Token-0", token})
	}
	return fail(KindExpiredToken, http.StatusForbidden, "ExpiredToken",
		"The security token included in the request is expired")
}
