package cases

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// Result is what came of a case.
type Result struct {
	Allowed bool
	Reason  string // in the form of Case.Reason
	Status  int    // of the error answer, 0 if there is none
	Code    string
	Message string
}

// Expect is the result in the form of Case.Expect.
func (r Result) Expect() string {
	if r.Allowed {
		return "allow"
	}
	return "deny"
}

// Build is the case's main question in Decide's terms.
func Build(c *Case) (*authz.Request, *authz.Documents, error) {
	w := &world{c: c}
	req, docs := w.build(c.Request.Action, c.Request.Resource, true)
	w.body(req)
	return req, docs, w.err
}

// Play decides a case by Decide and, for a policy in the request's body, Validate;
// what STS refuses whatever is decided is refused. The error is of a case that
// cannot be read.
func Play(c *Case) (Result, error) {
	r, err := PlayWith(c, nil)
	if operation := c.longTermOnly(); r.Allowed && operation != "" {
		r = Result{
			Reason: "credentials_not_permitted", Status: 403, Code: "AccessDenied",
			Message: "Cannot call " + operation + " with session credentials",
		}
	}
	return r, err
}

// longTermOnly is the operation that STS gives to long-term keys alone, if the case
// asks for it with others.
func (c *Case) longTermOnly() string {
	who, err := arn.ParsePrincipal(c.Request.Principal)
	if err != nil || !c.Request.SessionToken && who.Kind != arn.KindAssumedRole && who.Kind != arn.KindFederatedUser {
		return ""
	}
	switch Action(c.Request.Action) {
	case "sts:getsessiontoken":
		return "GetSessionToken"
	case "sts:getfederationtoken":
		return "GetFederationToken"
	}
	return ""
}

// PlayWith is what Decide and Validate say of a case, with compiled policies kept by
// their text in known, which may be nil.
func PlayWith(c *Case, known map[string]*policy.Policy) (Result, error) {
	w := &world{c: c, cache: known}
	req, docs := w.build(c.Request.Action, c.Request.Resource, true)
	w.body(req)
	result := decide(req, docs)
	for _, also := range c.Request.Also {
		if !result.Allowed {
			break
		}
		req, docs := w.build(also[0], also[1], false)
		if more := decide(req, docs); !more.Allowed {
			result = more
		}
	}
	if result.Allowed && given(c.Request.BodyPolicy) {
		result = w.validate(result)
	}
	return result, w.err
}

// Ask decides on one action and resource in the case's world, whatever its request
// asks for.
func Ask(c *Case, action, resource string) (Result, error) {
	w := &world{c: c}
	result := decide(w.build(action, resource, false))
	return result, w.err
}

func decide(req *authz.Request, docs *authz.Documents) Result {
	d := authz.Decide(req, docs)
	status, code := d.Wire(req)
	return Result{Allowed: d.Allowed, Reason: d.Code(), Status: status, Code: code, Message: d.Message(req)}
}

// text is the body policy as it is sent: the JSON itself, or the text that a JSON string holds.
func (w *world) text() []byte {
	raw := []byte(w.c.Request.BodyPolicy)
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return []byte(s)
	}
	return raw
}

func (w *world) body(req *authz.Request) {
	if !given(w.c.Request.BodyPolicy) {
		return
	}
	if doc, err := policy.Parse(w.text()); err == nil {
		req.NewPolicy = doc
	}
}

func (w *world) validate(r Result) Result {
	kind, opts := policy.Bucket, policy.Options{PrincipalExists: w.exists}
	switch action := strings.ToLower(w.c.Request.Action); {
	case action == "s3:putaccesspointpolicy":
		kind, opts.Resource = policy.AccessPoint, w.c.Request.Resource
	case strings.HasPrefix(action, "s3:"):
		opts.Resource = w.c.Request.Resource
	case action == "iam:createrole" || action == "iam:updateassumerolepolicy":
		kind = policy.Trust
	case strings.HasPrefix(action, "iam:"):
		kind = policy.Identity
	case strings.HasPrefix(action, "kms:"):
		kind = policy.Key
	}
	_, err := policy.Validate(w.text(), kind, opts)
	if perr := new(policy.Error); errors.As(err, &perr) {
		return Result{Reason: "malformed_policy:" + perr.Message, Status: 400, Code: string(perr.Code), Message: perr.Message}
	}
	return r
}

// BodyText is the policy in the request's body as it is sent.
func (c *Case) BodyText() []byte { return (&world{c: c}).text() }
