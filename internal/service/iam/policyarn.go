package iam

import (
	"errors"
	"strings"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// policyOwner is the account in the ARN of a managed policy: twelve digits, or
// "aws". ok is false for what is no such ARN.
func policyOwner(policyARN string) (owner string, ok bool) {
	a, err := arn.Parse(policyARN)
	if err != nil || a.Partition != "aws" || a.Service != "iam" || a.Region != "" {
		return "", false
	}
	if a.Account != directory.AWSAccount && !arn.ValidAccountID(a.Account) {
		return "", false
	}
	path, found := strings.CutPrefix(a.Resource, "policy/")
	return a.Account, found && path != "" && !strings.HasSuffix(path, "/")
}

// policyPathName splits the ARN of a managed policy into path and name.
func policyPathName(policyARN string) (path, name string) {
	_, rest, _ := strings.Cut(policyARN, ":policy/")
	rest = "/" + rest
	cut := strings.LastIndexByte(rest, '/') + 1
	return rest[:cut], rest[cut:]
}

// policyFor is the managed policy with the ARN as far as the account can use
// it: its own or one of AWS's. Any other is directory.ErrNotFound.
func policyFor(t *directory.ReadTx, account, policyARN string) (*directory.ManagedPolicy, error) {
	owner, ok := policyOwner(policyARN)
	if !ok || owner != account && owner != directory.AWSAccount {
		return nil, directory.ErrNotFound
	}
	return t.PolicyFor(account, policyARN)
}

// foundPolicy is policyFor with AWS's errors.
func foundPolicy(t *directory.ReadTx, account, policyARN string) (*directory.ManagedPolicy, error) {
	if _, ok := policyOwner(policyARN); !ok {
		return nil, notValid(policyARN)
	}
	p, err := policyFor(t, account, policyARN)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, api.NoSuchPolicy(policyARN)
	}
	return p, err
}
