package gateway

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/record"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// DecisionOptions bound what is kept of decisions. The zero value keeps none.
type DecisionOptions struct {
	Count int           // requests
	Bytes int           // of memory, about
	Age   time.Duration // that a request is kept
}

// decisionLogs keep the decisions of the last requests. Those of anonymous
// callers have an eighth of the room to themselves, so that nobody who needs no
// credentials can push the others' out.
type decisionLogs struct{ signed, anonymous *record.DecisionLog }

func newDecisionLogs(o DecisionOptions) *decisionLogs {
	if o.Count <= 0 || o.Bytes <= 0 || o.Age <= 0 {
		return nil
	}
	return &decisionLogs{
		signed:    record.NewDecisionLog(o.Count-o.Count/8, o.Bytes-o.Bytes/8, o.Age),
		anonymous: record.NewDecisionLog(o.Count/8, o.Bytes/8, o.Age),
	}
}

func (l *decisionLogs) find(id string, now time.Time) (*record.Decided, bool) {
	if d, ok := l.signed.Find(id, now); ok {
		return d, true
	}
	return l.anonymous.Find(id, now)
}

// Questions of one request that are kept beside the first. A deletion of many
// keys asks one for each.
const (
	maxAllowed = 32
	maxRefused = 32
)

// asked is what a call keeps of its questions until it ends.
type asked struct {
	first            record.Asked
	more             []record.Asked
	allowed, refused int
	omitted          int
}

func (a *asked) add(q *record.Asked) {
	n, limit := &a.allowed, maxAllowed
	if !q.Allowed {
		n, limit = &a.refused, maxRefused
	}
	switch *n++; {
	case *n > limit:
		a.omitted++
	case a.first.Action == "":
		a.first = *q
	default:
		a.more = append(a.more, *q)
	}
}

// note keeps a question and its answer: of what was allowed the statements that
// allowed it, of what was refused all that decided it, to be traced if somebody
// asks. It tells whether it keeps the request's values, which must not change
// any more then.
func (c *call) note(req *authz.Request, docs *authz.Documents, d *authz.Decision) (keeps bool) {
	if c.g.decisions == nil {
		return false
	}
	q := record.Asked{
		Action: req.Action.String(), Resource: req.Resource.ARN, Kind: req.Resource.Kind, Owner: req.Resource.Account,
		Reason: d.Reason, Allowed: d.Allowed, Doors: [2]authz.Door{d.CallerDoor, d.ResourceDoor},
	}
	if d.Allowed {
		q.IdentityHit, q.ResourceHit = record.HitOf(d.Identity), record.HitOf(d.Resource)
	} else if c.asked.refused < maxRefused {
		q.Refused = &record.Refused{Request: *req, Documents: *docs}
		keeps = true
	}
	c.asked.add(&q)
	return keeps
}

// noteUnknown keeps the question that a refusal stands for which came before it
// could be asked: what may not be told from a refusal is explained like one.
func (c *call) noteUnknown(ctx context.Context, access *wire.Access, t *caller.Target) {
	if t != nil && c.g.decisions != nil {
		_ = c.decide(ctx, access, t)
	}
}

// keepDecisions hands the call's questions to the log before its answer goes out,
// so that whoever has read the answer finds them there.
func (c *call) keepDecisions(status int) {
	l := c.g.decisions
	if c.who == nil {
		return
	}
	d := record.Decided{
		RequestID: c.requestID(), Time: c.now, Service: c.mountOrS3().api.Package, Operation: c.opName(),
		Status: status, ErrorCode: c.code, First: c.asked.first, More: c.asked.more, Omitted: c.asked.omitted,
	}
	if c.asked.refused > 0 {
		// What is decided on is cut from the request line and, but for S3, the body,
		// and keeps all of it in memory.
		d.Held = len(c.r.RequestURI)
		if !c.isS3() {
			d.Held += int(c.body.n)
		}
	}
	if c.who.cred == nil {
		l.anonymous.Add(&d)
		return
	}
	d.Principal = c.who.cred.Principal
	l.signed.Add(&d)
}

// mayExplain tells whether the caller may see a request's decisions, and as which
// account: the caller's own or that of a resource it asked for. Within it the
// caller itself may, the root user, and whoever is allowed
// iam:SimulatePrincipalPolicy on the caller (for the owner of the resource: on
// all resources). A root user's session for one task is no root user here: it sees
// what it has asked itself. Nor is a delegated session its approver: it sees what it
// is allowed to.
func (c *call) mayExplain(ctx context.Context, d *record.Decided) (viewer string, ok bool) {
	me, task := c.who.cred.Principal, c.who.cred.RootTask()
	target := ""
	switch {
	case d.Principal != nil && d.Principal.Account == me.Account:
		// Federated users of one name are as many as have asked for them.
		if !me.Delegated && d.Principal.ARN == me.ARN && d.Principal.UserID == me.UserID && d.Principal.IssuerARN == me.IssuerARN && d.Principal.IssuerID == me.IssuerID &&
			(!task || d.Principal.TokenIssued.Equal(me.TokenIssued)) {
			return me.Account, true
		}
		target = d.Principal.PrincipalARN
	case owns(d, me.Account):
		target = "*"
	default:
		return "", false
	}
	if me.Kind == policy.CallerRoot && !task && !me.Delegated {
		return me.Account, true
	}
	err := c.decide(ctx, &wire.Access{Action: "iam:SimulatePrincipalPolicy"}, &caller.Target{
		Resource: authz.Resource{ARN: target, Account: me.Account},
	})
	return me.Account, err == nil
}

// owns tells whether something that a request asked for is the account's.
func owns(d *record.Decided, account string) bool {
	for q := range d.All {
		if asksOn(q, account) {
			return true
		}
	}
	return false
}

// asksOn tells whether a question is about something of the account's.
func asksOn(q *record.Asked, account string) bool {
	if q.Owner == account {
		return true
	}
	r := q.Refused
	if r == nil {
		return false
	}
	if ap := r.Request.AccessPoint; ap != nil && ap.Account == account {
		return true
	}
	x := r.Documents.S3
	return x != nil && x.Object != nil && x.Object.Owner == account
}

// shows tells whether a question is the viewer's to see. Who copies from one
// account to another asks both, and neither is told of the other.
func shows(d *record.Decided, q *record.Asked, viewer string) bool {
	return d.Principal != nil && d.Principal.Account == viewer || asksOn(q, viewer)
}
