// Package pebble is the embedded kv engine, on a local directory.
//
// One transaction at a time runs its function and is applied to the memtable
// and the write-ahead log's buffer; the wait for the log to reach the disk is
// outside that lock, so transactions that come together share one fsync.
//
// What is applied but not yet on disk is seen by later Updates alone, whose own
// records come later in the same log. A View reads the newest state that is on
// disk: nobody is told of something that a power loss then takes away, and no
// reader waits for a writer or for the disk. See state.go.
//
// A write-ahead log that cannot be written ends the process: after a failed
// fsync the kernel may drop the pages, so trying again proves nothing, whereas
// opening the directory again reads what is there.
//
// pebble must not know what is stored.
package pebble
