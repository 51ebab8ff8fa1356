// Package wire describes AWS operations as data and speaks AWS's five wire
// protocols (rest-xml, rest-json, json, query and ec2) from that description.
//
// A Service holds one Operation row per operation and one Shape per type.
// Routing, decoding, validation, encoding and the rendering of errors all
// follow from the rows; nothing here knows what an operation means, who may
// call it, or where anything is stored.  The package imports nothing of the
// project.
package wire
