// Package website is what a bucket's website configuration makes of a request:
// which object answers a path, where a request is sent instead, and the pages that
// say what went wrong.
//
// website must not know HTTP beyond statuses and the text of headers, nor where
// objects come from.
package website
