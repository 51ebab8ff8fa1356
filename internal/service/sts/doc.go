// Package sts carries out the operations of AWS's Security Token Service. Its
// sessions are stored nowhere: a session token holds, sealed, all there is to
// know of its session.
//
// It must not know HTTP, nor decide who may do what: it names the role that is
// asked for with its trust policy, and decisions are made elsewhere.
package sts
