// Package record turns each request into one Record at its end and hands it to
// what shows it: the request log and the metrics. CloudTrail, the server access
// log and the stored decisions are to be further views of the same Record.
//
// record must not know how a request was decided or carried out, and a Record
// never holds a secret: no signatures, no session tokens, no bodies.
package record
