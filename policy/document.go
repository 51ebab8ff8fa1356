package policy

// Kind is the place where a policy is used; it decides what Validate asks of it.
type Kind uint8

// Kinds of policies.
const (
	Identity    Kind = iota + 1 // attached to a user, group or role; managed or inline
	Boundary                    // permissions boundary
	Session                     // passed to AssumeRole, GetFederationToken …
	Trust                       // a role's AssumeRolePolicyDocument
	Bucket                      // S3 bucket policy
	AccessPoint                 // S3 access point policy
	Key                         // KMS key policy
	SCP                         // service control policy
	RCP                         // resource control policy
	Endpoint                    // VPC endpoint policy
)

// Versions of the language. A document without Version is of the older one.
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// Effects, spelt as AWS demands.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// Position is a place in a document's text. Line and Column count from 1, Column in bytes; Offset counts bytes from 0.
type Position struct {
	Offset, Line, Column int
}

// Document is a parsed policy, in the order of its text.
type Document struct {
	Version    string // empty: absent
	ID         string // the Id element
	Statements []StatementDoc
}

// StatementDoc is one statement as written. A nil list is an absent element; an empty one was written as [].
type StatementDoc struct {
	Sid          string
	Effect       string
	Principal    *PrincipalDoc
	NotPrincipal *PrincipalDoc
	Action       []string
	NotAction    []string
	Resource     []string
	NotResource  []string
	Conditions   []ConditionDoc
	Start, End   Position // of the statement's braces; End is just past the closing one
	// Before is where the text before the statement ended, spaces aside: IAM's simulator counts statements from there.
	Before Position
}

// PrincipalDoc is a Principal or NotPrincipal element. Any stands for the bare "*".
type PrincipalDoc struct {
	Any     bool
	Entries []PrincipalEntry
}

// PrincipalEntry is one principal: Type is AWS, Service, CanonicalUser or Federated.
type PrincipalEntry struct {
	Type, Value string
}

// ConditionDoc is one key under one operator with its values (numbers and bools as their JSON text). An operator whose
// object is empty leaves one ConditionDoc with an empty Key.
type ConditionDoc struct {
	Operator string
	Key      string
	Values   []string
}

// Variables tells whether ${…} is expanded in the document.
func (d *Document) Variables() bool { return d.Version == Version2012 }

func positionOf(src []byte, offset int) Position {
	p := Position{Offset: offset, Line: 1, Column: 1}
	for _, c := range src[:min(offset, len(src))] {
		if c == '\n' {
			p.Line++
			p.Column = 1
			continue
		}
		p.Column++
	}
	return p
}
