package authz

import "github.com/sallyport/sallyport/policy"

// evaluation is one call of Decide.
type evaluation struct {
	req       *Request
	docs      *Documents
	principal *Principal
	trace     *Trace
}

// Decide tells whether req is allowed, docs being everything that bears on it. It is pure: nothing but its arguments
// counts and nothing in them changes. On the way to an allowed decision it allocates nothing, unless a trace is asked for,
// the request comes through an access point whose ResourceARN is not given, or the object is missing.
func Decide(req *Request, docs *Documents) Decision {
	if free(req.Action) {
		return Decision{Allowed: true, Reason: NoPermissionRequired}
	}
	e := evaluation{req: req, docs: docs, principal: req.principal()}
	if r := e.credentials(); r != reasonNone {
		return Decision{Reason: r, CallerDoor: DoorShut}
	}
	if req.Trace {
		e.trace = new(Trace)
	}
	var derived policy.Values
	Derive(req, docs, &derived)
	d := e.stages(&derived)
	if e.trace != nil {
		e.trace.close(&d)
	}
	d.Trace = e.trace
	return d
}

// stages runs the access point's stage, if there is one, the resource's, and S3's further rules.
func (e *evaluation) stages(derived *policy.Values) Decision {
	if e.req.AccessPoint != nil {
		d := e.accessPointStage(derived)
		if !d.Allowed {
			d.Stage1 = true
			return d
		}
		if r := e.afterAccessPoint(); r != reasonNone {
			d.refuse(r)
			return d
		}
	}
	q := e.query(e.req.Resource.ARN, derived)
	s := stage{
		req: e.req, docs: e.docs, principal: e.principal, trace: e.trace,
		account: e.req.Resource.Account, document: e.docs.Resource, rcps: e.docs.RCPs,
	}
	s.owner = s.account
	if s.foreignObject() {
		s.owner = e.docs.S3.Object.Owner
	}
	d := s.run(&q)
	if !d.Allowed {
		return d
	}
	if r := e.s3Rules(&s); r != reasonNone {
		d.refuse(r)
		return d
	}
	if x := e.docs.S3; x != nil && x.Object != nil && x.Object.Missing && needsObject(e.req.Action) {
		e.missingObject(&d)
	}
	return d
}

func (e *evaluation) query(resource string, derived *policy.Values) policy.Query {
	q := policy.MakeQuery(e.req.Action, resource, &e.principal.Caller)
	q.Derived, q.Request, q.RequestFirst = derived, e.req.Context, e.req.ContextFirst
	return q
}

// credentials refuses what some temporary credentials may not call whatever policies say: a federated user neither IAM nor
// STS, GetSessionToken's neither IAM without MFA nor more of STS than AssumeRole. What needs no permission is let through
// before.
func (e *evaluation) credentials() Reason {
	p, service := e.principal, e.req.Action.Service()
	if p.Kind == policy.CallerFederated && (service == "iam" || service == "sts") {
		return CredentialsNotPermitted
	}
	if !p.SessionToken {
		return reasonNone
	}
	switch service {
	case "iam":
		if e.req.Context == nil || e.req.Context.Get(policy.KeyMultiFactorAuthPresent) != "true" {
			return CredentialsNotPermitted
		}
	case "sts":
		switch e.req.Action.Lower() {
		case "sts:assumerole", "sts:tagsession", "sts:setsourceidentity":
		default:
			return CredentialsNotPermitted
		}
	}
	return reasonNone
}

// refuse turns an allowed decision into a denial.
func (d *Decision) refuse(r Reason) {
	d.Allowed, d.Reason = false, r
	d.ResourceDoor = DoorShut
	if r == BPARestrictPublicBuckets {
		d.ResourceDoor = DoorDenied
	}
}
