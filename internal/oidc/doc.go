// Package oidc speaks to OpenID Connect providers that tenants name: it finds
// their keys and verifies the tokens that they sign.
//
// What tenants name is hostile. A provider's discovery document and keys are
// fetched from public addresses alone, on port 443, by HTTPS, without following
// redirects, within bounds of size and time; the operator lists the hosts for
// which it may be otherwise ([Host]). Keys that one tenant's trust let in are
// never used for another's provider.
//
// The package must not know accounts, policies or who may do what; the clock is
// given to it.
//
// https://openid.net/specs/openid-connect-discovery-1_0.html
package oidc
