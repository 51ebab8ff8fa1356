package explain

import (
	"encoding/json"
	"strings"
	"time"
)

// Report explains one request, for one account.
type Report struct {
	RequestID string    `json:"requestId"`
	Time      time.Time `json:"time"`
	Service   string    `json:"service"`
	Operation string    `json:"operation,omitempty"`
	Status    int       `json:"status"`
	ErrorCode string    `json:"errorCode,omitempty"`
	Caller    Caller    `json:"caller"`
	// Viewer is the account for which it was made.
	Viewer string `json:"viewer"`
	// Allowed tells that nothing that was asked for was refused. The request may
	// have failed otherwise.
	Allowed   bool       `json:"allowed"`
	Questions []Question `json:"questions"`
	// Omitted counts questions that were asked but not kept.
	Omitted int `json:"omitted,omitempty"`
}

// Caller is who made the request.
type Caller struct {
	Type    string `json:"type"` // as aws:PrincipalType
	ARN     string `json:"arn,omitempty"`
	Account string `json:"account,omitempty"`
	UserID  string `json:"userId,omitempty"` // as aws:userid
}

// Question is one permission that the request needed.
type Question struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Allowed  bool   `json:"allowed"`
	// Reason is the code of the decision. Where it would tell of the other
	// account's side it is CallerSide or ResourceSide.
	Reason       string   `json:"reason"`
	Summary      string   `json:"summary"`
	Purpose      string   `json:"purpose,omitempty"` // why it was asked, where that is not plain
	CallerDoor   Door     `json:"callerDoor"`
	ResourceDoor Door     `json:"resourceDoor"`
	Changes      []Change `json:"changes,omitempty"`
}

// Finish says why questions were asked that the operation's name does not let
// one expect, and whether all were allowed. It is called once, when all
// questions are there.
func (r *Report) Finish() {
	r.Allowed = true
	for i := range r.Questions {
		q := &r.Questions[i]
		r.Allowed = r.Allowed && q.Allowed
		if q.Action == "s3:ListBucket" && i > 0 && r.Questions[i-1].Allowed && strings.HasPrefix(r.Questions[i-1].Resource, q.Resource+"/") {
			q.Purpose = "A missing key is told (404) only to callers who may list the bucket; others are refused (403)."
		} else if !q.Allowed && r.Status >= 200 && r.Status < 400 {
			q.Purpose = "The request as a whole went on without it."
		}
	}
}

// What Reason says instead of a reason that is the other account's.
const (
	CallerSide   = "caller_side_did_not_allow"
	ResourceSide = "resource_side_did_not_allow"
)

// States of a door.
const (
	Open      = "open"
	Shut      = "shut"   // it does not allow
	Denied    = "denied" // it denies
	NotNeeded = "not_needed"
)

// Door is one account's side.
type Door struct {
	Account string `json:"account,omitempty"` // empty: nobody's, as the anonymous caller's
	State   string `json:"state"`
	// Shown: the documents are the viewer's to see. Of the other account's side
	// State says no more than whether it allowed.
	Shown     bool       `json:"shown"`
	Documents []Document `json:"documents,omitempty"`
}

// Document is one policy, ACL or grant that was looked at.
type Document struct {
	Role    string `json:"role"` // as authz.DocumentRole
	Title   string `json:"title"`
	Account string `json:"account,omitempty"`
	// Verdict is allows, denies or silent.
	Verdict string `json:"verdict"`
	// Total is how many statements it has; Statements are those that bear on the
	// question, at most maxStatements.
	Total      int         `json:"total"`
	Statements []Statement `json:"statements,omitempty"`
}

// What a document says.
const (
	Allows = "allows"
	Denies = "denies"
	Silent = "silent"
)

// Statement is one statement of a policy.
type Statement struct {
	Number int    `json:"number"` // in the document, from 1
	Sid    string `json:"sid,omitempty"`
	Effect string `json:"effect"`
	Line   int    `json:"line"` // where it begins, from 1
	Column int    `json:"column"`
	// Decided: it is the one that the decision names.
	Decided bool `json:"decided,omitempty"`
	Matched bool `json:"matched"`
	// Failed is the first part that did not match: action, principal, resource or
	// condition.
	Failed     string      `json:"failed,omitempty"`
	Conditions []Condition `json:"conditions,omitempty"`
	Note       string      `json:"note,omitempty"`
}

// Condition is one condition of a statement and the value that it saw.
type Condition struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Want     []string `json:"want"`
	Got      []string `json:"got,omitempty"`
	Present  bool     `json:"present"` // the request has the key
	Hidden   bool     `json:"hidden,omitempty"`
	Holds    bool     `json:"holds"`
}

// Change is something that would open a door, or the word that nothing would.
type Change struct {
	Door string `json:"door"` // caller or resource
	// Account must make it; empty if nobody can.
	Account string `json:"account,omitempty"`
	Text    string `json:"text"`
	// Policy is where Statement is to be added.
	Policy    string          `json:"policy,omitempty"`
	Statement json.RawMessage `json:"statement,omitempty"`
	// Instead are statements that are there already and only just miss.
	Instead []string `json:"instead,omitempty"`
}

// Doors of a Change.
const (
	DoorCaller   = "caller"
	DoorResource = "resource"
)
