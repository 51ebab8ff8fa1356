// Package cloudtrail holds the types and operation rows of AWS's cloudtrail API: generated
// from AWS's published model, with a hand-written overlay of what the model
// does not say. It must not know how an operation is carried out.
package cloudtrail
