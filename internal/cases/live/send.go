package live

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/cases"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// ask is one request as it goes over the wire, and what it asks in IAM's terms.
type ask struct {
	action, resource string

	service string // to sign for
	method  string
	path    string // escaped
	query   string
	header  http.Header
	body    []byte

	sent []string // condition keys that the request carries by itself
	made []string // those that it carries although the case does not name them
}

// answer is what came back.
type answer struct {
	status        int
	code, message string
	body          string
}

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 1 << 20

func (p *player) request(method, path, query string, body []byte) (*http.Request, error) {
	target := p.base + path
	if query != "" {
		target += "?" + query
	}
	return http.NewRequest(method, target, bytes.NewReader(body))
}

// sign signs in the header, or not at all without credentials.
func (p *player) sign(req *http.Request, as sigv4.Credentials, service string, body []byte) {
	if as.AccessKeyID != "" {
		sigv4.Sign(req, as, region, service, sigv4.HashPayload(body), p.now)
	}
}

func (p *player) do(ctx context.Context, req *http.Request) (answer, error) {
	resp, err := p.client.Do(req.WithContext(ctx))
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, body: string(text)}
	a.code, a.message = element(a.body, "Code"), element(a.body, "Message")
	if a.status < 400 {
		a.code, a.message = "", ""
	} else if len(text) > 0 && text[0] == '{' {
		var e struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}
		if json.Unmarshal(text, &e) == nil {
			a.code, a.message = e.Type[strings.LastIndexByte(e.Type, '#')+1:], e.Message
		}
	}
	return a, nil
}

// send sends a request of the case's principal and says what came of it.
func (p *player) send(ctx context.Context, a *ask) (cases.Result, error) {
	p.mu.Lock()
	p.keys, p.seen = p.keysOf(a.sent, a.made), nil
	p.mu.Unlock()
	req, err := p.request(a.method, a.path, a.query, a.body)
	if err != nil {
		return cases.Result{}, err
	}
	for name, values := range a.header {
		req.Header[name] = values
	}
	p.surround(req)
	if p.caller.AccessKeyID != "" && a.service == "s3" && p.presigned() {
		sigv4.Presign(req, p.caller, region, a.service, 7*24*time.Hour, p.now.Add(-p.late()))
	} else {
		p.sign(req, p.caller, a.service, a.body)
	}
	got, err := p.do(ctx, req)
	if err != nil {
		return cases.Result{}, err
	}
	return p.result(a, got)
}

// surround adds the headers that the case's surroundings are.
func (p *player) surround(req *http.Request) {
	req.Header.Set("User-Agent", "sallyport-cases")
	if v := p.c.Request.Text("aws:UserAgent"); v != "" {
		req.Header.Set("User-Agent", v)
	}
	if v := p.c.Request.Text("aws:Referer"); v != "" {
		req.Header.Set("Referer", v)
	}
}

// form is a request in the Query protocol.
func form(service, version, operation, action, resource string, values url.Values) *ask {
	values.Set("Action", operation)
	values.Set("Version", version)
	return &ask{
		action: action, resource: resource, service: service, method: http.MethodPost, path: "/",
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, body: []byte(values.Encode()),
	}
}
