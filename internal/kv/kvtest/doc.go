// Package kvtest is the suite that every kv engine passes: one test for each
// sentence of the contract in package kv, and benchmarks that compare engines.
//
// kvtest must not know any engine; an engine opts out of a category by name.
package kvtest
