// Package cases reads written-down authorization cases: what some accounts hold,
// one request, and how AWS answers it. It turns a case into the terms of
// authz.Decide and plays it there. Package live, below, plays the same cases
// through a server.
//
// It does no I/O but Load's reading of a file, and must not know the server.
package cases
