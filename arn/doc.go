// Package arn knows Amazon Resource Names, account ids and the unique ids that AWS gives to principals and access keys.
//
// It parses and prints them and makes new ids from a source of randomness that the caller hands in. It imports nothing of
// this module, does no I/O of its own, reads no clock, and knows nothing of policies or of who exists.
package arn
