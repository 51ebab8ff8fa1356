package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// hint says what is the matter with a statement that looks as if it ought to
// allow, or denies in a way that surprises; empty if there is nothing to say.
func (x *explainer) hint(e *authz.TraceEntry, t *policy.StatementTrace) string {
	doc := t.Statement.Doc
	if doc.Effect == policy.Deny {
		return x.denyHint(t)
	}
	var hint string
	switch t.Failed {
	case policy.FailedAction:
		hint = x.actionHint(doc)
	case policy.FailedPrincipal:
		hint = x.principalHint(doc)
	case policy.FailedResource:
		hint = x.resourceHint(doc)
	case policy.FailedCondition:
		hint = x.conditionHint(t)
	case policy.FailedNothing:
		if e.Role.OfResource() && e.Role != authz.RoleACL && x.own() && t.Grants == policy.GrantAccount && !x.Decision.Allowed {
			return "It names the caller's own account, which only lets that account's identity-based policies decide."
		}
		return ""
	}
	if hint == "" && oldVariables(e, doc) && (t.Failed == policy.FailedResource || t.Failed == policy.FailedCondition) {
		hint = "The document has no \"Version\": \"2012-10-17\", so ${…} in it is plain text and no variable."
	}
	return hint
}

func (x *explainer) denyHint(t *policy.StatementTrace) string {
	if !t.Matched || t.Statement.Doc.NotPrincipal == nil {
		return ""
	}
	if x.caller.HasBoundary {
		return "NotPrincipal never spares a caller with a permissions boundary. Use Principal \"*\" with ArnNotEquals aws:PrincipalArn instead."
	}
	return "NotPrincipal spares a caller only if it is listed in every form: a user with its account's root, a session with account root, role and session. Use Principal \"*\" with ArnNotEquals aws:PrincipalArn instead."
}

// inventedActions are names of operations that people take for actions.
var inventedActions = map[string]string{
	"s3:listobjects": "s3:ListBucket", "s3:listobjectsv2": "s3:ListBucket", "s3:headbucket": "s3:ListBucket",
	"s3:headobject": "s3:GetObject", "s3:listbuckets": "s3:ListAllMyBuckets", "s3:copyobject": "s3:PutObject",
	"s3:deleteobjects": "s3:DeleteObject", "s3:createmultipartupload": "s3:PutObject", "s3:uploadpart": "s3:PutObject",
	"s3:completemultipartupload": "s3:PutObject", "s3:listobjectversions": "s3:ListBucketVersions",
}

func (x *explainer) actionHint(doc *policy.StatementDoc) string {
	for _, a := range doc.Action {
		lower := strings.ToLower(a)
		if real := inventedActions[lower]; strings.EqualFold(real, x.action) {
			return fmt.Sprintf("There is no action %s; the operation asks for %s.", a, real)
		}
		if unversioned := strings.Replace(x.action, "Version", "", 1); unversioned != x.action && strings.EqualFold(unversioned, a) &&
			strings.HasPrefix(lower, "s3:") && strings.Contains(lower, "object") {
			return fmt.Sprintf("It lists %s; a request with a version id asks for %s instead.", a, x.action)
		}
		if near(lower, strings.ToLower(x.action)) {
			return fmt.Sprintf("It lists %s; asked was %s.", a, x.action)
		}
	}
	return ""
}

func (x *explainer) resourceHint(doc *policy.StatementDoc) string {
	if doc.NotResource != nil {
		return "Its NotResource lists the resource."
	}
	bucket, isObject := "arn:aws:s3:::"+bucketOf(x.arn), strings.Contains(x.arn, "/")
	for _, r := range doc.Resource {
		switch {
		case x.isS3() && isObject && strings.TrimSuffix(r, "/") == bucket:
			return fmt.Sprintf("It names the bucket, not what is in it: %s is asked on the object. Add %q.", x.action, bucket+"/*")
		case x.isS3() && !isObject && strings.HasPrefix(r, bucket+"/"):
			return fmt.Sprintf("It names objects: %s is asked on the bucket itself. Add %q.", x.action, bucket)
		case strings.EqualFold(r, x.arn):
			return fmt.Sprintf("It names %s; letter case counts in resources.", r)
		case near(r, x.arn):
			return fmt.Sprintf("It names %s; asked was %s.", r, x.arn)
		}
		if p, err := arn.Parse(r); err == nil && x.isS3() && p.Service == "s3" && p.Account+p.Region != "" && strings.HasPrefix(p.Resource, bucketOf(x.arn)) {
			return "The ARN of a bucket or object has neither Region nor account: arn:aws:s3:::" + p.Resource + "."
		}
	}
	return ""
}

func (x *explainer) conditionHint(t *policy.StatementTrace) string {
	for _, c := range t.Conditions {
		if c.Holds {
			continue
		}
		switch key := strings.ToLower(c.Key); {
		case key == "sts:externalid" && !c.Present:
			return "The request came without an ExternalId; AssumeRole must be called with the one that the condition asks for."
		case key == "sts:externalid":
			return "The ExternalId of the request is not the one that the condition asks for."
		case key == "aws:multifactorauthpresent" && !c.Present:
			return "Long-term access keys never have aws:MultiFactorAuthPresent; get a session with GetSessionToken and an MFA code."
		case !c.Present && strings.HasPrefix(strings.ToLower(c.Operator), "foranyvalue:"):
			return c.Key + " is not in the request, and ForAnyValue is false without it."
		}
	}
	return ""
}

// oldVariables tells whether a statement has variables that its document's
// version does not know.
func oldVariables(e *authz.TraceEntry, doc *policy.StatementDoc) bool {
	if e.Policy == nil || e.Policy.Doc == nil || e.Policy.Doc.Variables() {
		return false
	}
	has := func(values []string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, "${") })
	}
	return has(doc.Resource) || slices.ContainsFunc(doc.Conditions, func(c policy.ConditionDoc) bool { return has(c.Values) })
}

func (x *explainer) isS3() bool { return strings.HasPrefix(x.arn, "arn:aws:s3:::") }

// bucketOf is the bucket's name in the ARN of a bucket or object.
func bucketOf(resource string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(resource, "arn:aws:s3:::"), "/")
	return name
}

// near tells whether two different names are at most two letters apart.
func near(a, b string) bool {
	return a != b && len(a) < 300 && len(b) < 300 && !strings.ContainsAny(a, "*?$") && distance(a, b) <= 2
}

// distance is the least number of letters to put in, take out or change, or of
// neighbours to swap.
func distance(a, b string) int {
	before, last, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(last[j]+1, next[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}
