// Package directory keeps the accounts, the organization and the principals of
// the installation: who exists, which keys sign for whom, and which policy
// documents bear on whom.
//
// The truth is in the kv store, written in serializable transactions
// ([Directory.Update]); what authorizing a request needs is kept in memory,
// indexed and compiled on first use, so that a request costs no I/O. A commit is
// visible on this gateway before Update returns. Other gateways on the same
// store read a change log and follow within a second.
//
// directory must not know any wire protocol, any AWS error code, or what an
// operation means; it stores and finds. Names are unique per account and kind
// without regard to case, and a principal is its unique id: a role that was
// deleted and made again under its old name is another role.
package directory
