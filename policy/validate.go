package policy

import (
	"errors"
	"strings"

	"github.com/sallyport/sallyport/arn"
)

// Options are what Validate needs beside the text. All may be left out.
type Options struct {
	// Resource is the ARN of the bucket or access point that the policy is for; resources elsewhere are refused.
	Resource string
	// Partition that ARNs must be of; empty: aws.
	Partition string
	// PrincipalExists tells whether a principal of a resource policy exists. typ is AWS, Service, CanonicalUser or
	// Federated; value has the form of a principal of that type. Nil: everything well-formed does.
	PrincipalExists func(typ, value string) bool
}

func (o *Options) partition() string {
	if o.Partition == "" {
		return arn.PartitionAWS
	}
	return o.Partition
}

// Validate reads a document and checks it as AWS does when a policy of the kind is stored. The error is an *Error with
// AWS's code and text for the first thing wrong, in AWS's order as far as it is known. Sizes and characters of IAM's
// parameters are checked by CheckManagedSize, CheckTrustSize and CheckCharacters, a bucket policy's size here.
func Validate(src []byte, kind Kind, opts Options) (*Document, error) {
	doc, perr := parse(src)
	v := validator{src: src, kind: kind, opts: &opts, doc: doc, perr: perr}
	var err *Error
	switch kind {
	case Trust:
		err = v.trust()
	case Bucket, AccessPoint:
		err = v.s3()
	case Key:
		err = v.key()
	case SCP, RCP:
		err = v.organization()
	default:
		err = v.identity()
	}
	if err != nil {
		return nil, err
	}
	if _, cerr := Compile(doc); cerr != nil {
		return nil, errors.Join(&Error{Code: CodeMalformedDocument, Message: textSyntax}, cerr)
	}
	return doc, nil
}

type validator struct {
	src  []byte
	kind Kind
	opts *Options
	doc  *Document
	perr *ParseError
}

// duplicateSid is a Sid that two statements share; empty Sids do not count.
func duplicateSid(doc *Document) (string, bool) {
	seen := map[string]bool{}
	for i := range doc.Statements {
		sid := doc.Statements[i].Sid
		if sid != "" && seen[sid] {
			return sid, true
		}
		seen[sid] = true
	}
	return "", false
}

// alphanumeric tells whether a Sid keeps to IAM's [A-Za-z0-9]*.
func alphanumeric(sid string) bool {
	for i := range len(sid) {
		c := sid[i] | 0x20
		if (c < 'a' || c > 'z') && (sid[i] < '0' || sid[i] > '9') {
			return false
		}
	}
	return true
}

// badPrincipal is the first entry of a Principal or NotPrincipal that is malformed or does not exist.
func (v *validator) badPrincipal(s *StatementDoc, types ...string) (PrincipalEntry, bool) {
	for _, doc := range [...]*PrincipalDoc{s.Principal, s.NotPrincipal} {
		if doc == nil {
			continue
		}
		if !doc.Any && len(doc.Entries) == 0 {
			return PrincipalEntry{}, true
		}
		for _, e := range doc.Entries {
			if !v.goodPrincipal(e, types) {
				return e, true
			}
		}
	}
	return PrincipalEntry{}, false
}

func (v *validator) goodPrincipal(e PrincipalEntry, types []string) bool {
	known := false
	for _, t := range types {
		known = known || t == e.Type
	}
	if !known || !wellFormed(e, v.opts.partition()) {
		return false
	}
	if e.Value == "*" || v.opts.PrincipalExists == nil {
		return true
	}
	return v.opts.PrincipalExists(e.Type, e.Value)
}

// wellFormed tells whether an entry has one of the forms that AWS takes: no groups, no wildcards inside ARNs.
func wellFormed(e PrincipalEntry, partition string) bool {
	switch e.Type {
	case TypeAWS:
		if e.Value == "*" || arn.ValidAccountID(e.Value) || arn.IsUniqueID(arn.PrefixUser, e.Value) ||
			arn.IsUniqueID(arn.PrefixRole, e.Value) {
			return true
		}
		p, err := arn.ParsePrincipal(e.Value)
		if err != nil || p.Partition != partition || strings.ContainsAny(e.Value, "*?$") {
			return false
		}
		return p.Kind != arn.KindGroup && p.Kind != arn.KindSAMLProvider && p.Kind != arn.KindOIDCProvider
	case TypeService:
		return serviceName(e.Value)
	case TypeCanonical:
		return arn.ValidCanonicalID(e.Value)
	case TypeFederated:
		p, err := arn.ParsePrincipal(e.Value)
		if err == nil {
			return p.Kind == arn.KindSAMLProvider || p.Kind == arn.KindOIDCProvider
		}
		switch e.Value {
		case "cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com":
			return true
		}
	}
	return false
}

func serviceName(s string) bool {
	host, ok := strings.CutSuffix(s, ".amazonaws.com")
	if !ok {
		if host, ok = strings.CutSuffix(s, ".amazonaws.com.cn"); !ok {
			host, ok = strings.CutSuffix(s, ".aws.internal")
		}
	}
	if !ok || host == "" {
		return false
	}
	for i := range len(host) {
		c := host[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
