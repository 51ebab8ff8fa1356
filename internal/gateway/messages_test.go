package gateway

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// TestMessages sends a request for each reason of a refusal and reads AWS's words
// for it. All accounts of a server are of one organization, to whose callers S3
// gives its reasons.
func TestMessages(t *testing.T) {
	w := hunted(t)
	const all = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	deny := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["s3:GetObject","iam:GetUser"],"Resource":"*"}]}`
	ec2 := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + w.green.ID + `"},"Action":"sts:AssumeRole"}]}`
	green := w.green.credentials()

	boss := w.user(w.green, "boss", all)
	nobody := w.user(w.green, "nobody", "")
	denied := w.user(w.green, "denied", deny)
	limit := func(name, document string) sigv4.Credentials {
		c := w.user(w.green, name, all)
		arn := element(w.ok(green, "iam", "CreatePolicy", "PolicyName", name, "PolicyDocument", document), "Arn")
		w.ok(green, "iam", "PutUserPermissionsBoundary", "UserName", name, "PermissionsBoundary", arn)
		return c
	}
	role := w.role(w.green, "worker", trust, all)
	session := func(document string) sigv4.Credentials {
		return credentialsIn(w.ok(boss, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session", "Policy", document))
	}
	user := func(name string) string { return "arn:aws:iam::" + w.green.ID + ":user/" + name }
	worker := "arn:aws:sts::" + w.green.ID + ":assumed-role/worker/session"
	get := func(who string) string {
		return "User: " + who + ` is not authorized to perform: s3:GetObject on resource: &#34;arn:aws:s3:::green-bucket/dir/k&#34; `
	}
	stranger := w.user(w.blue, "stranger", all)
	foreign := "arn:aws:iam::" + w.blue.ID + ":user/stranger"
	w.ok(w.blue.credentials(), "iam", "CreateUser", "UserName", "poor")
	poor := credentialsIn(w.ok(w.blue.credentials(), "iam", "CreateAccessKey", "UserName", "poor"))

	read := func(who sigv4.Credentials) (int, string) {
		w.Helper()
		if who.AccessKeyID == "" {
			return w.send(w.request("GET", "/green-bucket/dir/k", ""))
		}
		return w.as(who, "GET", "/green-bucket/dir/k", "")
	}
	says := func(want string, status int, body string) {
		t.Helper()
		text := strings.NewReplacer("&quot;", "&#34;", "\"", "&#34;").Replace(element(body, "Message"))
		if status != 403 || text != want {
			t.Errorf("got  %d %s\nwant 403 %s", status, text, want)
		}
	}
	for _, c := range []struct {
		who  sigv4.Credentials
		want string
	}{
		{nobody, get(user("nobody")) + "because no identity-based policy allows the s3:GetObject action"},
		{denied, get(user("denied")) + "with an explicit deny in an identity-based policy"},
		{limit("limited", ec2), get(user("limited")) + "because no permissions boundary allows the s3:GetObject action"},
		{limit("bound", deny), get(user("bound")) + "with an explicit deny in a permissions boundary"},
		{session(ec2), get(worker) + "because no session policy allows the s3:GetObject action"},
		{session(deny), get(worker) + "with an explicit deny in a session policy"},
		{poor, get("arn:aws:iam::"+w.blue.ID+":user/poor") + "because no identity-based policy allows the s3:GetObject action"},
		{stranger, get(foreign) + "because no resource-based policy allows the s3:GetObject action"},
		{sigv4.Credentials{}, "Access Denied"},
	} {
		status, body := read(c.who)
		says(c.want, status, body)
	}

	w.want(204, "")(w.as(green, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*"}]}`))
	for _, c := range []struct {
		who  sigv4.Credentials
		want string
	}{
		{boss, get(user("boss")) + "with an explicit deny in a resource-based policy"},
		{stranger, get(foreign) + "with an explicit deny in a resource-based policy"},
		{sigv4.Credentials{}, "Access Denied"},
	} {
		status, body := read(c.who)
		says(c.want, status, body)
	}
	status, body := w.as(boss, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*"}]}`)
	says("User: "+user("boss")+` is not authorized to perform: s3:PutBucketPolicy on resource: &#34;arn:aws:s3:::green-bucket&#34; because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`, status, body)

	for _, c := range []struct {
		who             sigv4.Credentials
		service, action string
		parameters      []string
		want            string
	}{
		{nobody, "iam", "GetUser", []string{"UserName", "boss"}, "iam:GetUser on resource: user boss because no identity-based policy allows the iam:GetUser action"},
		{nobody, "iam", "ListUsers", nil, "iam:ListUsers on resource: arn:aws:iam::" + w.green.ID + ":user/ because no identity-based policy allows the iam:ListUsers action"},
		{nobody, "iam", "ListPolicies", nil, "iam:ListPolicies on resource: policy path / because no identity-based policy allows the iam:ListPolicies action"},
		{nobody, "iam", "CreateUser", []string{"UserName", "x"}, "iam:CreateUser on resource: arn:aws:iam::" + w.green.ID + ":user/x because no identity-based policy allows the iam:CreateUser action"},
		{nobody, "sts", "AssumeRole", []string{"RoleArn", role, "RoleSessionName", "session"}, "sts:AssumeRole on resource: " + role},
		{nobody, "sts", "AssumeRole", []string{"RoleArn", role + "x", "RoleSessionName", "session"}, "sts:AssumeRole on resource: " + role + "x"},
	} {
		status, body := w.call(c.who, c.service, c.action, c.parameters...)
		says("User: "+user("nobody")+" is not authorized to perform: "+c.want, status, body)
	}
	status, body = w.call(denied, "iam", "GetUser", "UserName", "boss")
	says("User: "+user("denied")+" is not authorized to perform: iam:GetUser on resource: user boss with an explicit deny in an identity-based policy", status, body)
	status, body = w.call(green, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session")
	says("Roles may not be assumed by root accounts.", status, body)
}
