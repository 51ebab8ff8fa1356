// Package api is the parent of one package per AWS service. It holds nothing
// itself but the directive that writes them.
package api

//go:generate go run ../gen -out .
