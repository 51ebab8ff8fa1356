package gateway

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/explain"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// requested sends an S3 request with any credentials and returns its id.
func (w *world) requested(who sigv4.Credentials, method, path string, want int) (id string) {
	w.Helper()
	req := w.request(method, path, "")
	if who.AccessKeyID != "" {
		sigv4.Sign(req, who, "us-east-1", "s3", sigv4.HashPayload(nil), time.Now())
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != want {
		w.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return resp.Header.Get("X-Amz-Request-Id")
}

// decision asks for the explanation of a request.
func (w *world) decision(who sigv4.Credentials, id string) (int, *explain.Report, string) {
	w.Helper()
	req := w.request("GET", "/-/decisions/"+id, "")
	if who.AccessKeyID != "" {
		sigv4.Sign(req, who, "us-east-1", "sallyport", sigv4.HashPayload(nil), time.Now())
	}
	status, text := w.send(req)
	r := new(explain.Report)
	if status == 200 {
		if err := json.Unmarshal([]byte(text), r); err != nil {
			w.Fatalf("%v in %s", err, text)
		}
	}
	return status, r, text
}

func (w *world) explained(who sigv4.Credentials, id string) *explain.Report {
	w.Helper()
	status, r, text := w.decision(who, id)
	if status != 200 || r.RequestID != id {
		w.Fatalf("%d %s", status, text)
	}
	return r
}

const bobReads = `{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*"}]}`

// TestTwoDoorsAreExplained walks a request of blue's user through both doors of
// green's object, and shows at each step each account its own side.
func TestTwoDoorsAreExplained(t *testing.T) {
	w := hunted(t)
	bob := w.user(w.blue, "bob", "")
	arn := "arn:aws:iam::" + w.blue.ID + ":user/bob"
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/dir/k", secret)) // now without tags, which are asked for
	get := func(want int) string { return w.requested(bob, "GET", "/green-bucket/dir/k", want) }

	id := get(403)
	r := w.explained(bob, id)
	q := r.Questions[0]
	if r.Allowed || r.Status != 403 || r.ErrorCode != "AccessDenied" || r.Operation != "GetObject" || r.Caller.ARN != arn || len(r.Questions) != 1 {
		t.Fatalf("%+v", r)
	}
	if q.Reason != "no_identity_policy" || q.CallerDoor.State != explain.Shut || q.ResourceDoor.State != explain.Shut || !q.CallerDoor.Shown || q.ResourceDoor.Shown {
		t.Fatalf("%+v", q)
	}
	if c := q.Changes[0]; c.Account != w.blue.ID || string(compact(t, c.Statement)) != `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/dir/k"}` {
		t.Fatalf("%+v %s", c, c.Statement)
	}
	if r := w.explained(w.green.credentials(), id); r.Questions[0].Reason != explain.CallerSide || len(r.Questions[0].CallerDoor.Documents) != 0 {
		t.Fatalf("to the owner: %+v", r)
	}

	w.ok(w.blue.credentials(), "iam", "PutUserPolicy", "UserName", "bob", "PolicyName", "read", "PolicyDocument", bobReads)
	id = get(403)
	if q := w.explained(bob, id).Questions[0]; q.Reason != explain.ResourceSide || q.CallerDoor.State != explain.Open || q.CallerDoor.Documents[0].Statements[0].Sid != "Read" {
		t.Fatalf("to the caller: %+v", q)
	}
	q = w.explained(w.green.credentials(), id).Questions[0]
	if q.Reason != "no_resource_policy" || len(q.Changes) != 1 || q.Changes[0].Policy != "the bucket policy of green-bucket" {
		t.Fatalf("to the owner: %+v", q)
	}
	w.want(204, "")(w.s3(w.green, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[`+string(q.Changes[0].Statement)+`]}`))

	id = get(200)
	for _, who := range []sigv4.Credentials{bob, w.blue.credentials(), w.green.credentials()} {
		if r := w.explained(who, id); !r.Allowed || r.Questions[0].Reason != "identity_and_resource_policy" || r.Status != 200 {
			t.Fatalf("%+v", r)
		}
	}
	if q := w.explained(bob, id).Questions[0]; len(q.CallerDoor.Documents) != 1 || len(q.ResourceDoor.Documents) != 0 ||
		q.CallerDoor.Documents[0].Statements[0].Sid != "Read" || !q.CallerDoor.Documents[0].Statements[0].Decided {
		t.Fatalf("allowed, to the caller: %+v", q)
	}
	if q := w.explained(w.green.credentials(), id).Questions[0]; len(q.CallerDoor.Documents) != 0 || len(q.ResourceDoor.Documents) != 1 {
		t.Fatalf("allowed, to the owner: %+v", q)
	}
}

func compact(t *testing.T, v json.RawMessage) []byte {
	var any map[string]string
	if err := json.Unmarshal(v, &any); err != nil {
		t.Fatal(err)
	}
	return []byte(`{"Effect":"` + any["Effect"] + `","Action":"` + any["Action"] + `","Resource":"` + any["Resource"] + `"}`)
}

// TestWhoMaySeeADecision: the two accounts alone; in them the caller, the root
// users, and who may simulate.
func TestWhoMaySeeADecision(t *testing.T) {
	w := hunted(t)
	third, err := w.g.EnsureAccount(t.Context(), "third", "")
	if err != nil {
		t.Fatal(err)
	}
	simulate := func(resource string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"` + resource + `"}]}`
	}
	bob := w.user(w.blue, "bob", "")
	callers := map[string]sigv4.Credentials{
		"bob": bob, "blue's root": w.blue.credentials(), "green's root": w.green.credentials(), "third": third.credentials(),
		"blue's auditor":          w.user(w.blue, "auditor", simulate("arn:aws:iam::"+w.blue.ID+":user/bob")),
		"blue's other":            w.user(w.blue, "other", simulate("arn:aws:iam::"+w.blue.ID+":user/eve")),
		"green's auditor":         w.user(w.green, "auditor", simulate("*")),
		"green's other":           w.user(w.green, "other", ""),
		"third's simulating user": w.user(third, "auditor", simulate("*")),
	}
	sees := func(id string, want ...string) {
		t.Helper()
		for name, who := range callers {
			status, _, text := w.decision(who, id)
			expected := 404
			if slices.Contains(want, name) {
				expected = 200
			}
			if status != expected {
				t.Errorf("%s gets %d, want %d: %s", name, status, expected, text)
			}
		}
	}
	sees(w.requested(bob, "GET", "/green-bucket/dir/k", 403), "bob", "blue's root", "green's root", "blue's auditor", "green's auditor")
	sees(w.requested(sigv4.Credentials{}, "GET", "/green-bucket/dir/k", 403), "green's root", "green's auditor")
	sees(w.requested(w.green.credentials(), "GET", "/green-bucket/dir/k", 200), "green's root", "green's auditor")
	sees(w.requested(bob, "GET", "/no-such-bucket-at-all", 404), "bob", "blue's root", "blue's auditor")
	sees("0123456789ABCDEF")

	id := w.requested(bob, "GET", "/green-bucket/dir/k", 403)
	if status, _, text := w.decision(sigv4.Credentials{}, id); status != 400 || !strings.Contains(text, "missing Authentication Token") {
		t.Errorf("unsigned: %d %s", status, text)
	}
	wrong := w.green.credentials()
	wrong.SecretAccessKey = "x"
	if status, _, text := w.decision(wrong, id); status == 200 || status == 404 {
		t.Errorf("with a wrong signature: %d %s", status, text)
	}
	// The same name, made again, is another user.
	w.ok(w.blue.credentials(), "iam", "DeleteAccessKey", "UserName", "bob", "AccessKeyId", bob.AccessKeyID)
	w.ok(w.blue.credentials(), "iam", "DeleteUser", "UserName", "bob")
	callers = map[string]sigv4.Credentials{"new bob": w.user(w.blue, "bob", "")}
	sees(id)
}

// TestAMissingRoleIsExplainedLikeAShutOne: an explanation must not tell what the
// refusal does not.
func TestAMissingRoleIsExplainedLikeAShutOne(t *testing.T) {
	w := newWorld(t)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + w.green.ID + `"},"Action":"sts:AssumeRole"}]}`
	there := w.role(w.green, "worker", trust, "")
	missing := "arn:aws:iam::" + w.green.ID + ":role/nobody"
	for _, policy := range []string{"", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`} {
		bob := w.user(w.blue, "bob"+map[bool]string{true: "1", false: "2"}[policy == ""], policy)
		var seen []string
		for _, role := range []string{there, missing} {
			status, body := w.call(bob, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session")
			if status != 403 {
				t.Fatalf("%d %s", status, body)
			}
			r := w.explained(bob, element(body, "RequestId"))
			r.RequestID, r.Time = "", time.Time{}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, strings.ReplaceAll(strings.ReplaceAll(string(text), there, "ROLE"), missing, "ROLE"))
		}
		if seen[0] != seen[1] {
			t.Errorf("a role that is there:\n%s\none that is not:\n%s", seen[0], seen[1])
		}
	}
}

// TestEveryQuestionIsKept: of a deletion of many keys each refusal is explained,
// and no request makes the log keep more than it should.
func TestEveryQuestionIsKept(t *testing.T) {
	w := hunted(t)
	bob := w.user(w.green, "bob", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::green-bucket/*"},
		{"Sid":"Keep","Effect":"Deny","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::green-bucket/dir/k"}]}`)
	var body strings.Builder
	body.WriteString("<Delete>")
	for i := range 100 {
		body.WriteString("<Object><Key>x" + string(rune('a'+i%26)) + strings.Repeat("y", i) + "</Key></Object>")
	}
	body.WriteString("<Object><Key>dir/k</Key></Object></Delete>")
	req := w.request("POST", "/green-bucket?delete", body.String())
	req.Header.Set("Content-Md5", md5Of(body.String()))
	sigv4.Sign(req, bob, "us-east-1", "s3", sigv4.HashPayload([]byte(body.String())), time.Now())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	r := w.explained(bob, resp.Header.Get("X-Amz-Request-Id"))
	if r.Allowed || r.Status != 200 || r.Omitted != 100-maxAllowed || len(r.Questions) != maxAllowed+1 {
		t.Fatalf("allowed %v, %d questions, %d omitted: %+v", r.Allowed, len(r.Questions), r.Omitted, r.Questions)
	}
	last := r.Questions[len(r.Questions)-1]
	if last.Reason != "explicit_deny_identity_policy" || last.CallerDoor.Documents[0].Statements[0].Sid != "Keep" || !last.CallerDoor.Documents[0].Statements[0].Decided {
		t.Errorf("%+v", last)
	}
}

// TestAMissingKeyIsExplained: the question that tells 404 from 403 is there.
func TestAMissingKeyIsExplained(t *testing.T) {
	w := hunted(t)
	bob := w.user(w.green, "bob", bobReads)
	r := w.explained(bob, w.requested(bob, "GET", "/green-bucket/nothing", 403))
	if len(r.Questions) != 2 || !r.Questions[0].Allowed || r.Questions[1].Action != "s3:ListBucket" || r.Questions[1].Allowed || r.Questions[1].Purpose == "" {
		t.Fatalf("%+v", r.Questions)
	}
}

// TestNoSecretsAreKept looks for everything that signed in what is shown.
func TestNoSecretsAreKept(t *testing.T) {
	w := hunted(t)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + w.green.ID + `"},"Action":"sts:AssumeRole"}]}`
	role := w.role(w.green, "worker", trust, "")
	boss := w.user(w.green, "boss", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	session := credentialsIn(w.ok(boss, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session"))
	_, _, text := w.decision(session, w.requested(session, "GET", "/green-bucket/dir/k", 403))
	if !strings.Contains(text, "no_identity_policy") {
		t.Fatal(text)
	}
	for _, s := range []string{session.SecretAccessKey, session.SessionToken, "Signature"} {
		if strings.Contains(text, s) {
			t.Errorf("%q in %s", s, text)
		}
	}
}

// TestDecisionsCanBeOff: without room nothing is kept, and nothing else changes.
func TestDecisionsCanBeOff(t *testing.T) {
	w := hunted(t)
	w.g.decisions = nil
	id := w.requested(w.blue.credentials(), "GET", "/green-bucket/dir/k", 403)
	if status, _, text := w.decision(w.blue.credentials(), id); status != 404 || !strings.Contains(text, "There is no decision") {
		t.Errorf("%d %s", status, text)
	}
}

// md5Of is a body's Content-MD5.
func md5Of(body string) string {
	sum := md5.Sum([]byte(body))
	return base64.StdEncoding.EncodeToString(sum[:])
}
