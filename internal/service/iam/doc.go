// Package iam answers the operations of AWS Identity and Access Management:
// users, groups, roles, access keys, managed and inline policies, permissions
// boundaries, tags and the account as a whole.
//
// It keeps nothing itself: the records are the directory's, and each change is
// one transaction of it. What it adds is what an operation means: which
// conditions hold, which quotas bind, and what AWS answers when one does not
// hold. IAM has no calls across accounts, so every operation acts on the account
// of the caller and on no other.
//
// iam must not know HTTP, XML, signatures or storage engines, nor decide who may
// do what; for that it only says, in Resource, which resource an operation is
// about.
package iam
