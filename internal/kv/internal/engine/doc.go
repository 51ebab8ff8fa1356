// Package engine holds the few things that every kv engine does alike: refuse
// calls after Close and wait for those before it, take the writers' lock under
// a context, and measure writes against the limits of package kv.
//
// engine must not know how any engine stores anything.
package engine
