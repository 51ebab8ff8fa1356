package policy

import (
	"strings"

	"github.com/sallyport/sallyport/arn"
)

// IsPublic tells whether S3's Block Public Access calls a bucket or access point policy public: some Allow statement is
// neither limited to fixed principals nor narrowed by a fixed value of one of the keys that S3 counts. Deny statements
// change nothing. See
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status.
func IsPublic(doc *Document) bool { return isPublic(doc) }

func isPublic(doc *Document) bool {
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Effect == Allow && !fixedPrincipals(s) && !narrowed(s) {
			return true
		}
	}
	return false
}

func fixedPrincipals(s *StatementDoc) bool {
	if s.NotPrincipal != nil || s.Principal == nil || s.Principal.Any {
		return false
	}
	for _, e := range s.Principal.Entries {
		if !fixed(e.Value) {
			return false
		}
	}
	return true
}

func narrowed(s *StatementDoc) bool {
	for i := range s.Conditions {
		if narrows(&s.Conditions[i]) {
			return true
		}
	}
	return false
}

// narrows tells whether a condition alone makes a statement non-public: a positive operator that is false when the key is
// absent, on one of S3's keys, every value fixed.
func narrows(c *ConditionDoc) bool {
	op, ok := parseOperator(c.Operator)
	if !ok || op.negated || op.ifExists || op.set == forAll || len(c.Values) == 0 {
		return false
	}
	test := narrowingTest(MakeKey(c.Key).id, op.cmp)
	if test == nil {
		return false
	}
	for _, v := range c.Values {
		if !test(v) {
			return false
		}
	}
	return true
}

// narrowingTest is the test that a value of the key has to pass under the operator; nil: the pair narrows nothing.
func narrowingTest(key KeyID, cmp comparison) func(string) bool {
	if key == KeySourceIP {
		if cmp == cmpIP {
			return narrowRange
		}
		return nil
	}
	text := cmp == cmpString || cmp == cmpStringFold || cmp == cmpStringLike
	switch key {
	case KeySourceArn, KeyPrincipalArn:
		if text || cmp == cmpArn {
			return fixed
		}
	case KeyS3DataAccessPointArn:
		if text || cmp == cmpArn {
			return fixedAccount
		}
	case KeySourceVpc, KeySourceVpce, KeySourceOwner, KeySourceAccount, KeyUserID, KeyPrincipalOrgID, KeyPrincipalAccount,
		KeyPrincipalOrgPaths, KeyS3DataAccessPointAccount:
		if text {
			return fixed
		}
	}
	return nil
}

func fixed(v string) bool {
	return v != "" && !strings.ContainsAny(v, "*?") && !strings.Contains(v, "${")
}

// fixedAccount takes an access point's ARN whose name may be wild as long as the account is not.
func fixedAccount(v string) bool {
	parts, ok := arn.Split(v)
	return ok && arn.ValidAccountID(parts[4]) && !strings.Contains(v, "${")
}

// Widest ranges of addresses that count as fixed.
const (
	narrowestV4 = 8
	narrowestV6 = 32
)

func narrowRange(v string) bool {
	p, ok := parsePrefix(v)
	if !ok {
		return false
	}
	if p.Addr().Is4() {
		return p.Bits() >= narrowestV4
	}
	return p.Bits() >= narrowestV6
}
