// Package memory keeps blobs in memory: the model that the other engines are
// compared with, and the store of tests that need no disk.
//
// It keeps nothing after Close and must not be used for data that matters.
package memory
