// Package sigv4 is AWS Signature Version 4 seen from the server: it reads how a
// request claims to be signed, checks what can be checked without a secret,
// verifies the signature, and verifies the payload while it streams. A small
// client side (Sign, Presign) serves the command line and tests.
//
// The way of a request is always the same:
//
//	req, err := sigv4.Parse(r, rules)        // form, dates, scope, signed headers
//	secret, err := lookup(req.AccessKeyID)   // the caller's business
//	err = req.Verify(keys.Key(req, secret), body)    // the signature
//	payload, err := req.Body(r.Body)         // S3: hash, chunks and trailers, streaming
//
// Errors are *Error values with the code, status, text and extra fields that AWS
// sends, because which of its many texts applies is known only here. They come in
// the order in which AWS looks at a request.
//
// Two dialects differ in nearly everything but the arithmetic: S3 signs the path
// as sent and the payload hash that a header names; every other service normalises
// the path, encodes it twice and hashes the body it received.
//
// The package must not know accounts, principals, sessions, services or how an
// error is written to the wire. It reads no clock: the caller passes the time.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
package sigv4
