package policy

import (
	"strconv"
	"unicode/utf8"
)

// Quotas, in characters without white space unless said otherwise. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
const (
	MaxManaged     = 6144
	MaxInlineUser  = 2048  // all inline policies of a user together
	MaxInlineGroup = 5120  // … of a group
	MaxInlineRole  = 10240 // … of a role
	MaxTrust       = 2048  // default; an account can have it raised
	MaxSession     = 2048  // characters of all session policies together, white space included
	MaxSessionARNs = 10
	MaxParameter   = 131_072 // characters of any document parameter, white space included
	MaxSCP         = 10_240  // characters, white space included; 5,120 until May 2026
	MaxRCP         = 5120    // characters, white space included
	MaxBucket      = 20_480  // bytes of the normalized bucket or access point policy
	MaxKey         = 32_768  // bytes of a KMS key policy
	MaxVersions    = 5       // of a managed policy
)

// Size counts a document's characters as IAM's quotas do: white space between the elements is free, white space inside
// strings is not.
func Size(src []byte) int {
	n, inString, escaped := 0, false, false
	for _, r := range string(src) {
		switch {
		case escaped:
			escaped = false
		case inString && r == '\\':
			escaped = true
		case r == '"':
			inString = !inString
		case !inString && (r == ' ' || r == '\t' || r == '\n' || r == '\r'):
			continue
		}
		n++
	}
	return n
}

// NormalizedSize is a bucket policy's size in bytes with the white space between its elements gone.
func NormalizedSize(src []byte) int { return len(Compact(src)) }

// Compact takes the white space between a JSON text's elements away and leaves everything else as it is.
func Compact(src []byte) []byte {
	out := make([]byte, 0, len(src))
	inString, escaped := false, false
	for _, c := range src {
		switch {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		case !inString && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			continue
		}
		out = append(out, c)
	}
	return out
}

// CheckManagedSize refuses a managed policy's document over its quota.
func CheckManagedSize(src []byte) error { return checkSize(src, MaxManaged, "PolicySize") }

// CheckTrustSize refuses a trust policy over limit (MaxTrust unless the account has more).
func CheckTrustSize(src []byte, limit int) error { return checkSize(src, limit, "ACLSizePerRole") }

func checkSize(src []byte, limit int, quota string) error {
	if Size(src) <= limit {
		return nil
	}
	return &Error{Code: CodeLimitExceeded, Message: "Cannot exceed quota for " + quota + ": " + strconv.Itoa(limit)}
}

// InlineTotalError is IAM's refusal of inline policies that together exceed what a user, group or role ("user", …) may
// hold, limit being MaxInlineUser, MaxInlineGroup or MaxInlineRole.
func InlineTotalError(entity, name string, limit int) error {
	return &Error{Code: CodeLimitExceeded,
		Message: "Maximum policy size of " + strconv.Itoa(limit) + " bytes exceeded for " + entity + " " + name}
}

// CheckCharacters refuses a document parameter of IAM or STS that is empty, too long, or has characters other than tab,
// line feed, carriage return and U+0020–U+00FF. parameter is its name in the API, such as "policyDocument".
func CheckCharacters(src []byte, parameter string) error {
	if n := utf8.RuneCount(src); n > MaxParameter {
		return &Error{Code: CodeValidation, Message: "1 validation error detected: Value at '" + parameter +
			"' failed to satisfy constraint: Member must have length less than or equal to " + strconv.Itoa(MaxParameter)}
	}
	if len(src) == 0 {
		return &Error{Code: CodeValidation, Message: "1 validation error detected: Value at '" + parameter +
			"' failed to satisfy constraint: Member must have length greater than or equal to 1"}
	}
	for _, r := range string(src) {
		if (r < 0x20 && r != '\t' && r != '\n' && r != '\r') || r > 0xff {
			return &Error{Code: CodeValidation, Message: "The specified value for " + parameter +
				" is invalid. It must contain only printable ASCII characters."}
		}
	}
	return nil
}
