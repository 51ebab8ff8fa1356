// Package importing makes an account here what files say that it is at AWS. It
// tells the difference between the two, asks for every change the permission that
// AWS's operation for it needs, and writes what is to change in few transactions.
//
// It must not know HTTP, nor how accounts and buckets are stored.
package importing
