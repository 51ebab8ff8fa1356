package wire_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/wire"
)

// FuzzXML checks that whatever is taken for XML is XML to encoding/xml too.
func FuzzXML(f *testing.F) {
	for _, s := range []string{
		`<LifecycleConfiguration><Rule><ID>a</ID><Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Status>Enabled</Status></Rule></LifecycleConfiguration>`,
		`<?xml version="1.0"?><!-- c --><a:LifecycleConfiguration xmlns:a="b"/>`, `<LifecycleConfiguration><Rule><ID><![CDATA[x]]></ID></Rule></LifecycleConfiguration>`,
		`<!DOCTYPE x><LifecycleConfiguration/>`, `<LifecycleConfiguration a="&lt;"/>`,
	} {
		f.Add([]byte(s))
	}
	op := s3.API().Operation("PutBucketLifecycleConfiguration")
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := op.Decode(&wire.Request{Bucket: "b", Header: http.Header{}, Length: -1, Body: wire.NewBody(bytes.NewReader(b))})
		if err != nil {
			if e, ok := err.(*wire.Error); !ok || e.Status != 400 {
				t.Fatalf("error %v", err)
			}
			return
		}
		_ = op.Validate(in)
		if len(b) == 0 || bytes.Contains(b, []byte("&#")) {
			return // control characters by number are let through on purpose
		}
		dec := xml.NewDecoder(bytes.NewReader(b))
		dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
		for {
			if _, err := dec.Token(); err == io.EOF {
				return
			} else if err != nil {
				t.Fatalf("taken for XML: %q: %v", b, err)
			}
		}
	})
}

func FuzzForm(f *testing.F) {
	f.Add("Action=CreateRole&Version=2010-05-08&RoleName=r&Tags.member.1.Key=a&Tags.member.1.Value=b&MaxSessionDuration=1")
	f.Add("Action=SimulateCustomPolicy&Version=2010-05-08&ContextEntries.member.1.ContextKeyValues.member.2=%00&PolicyInputList=")
	f.Add("Action=RunInstances&TagSpecification.1.Tag.2.Key=a&MinCount=x")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := wire.ParseForm([]byte(body))
		if err != nil {
			return
		}
		for _, s := range []*wire.Service{iam.API(), ec2.API()} {
			op, err := s.Route(&wire.Request{Method: "POST", Query: form})
			if err != nil {
				continue
			}
			if in, err := op.Decode(&wire.Request{Query: form}); err == nil {
				_ = op.Validate(in)
			} else if e, ok := err.(*wire.Error); !ok || e.Status >= 500 {
				t.Fatalf("error %v", err)
			}
		}
	})
}

// FuzzJSON checks that whatever is taken for JSON is JSON.
func FuzzJSON(f *testing.F) {
	f.Add(`{"Email":"a@b.c","AccountName":"n","Tags":[{"Key":"k","Value":"v"}],"x":[{}]}`)
	f.Add(`{"Tags":null}`)
	f.Add(`{"Tags":[[`)
	op := organizations.API().Operation("CreateAccount")
	f.Fuzz(func(t *testing.T, body string) {
		in, err := op.Decode(&wire.Request{Length: int64(len(body)), Body: wire.NewBody(strings.NewReader(body))})
		if err != nil {
			if e, ok := err.(*wire.Error); !ok || e.Status != 400 {
				t.Fatalf("error %v", err)
			}
			return
		}
		_ = op.Validate(in)
		if strings.TrimSpace(body) != "" && !json.Valid([]byte(body)) {
			t.Fatalf("taken for JSON: %q", body)
		}
	})
}

func FuzzS3Request(f *testing.F) {
	f.Add("PUT", "k", "uploadId=u&partNumber=1&x-amz-acl=private", "X-Amz-Meta-A", "b")
	f.Add("GET", "", "list-type=2&max-keys=5&encoding-type=url", "If-Modified-Since", "x")
	f.Fuzz(func(t *testing.T, method, key, rawQuery, name, value string) {
		form, err := wire.ParseForm([]byte(rawQuery))
		if err != nil {
			return
		}
		r := &wire.Request{Method: method, Bucket: "b", Key: key, Query: form, Header: http.Header{name: {value}}, Length: -1}
		op, err := s3.API().Route(r)
		if err != nil {
			return
		}
		in, err := op.Decode(r)
		if err != nil {
			return
		}
		_ = op.Validate(in)
		for i := range op.Access {
			if a := &op.Access[i]; a.When == nil || a.When(in) {
				a.Collect(in, func(name string, values []string) {
					if name == "" || len(values) == 0 {
						t.Fatalf("%s: key %q = %q", op.Name, name, values)
					}
				})
			}
		}
	})
}
