// Package policy is AWS's policy language: it parses, validates, compiles and matches policy documents.
//
// The way of a document: Parse reads the JSON strictly into a Document that remembers where each statement stood; Validate
// checks it as IAM, S3, KMS or Organizations do when a policy of that kind is stored, in their words; Compile turns it into
// a Policy, which answers Evaluate for a Query without allocating. RewritePrincipals swaps principals inside the text.
//
// The package knows the language and not the world: which policies bear on a request, in which order, and what follows
// from their answers is authz's business; whether a principal exists is asked of the caller. No I/O, no clock, no
// randomness. Pages followed: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies.html.
package policy
