package gateway

import (
	"html"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// TestWhatWasRevokedBeforeTheTokenWasReleased: an approval is as old as it is,
// however late somebody else releases its token.
func TestWhatWasRevokedBeforeTheTokenWasReleased(t *testing.T) {
	p := newPartnered(t)
	admin, clerk := p.user(p.blue, "admin", allOfIt), p.user(p.blue, "clerk", statements(allows("iam:SendDelegationToken", "*")))
	status, body := p.ask("workflow-1")
	p.want(200, "")(status, body)
	id := element(body, "DelegationRequestId")
	p.ok(admin, "iam", "AssociateDelegationRequest", "DelegationRequestId", id)
	p.ok(admin, "iam", "AcceptDelegationRequest", "DelegationRequestId", id)
	revoke := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` +
		time.Now().Add(time.Minute).UTC().Format(time.RFC3339) + `"}}}]}`
	p.ok(p.blue.credentials(), "iam", "PutUserPolicy", "UserName", "admin", "PolicyName", "revoke", "PolicyDocument", revoke)
	p.want(200, "")(p.later(2*time.Minute, clerk, "iam", "SendDelegationToken", "DelegationRequestId", id))
	p.want(200, "")(p.later(3*time.Minute, p.partner, "sts", "GetCallerIdentity"))
	status, body = p.later(3*time.Minute, p.partner, "sts", "GetDelegatedAccessToken", "TradeInToken", p.tokens[0]["ExchangeToken"])
	p.want(200, "")(status, body)
	p.want(403, "explicit deny")(p.later(3*time.Minute, credentialsIn(body), "iam", "ListUsers"))
}

// TestClosedAccountsDelegateNothing: neither the customer's nor the partner's.
func TestClosedAccountsDelegateNothing(t *testing.T) {
	p := newPartnered(t)
	third := p.third("third")
	other := p.user(third, "admin", allOfIt)
	theirs, unused := p.exchange(p.approved(other, "workflow-1")), p.approved(other, "workflow-2")
	p.ok(theirs, "iam", "ListUsers")
	p.organizations("CloseAccount", in{"AccountId": third.ID})
	p.want(403, "InvalidClientTokenId")(p.call(theirs, "iam", "ListUsers"))
	p.want(403, "AccessDenied")(p.call(p.partner, "sts", "GetDelegatedAccessToken", "TradeInToken", unused))

	admin := p.user(p.blue, "admin", allOfIt)
	session, token := p.exchange(p.approved(admin, "workflow-3")), p.approved(admin, "workflow-4")
	p.ok(session, "iam", "ListUsers")
	p.organizations("CloseAccount", in{"AccountId": partnerID})
	if status, text := p.call(p.partner, "sts", "GetDelegatedAccessToken", "TradeInToken", token); status/100 != 4 {
		t.Errorf("the closed partner exchanges: %d %s", status, text)
	}
	p.want(403, "InvalidClientTokenId")(p.call(session, "iam", "ListUsers"))
	p.want(400, "InvalidToken")(p.as(session, "GET", "/", ""))
	p.ok(admin, "iam", "ListUsers")
}

// TestDelegatedSessionsStayInside tries the ways by which sessions leave their
// policies: roles, resource policies of other accounts, everybody's buckets, tokens,
// and more delegation.
func TestDelegatedSessionsStayInside(t *testing.T) {
	p := newPartnered(t, allows("iam:*DelegationRequest", "*"), allows("sts:GetWebIdentityToken", "*"), allows("sts:GetFederationToken", "*"))
	shared := func(bucket, principal string) {
		t.Helper()
		p.want(200, "")(p.s3(p.green, "PUT", "/"+bucket, ""))
		p.want(200, "")(p.s3(p.green, "PUT", "/"+bucket+"/k", "text"))
		p.want(204, "")(p.s3(p.green, "DELETE", "/"+bucket+"?publicAccessBlock", ""))
		p.want(204, "")(p.s3(p.green, "PUT", "/"+bucket+"?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":`+principal+
			`,"Action":"s3:*","Resource":["arn:aws:s3:::`+bucket+`","arn:aws:s3:::`+bucket+`/*"]}]}`))
	}
	shared("green-open", `"*"`)
	admin, boss := p.user(p.blue, "admin", allOfIt), p.user(p.green, "boss", allOfIt)
	me := "arn:aws:iam::" + p.blue.ID + ":user/admin"
	shared("green-named", `{"AWS":"`+me+`"}`)
	role := p.role(p.blue, "open", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["`+me+`","arn:aws:iam::`+p.blue.ID+`:root"]},"Action":"sts:AssumeRole"}]}`, allOfIt)
	foreign := p.role(p.green, "open", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+me+`"},"Action":"sts:AssumeRole"}]}`, allOfIt)
	for name, who := range map[string]sigv4.Credentials{"user": admin, "root": p.blue.credentials()} {
		session := p.exchange(p.approved(who, "workflow-"+name))
		status, body := p.ask("workflow-for-" + name)
		p.want(200, "")(status, body)
		id := element(body, "DelegationRequestId")
		for _, bucket := range []string{"/green-open", "/green-named"} {
			p.want(403, "no session policy allows")(p.as(session, "GET", bucket+"/k", ""))
			p.want(403, "AccessDenied")(p.as(session, "PUT", bucket+"/k", "x"))
			p.want(403, "")(p.as(session, "HEAD", bucket+"/none", ""))
		}
		for _, r := range []string{role, foreign} {
			p.want(403, "AccessDenied")(p.call(session, "sts", "AssumeRole", "RoleArn", r, "RoleSessionName", "out"))
		}
		p.want(403, "AccessDenied")(p.call(session, "sts", "GetSessionToken"))
		p.want(403, "AccessDenied")(p.call(session, "sts", "GetFederationToken", "Name", "bob", "Policy", allOfIt))
		p.want(403, "AccessDenied")(p.call(session, "sts", "DecodeAuthorizationMessage", "EncodedMessage", "x"))
		p.want(403, "AccessDenied")(p.call(session, "iam", "ChangePassword", "OldPassword", "x", "NewPassword", "y"))
		p.want(403, "AccessDenied")(p.call(session, "iam", "GetUser"))
		p.want(403, "AccessDenied")(p.call(session, "iam", "ListAccessKeys"))
		if status, text := p.container(session, role); status/100 != 4 {
			t.Errorf("%s: credentials of a container: %d %s", name, status, text)
		}
		p.want(403, "AccessDenied")(p.as(session, "GET", "/", ""))
		// It may take a request on, for its policy says so, and approve none.
		p.ok(session, "iam", "AssociateDelegationRequest", "DelegationRequestId", id)
		p.want(403, "AccessDenied")(p.call(session, "iam", "AcceptDelegationRequest", "DelegationRequestId", id))
		p.want(403, "AccessDenied")(p.call(session, "iam", "SendDelegationToken", "DelegationRequestId", id))
		p.want(200, "ASSIGNED")(p.call(admin, "iam", "GetDelegationRequest", "DelegationRequestId", id))
		p.want(404, "NoSuchEntity")(p.call(boss, "iam", "AcceptDelegationRequest", "DelegationRequestId", id))
	}
}

