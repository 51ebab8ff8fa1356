// Package organizations carries out the operations of AWS Organizations on the
// directory. An installation begins with one organization, whose management
// account is the first account ever made and whose members are those made later;
// accounts that left it may make others.
//
// It must not know HTTP, nor who may call what. It says what an account is to its
// organization (see standing), by which the gateway decides, and refuses members
// that call what only the management account may.
package organizations
