// Package organizations carries out the operations of AWS Organizations on the
// directory: one organization with one root, whose management account is the
// first account ever made and whose members are all the others.
//
// It must not know HTTP, nor who may call what: the one thing it refuses is a
// member account that calls what only the management account may.
package organizations
