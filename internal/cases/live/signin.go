package live

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// signIn gets the credentials that the request is signed with. It comes before
// policies of organizations and trust policies are in force.
func (p *player) signIn(ctx context.Context) error {
	r := &p.c.Request
	if r.Principal == "anonymous" || r.Principal == "" {
		return nil
	}
	who, err := arn.ParsePrincipal(r.Principal)
	if err != nil {
		return err
	}
	switch who.Kind {
	case arn.KindRoot:
		p.caller = p.roots[who.Account]
	case arn.KindUser:
		if p.caller, err = p.accessKey(ctx, who); err == nil && r.SessionToken {
			p.caller, err = p.ask(ctx, p.caller, url.Values{"Action": {"GetSessionToken"}})
		}
		return err
	case arn.KindAssumedRole:
		p.caller, err = p.assume(ctx, who)
	case arn.KindFederatedUser:
		p.caller, err = p.federate(ctx, who)
	}
	return err
}

// accessKey makes an access key of a user.
func (p *player) accessKey(ctx context.Context, who arn.Principal) (c sigv4.Credentials, err error) {
	err = p.g.Directory().Update(ctx, func(t *directory.Tx) error {
		u, err := t.User(who.Account, who.Name)
		if err != nil {
			return err
		}
		k, secret, err := t.CreateAccessKey(who.Account, u)
		if err != nil {
			return err
		}
		c = sigv4.Credentials{AccessKeyID: k.ID, SecretAccessKey: secret}
		return nil
	})
	return c, err
}

// sessionPolicies are the session policies of the request.
func (p *player) sessionPolicies() []json.RawMessage {
	raw := p.c.Request.SessionPolicy
	var list []json.RawMessage
	switch {
	case !given(raw):
		return nil
	case json.Unmarshal(raw, &list) == nil:
		return list
	}
	return []json.RawMessage{raw}
}

// assume has the helper assume the role by sts:AssumeRole. What STS does not take,
// such as a session policy longer than it lets pass, goes into a session that is
// issued without it.
func (p *player) assume(ctx context.Context, who arn.Principal) (sigv4.Credentials, error) {
	var role *directory.Role
	if err := p.g.Directory().View(ctx, func(t *directory.ReadTx) (err error) {
		role, err = t.Role(who.Account, who.Name)
		return err
	}); err != nil {
		return sigv4.Credentials{}, err
	}
	form := url.Values{"Action": {"AssumeRole"}, "RoleArn": {role.ARN()}, "RoleSessionName": {who.Session}}
	policies := p.sessionPolicies()
	if len(policies) == 1 {
		form.Set("Policy", string(policies[0]))
	}
	for i, k := range slices.Sorted(maps.Keys(p.c.Request.SessionTags)) {
		n := strconv.Itoa(i + 1)
		form.Set("Tags.member."+n+".Key", k)
		form.Set("Tags.member."+n+".Value", p.c.Request.SessionTags[k])
	}
	if len(policies) <= 1 {
		if c, err := p.ask(ctx, p.helper, form); err == nil {
			return c, nil
		}
	}
	return p.issue(ctx, &directory.Session{Kind: directory.RoleSession, Account: who.Account, Principal: role.ID, Name: who.Session}, policies)
}

// federate issues a federated user's session: the user behind it may lack
// sts:GetFederationToken in the case's world.
func (p *player) federate(ctx context.Context, who arn.Principal) (sigv4.Credentials, error) {
	s := &directory.Session{Kind: directory.FederatedSession, Account: who.Account, Principal: who.Account, Name: who.Name}
	issuer, err := arn.ParsePrincipal(p.c.Request.Issuer)
	if err != nil || issuer.Account != who.Account || issuer.Kind != arn.KindUser && issuer.Kind != arn.KindRoot {
		return sigv4.Credentials{}, cannot("a federated user of nobody")
	}
	if issuer.Kind == arn.KindUser {
		if err := p.g.Directory().View(ctx, func(t *directory.ReadTx) error {
			u, err := t.User(issuer.Account, issuer.Name)
			if err == nil {
				s.Principal = u.ID
			}
			return err
		}); err != nil {
			return sigv4.Credentials{}, err
		}
	}
	return p.issue(ctx, s, p.sessionPolicies())
}

func (p *player) issue(ctx context.Context, s *directory.Session, policies []json.RawMessage) (sigv4.Credentials, error) {
	s.Issued, s.Expires = p.now, p.now.Add(time.Hour)
	s.Tags = tagList(p.c.Request.SessionTags)
	if len(policies) == 1 {
		s.Policy = string(policies[0])
	} else if err := p.g.Directory().Update(ctx, func(t *directory.Tx) error {
		s.PolicyARNs = nil
		m := &maker{t: t, account: s.Account}
		for i, text := range policies {
			s.PolicyARNs = append(s.PolicyARNs, m.managed(fmt.Sprintf("session-%d", i), text))
		}
		return m.err
	}); err != nil {
		return sigv4.Credentials{}, err
	}
	token, err := p.g.Directory().IssueSession(s)
	return sigv4.Credentials{AccessKeyID: s.KeyID, SecretAccessKey: s.Secret, SessionToken: token}, err
}

// ask asks STS for temporary credentials.
func (p *player) ask(ctx context.Context, as sigv4.Credentials, form url.Values) (c sigv4.Credentials, err error) {
	form.Set("Version", "2011-06-15")
	req, err := p.request(http.MethodPost, "/", "", []byte(form.Encode()))
	if err != nil {
		return c, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	p.sign(req, as, "sts", []byte(form.Encode()))
	a, err := p.do(ctx, req)
	if err != nil {
		return c, err
	}
	if a.status != http.StatusOK {
		return c, fmt.Errorf("%s: %d %s: %s", form.Get("Action"), a.status, a.code, a.message)
	}
	return sigv4.Credentials{
		AccessKeyID: element(a.body, "AccessKeyId"), SecretAccessKey: element(a.body, "SecretAccessKey"), SessionToken: element(a.body, "SessionToken"),
	}, nil
}

// element is the text of the first XML element of a name.
func element(body, name string) string {
	_, rest, _ := strings.Cut(body, "<"+name+">")
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return unescapeXML.Replace(text)
}

var unescapeXML = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#34;", `"`, "&apos;", "'", "&#39;", "'", "&amp;", "&")
