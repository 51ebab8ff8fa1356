// Package kv is the waist under everything Sallyport stores except object
// bytes: an ordered, transactional map from byte strings to byte strings.
//
// The interface is small on purpose. Whatever an engine can do beyond it is of
// no use to the layers above, and whatever it cannot do keeps it from being an
// engine. Every engine passes the suite in package kvtest.
//
// kv must not know what is stored: no accounts, no buckets, no encodings.
package kv
