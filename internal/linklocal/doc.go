// Package linklocal is what the endpoints share that hand credentials to the
// programs beside them: EC2's metadata service and the credential endpoints of
// containers. It serves HTTP to few and trusted peers, bounds what they can hold,
// refuses those who were led there by a name of somebody else's, and keeps values
// that have an end.
//
// It must not know what is served or where that comes from.
package linklocal
