// Package tree is a sorted map in memory whose versions are cheap: a treap whose
// nodes are copied on the way to a change, so that a version once frozen never
// changes. It is the memory engine's store and the overlay in which an engine
// keeps a transaction's writes before they are sent.
//
// tree must not know of transactions or of durability.
package tree
