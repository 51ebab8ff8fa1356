package wire_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/api/accessanalyzer"
	"github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/api/kms"
	"github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/api/s3control"
	"github.com/sallyport/sallyport/internal/wire"
)

var ids = wire.IDs{Request: "REQ", Host: "HOST"}

const xmlDecl = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func TestEncodeBodies(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	for name, c := range map[string]struct {
		service *wire.Service
		op      string
		out     any
		status  int
		ctype   string
		body    string
	}{
		"S3 listing": {
			s3.API(), "ListObjectsV2", &s3.ListObjectsV2Output{
				Name: ptr("b"), Prefix: ptr(""), IsTruncated: ptr(false),
				Contents: []s3.Object{{Key: ptr("a&b\x01\r<é\xff"), LastModified: &at, Size: ptr(int64(1)), ETag: ptr(`"e"`)}},
			}, 200, "application/xml",
			xmlDecl + `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>` +
				`<Contents><Key>a&amp;b&#x1;&#13;&lt;é` + "\uFFFD" + `</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified>` +
				`<ETag>&quot;e&quot;</ETag><Size>1</Size></Contents><Name>b</Name><Prefix></Prefix></ListBucketResult>`,
		},
		"S3 versions": {
			s3.API(), "ListObjectVersions", &s3.ListObjectVersionsOutput{
				IsTruncated: ptr(false), Name: ptr("b"),
				Versions:      []s3.ObjectVersion{{Key: ptr("a")}, {Key: ptr("c")}, {Key: ptr("d")}},
				DeleteMarkers: []s3.DeleteMarkerEntry{{}, {Key: ptr("b")}, {}},
			}, 200, "application/xml",
			xmlDecl + `<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>` +
				`<Version><Key>a</Key></Version><DeleteMarker><Key>b</Key></DeleteMarker><Version><Key>c</Key></Version>` +
				`<Version><Key>d</Key></Version><Name>b</Name></ListVersionsResult>`,
		},
		"S3 location": {
			s3.API(), "GetBucketLocation", &s3.GetBucketLocationOutput{LocationConstraint: ptr("eu-west-1")}, 200, "application/xml",
			xmlDecl + `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>`,
		},
		"S3 location of us-east-1": {
			s3.API(), "GetBucketLocation", &s3.GetBucketLocationOutput{}, 200, "application/xml",
			xmlDecl + `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`,
		},
		"S3 ACL": {
			s3.API(), "GetBucketAcl", &s3.GetBucketAclOutput{Grants: []s3.Grant{{
				Grantee: &s3.Grantee{Type: ptr("CanonicalUser"), ID: ptr("i")}, Permission: ptr("READ"),
			}}}, 200, "application/xml",
			xmlDecl + `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><AccessControlList><Grant>` +
				`<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>i</ID></Grantee>` +
				`<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`,
		},
		"S3 policy": {s3.API(), "GetBucketPolicy", &s3.GetBucketPolicyOutput{Policy: ptr(`{"a":1}`)}, 200, "application/json", `{"a":1}`},
		"S3 empty":  {s3.API(), "PutObject", &s3.PutObjectOutput{}, 200, "", ""},
		"S3 204":    {s3.API(), "DeleteObject", &s3.DeleteObjectOutput{}, 204, "", ""},
		"S3 none":   {s3.API(), "DeleteBucket", nil, 204, "", ""},
		"S3 Control": {
			s3control.API(), "GetAccessPointPolicy", &s3control.GetAccessPointPolicyOutput{Policy: ptr("{}")}, 200, "application/xml",
			xmlDecl + `<GetAccessPointPolicyResult xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Policy>{}</Policy></GetAccessPointPolicyResult>`,
		},
		"IAM": {
			iam.API(), "ListRoles", &iam.ListRolesOutput{Roles: []iam.Role{{RoleName: ptr("r"), CreateDate: &at}}}, 200, "text/xml",
			`<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult><Roles><member><RoleName>r</RoleName>` +
				`<CreateDate>2026-01-02T03:04:05Z</CreateDate></member></Roles></ListRolesResult>` +
				`<ResponseMetadata><RequestId>REQ</RequestId></ResponseMetadata></ListRolesResponse>` + "\n",
		},
		"IAM required list": {
			iam.API(), "ListGroups", &iam.ListGroupsOutput{IsTruncated: ptr(false)}, 200, "text/xml",
			`<ListGroupsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListGroupsResult><Groups/><IsTruncated>false</IsTruncated>` +
				`</ListGroupsResult><ResponseMetadata><RequestId>REQ</RequestId></ResponseMetadata></ListGroupsResponse>` + "\n",
		},
		"IAM no output": {
			iam.API(), "DeleteRole", nil, 200, "text/xml",
			`<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>REQ</RequestId></ResponseMetadata></DeleteRoleResponse>` + "\n",
		},
		"Organizations": {
			organizations.API(), "DescribeAccount", &organizations.DescribeAccountOutput{Account: &organizations.Account{
				Id: ptr("1"), Name: ptr("a\"\n\x02é"), JoinedTimestamp: &at,
			}}, 200, "application/x-amz-json-1.1",
			`{"Account":{"Id":"1","Name":"a\"\n\u0002é","JoinedTimestamp":1767323045.678}}`,
		},
		"KMS no output": {kms.API(), "EnableKey", nil, 200, "application/x-amz-json-1.1", "{}"},
		"Access Analyzer": {
			accessanalyzer.API(), "ListAnalyzers", &accessanalyzer.ListAnalyzersOutput{}, 200, "application/json", `{"analyzers":[]}`,
		},
		"EC2 no output": {
			ec2.API(), "DeleteKeyPair", &ec2.DeleteKeyPairOutput{Return: ptr(true)}, 200, "text/xml;charset=UTF-8",
			xmlDecl + `<DeleteKeyPairResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>REQ</requestId><return>true</return></DeleteKeyPairResponse>`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			if err := c.service.Operation(c.op).Encode(w, c.out, ids); err != nil {
				t.Fatal(err)
			}
			if w.Code != c.status || w.Body.String() != c.body || w.Header().Get("Content-Type") != c.ctype {
				t.Errorf("%d %s\n%s\nwant %d %s\n%s", w.Code, w.Header().Get("Content-Type"), w.Body, c.status, c.ctype, c.body)
			}
			length := w.Header().Get("Content-Length")
			if c.status == 204 && length != "" || c.status != 204 && length != fmt.Sprint(len(c.body)) {
				t.Errorf("Content-Length %q", length)
			}
		})
	}
}

