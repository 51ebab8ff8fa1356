package gateway

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// secret is what green keeps and nobody else may see.
const secret = "green's secret"

// hunted is a world in which green has a closed bucket with a secret in it, and
// blue a bucket of its own.
func hunted(t testing.TB) *world {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/dir/k", secret, "X-Amz-Tagging", "class=secret"))
	w.want(200, "")(w.s3(w.blue, "PUT", "/blue-bucket", ""))
	w.want(200, "")(w.s3(w.blue, "PUT", "/blue-bucket/mine", "blue's"))
	return w
}

// intact checks that the secret is where and what it was.
func (w *world) intact() {
	w.Helper()
	w.want(200, secret)(w.s3(w.green, "GET", "/green-bucket/dir/k", ""))
	w.want(200, "<KeyCount>1</KeyCount>")(w.s3(w.green, "GET", "/green-bucket?list-type=2", ""))
	w.want(404, "NoSuchBucketPolicy")(w.s3(w.green, "GET", "/green-bucket?policy", ""))
}

// as sends a signed S3 request with any credentials.
func (w *world) as(who sigv4.Credentials, method, path, body string, header ...string) (int, string) {
	w.Helper()
	req := w.request(method, path, body)
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	sigv4.Sign(req, who, "us-east-1", "s3", sigv4.HashPayload([]byte(body)), time.Now())
	return w.send(req)
}

// call sends a request in the Query protocol; parameters come in pairs.
func (w *world) call(who sigv4.Credentials, service, action string, parameters ...string) (int, string) {
	w.Helper()
	version := map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]
	form := url.Values{"Action": {action}, "Version": {version}}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	body := form.Encode()
	req := w.request("POST", "/", body)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sigv4.Sign(req, who, "us-east-1", service, sigv4.HashPayload([]byte(body)), time.Now())
	return w.send(req)
}

// ok is call that must succeed; it returns the answer.
func (w *world) ok(who sigv4.Credentials, service, action string, parameters ...string) string {
	w.Helper()
	status, body := w.call(who, service, action, parameters...)
	if status != 200 {
		w.Fatalf("%s: %d %s\n%s", action, status, body, w.log)
	}
	return body
}

// element is the text of the first element of that name.
func element(body, name string) string {
	m := regexp.MustCompile("<" + name + ">([^<]*)</" + name + ">").FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return m[1]
}

// credentialsIn are the credentials in an answer of IAM or STS.
func credentialsIn(body string) sigv4.Credentials {
	return sigv4.Credentials{AccessKeyID: element(body, "AccessKeyId"), SecretAccessKey: element(body, "SecretAccessKey"),
		SessionToken: element(body, "SessionToken")}
}

// user makes a user with an inline policy, unless that is empty, and a key.
func (w *world) user(of *RootAccount, name, policy string) sigv4.Credentials {
	w.Helper()
	w.ok(of.credentials(), "iam", "CreateUser", "UserName", name)
	if policy != "" {
		w.ok(of.credentials(), "iam", "PutUserPolicy", "UserName", name, "PolicyName", "p", "PolicyDocument", policy)
	}
	return credentialsIn(w.ok(of.credentials(), "iam", "CreateAccessKey", "UserName", name))
}

// role makes a role with an inline policy, unless that is empty.
func (w *world) role(of *RootAccount, name, trust, policy string) (arn string) {
	w.Helper()
	made := w.ok(of.credentials(), "iam", "CreateRole", "RoleName", name, "AssumeRolePolicyDocument", trust)
	if policy != "" {
		w.ok(of.credentials(), "iam", "PutRolePolicy", "RoleName", name, "PolicyName", "p", "PolicyDocument", policy)
	}
	return element(made, "Arn")
}

// share lets a principal do something with green's bucket; further elements of
// the statement, such as a Condition, may follow.
func (w *world) share(principal, action string, more ...string) {
	w.Helper()
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"` + action +
		`","Resource":["arn:aws:s3:::green-bucket","arn:aws:s3:::green-bucket/*"]` + strings.Join(more, "") + `}]}`
	if status, body := w.s3(w.green, "PUT", "/green-bucket?policy", policy); status/100 != 2 {
		w.Fatalf("%d %s", status, body)
	}
}

// allow is a policy of one statement.
func allow(action, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}]}`
}

// trusts is a trust policy of one statement.
func trusts(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"}]}`
}

// wireRequest is a request letter by letter.
type wireRequest struct {
	method, target, host string
	header               []string // names and values, as sent
	unsigned             []string // the same, left out of the signature
	body                 string
	payload              string // of the signature, the body's hash when empty
}

// raw signs a request by hand and sends it as it stands, so that nothing on our
// side tidies it up; without who it goes unsigned. Status 0 is a server that hangs up.
func (w *world) raw(who *RootAccount, r wireRequest) (int, string) {
	w.Helper()
	if r.host == "" {
		r.host = strings.TrimPrefix(w.url, "http://")
	}
	if r.payload == "" {
		r.payload = sigv4.HashPayload([]byte(r.body))
	}
	now := time.Now().UTC().Format("20060102T150405Z")
	header := r.header
	if who != nil {
		header = append([]string{"x-amz-content-sha256", r.payload, "x-amz-date", now}, header...)
		header = append(header, "Authorization", signByHand(who, &r, header, now))
	}
	var b strings.Builder
	b.WriteString(r.method + " " + r.target + " HTTP/1.1\r\nHost: " + r.host + "\r\nConnection: close\r\n")
	for _, list := range [][]string{header, r.unsigned} {
		for i := 0; i < len(list); i += 2 {
			b.WriteString(list[i] + ": " + list[i+1] + "\r\n")
		}
	}
	if r.body != "" || r.method == "PUT" || r.method == "POST" {
		b.WriteString("Content-Length: " + strconv.Itoa(len(r.body)) + "\r\n")
	}
	return w.sendBytes(b.String() + "\r\n" + r.body)
}

func (w *world) sendBytes(text string) (int, string) {
	w.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		w.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

func signByHand(who *RootAccount, r *wireRequest, header []string, now string) string {
	path, query, _ := strings.Cut(r.target, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok && !strings.HasPrefix(path, "/") {
		path = rest[strings.IndexByte(rest, '/'):]
	}
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		if !strings.Contains(pair, "=") {
			pair += "="
		}
		pairs = append(pairs, pair)
	}
	slices.Sort(pairs)
	values := map[string]string{"host": r.host}
	for i := 0; i < len(header); i += 2 {
		name := strings.ToLower(header[i])
		if old, ok := values[name]; ok {
			values[name] = old + "," + header[i+1]
		} else {
			values[name] = header[i+1]
		}
	}
	var names []string
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	lines := ""
	for _, name := range names {
		lines += name + ":" + values[name] + "\n"
	}
	signed := strings.Join(names, ";")
	canonical := strings.Join([]string{r.method, path, strings.Join(pairs, "&"), lines, signed, r.payload}, "\n")
	scope := now[:8] + "/us-east-1/s3/aws4_request"
	sum := sha256.Sum256([]byte(canonical))
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		io.WriteString(h, text)
		return h.Sum(nil)
	}
	key := mac(mac(mac(mac([]byte("AWS4"+who.SecretAccessKey), now[:8]), "us-east-1"), "s3"), "aws4_request")
	signature := hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+now+"\n"+scope+"\n"+hex.EncodeToString(sum[:])))
	return "AWS4-HMAC-SHA256 Credential=" + who.AccessKeyID + "/" + scope + ", SignedHeaders=" + signed + ", Signature=" + signature
}