// TestAnApproverHandsOnNoMoreThanItHas: what binds the approver, a boundary, a missing
// MFA code, its source identity and tags, binds what it hands on.
func TestAnApproverHandsOnNoMoreThanItHas(t *testing.T) {
	p := newPartnered(t)
	admin := p.user(p.blue, "admin", allOfIt)
	p.want(200, "")(p.as(admin, "PUT", "/blue-bucket", ""))
	p.want(200, "")(p.as(admin, "PUT", "/blue-bucket/k", "text"))
	approves := statements(allows("iam:*DelegationRequest", "*"), allows("iam:SendDelegationToken", "*"))

	bounded := p.user(p.blue, "bounded", allOfIt)
	boundary := element(p.ok(p.blue.credentials(), "iam", "CreatePolicy", "PolicyName", "boundary", "PolicyDocument", approves), "Arn")
	p.ok(p.blue.credentials(), "iam", "PutUserPermissionsBoundary", "UserName", "bounded", "PermissionsBoundary", boundary)
	session := p.exchange(p.approved(bounded, "workflow-boundary"))
	p.want(403, "no permissions boundary allows")(p.as(session, "GET", "/blue-bucket/k", ""))
	p.want(403, "no permissions boundary allows")(p.call(session, "iam", "ListUsers"))

	careful := p.user(p.blue, "careful", statements(allows("iam:*DelegationRequest", "*"), allows("iam:SendDelegationToken", "*"),
		allows("s3:*", "*", `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)))
	p.want(403, "AccessDenied")(p.as(p.exchange(p.approved(careful, "workflow-mfa")), "GET", "/blue-bucket/k", ""))

	role := p.role(p.blue, "approver", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+p.blue.ID+
		`:user/admin"},"Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"]}]}`, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:SourceIdentity":"mallory"}}},
		{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}]}`)
	assume := func(identity, team string) sigv4.Credentials {
		return credentialsIn(p.ok(admin, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "me", "SourceIdentity", identity,
			"Tags.member.1.Key", "team", "Tags.member.1.Value", team))
	}
	session = p.exchange(p.approved(assume("mallory", "red"), "workflow-mallory"))
	p.want(403, "explicit deny")(p.as(session, "GET", "/blue-bucket/k", ""))
	p.want(403, "explicit deny")(p.call(session, "iam", "ListUsers"))
	session = p.exchange(p.approved(assume("alice", "blue"), "workflow-alice"))
	p.want(200, "text")(p.as(session, "GET", "/blue-bucket/k", ""))
	p.ok(session, "iam", "ListUsers")
	// A role that is made again is another approver.
	token := p.approved(assume("alice", "blue"), "workflow-again")
	p.ok(p.blue.credentials(), "iam", "DeleteRolePolicy", "RoleName", "approver", "PolicyName", "p")
	p.ok(p.blue.credentials(), "iam", "DeleteRole", "RoleName", "approver")
	p.role(p.blue, "approver", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+p.blue.ID+`:root"},"Action":"sts:AssumeRole"}]}`, allOfIt)
	p.want(403, "InvalidClientTokenId")(p.call(session, "iam", "ListUsers"))
	p.want(403, "AccessDenied")(p.call(p.partner, "sts", "GetDelegatedAccessToken", "TradeInToken", token))
}

