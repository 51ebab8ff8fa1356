// Package caller says who makes a request and how, to the services that carry
// it out. The gateway puts an [Info] into the context; services take it out.
//
// caller must not know HTTP, nor where identities come from.
package caller
