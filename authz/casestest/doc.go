// Package casestest reads files of authorization cases (JSON; each a small world of accounts, a request, and what is to
// come of it) and plays them through authz.Decide and policy.Validate, without a server. It is for tests and for the
// command that checks such files; nothing in the server imports it.
package casestest
