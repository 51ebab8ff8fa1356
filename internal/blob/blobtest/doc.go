// Package blobtest is the suite that every engine of package blob passes: one
// case for each sentence of the contract in blob.Store.
//
// It must not know any engine; what an engine promises beyond the contract
// (its files, its faults) is tested beside the engine.
package blobtest
