// Package saml reads what SAML 2.0 identity providers publish of themselves and
// verifies the responses that they sign.
//
// XML signatures fail by being checked on one element and used for another. So a
// response must have one shape: one assertion, right below the response; a
// signature on the assertion, the response or both, as their own child, with one
// reference to its parent; no comments, processing instructions, document types
// or ids that come twice. What is then read is the text that the signature
// covers, parsed anew, never the response that came.
//
// The package must not know accounts, policies or who may do what; the clock is
// given to it.
//
// https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
package saml
