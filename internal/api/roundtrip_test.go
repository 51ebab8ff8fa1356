package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/api/accessanalyzer"
	"github.com/sallyport/sallyport/internal/api/cloudtrail"
	"github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/api/kms"
	"github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/api/s3control"
	"github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/wire"
)

func services() []*wire.Service {
	return []*wire.Service{
		s3.API(), s3control.API(), iam.API(), sts.API(), organizations.API(), kms.API(), cloudtrail.API(),
		accessanalyzer.API(), ec2.API(),
	}
}

// casesPerOperation is how many random requests and answers each operation gets.
const casesPerOperation = 5

// unmodelled are the browser upload, and two operations whose deprecated model
// has one element name for two members.
var unmodelled = map[string]bool{"PostObject": true, "GetBucketNotification": true, "PutBucketNotification": true}

type testCase struct {
	Missing            string
	Service, Operation string
	Params, Output     map[string]any
	Request            struct {
		Method, URL string
		Headers     map[string]string
		Body        string
	}
}

// unrouted are the operations that no request of theirs reaches: AWS tells
// them apart by the host, or has a newer operation in the same place.
var unrouted = map[string]bool{
	"ListDirectoryBuckets": true, "GetBucketLifecycle": true, "PutBucketLifecycle": true,
	"GetBucketNotification": true, "PutBucketNotification": true,
}

// TestBotocoreRoundTrip has botocore serialize random parameters of every
// operation and checks what is decoded from its requests, then has it parse
// what is encoded.
func TestBotocoreRoundTrip(t *testing.T) {
	dir := t.TempDir()
	byPackage := map[string]*wire.Service{}
	var list strings.Builder
	for _, s := range services() {
		byPackage[s.Package] = s
		for _, op := range s.Operations {
			if !unmodelled[op.Name] {
				fmt.Fprintln(&list, s.Package, op.Name)
			}
		}
	}
	ops := filepath.Join(dir, "operations")
	writeFile(t, ops, []byte(list.String()))
	lines := python(t, "requests", ops, "1", fmt.Sprint(casesPerOperation))

	var cases, answers bytes.Buffer
	n := 0
	for line := range bytes.Lines(lines) {
		var c testCase
		decodeJSON(t, line, &c)
		if c.Missing != "" {
			t.Logf("this botocore does not have %s", c.Missing)
			continue
		}
		n++
		op := byPackage[c.Service].Operation(c.Operation)
		checkInput(t, op, &c)
		if answer := answerOf(t, op, &c); answer != nil {
			cases.Write(line)
			answers.Write(append(answer, '\n'))
		}
	}
	if n < 1000 {
		t.Fatalf("only %d cases", n)
	}
	writeFile(t, filepath.Join(dir, "cases"), cases.Bytes())
	writeFile(t, filepath.Join(dir, "answers"), answers.Bytes())
	diffs := python(t, "responses", filepath.Join(dir, "cases"), filepath.Join(dir, "answers"))
	for line := range bytes.Lines(diffs) {
		t.Errorf("botocore reads another answer: %s", line)
	}
}

