// Package gateway is the way of a request: bytes to operation row to signature
// to decoded input to authorization to service to encoded output, and one
// record at the end. It also holds the explicit lists of services and engines.
//
// It is the only package that knows HTTP and every other part at once; it must
// not know what an operation means nor how anything is stored.
package gateway