// written is a body that writes itself.
type written struct {
	text   string
	err    error
	wrote  bool
	closed bool
}

func (b *written) Read([]byte) (int, error) { return 0, errors.New("Read instead of WriteTo") }

func (b *written) WriteTo(w io.Writer) (int64, error) {
	b.wrote = true
	n, err := io.WriteString(w, b.text)
	if b.err != nil {
		err = b.err
	}
	return int64(n), err
}

func (b *written) Close() error { b.closed = true; return nil }

func TestEncodeStream(t *testing.T) {
	body := &written{text: "hello"}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w := httptest.NewRecorder()
	err := s3.API().Operation("GetObject").Encode(w, &s3.GetObjectOutput{
		Body: body, ContentLength: ptr(int64(5)), ContentRange: ptr("bytes 0-4/10"), LastModified: &at,
		Metadata: map[string]string{"plain": "x", "accent": "é", "latin": "caf\xe9"}, ContentType: ptr("text/plain"), VersionId: ptr("v"),
	}, ids)
	if err != nil || w.Code != http.StatusPartialContent || w.Body.String() != "hello" || !body.wrote || !body.closed {
		t.Errorf("%v, %d %q, %+v", err, w.Code, w.Body, body)
	}
	for name, want := range map[string]string{
		"Content-Length": "5", "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT", "x-amz-meta-plain": "x",
		"x-amz-meta-accent": "=?UTF-8?b?w6k=?=", "x-amz-meta-latin": "=?UTF-8?b?Y2Fmw6k=?=", "Content-Type": "text/plain", "x-amz-version-id": "v",
		"x-amz-request-id": "REQ", "x-amz-id-2": "HOST",
	} {
		if got := w.Header()[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	broken := &written{err: errors.New("flipped bit")}
	err = s3.API().Operation("GetObject").Encode(httptest.NewRecorder(), &s3.GetObjectOutput{Body: broken}, ids)
	if !errors.Is(err, broken.err) || !broken.closed {
		t.Errorf("a broken body: %v", err)
	}
}

func TestEncodeHead(t *testing.T) {
	w := httptest.NewRecorder()
	err := s3.API().Operation("HeadObject").Encode(w, &s3.HeadObjectOutput{ContentLength: ptr(int64(7)), ETag: ptr(`"e"`)}, ids)
	if err != nil || w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "7" {
		t.Errorf("%v %d %v", err, w.Code, w.Header())
	}
}

func TestEncodeErrors(t *testing.T) {
	notFound := s3.NoSuchKey("a<b")
	for name, c := range map[string]struct {
		service *wire.Service
		method  string
		err     *wire.Error
		body    string
	}{
		"S3": {s3.API(), "GET", notFound, xmlDecl + `<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>` +
			`<Key>a&lt;b</Key><RequestId>REQ</RequestId><HostId>HOST</HostId></Error>`},
		"S3 HEAD":         {s3.API(), "HEAD", notFound, ""},
		"S3 not modified": {s3.API(), "GET", s3.NotModified().WithHeader("Etag", `"e"`), ""},
		"S3 Control": {s3control.API(), "GET", s3control.NoSuchAccessPoint("p"), xmlDecl +
			`<ErrorResponse xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Error><Code>NoSuchAccessPoint</Code>` +
			`<Message>The specified accesspoint does not exist</Message><AccessPointName>p</AccessPointName></Error>` +
			`<RequestId>REQ</RequestId><HostId>HOST</HostId></ErrorResponse>`},
		"IAM": {iam.API(), "POST", iam.NoSuchEntity("user", "u"), `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>` +
			`<Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name u cannot be found.</Message></Error>` +
			`<RequestId>REQ</RequestId></ErrorResponse>` + "\n"},
		"IAM fault": {iam.API(), "POST", iam.NewError("ServiceFailure", "x"), `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>` +
			`<Type>Receiver</Type><Code>ServiceFailure</Code><Message>x</Message></Error><RequestId>REQ</RequestId></ErrorResponse>` + "\n"},
		"Organizations": {organizations.API(), "POST", organizations.ConstraintViolation("R", "m"),
			`{"__type":"ConstraintViolationException","Message":"m","Reason":"R"}`},
		"KMS":          {kms.API(), "POST", kms.KeyNotFound("k"), `{"__type":"NotFoundException","message":"Key 'k' does not exist"}`},
		"KMS denied":   {kms.API(), "POST", kms.AccessDenied("no"), `{"__type":"AccessDeniedException","Message":"no"}`},
		"KMS wordless": {kms.API(), "POST", kms.InvalidCiphertext(), `{"__type":"InvalidCiphertextException"}`},
		"Access Analyzer": {accessanalyzer.API(), "GET", accessanalyzer.NewError("ResourceNotFoundException", "m", wire.Field{Name: "resourceId", Value: "i"}),
			`{"message":"m","resourceId":"i"}`},
		"EC2": {ec2.API(), "POST", &wire.Error{Code: "InvalidInstanceID.NotFound", Message: "m", Status: 400}, xmlDecl +
			`<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>m</Message></Error></Errors><RequestID>REQ</RequestID></Response>`},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			if err := c.service.EncodeError(w, c.method, c.err, ids); err != nil {
				t.Fatal(err)
			}
			if w.Code != c.err.Status || w.Body.String() != c.body {
				t.Errorf("%d\n%s\nwant %d\n%s", w.Code, w.Body, c.err.Status, c.body)
			}
			if c.body != "" && w.Header().Get("Content-Length") != fmt.Sprint(len(c.body)) {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
}

func TestErrorStatuses(t *testing.T) {
	for _, c := range []struct {
		err    *wire.Error
		status int
	}{
		{iam.NoSuchEntity("user", "u"), 404},
		{iam.EntityAlreadyExists("role", "r"), 409},
		{iam.NewError("NoSuchEntityException", ""), 404},
		{iam.NewError("LimitExceeded", ""), 409},
		{iam.NewError("ValidationError", ""), 400},
		{accessanalyzer.NewError("ConflictException", ""), 409},
		{organizations.NewError("ServiceException", ""), 500},
		{s3.NewError("InvalidRange", ""), 416},
		{s3.NewError("NoSuchThing", ""), 500},
	} {
		if c.err.Status != c.status {
			t.Errorf("%v has status %d, want %d", c.err, c.err.Status, c.status)
		}
	}
	if e := iam.NewError("NoSuchEntityException", "m"); e.Code != "NoSuchEntity" {
		t.Errorf("code %s", e.Code)
	}
	wrapped := fmt.Errorf("in the service: %w", s3.NoSuchBucket("b"))
	if e, ok := wire.AsError(wrapped); !ok || e.Code != "NoSuchBucket" {
		t.Errorf("%v, %v", e, ok)
	}
	if e, ok := wire.AsError(io.ErrUnexpectedEOF); ok || e.Code != "InternalError" || strings.Contains(e.Message, "EOF") {
		t.Errorf("%v, %v", e, ok)
	}
	base := s3.AccessDenied("")
	_ = base.With("a", "b").WithHeader("X-A", "c")
	if base.Fields != nil || base.Header != nil {
		t.Errorf("the copy changed the original: %+v", base)
	}
}
