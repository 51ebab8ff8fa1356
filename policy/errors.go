package policy

import "fmt"

// Code is AWS's error code for a document that is refused.
type Code string

// Codes that Validate and the size checks answer with.
const (
	CodeMalformedDocument  Code = "MalformedPolicyDocument"          // IAM and STS, HTTP 400
	CodeMalformedPolicy    Code = "MalformedPolicy"                  // S3 and S3 Control, HTTP 400
	CodeMalformedException Code = "MalformedPolicyDocumentException" // KMS and Organizations, HTTP 400
	CodeValidation         Code = "ValidationError"                  // IAM and STS, HTTP 400
	CodeLimitExceeded      Code = "LimitExceeded"                    // IAM, HTTP 409
)

// Error says, in AWS's words, why a document is refused. Detail is what S3 puts into <Detail>: the principal, action or
// resource at fault; it may be empty.
type Error struct {
	Code    Code
	Message string
	Detail  string
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Code) + ": " + e.Message
	}
	return string(e.Code) + ": " + e.Message + " (" + e.Detail + ")"
}

// Problem is what is wrong with the form of a document, before any question of meaning.
type Problem uint8

// Problems that Parse finds.
const (
	ProblemNotJSON          Problem = iota + 1 // not JSON, not an object, nested too deeply or too large
	ProblemDuplicate                           // an element stands twice in one object
	ProblemUnknown                             // an element that the language does not have
	ProblemType                                // an element's value is of the wrong JSON type
	ProblemConflict                            // an element and its Not… form together
	ProblemMissingStatement                    // no Statement
	ProblemEmptyStatement                      // Statement is an empty list
	ProblemMissingEffect                       // a statement without Effect
)

// ParseError is the error of Parse. Element is the element at fault, At the place in the text.
type ParseError struct {
	Problem Problem
	Element string
	At      Position
}

func (e *ParseError) Error() string {
	what := map[Problem]string{
		ProblemNotJSON: "not a JSON object", ProblemDuplicate: "duplicate element", ProblemUnknown: "unknown element",
		ProblemType: "wrong type", ProblemConflict: "conflicting elements", ProblemMissingStatement: "no Statement",
		ProblemEmptyStatement: "empty Statement", ProblemMissingEffect: "no Effect",
	}[e.Problem]
	return fmt.Sprintf("policy: %s %q at line %d, column %d", what, e.Element, e.At.Line, e.At.Column)
}
