package gateway

import (
	"encoding/json"
	"net/http"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/explain"
	"github.com/sallyport/sallyport/internal/record"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// decisionsService is the name for which a request for a decision is signed. It
// is no service of AWS's and has no operations.
const decisionsService = "sallyport"

func newDecisionsMount() *mount {
	return &mount{
		api:    &wire.Service{Package: decisionsService, SigningName: decisionsService, Protocol: wire.RESTJSON},
		global: true,
	}
}

// serveDecision answers GET /-/decisions/REQUEST-ID with the explanation of that
// request, as JSON, to callers who may see it. To others there is none, as if it
// had never been.
func (g *Gateway) serveDecision(w http.ResponseWriter, r *http.Request) {
	c := &call{g: g, r: r, w: &answer{ResponseWriter: w}, ids: newRequestIDs(), now: g.clock(), mount: g.decisionsMount}
	c.body = &countingReader{r: r.Body}
	report, err := c.explain(r.PathValue("id"))
	if err != nil {
		c.fail(err)
		return
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		c.fail(err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(append(text, '\n'))
}

func (c *call) explain(id string) (*explain.Report, error) {
	if err := c.authenticate(); err != nil {
		return nil, err
	}
	if c.who.cred == nil {
		return nil, sigv4.MissingToken(sigv4.Service)
	}
	if c.g.decisions != nil {
		if d, ok := c.g.decisions.find(id, c.now); ok {
			if viewer, ok := c.mayExplain(c.r.Context(), d); ok {
				return c.g.report(d, viewer), nil
			}
		}
	}
	return nil, &wire.Error{
		Code: "NoSuchDecision", Status: http.StatusNotFound,
		Message: "There is no decision of a request with this id that you may see. Decisions are kept for a while, by the gateway that answered the request.",
	}
}

// report explains a request to the account that asks.
func (g *Gateway) report(d *record.Decided, viewer string) *explain.Report {
	r := &explain.Report{
		RequestID: d.RequestID, Time: d.Time, Service: d.Service, Operation: d.Operation, Status: d.Status, ErrorCode: d.ErrorCode,
		Caller: explain.CallerOf(d.Principal, d.Service, viewer), Viewer: viewer, Questions: []explain.Question{}, Omitted: d.Omitted,
	}
	for q := range d.All {
		if !shows(d, q, viewer) {
			continue
		}
		r.Questions = append(r.Questions, explain.Explain(g.explainInput(d, q, viewer)))
	}
	r.Finish()
	return r
}

func (g *Gateway) explainInput(d *record.Decided, q *record.Asked, viewer string) explain.Input {
	in := explain.Input{Viewer: viewer, Principal: g.directory.RenderPrincipal}
	if q.Refused != nil {
		// The same question again gives the same answer; now it is traced.
		req := q.Refused.Request
		req.Trace = true
		decision := authz.Decide(&req, &q.Refused.Documents)
		in.Request, in.Documents, in.Decision = &req, &q.Refused.Documents, &decision
		return in
	}
	in.Request = &authz.Request{
		Principal: d.Principal, Action: policy.MakeAction(q.Action),
		Resource: authz.Resource{Kind: q.Kind, ARN: q.Resource, Account: q.Owner},
	}
	in.Decision = &authz.Decision{
		Allowed: q.Allowed, Reason: q.Reason, CallerDoor: q.Doors[0], ResourceDoor: q.Doors[1],
		Identity: statementOf(q.IdentityHit), Resource: statementOf(q.ResourceHit),
	}
	return in
}

// statementOf is a kept hit in the form in which decisions have it.
func statementOf(h record.Hit) authz.Hit {
	if h.Source == nil && h.Line == 0 {
		return authz.Hit{}
	}
	doc := &policy.StatementDoc{Sid: h.Sid, Effect: policy.Allow, Start: policy.Position{Line: int(h.Line), Column: int(h.Column)}}
	return authz.Hit{Statement: &policy.Statement{Doc: doc, Number: int(h.Number)}, Source: h.Source}
}
