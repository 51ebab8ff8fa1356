// Command gen writes the structs and operation rows of internal/api from the
// service models that botocore publishes.
//
//	go run ./internal/gen [-models DIR] [-out internal/api]
//
// DIR is botocore's data directory; without it, the one of the installed
// python3 botocore. Facts are taken over, prose is not. See docs/models.md.
// The command is linked into nothing.
package main
