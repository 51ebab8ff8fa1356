package directory

import "strings"

// Usage is a way in which an entity can have a managed policy.
type Usage byte

// The usages.
const (
	UsageAttached Usage = tagAttached
	UsageBoundary Usage = tagBoundary
)

// UsedIn lists, sorted, the unique ids of the account's users, groups and roles
// that have the managed policy in the way that usage says. Only the account's
// own entities can have a customer's policy, those of any account one of AWS's.
func (t *ReadTx) UsedIn(account, policyARN string, usage Usage) ([]string, error) {
	l, err := t.pairs(byte(usage), policyARN, Page{})
	if err != nil || !strings.HasPrefix(policyARN, "arn:aws:iam::"+AWSAccount+":") {
		return l.Items, err
	}
	var own []string
	for _, id := range l.Items {
		_, of, _, err := t.Locate(id)
		if err != nil {
			return nil, err
		}
		if of == account {
			own = append(own, id)
		}
	}
	return own, nil
}
