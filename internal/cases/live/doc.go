// Package live plays authorization cases through a server: it opens a gateway in
// memory, makes the accounts, users, roles, policies, organizations, buckets and
// objects that a case speaks of, with their names and ids, and sends the case's
// request over HTTP, signed by its principal.
//
// What a client on this machine cannot bring about, such as another source
// address, is put under the gateway by gateway.Trial. What no server of this
// program could be asked at all is not played, and Outcome says why.
package live
