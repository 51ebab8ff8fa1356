package directory

import (
	"strings"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

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

// PolicyUses counts the entities of an account that have a managed policy.
type PolicyUses struct{ Attached, Boundary int }

// AWSPolicyUses counts, by ARN, the account's uses of the policies that AWS
// manages; those without any are not in it.
func (t *ReadTx) AWSPolicyUses(account string) (map[string]PolicyUses, error) {
	uses := map[string]PolicyUses{}
	for _, usage := range []Usage{UsageAttached, UsageBoundary} {
		prefix := dkey(byte(usage), len(awsPolicyARNs)).StrPrefix(awsPolicyARNs)
		var found [][2]string
		err := t.r.Scan(kv.Prefix(prefix), func(k, _ []byte) error {
			p := key.Parse(k)
			p.Expect(tagDirectory, byte(usage))
			policyARN, id := p.Str(), p.Raw()
			found = append(found, [2]string{policyARN, id})
			return p.End()
		})
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			_, of, _, err := t.Locate(f[1])
			if err != nil {
				return nil, err
			}
			if of != account {
				continue
			}
			n := uses[f[0]]
			if usage == UsageAttached {
				n.Attached++
			} else {
				n.Boundary++
			}
			uses[f[0]] = n
		}
	}
	return uses, nil
}
