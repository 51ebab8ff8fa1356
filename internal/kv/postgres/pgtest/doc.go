// Package pgtest runs a PostgreSQL server for tests: one for each test binary,
// with a fresh database for each call of Start.
//
// It uses the binaries of the distribution's package, in a directory of its own
// and on a Unix socket in it. The server ends with the test binary however that
// ends, and its directory is removed.
package pgtest
