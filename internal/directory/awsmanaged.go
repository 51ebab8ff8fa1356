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

// awsManagedLines has one policy a line, by name, its document last.
//
//go:embed awsmanaged.jsonl
var awsManagedLines string

// AWSManaged are the policies that AWS manages, by name, each with the document
// of its default version; docs/managed-policies.md says from when. They are the
// same in every installation and are not in the store. The slice is the
// caller's, the policies are not.
func AWSManaged() []*ManagedPolicy { return slices.Clone(awsCatalog().list) }

type catalog struct {
	list  []*ManagedPolicy
	byARN map[string]awsPolicy
}

type awsPolicy struct {
	rec   *ManagedPolicy
	entry *entry
}

// awsLine is what a line says beside the document, which stays a part of the
// file: the documents are long, and few of them are ever read.
type awsLine struct {
	Name, Path, Version, ID, Description string
	Created, Updated                     time.Time
}

const awsDocument = `,"document":`

var awsCatalog = sync.OnceValue(func() *catalog {
	c := &catalog{byARN: map[string]awsPolicy{}}
	aws := &account{id: AWSAccount}
	for text := range strings.Lines(awsManagedLines) {
		var line awsLine
		head, body, ok := strings.Cut(strings.TrimSuffix(text, "}\n"), awsDocument)
		if err := json.Unmarshal([]byte(head+"}"), &line); err != nil || !ok {
			panic(fmt.Sprintf("directory: awsmanaged.jsonl: %.80s: %v", text, err))
		}
		p := &ManagedPolicy{
			Entity:      Entity{ID: awsPolicyID(&line), Account: AWSAccount, Name: line.Name, Path: line.Path, Created: line.Created},
			Description: line.Description, Updated: line.Updated, Default: line.Version,
			Versions: []PolicyVersion{{ID: line.Version, Document: body, Created: line.Updated}},
		}
		c.list = append(c.list, p)
		c.byARN[p.ARN()] = awsPolicy{p, &entry{kind: KindPolicy, acct: aws, id: p.ID, name: p.Name, path: p.Path, doc: &document{text: body}}}
	}
	return c
})

// awsPolicyID is the id that the policy has at AWS where that is known, and
// otherwise one that is always the same.
func awsPolicyID(line *awsLine) string {
	if line.ID != "" {
		return line.ID
	}
	sum := sha256.Sum256([]byte("policy" + line.Path + line.Name))
	return string(arn.PrefixManagedPolicy) + base32.StdEncoding.EncodeToString(sum[:])[:arn.UniqueIDLen-len(arn.PrefixManagedPolicy)]
}

// awsManaged is the caller's copy of an AWS managed policy, nil if there is
// none with the ARN.
func awsManaged(policyARN string) *ManagedPolicy {
	if !strings.HasPrefix(policyARN, awsPolicyARNs) {
		return nil
	}
	p, ok := awsCatalog().byARN[policyARN]
	if !ok {
		return nil
	}
	own := *p.rec
	own.Versions = slices.Clone(own.Versions)
	return &own
}

// awsPolicyARNs is how the ARNs of AWS's policies begin.
const awsPolicyARNs = "arn:aws:iam::" + AWSAccount + ":"
