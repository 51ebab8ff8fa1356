// Package disk keeps blobs as files on a local file system.
//
//	DIR/FORMAT          what the directory is and its version, one line of text
//	DIR/LOCK            held (flock) by the one process that uses the directory
//	DIR/<id>/           a directory of up to some thousands of blobs; it is named
//	                    by an id smaller than those of all the blobs in it and
//	                    greater than those in the directory before it
//	DIR/<id>/<id>       a blob, its bytes and nothing else
//
// New blobs fill the last directory until it is full and then begin another. So
// directories partition the ids: the names of the directories, kept in memory
// (a few hundred for a million blobs), are an index that finds a blob without a
// search, listing goes directory by directory in id order, and concurrent
// writers share both a directory and the fsync of it.
//
// Durability costs one fsync of the file and one, shared, of its directory. A
// blob is written straight to its final name: nobody has the id before Put has
// returned, so a file that a crash cut short is garbage that nobody asks for,
// exactly as a whole file would be whose id was never committed. A temporary
// name would add a rename and save nothing.
//
// Deleting is not made durable. If a power loss brings a blob back it is garbage
// once more, and the next scrub finds it.
//
// disk must not know what is stored, nor who refers to it.
package disk
