package directory

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sallyport/sallyport/arn"
)

// AWSAccount stands where an account id would in the ARNs of policies that AWS
// manages.
const AWSAccount = "aws"

//go:embed awsmanaged.json
var awsManagedJSON []byte

// AWSManaged are the policies that AWS manages, by name: those that speak of
// services served here. Of the few very long ones only the actions of such
// services are kept. They are the same in every installation and are not in the
// store. The slice is the caller's, the policies are not.
func AWSManaged() []*ManagedPolicy { return slices.Clone(awsCatalog().list) }

type catalog struct {
	list  []*ManagedPolicy
	byARN map[string]*entry
}

var awsCatalog = sync.OnceValue(func() *catalog {
	var raw []struct {
		Name, Path, Version, Document string
		Created, Updated              time.Time
	}
	if err := json.Unmarshal(awsManagedJSON, &raw); err != nil {
		panic(fmt.Sprintf("directory: awsmanaged.json: %v", err))
	}
	c := &catalog{byARN: map[string]*entry{}}
	aws := &account{id: AWSAccount}
	for _, r := range raw {
		sum := sha256.Sum256([]byte("policy" + r.Path + r.Name))
		id := string(arn.PrefixManagedPolicy) + base32.StdEncoding.EncodeToString(sum[:])[:arn.UniqueIDLen-len(arn.PrefixManagedPolicy)]
		p := &ManagedPolicy{
			Entity:   Entity{ID: id, Account: AWSAccount, Name: r.Name, Path: r.Path, Created: r.Created.UTC()},
			Updated:  r.Updated.UTC(),
			Default:  r.Version,
			Versions: []PolicyVersion{{ID: r.Version, Document: r.Document, Created: r.Updated.UTC()}},
		}
		c.list = append(c.list, p)
		c.byARN[p.ARN()] = &entry{kind: KindPolicy, acct: aws, id: id, name: r.Name, path: r.Path, doc: &document{text: r.Document}}
	}
	slices.SortFunc(c.list, func(a, b *ManagedPolicy) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return c
})

// awsManaged is the caller's copy of an AWS managed policy, nil if there is
// none with the ARN.
func awsManaged(policyARN string) *ManagedPolicy {
	if !strings.HasPrefix(policyARN, "arn:aws:iam::"+AWSAccount+":") {
		return nil
	}
	for _, p := range awsCatalog().list {
		if p.ARN() == policyARN {
			own := *p
			own.Versions = slices.Clone(p.Versions)
			return &own
		}
	}
	return nil
}
