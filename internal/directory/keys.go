package directory

import (
	"strings"

	"github.com/sallyport/sallyport/internal/kv/key"
)

// Every key begins with tagDirectory and one byte for the kind of record; the
// kinds of entities are in records.go. docs/format.md lists them all.
const (
	tagDirectory = 'd'

	tagAccount       = 'a' // account → Account
	tagEmail         = 'e' // lower-case e-mail → account
	tagOrg           = 'o' // nothing for the installation's first, else o-… → Organization
	tagRequest       = 'q' // car-… → CreateRequest
	tagID            = 'i' // unique id → kind, account, name
	tagKey           = 'k' // access key id → AccessKey
	tagMember        = 'm' // group id, user id → nothing
	tagAttached      = 't' // policy ARN or organization policy id, entity or target id → nothing
	tagBoundary      = 'b' // policy ARN, entity id → nothing
	tagCount         = 'n' // account, kind → number of entities
	tagLastUsed      = 'l' // access key id or role id → LastUsed
	tagUnit          = 'y' // organizational unit id → OrganizationalUnit
	tagOrgPolicy     = 'c' // organization policy id → OrganizationPolicy
	tagPolicies      = 'f' // root, unit or account id → Attachments
	tagLog           = 'x' // sequence number → keys changed
	tagResource      = 's' // account, kind of resource, name → the resource's record
	tagResourceCount = 'z' // account, kind of resource → number of resources
	tagReference     = 'j' // principal's id, kind of resource, name → nothing
	tagLogHead       = 'h' // → last sequence number
	recordFormat     = 1   // first byte of every JSON record
)

func dkey(kind byte, size int) key.Key { return key.New(size+8, tagDirectory, kind) }

func accountKey(id string) key.Key { return dkey(tagAccount, len(id)).Str(id) }

func emailKey(email string) key.Key {
	return dkey(tagEmail, len(email)).Str(strings.ToLower(email))
}

// orgKey is where the organization with the key is: the installation's first has
// none.
func orgKey(org string) key.Key {
	if org == "" {
		return dkey(tagOrg, 0)
	}
	return dkey(tagOrg, len(org)).Str(org)
}

func unitKey(id string) key.Key { return dkey(tagUnit, len(id)).Str(id) }

func orgPolicyKey(id string) key.Key { return dkey(tagOrgPolicy, len(id)).Str(id) }

func attachmentsKey(target string) key.Key { return dkey(tagPolicies, len(target)).Str(target) }

func requestKey(id string) key.Key { return dkey(tagRequest, len(id)).Str(id) }

// entityKey orders the entities of one kind in an account by their names in
// lower case.
func entityKey(k Kind, account, name string) key.Key {
	return entityPrefix(k, account, len(name)).Raw(strings.ToLower(name))
}

func entityPrefix(k Kind, account string, extra int) key.Key {
	return dkey(byte(k), len(account)+extra).Str(account)
}

func idKey(id string) key.Key { return dkey(tagID, len(id)).Str(id) }

func accessKeyKey(id string) key.Key { return dkey(tagKey, len(id)).Str(id) }

func memberKey(group, user string) key.Key { return pairKey(tagMember, group, user) }

// pairKey is an index entry from first to second; with second empty it is the
// prefix of all entries of first.
func pairKey(tag byte, first, second string) key.Key {
	return dkey(tag, len(first)+len(second)).Str(first).Raw(second)
}

func countKey(account string, k Kind) key.Key {
	return dkey(tagCount, len(account)+1).Str(account).Byte(byte(k))
}

func lastUsedKey(id string) key.Key { return dkey(tagLastUsed, len(id)).Str(id) }

func logKey(seq uint64) key.Key { return dkey(tagLog, 8).Uint64(seq) }

func logHeadKey() key.Key { return dkey(tagLogHead, 0) }
