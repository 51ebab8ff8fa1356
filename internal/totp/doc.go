// Package totp computes and recognizes the time-based one-time passwords of
// RFC 6238, as virtual MFA devices show them: HMAC-SHA-1, six digits, a new one
// every 30 seconds.
//
// It must not know whose a seed is, nor which passwords were used before.
package totp
