// Package awsexport reads what the AWS CLI prints of an account: its users,
// groups, roles and policies with aws iam get-account-authorization-details, and
// what bears on access to its buckets. It drops nothing silently: what it does not
// read it lists, field by field.
//
// It must not know what becomes of what it reads, and does no I/O.
package awsexport
