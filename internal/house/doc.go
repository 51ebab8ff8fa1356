// Package house holds the tests that keep the layout of the project: which
// package may import which, and how long a file or a function may grow. It has
// no code of its own and must stay that way.
package house
