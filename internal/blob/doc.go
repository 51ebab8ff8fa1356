// Package blob is the waist under object bytes: immutable byte strings, each
// stored once under an id that the store gives it.
//
// Nothing here is ever overwritten. A blob exists for readers only once
// somebody committed its id elsewhere; a blob whose id nobody holds is garbage
// that a scrubber finds with List. Every engine passes the suite in blobtest.
//
// blob must not know what is stored: no objects, no encryption, no checksums.
package blob
