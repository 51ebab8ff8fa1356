// Package kms holds the types and operation rows of AWS's kms API: generated
// from AWS's published model, with a hand-written overlay of what the model
// does not say. It must not know how an operation is carried out.
package kms
