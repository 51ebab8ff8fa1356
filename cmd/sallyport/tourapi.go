package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// who is somebody in whose name the tour sends requests.
type who struct {
	profile string // as the printed commands name it; empty: the caller's default
	creds   sigv4.Credentials
}

// tourAPI sends the few kinds of request that the tour needs.
type tourAPI struct{ endpoint, region string }

// tourAnswer is what came back.
type tourAnswer struct {
	id   string // of the request
	body []byte
}

// tourError is a refusal or failure of the server's.
type tourError struct{ operation, code, message, id string }

func (e *tourError) Error() string { return e.operation + ": " + e.code + ": " + e.message }

func (a *tourAPI) send(ctx context.Context, by who, service, method, path, body, operation string, header map[string]string) (out tourAnswer, err error) {
	req, err := http.NewRequestWithContext(ctx, method, a.endpoint+path, strings.NewReader(body))
	if err != nil {
		return out, err
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	sigv4.Sign(req, by.creds, a.region, service, sigv4.HashPayload([]byte(body)), time.Now())
	status, h, text, err := send(req)
	if err != nil {
		return out, err
	}
	out = tourAnswer{id: h.Get("X-Amz-Request-Id"), body: text}
	if status/100 != 2 {
		return out, failure(operation, status, out)
	}
	return out, nil
}

// failure reads an error in any of the protocols.
func failure(operation string, status int, a tourAnswer) error {
	e := &tourError{operation: operation, code: fmt.Sprint(status), id: a.id}
	var s3 struct{ Code, Message string }
	var query struct {
		Error struct{ Code, Message string }
	}
	var inJSON struct {
		Type    string `json:"__type"`
		Message string
	}
	switch {
	case json.Unmarshal(a.body, &inJSON) == nil && inJSON.Type != "":
		e.code, e.message = inJSON.Type, inJSON.Message
	case xml.Unmarshal(a.body, &s3) == nil && s3.Code != "":
		e.code, e.message = s3.Code, s3.Message
	case xml.Unmarshal(a.body, &query) == nil && query.Error.Code != "":
		e.code, e.message = query.Error.Code, query.Error.Message
	}
	return e
}

func (a *tourAPI) s3(ctx context.Context, by who, method, path, body string) (tourAnswer, error) {
	return a.send(ctx, by, "s3", method, path, body, method+" "+path, nil)
}

func (a *tourAPI) createBucket(ctx context.Context, by who, bucket string) error {
	body := ""
	if a.region != "us-east-1" {
		body = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>` + a.region + `</LocationConstraint></CreateBucketConfiguration>`
	}
	_, err := a.s3(ctx, by, "PUT", "/"+bucket, body)
	return err
}

func (a *tourAPI) iam(ctx context.Context, by who, out any, action string, parameters ...string) error {
	return a.query(ctx, by, "iam", "2010-05-08", out, action, parameters)
}

func (a *tourAPI) sts(ctx context.Context, by who, out any, action string, parameters ...string) error {
	return a.query(ctx, by, "sts", "2011-06-15", out, action, parameters)
}

func (a *tourAPI) query(ctx context.Context, by who, service, version string, out any, action string, parameters []string) error {
	form := url.Values{"Action": {action}, "Version": {version}}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	answer, err := a.send(ctx, by, service, "POST", "/", form.Encode(), action, map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
	if err != nil || out == nil {
		return err
	}
	return xml.Unmarshal(answer.body, out)
}

func (a *tourAPI) organizations(ctx context.Context, by who, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	answer, err := a.send(ctx, by, "organizations", "POST", "/", string(body), operation, map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSOrganizationsV20161128." + operation,
	})
	if err != nil || out == nil || len(bytes.TrimSpace(answer.body)) == 0 {
		return err
	}
	return json.Unmarshal(answer.body, out)
}
