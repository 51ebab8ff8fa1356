package gateway

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// maxEncodedMessage is how long a message is that DecodeAuthorizationMessage takes.
const maxEncodedMessage = 10_240

// unauthorized is a refusal in EC2's words. For what is done to resources EC2 adds
// the decision itself, sealed, for those who may decode it.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func (c *call) unauthorized(d *authz.Decision, req *authz.Request, docs *authz.Documents) *wire.Error {
	text := "You are not authorized to perform this operation. " + d.Message(req)
	if req.Resource.ARN == "*" {
		text = strings.Replace(text, " on resource: * ", " ", 1)
	} else if message := c.g.encodedMessage(d, req, docs); message != "" {
		text = strings.TrimSuffix(text, ".") + ". Encoded authorization failure message: " + message
	}
	return &wire.Error{Code: "UnauthorizedOperation", Message: text, Status: http.StatusForbidden}
}

// items is how a decoded message writes lists.
type items[T any] struct {
	Items []T `json:"items"`
}

type messageValue struct {
	Value string `json:"value"`
}

type messageKey struct {
	Key    string              `json:"key"`
	Values items[messageValue] `json:"values"`
}

// messageStatement is a statement that decided.
type messageStatement struct {
	StatementID string              `json:"statementId"`
	Effect      string              `json:"effect"`
	Principals  items[messageValue] `json:"principals"`
	Groups      items[messageValue] `json:"principalGroups"`
	Actions     items[messageValue] `json:"actions"`
	Resources   items[messageValue] `json:"resources"`
	Conditions  items[messageKey]   `json:"conditions"`
}

// authorizationMessage is the decision as DecodeAuthorizationMessage answers it.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
type authorizationMessage struct {
	Allowed           bool                    `json:"allowed"`
	ExplicitDeny      bool                    `json:"explicitDeny"`
	MatchedStatements items[messageStatement] `json:"matchedStatements"`
	Failures          items[struct{}]         `json:"failures"`
	Context           messageContext          `json:"context"`
}

type messageContext struct {
	Principal  messagePrincipal  `json:"principal"`
	Action     string            `json:"action"`
	Resource   string            `json:"resource"`
	Conditions items[messageKey] `json:"conditions"`
}

type messagePrincipal struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"` // of a user
	ARN  string `json:"arn"`
}

// encodedMessage seals a refusal for the account of the caller. Condition keys that
// would make it longer than it can be given back are left out.
func (g *Gateway) encodedMessage(d *authz.Decision, req *authz.Request, docs *authz.Documents) string {
	p := req.Principal
	if p == nil || p.Account == "" {
		return ""
	}
	m := authorizationMessage{ExplicitDeny: d.Deny.Statement != nil}
	m.MatchedStatements.Items, m.Failures.Items = []messageStatement{}, []struct{}{}
	m.Context = messageContext{
		Principal: messagePrincipal{ID: p.UserID, Name: p.UserName, ARN: p.ARN},
		Action:    req.Action.String(), Resource: req.Resource.ARN, Conditions: items[messageKey]{conditionsOf(req, docs)},
	}
	if s := d.Deny.Statement; s != nil && s.Doc != nil {
		m.MatchedStatements.Items = append(m.MatchedStatements.Items, matched(s.Doc, p))
	}
	for {
		text, err := json.Marshal(m)
		if err != nil {
			return ""
		}
		sealed, err := g.directory.SealMessage(text, p.Account)
		if err != nil {
			return ""
		}
		if len(sealed) <= maxEncodedMessage {
			return sealed
		}
		switch n := len(m.Context.Conditions.Items); {
		case n > 0:
			m.Context.Conditions.Items = m.Context.Conditions.Items[:n/2]
		case len(m.MatchedStatements.Items) > 0:
			m.MatchedStatements.Items = []messageStatement{}
		default:
			return ""
		}
	}
}

func matched(doc *policy.StatementDoc, p *authz.Principal) messageStatement {
	s := messageStatement{StatementID: doc.Sid, Effect: strings.ToUpper(doc.Effect)}
	s.Principals, s.Groups = valuesOf([]string{p.UserID}), valuesOf(nil)
	s.Actions, s.Resources = valuesOf(append(slices.Clone(doc.Action), doc.NotAction...)), valuesOf(append(slices.Clone(doc.Resource), doc.NotResource...))
	s.Conditions.Items = []messageKey{}
	for _, c := range doc.Conditions {
		s.Conditions.Items = append(s.Conditions.Items, messageKey{c.Key, valuesOf(c.Values)})
	}
	return s
}

func valuesOf(values []string) items[messageValue] {
	out := items[messageValue]{Items: []messageValue{}}
	for _, v := range values {
		out.Items = append(out.Items, messageValue{v})
	}
	return out
}

// conditionsOf is the request's condition context, with the keys that follow from
// the caller and the resource, by name.
func conditionsOf(req *authz.Request, docs *authz.Documents) []messageKey {
	derived := new(policy.Values)
	authz.Derive(req, docs, derived)
	out := []messageKey{}
	seen := map[string]bool{}
	for _, values := range []*policy.Values{derived, req.Context} {
		if values == nil {
			continue
		}
		values.All(func(name string, v []string) bool {
			if lower := strings.ToLower(name); !seen[lower] {
				seen[lower] = true
				out = append(out, messageKey{asWritten(name), valuesOf(v)})
			}
			return true
		})
	}
	slices.SortFunc(out, func(a, b messageKey) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// asWritten is a key of a family in AWS's spelling.
func asWritten(name string) string {
	for _, prefix := range []string{"aws:ResourceTag/", "aws:RequestTag/", "aws:PrincipalTag/"} {
		if rest, ok := strings.CutPrefix(name, strings.ToLower(prefix)); ok {
			return prefix + rest
		}
	}
	return name
}
