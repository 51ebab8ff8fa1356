package live

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/cases"
)

// result reads the server's answer, and the reason from what it decided.
func (p *player) result(a *ask, got answer) (cases.Result, error) {
	p.mu.Lock()
	decisions := slices.Clone(p.seen)
	p.mu.Unlock()
	r := cases.Result{Status: got.status, Code: got.code, Message: got.message}
	switch {
	case got.status == http.StatusNotImplemented:
		return r, cannot("%s is answered with NotImplemented: %s", a.action, got.message)
	case got.code == "InvalidBucketName":
		return r, cannot("S3 takes no bucket of that name")
	case got.status >= 500:
		return r, fmt.Errorf("%s is answered with %d %s: %s", a.action, got.status, got.code, got.message)
	case got.status >= 400 && !afterwards(got):
		r.Reason = reasonOfDenial(got, decisions)
		return r, nil
	}
	r.Allowed, r.Reason = true, reasonOfAllow(a, decisions)
	if r.Reason == "" {
		return r, fmt.Errorf("%s on %s was not asked for, but %v", a.action, a.resource, decisions)
	}
	exists := p.c.Request.ObjectExists
	if got.code == "NoSuchKey" || got.code == "NoSuchVersion" && exists != nil && !*exists {
		r.Reason = "not_found"
	}
	return r, nil
}

// afterwards tells whether an error comes of what is stored, so that the request
// was allowed.
func afterwards(got answer) bool {
	switch got.code {
	case "PreconditionFailed", "BucketNotEmpty", "InvalidBucketState", "EntityAlreadyExists", "DeleteConflict", "InvalidLocationConstraint",
		"IllegalLocationConstraintException", "BucketAlreadyOwnedByYou", "BucketAlreadyExists":
		return true
	case "InvalidArgument":
		return strings.Contains(got.message, "ersion")
	case "NoSuchBucket":
		return false
	}
	return strings.HasPrefix(got.code, "NoSuch") || strings.HasSuffix(got.code, "NotFoundError") && got.status == http.StatusNotFound
}

// reasonOfDenial is the reason of the decision that refused; without one it is of
// the answer, or empty.
func reasonOfDenial(got answer, decisions []seen) string {
	if strings.HasPrefix(got.code, "MalformedPolicy") {
		return "malformed_policy:" + got.message
	}
	i := slices.IndexFunc(decisions, func(s seen) bool { return !s.allowed })
	if i < 0 {
		return ""
	}
	if i > 0 && decisions[i].action == "s3:listbucket" && decisions[0].action != "s3:listbucket" {
		return "not_found_hidden"
	}
	return decisions[i].reason
}

// reasonOfAllow is the reason of the decision on what the request asks; empty if
// the server asked for something else.
func reasonOfAllow(a *ask, decisions []seen) string {
	for _, s := range decisions {
		if s.action == cases.Action(a.action) && s.resource == a.resource {
			return s.reason
		}
	}
	if len(decisions) == 0 && permissionless[cases.Action(a.action)] {
		return "no_permission_required"
	}
	return ""
}

var permissionless = map[string]bool{"sts:getcalleridentity": true, "sts:getsessiontoken": true}
