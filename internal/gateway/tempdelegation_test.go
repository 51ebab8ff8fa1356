package gateway

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/service/iam"
	"github.com/sallyport/sallyport/internal/service/s3/notify"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// partnered is a world in which account 111122223333 is a partner whose topic the
// test reads.
type partnered struct {
	*world
	partner sigv4.Credentials
	topic   string

	mu     sync.Mutex
	broken bool
	tokens []map[string]string // messages with a token
	states []string
	ahead  atomic.Int64 // of the server's clock, a time.Duration
}

const (
	partnerID       = "111122223333"
	partnerTemplate = "arn:aws:iam::" + partnerID + ":delegation-template/setup"
)

// newPartnered makes the world; the template may have further statements.
func newPartnered(t *testing.T, more ...string) *partnered {
	p := &partnered{topic: "arn:aws:sns:us-east-1:" + partnerID + ":delegations"}
	server := httptest.NewServer(http.HandlerFunc(p.take))
	t.Cleanup(server.Close)
	targets, err := notify.NewTargets(notify.Options{Targets: []string{p.topic + "=" + server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	template, err := iam.ParseDelegationTemplate(partnerTemplate, []byte(statements(append(more,
		allows("s3:GetObject", "arn:aws:s3:::@{bucketName}/*"), allows("s3:ListBucket", "arn:aws:s3:::@{bucketName}"), allows("iam:ListUsers", "*"))...)))
	if err != nil {
		t.Fatal(err)
	}
	p.world = newWorld(t, func(o *Options) {
		o.Notifications, o.DelegationTemplates = targets, []*iam.DelegationTemplate{template}
		o.Clock = func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }
	})
	root, err := p.g.EnsureAccount(t.Context(), "partner", partnerID)
	if err != nil {
		t.Fatal(err)
	}
	p.partner = p.user(root, "service", statements(allows("iam:CreateDelegationRequest", "*", `{"StringEquals":{"iam:TemplateArn":"`+partnerTemplate+`","iam:NotificationChannel":"`+p.topic+`"},"NumericLessThanEquals":{"iam:DelegationDuration":"43200"}}`),
		allows("sts:GetDelegatedAccessToken", "*")))
	return p
}

func (p *partnered) take(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken {
		w.WriteHeader(500)
		return
	}
	var envelope struct{ Message string }
	message := map[string]string{}
	json.Unmarshal(body, &envelope)
	json.Unmarshal([]byte(envelope.Message), &message)
	if message["Type"] == "ExchangeToken" {
		p.tokens = append(p.tokens, message)
	} else {
		p.states = append(p.states, message["State"])
	}
}

func (p *partnered) ask(workflow string, more ...string) (int, string) {
	p.Helper()
	return p.call(p.partner, "iam", "CreateDelegationRequest", append([]string{
		"Description", "Set up", "RequestorWorkflowId", workflow, "NotificationChannel", p.topic, "SessionDuration", "3600",
		"Permissions.PolicyTemplateArn", partnerTemplate, "Permissions.Parameters.member.1.Name", "bucketName",
		"Permissions.Parameters.member.1.Type", "string", "Permissions.Parameters.member.1.Values.member.1", "blue-bucket",
	}, more...)...)
}

// approved is a token of a request that who approves.
func (p *partnered) approved(who sigv4.Credentials, workflow string) string {
	p.Helper()
	status, body := p.ask(workflow)
	p.want(200, "<DelegationRequestId>")(status, body)
	id := element(body, "DelegationRequestId")
	for _, operation := range []string{"AssociateDelegationRequest", "AcceptDelegationRequest", "SendDelegationToken"} {
		p.ok(who, "iam", operation, "DelegationRequestId", id)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.tokens[len(p.tokens)-1]
	if last["DelegationRequestId"] != id || last["RequestorWorkflowId"] != workflow {
		p.Fatalf("told %v", last)
	}
	return last["ExchangeToken"]
}

func (p *partnered) exchange(token string) sigv4.Credentials {
	p.Helper()
	return credentialsIn(p.ok(p.partner, "sts", "GetDelegatedAccessToken", "TradeInToken", token))
}

func TestADelegatedSessionIsWithinItsPolicy(t *testing.T) {
	p := newPartnered(t)
	admin := p.user(p.blue, "admin", allOfIt)
	p.want(200, "")(p.as(admin, "PUT", "/blue-bucket", ""))
	p.want(200, "")(p.as(admin, "PUT", "/blue-bucket/k", "text"))
	p.want(200, "")(p.as(admin, "PUT", "/blue-other", ""))
	p.want(200, "")(p.as(admin, "PUT", "/blue-other/k", "text"))
	// What names the approver opens nothing more.
	for _, principal := range []string{"arn:aws:iam::" + p.blue.ID + ":user/admin", "arn:aws:iam::" + p.blue.ID + ":root"} {
		p.want(204, "")(p.as(admin, "PUT", "/blue-other?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+principal+`"},"Action":"s3:*","Resource":["arn:aws:s3:::blue-other","arn:aws:s3:::blue-other/*"]}]}`))
		for name, who := range map[string]sigv4.Credentials{"user": admin, "root": p.blue.credentials()} {
			token := p.approved(who, "workflow-"+name+principal[len(principal)-4:])
			session := p.exchange(token)
			p.want(200, "text")(p.as(session, "GET", "/blue-bucket/k", ""))
			p.want(403, "AccessDenied")(p.as(session, "GET", "/blue-other/k", ""))
			p.want(403, "AccessDenied")(p.as(session, "PUT", "/blue-bucket/k", "x"))
			p.want(403, "AccessDenied")(p.as(session, "PUT", "/blue-third", ""))
			p.want(403, "AccessDenied")(p.call(session, "iam", "CreateAccessKey"))
			p.want(403, "AccessDenied")(p.call(session, "sts", "GetSessionToken"))
			p.ok(session, "iam", "ListUsers")
			_, asked := p.as(who, "GET", "/blue-bucket/none", "")
			if status, _, text := p.decision(session, element(asked, "RequestId")); status == 200 {
				t.Errorf("%s: the partner is told of the approver's request: %s", name, text)
			}
			p.explained(who, element(asked, "RequestId"))
			p.want(200, "<Account>"+p.blue.ID+"</Account>")(p.call(session, "sts", "GetCallerIdentity"))
		}
	}
	// The approver's own limits count, as they are now.
	weak := p.user(p.blue, "weak", statements(allows("iam:*DelegationRequest", "*"), allows("iam:SendDelegationToken", "*"), allows("s3:GetObject", "*")))
	session := p.exchange(p.approved(weak, "workflow-weak"))
	p.want(200, "text")(p.as(session, "GET", "/blue-bucket/k", ""))
	p.want(403, "AccessDenied")(p.as(session, "GET", "/blue-bucket", ""))
	p.want(403, "AccessDenied")(p.call(session, "iam", "ListUsers"))
	p.ok(p.blue.credentials(), "iam", "DeleteUserPolicy", "UserName", "weak", "PolicyName", "p")
	p.want(403, "AccessDenied")(p.as(session, "GET", "/blue-bucket/k", ""))
	p.ok(p.blue.credentials(), "iam", "DeleteAccessKey", "UserName", "weak", "AccessKeyId", weak.AccessKeyID)
	p.ok(p.blue.credentials(), "iam", "DeleteUser", "UserName", "weak")
	p.want(400, "InvalidToken")(p.as(session, "GET", "/blue-bucket/k", ""))
	// So do the organization's policies.
	session = p.exchange(p.approved(admin, "workflow-scp"))
	p.want(200, "text")(p.as(session, "GET", "/blue-bucket/k", ""))
	p.organizations("EnablePolicyType", in{"RootId": p.organizations("ListRoots", in{}, "Roots", "Id"), "PolicyType": "SERVICE_CONTROL_POLICY"})
	scp := p.organizationPolicy("NoReading", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`)
	p.organizations("AttachPolicy", in{"PolicyId": scp, "TargetId": p.blue.ID})
	p.want(403, "service control policy")(p.as(session, "GET", "/blue-bucket/k", ""))
}

func TestARolesSessionDelegates(t *testing.T) {
	p := newPartnered(t)
	admin := p.user(p.blue, "admin", allOfIt)
	role := p.role(p.blue, "approver", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+p.blue.ID+`:user/admin"},"Action":"sts:AssumeRole"}]}`, allOfIt)
	p.want(200, "")(p.as(admin, "PUT", "/blue-bucket", ""))
	p.want(200, "")(p.as(admin, "PUT", "/blue-bucket/k", "text"))
	p.want(204, "")(p.as(admin, "PUT", "/blue-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::`+p.blue.ID+`:assumed-role/approver/me"},"Action":"s3:*","Resource":["arn:aws:s3:::blue-bucket","arn:aws:s3:::blue-bucket/*"]}]}`))
	assume := func(more ...string) sigv4.Credentials {
		return credentialsIn(p.ok(admin, "sts", "AssumeRole", append([]string{"RoleArn", role, "RoleSessionName", "me"}, more...)...))
	}
	session := p.exchange(p.approved(assume(), "workflow-role"))
	p.want(200, "assumed-role/approver/me")(p.call(session, "sts", "GetCallerIdentity"))
	p.want(200, "text")(p.as(session, "GET", "/blue-bucket/k", ""))
	p.want(403, "AccessDenied")(p.as(session, "PUT", "/blue-bucket/k", "x"))

	// A session with a policy of its own cannot hand on more than that, so nothing.
	status, body := p.ask("workflow-limited")
	p.want(200, "")(status, body)
	id := element(body, "DelegationRequestId")
	limited := assume("Policy", allOfIt)
	p.ok(limited, "iam", "AssociateDelegationRequest", "DelegationRequestId", id)
	p.want(403, "AccessDenied")(p.call(limited, "iam", "AcceptDelegationRequest", "DelegationRequestId", id))
}

func TestWhoMayWhatWithADelegationRequest(t *testing.T) {
	p := newPartnered(t)
	admin, stranger := p.user(p.blue, "admin", allOfIt), p.user(p.green, "admin", allOfIt)
	owner := p.user(p.blue, "owner", statements(allows("iam:AssociateDelegationRequest", "*"), allows("iam:SendDelegationToken", "*")))
	p.want(403, "AccessDenied")(p.call(stranger, "iam", "CreateDelegationRequest", "Description", "x", "RequestorWorkflowId", "workflow",
		"NotificationChannel", p.topic, "SessionDuration", "3600", "Permissions.PolicyTemplateArn", partnerTemplate))
	p.want(403, "AccessDenied")(p.ask("workflow-1", "NotificationChannel", "arn:aws:sns:us-east-1:"+partnerID+":other"))
	for _, bad := range [][]string{
		{"Permissions.Parameters.member.1.Name", "otherName"}, {"Permissions.Parameters.member.1.Type", "list"},
		{"Permissions.Parameters.member.1.Values.member.2", "more"}, {"Permissions.Parameters.member.1.Values.member.1", strings.Repeat("x", 3000)},
		{"SessionDuration", "43201"}, {"SessionDuration", "299"}, {"OwnerAccountId", "x"},
	} {
		if status, body := p.ask("workflow-1", bad...); status/100 != 4 {
			t.Errorf("%v: %d %s", bad, status, body)
		}
	}
	status, body := p.ask("workflow-1", "OwnerAccountId", p.blue.ID, "OnlySendByOwner", "true", "SessionDuration", "43200")
	p.want(200, "")(status, body)
	id := element(body, "DelegationRequestId")
	p.want(409, "EntityAlreadyExists")(p.ask("workflow-1"))
	on := func(who sigv4.Credentials, operation string, more ...string) (int, string) {
		return p.call(who, "iam", operation, append([]string{"DelegationRequestId", id}, more...)...)
	}
	for _, operation := range []string{"GetDelegationRequest", "AssociateDelegationRequest", "AcceptDelegationRequest", "RejectDelegationRequest", "UpdateDelegationRequest", "SendDelegationToken"} {
		p.want(404, "NoSuchEntity")(on(stranger, operation))
	}
	p.want(403, "AccessDenied")(on(owner, "GetDelegationRequest"))
	p.want(200, "UNASSIGNED")(on(admin, "GetDelegationRequest"))
	for _, operation := range []string{"AcceptDelegationRequest", "RejectDelegationRequest", "UpdateDelegationRequest", "SendDelegationToken"} {
		p.want(400, "UNASSIGNED")(on(admin, operation))
	}
	p.want(200, "<DelegationRequests/>")(p.call(admin, "iam", "ListDelegationRequests"))
	p.want(200, "")(on(owner, "AssociateDelegationRequest"))
	p.want(400, "ASSIGNED")(on(admin, "AssociateDelegationRequest"))
	p.want(200, "arn:aws:s3:::blue-bucket/*")(on(owner, "GetDelegationRequest", "DelegationPermissionCheck", "true")) // by default
	p.want(403, "AccessDenied")(on(owner, "AcceptDelegationRequest"))
	p.want(200, "")(on(owner, "UpdateDelegationRequest", "Notes", "please"))
	p.want(200, "PENDING_APPROVAL")(on(admin, "GetDelegationRequest", "DelegationPermissionCheck", "true"))
	p.want(200, id)(p.call(admin, "iam", "ListDelegationRequests", "OwnerId", "arn:aws:iam::"+p.blue.ID+":user/owner"))
	p.want(200, "<DelegationRequests/>")(p.call(admin, "iam", "ListDelegationRequests", "OwnerId", "arn:aws:iam::"+p.blue.ID+":user/admin"))
	p.want(200, "<DelegationRequests/>")(p.call(stranger, "iam", "ListDelegationRequests"))
	p.want(400, "4 hours")(on(p.blue.credentials(), "AcceptDelegationRequest"))
	p.want(200, "")(on(admin, "AcceptDelegationRequest"))
	p.want(403, "AccessDenied")(on(admin, "SendDelegationToken"))

	p.mu.Lock()
	p.broken = true
	p.mu.Unlock()
	p.want(500, "ServiceFailure")(on(owner, "SendDelegationToken"))
	p.want(200, "ACCEPTED")(on(admin, "GetDelegationRequest"))
	p.mu.Lock()
	p.broken = false
	p.mu.Unlock()
	p.want(200, "")(on(owner, "SendDelegationToken"))
	p.want(400, "FINALIZED")(on(admin, "RejectDelegationRequest"))
	token := p.tokens[0]["ExchangeToken"]
	p.want(200, "<AssumedPrincipal>arn:aws:iam::"+p.blue.ID+":user/admin</AssumedPrincipal>")(p.call(p.partner, "sts", "GetDelegatedAccessToken", "TradeInToken", token))
	p.want(403, "AccessDenied")(p.call(admin, "sts", "GetDelegatedAccessToken", "TradeInToken", token))
	p.want(403, "AccessDenied")(p.call(stranger, "sts", "GetDelegatedAccessToken", "TradeInToken", token))
	p.want(400, "ValidationError")(p.call(p.partner, "sts", "GetDelegatedAccessToken", "TradeInToken", token+"x"))
	if strings.Contains(p.log.String(), token) {
		t.Error("the token is in the log")
	}
}

// later is call by a clock that is ahead.
func (p *partnered) later(ahead time.Duration, who sigv4.Credentials, service, action string, parameters ...string) (int, string) {
	p.Helper()
	form := url.Values{"Action": {action}, "Version": {map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]}}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	p.ahead.Store(int64(ahead))
	defer p.ahead.Store(0)
	req := p.request("POST", "/", form.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sigv4.Sign(req, who, "us-east-1", service, sigv4.HashPayload([]byte(form.Encode())), time.Now().Add(ahead))
	return p.send(req)
}

func TestDelegationRequestsEnd(t *testing.T) {
	p := newPartnered(t)
	const day = 24 * time.Hour
	admin := p.user(p.blue, "admin", allOfIt)
	token := p.approved(admin, "workflow-1")
	exchange := func(ahead time.Duration) (int, string) {
		return p.later(ahead, p.partner, "sts", "GetDelegatedAccessToken", "TradeInToken", token)
	}
	status, body := exchange(30 * time.Minute)
	p.want(200, "<Expiration>")(status, body)
	ends, err := time.Parse(time.RFC3339, element(body, "Expiration"))
	if err != nil || time.Until(ends) > time.Hour {
		t.Errorf("the session lasts until %v, %v", ends, err)
	}
	session := credentialsIn(body)
	p.want(200, "")(p.later(59*time.Minute, session, "sts", "GetCallerIdentity"))
	p.want(403, "ExpiredToken")(p.later(61*time.Minute, session, "sts", "GetCallerIdentity"))
	// What is revoked stays so, whenever the token is exchanged.
	p.want(200, "")(p.later(59*time.Minute, session, "iam", "ListUsers"))
	revoke := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` +
		time.Now().Add(time.Minute).UTC().Format(time.RFC3339) + `"}}}]}`
	p.ok(p.blue.credentials(), "iam", "PutUserPolicy", "UserName", "admin", "PolicyName", "revoke", "PolicyDocument", revoke)
	p.want(403, "explicit deny")(p.later(59*time.Minute, session, "iam", "ListUsers"))
	status, body = exchange(40 * time.Minute)
	p.want(200, "")(status, body)
	p.want(403, "explicit deny")(p.later(41*time.Minute, credentialsIn(body), "iam", "ListUsers"))
	p.ok(p.blue.credentials(), "iam", "DeleteUserPolicy", "UserName", "admin", "PolicyName", "revoke")
	p.want(400, "ExpiredTradeInTokenException")(exchange(61 * time.Minute))
	p.want(400, "ExpiredTradeInTokenException")(exchange(8 * day))

	status, body = p.ask("workflow-2")
	p.want(200, "")(status, body)
	id := element(body, "DelegationRequestId")
	state := func(ahead time.Duration, want string) {
		t.Helper()
		p.want(200, "<State>"+want+"</State>")(p.later(ahead, admin, "iam", "GetDelegationRequest", "DelegationRequestId", id))
	}
	state(day-time.Minute, "UNASSIGNED")
	state(day+time.Minute, "EXPIRED")
	p.want(400, "EXPIRED")(p.later(day+time.Minute, admin, "iam", "AssociateDelegationRequest", "DelegationRequestId", id))
	p.ok(admin, "iam", "AssociateDelegationRequest", "DelegationRequestId", id)
	state(7*day-time.Minute, "ASSIGNED")
	p.want(400, "EXPIRED")(p.later(7*day+time.Minute, admin, "iam", "AcceptDelegationRequest", "DelegationRequestId", id))
	p.ok(admin, "iam", "AcceptDelegationRequest", "DelegationRequestId", id)
	p.ok(admin, "iam", "RejectDelegationRequest", "DelegationRequestId", id, "Notes", "changed my mind")
	p.want(200, "changed my mind")(p.call(admin, "iam", "GetDelegationRequest", "DelegationRequestId", id))
	p.want(400, "REJECTED")(p.call(admin, "iam", "SendDelegationToken", "DelegationRequestId", id))
	// A token of a request that was not finalized is worth nothing.
	p.want(400, "ValidationError")(p.call(p.partner, "sts", "GetDelegatedAccessToken", "TradeInToken", p.g.directory.SealDelegation(id)))

	// The partner is told of the states.
	want := "ASSIGNED ACCEPTED FINALIZED ASSIGNED ACCEPTED REJECTED"
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		p.mu.Lock()
		got := strings.Join(p.states, " ")
		p.mu.Unlock()
		if got == want {
			return
		}
	}
	t.Errorf("told of %v, want %s", p.states, want)
}