func python(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("python3", append([]string{"-W", "ignore", "testdata/roundtrip.py"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3 with botocore: %v\n%s", err, stderr.Bytes())
	}
	return out
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func decodeJSON(t *testing.T, b []byte, v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
}

// checkInput routes and decodes botocore's request.
func checkInput(t *testing.T, op *wire.Operation, c *testCase) {
	t.Helper()
	name := c.Service + " " + c.Operation
	r := wireRequest(t, op.Service, c)
	routed, err := op.Service.Route(r)
	if err != nil {
		if !unrouted[op.Name] {
			t.Errorf("%s: %s %s: %v", name, c.Request.Method, c.Request.URL, err)
		}
	} else if routed != op && !unrouted[op.Name] {
		t.Errorf("%s: %s %s is routed to %s", name, c.Request.Method, c.Request.URL, routed.Name)
	}
	in, err := op.Decode(r)
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, body(c))
		return
	}
	got := dump(op.Service, op.Input, reflect.ValueOf(in).Elem())
	want := prune(c.Params)
	if !reflect.DeepEqual(normal(t, got), normal(t, want)) {
		t.Errorf("%s: decoded\n %s\nwant\n %s\nof %s %s %v\n%s", name, text(got), text(want),
			c.Request.Method, c.Request.URL, c.Request.Headers, body(c))
	}
}

func body(c *testCase) []byte {
	b, _ := base64.StdEncoding.DecodeString(c.Request.Body)
	return b
}

// wireRequest does what the gateway does with an HTTP request.
func wireRequest(t *testing.T, s *wire.Service, c *testCase) *wire.Request {
	t.Helper()
	u, err := url.Parse(c.Request.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := &wire.Request{Method: c.Request.Method, Path: u.EscapedPath(), Query: u.Query(), Header: http.Header{}, Length: -1}
	for k, v := range c.Request.Headers {
		r.Header.Set(k, v)
	}
	b := body(c)
	r.Body = wire.NewBody(bytes.NewReader(b))
	if n, ok := c.Params["ContentLength"]; ok {
		r.Length, _ = n.(json.Number).Int64()
	}
	switch {
	case s.Protocol == wire.Query || s.Protocol == wire.EC2:
		if r.Query, err = wire.ParseForm(b); err != nil {
			t.Fatal(err)
		}
	case s.Package == "s3":
		bucket, key, _ := strings.Cut(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
		r.Bucket, _ = url.PathUnescape(bucket)
		r.Key, _ = url.PathUnescape(key)
	}
	return r
}

// answerOf encodes the case's output; nil where botocore's parser alone does
// not read the answer, but a handler of its client does.
func answerOf(t *testing.T, op *wire.Operation, c *testCase) []byte {
	t.Helper()
	out := op.NewOutput()
	load(t, op.Service, op.Output, reflect.ValueOf(out).Elem(), c.Output)
	w := httptest.NewRecorder()
	if err := op.Encode(w, out, wire.IDs{Request: "REQUESTID", Host: "HOSTID"}); err != nil {
		t.Errorf("%s: %v", op.Name, err)
		return nil
	}
	if op.Name == "GetBucketLocation" || op.Name == "SelectObjectContent" {
		return nil
	}
	headers := map[string]string{}
	for k, v := range w.Header() {
		headers[k] = strings.Join(v, ", ")
	}
	answer, err := json.Marshal(map[string]any{
		"status": w.Code, "headers": headers, "body": base64.StdEncoding.EncodeToString(w.Body.Bytes()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// dump makes a value comparable: members under their model names, times and
// bytes marked, empty structures left out.
func dump(s *wire.Service, shape string, v reflect.Value) any {
	sh := s.Shape(shape)
	if v.Kind() == reflect.Interface {
		b, _ := io.ReadAll(v.Interface().(io.Reader))
		return map[string]any{"b": base64.StdEncoding.EncodeToString(b)}
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch sh.Kind {
	case wire.Structure:
		m := map[string]any{}
		for i, member := range sh.Members {
			f := v.FieldByName(wire.GoName(member.Name))
			if !f.IsValid() || f.IsNil() {
				continue
			}
			if d := dump(s, sh.Members[i].Shape, f); !isEmpty(d) {
				m[member.Name] = d
			}
		}
		return m
	case wire.List:
		l := []any{}
		for i := range v.Len() {
			l = append(l, dump(s, sh.Elem, v.Index(i)))
		}
		return l
	case wire.Map:
		m := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			if d := dump(s, sh.Elem, it.Value()); !isEmpty(d) {
				m[it.Key().String()] = d
			}
		}
		return m
	case wire.Timestamp:
		return map[string]any{"t": v.Interface().(time.Time).Unix()}
	case wire.Blob:
		return map[string]any{"b": base64.StdEncoding.EncodeToString(v.Bytes())}
	}
	return v.Interface()
}

func isEmpty(v any) bool {
	m, ok := v.(map[string]any)
	return ok && len(m) == 0
}

// prune leaves an absent streaming body and an empty one as the same.
func prune(m map[string]any) any {
	return m
}

func normal(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	decodeJSON(t, b, &out)
	if m, ok := out.(map[string]any); ok {
		if b, ok := m["Body"].(map[string]any); ok && b["b"] == "" {
			delete(m, "Body")
		}
	}
	return numbers(out)
}

// numbers compares 1.0 and 1 as the same.
func numbers(v any) any {
	switch x := v.(type) {
	case json.Number:
		f, _ := x.Float64()
		return f
	case map[string]any:
		for k := range x {
			x[k] = numbers(x[k])
		}
	case []any:
		for i := range x {
			x[i] = numbers(x[i])
		}
	}
	return v
}

func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// load is the opposite of dump.
func load(t *testing.T, s *wire.Service, shape string, dst reflect.Value, v any) {
	t.Helper()
	sh := s.Shape(shape)
	if dst.Kind() == reflect.Interface {
		b, _ := base64.StdEncoding.DecodeString(v.(map[string]any)["b"].(string))
		dst.Set(reflect.ValueOf(io.NopCloser(bytes.NewReader(b))))
		return
	}
	if dst.Kind() == reflect.Pointer {
		dst.Set(reflect.New(dst.Type().Elem()))
		dst = dst.Elem()
	}
	switch sh.Kind {
	case wire.Structure:
		for name, value := range v.(map[string]any) {
			if m := sh.Member(name); m != nil {
				load(t, s, m.Shape, dst.FieldByName(wire.GoName(name)), value)
			}
		}
	case wire.List:
		list := v.([]any)
		dst.Set(reflect.MakeSlice(dst.Type(), len(list), len(list)))
		for i := range list {
			load(t, s, sh.Elem, dst.Index(i), list[i])
		}
	case wire.Map:
		dst.Set(reflect.MakeMap(dst.Type()))
		for k, value := range v.(map[string]any) {
			e := reflect.New(dst.Type().Elem()).Elem()
			load(t, s, sh.Elem, e, value)
			dst.SetMapIndex(reflect.ValueOf(k), e)
		}
	default:
		loadScalar(t, dst, v)
	}
}

func loadScalar(t *testing.T, dst reflect.Value, v any) {
	t.Helper()
	switch x := v.(type) {
	case string:
		dst.SetString(x)
	case bool:
		dst.SetBool(x)
	case json.Number:
		if dst.CanInt() {
			n, _ := x.Int64()
			dst.SetInt(n)
			return
		}
		f, _ := x.Float64()
		dst.SetFloat(f)
	case map[string]any:
		if seconds, ok := x["t"]; ok {
			n, _ := seconds.(json.Number).Int64()
			dst.Set(reflect.ValueOf(time.Unix(n, 0).UTC()))
			return
		}
		b, _ := base64.StdEncoding.DecodeString(x["b"].(string))
		dst.SetBytes(b)
	default:
		t.Fatalf("value %v", v)
	}
}
