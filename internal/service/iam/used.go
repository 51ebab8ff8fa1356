package iam

import (
	"slices"

	"github.com/sallyport/sallyport/internal/directory"
)

// attachmentCount is to how many of the account's users, groups and roles a
// managed policy is attached.
func attachmentCount(t *directory.ReadTx, account, policyARN string) (int, error) {
	ids, err := t.UsedIn(account, policyARN, directory.UsageAttached)
	return len(ids), err
}

// boundaryCount is of how many of the account's users and roles a managed
// policy is the permissions boundary.
func boundaryCount(t *directory.ReadTx, account, policyARN string) (int, error) {
	ids, err := t.UsedIn(account, policyARN, directory.UsageBoundary)
	return len(ids), err
}

// usersOf are the unique ids, sorted, of the account's entities that have a
// managed policy in the way that a PolicyUsageFilter names, or in any way.
func usersOf(t *directory.ReadTx, account, policyARN, usage string) ([]string, error) {
	var ids []string
	for _, u := range []struct {
		filter string
		usage  directory.Usage
	}{{usagePermissions, directory.UsageAttached}, {usageBoundary, directory.UsageBoundary}} {
		if usage != "" && usage != u.filter {
			continue
		}
		found, err := t.UsedIn(account, policyARN, u.usage)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