// TestParametersStayInTheirString: a value is no JSON, is not rendered again, and is
// never empty.
func TestParametersStayInTheirString(t *testing.T) {
	p := newPartnered(t)
	admin := p.user(p.blue, "admin", allOfIt)
	const value = "Permissions.Parameters.member.1.Values.member.1"
	for i, bad := range []string{"", "a\nb", "b\u00e9", "\u2028", strings.Repeat("a", 2048)} {
		if status, body := p.ask("workflow-1", value, bad); status != 400 {
			t.Errorf("value %d: %d %s", i, status, body)
		}
	}
	for i, c := range [][2]string{
		{`x/*"},{"Effect":"Allow","Action":"*","Resource":"*`, `arn:aws:s3:::x/*\"},{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*/*`},
		{`x\u0022`, `arn:aws:s3:::x\\u0022/*`},
		{`@{bucketName}`, `arn:aws:s3:::@{bucketName}/*`},
	} {
		status, body := p.ask("workflow-"+string(rune('a'+i)), value, c[0])
		p.want(200, "")(status, body)
		_, shown := p.call(admin, "iam", "GetDelegationRequest", "DelegationRequestId", element(body, "DelegationRequestId"))
		if rendered := html.UnescapeString(element(shown, "PermissionPolicy")); !strings.Contains(rendered, `"Resource":"`+c[1]+`"`) {
			t.Errorf("%s: %s", c[0], rendered)
		}
	}
}

// TestOneAccountTakesARequestOn: of many that try at once.
func TestOneAccountTakesARequestOn(t *testing.T) {
	p := newPartnered(t)
	blue, green := p.user(p.blue, "admin", allOfIt), p.user(p.green, "admin", allOfIt)
	status, body := p.ask("workflow-1")
	p.want(200, "")(status, body)
	id := element(body, "DelegationRequestId")
	all := []sigv4.Credentials{blue, green, p.blue.credentials(), p.green.credentials()}
	took := make([]bool, len(all))
	var wait sync.WaitGroup
	for i, who := range all {
		wait.Go(func() {
			status, _ := p.call(who, "iam", "AssociateDelegationRequest", "DelegationRequestId", id)
			took[i] = status == 200
		})
	}
	wait.Wait()
	n := 0
	for i, who := range all {
		if took[i] {
			n++
			p.want(200, "ASSIGNED")(p.call(who, "iam", "GetDelegationRequest", "DelegationRequestId", id))
		}
	}
	if n != 1 {
		t.Errorf("%d have taken it on", n)
	}
}
