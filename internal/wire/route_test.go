package wire_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/sallyport/sallyport/internal/api/accessanalyzer"
	"github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/api/kms"
	"github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/api/s3control"
	"github.com/sallyport/sallyport/internal/wire"
)

func query(t *testing.T, s string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// code is an error's code, or "" for none.
func code(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *wire.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *wire.Error", err)
	}
	return e.Code
}

func TestRouteS3(t *testing.T) {
	copySource := http.Header{"X-Amz-Copy-Source": {"/b/k"}}
	for _, c := range []struct {
		method, bucket, key, query string
		header                     http.Header
		want                       string
	}{
		{"GET", "", "", "", nil, "ListBuckets"},
		{"GET", "", "", "x-id=ListBuckets", nil, "ListBuckets"},
		{"GET", "b", "", "", nil, "ListObjects"},
		{"GET", "b", "", "list-type=2", nil, "ListObjectsV2"},
		{"GET", "b", "", "list-type=1", nil, "ListObjects"},
		{"GET", "b", "", "versions&prefix=p", nil, "ListObjectVersions"},
		{"GET", "b", "", "uploads", nil, "ListMultipartUploads"},
		{"GET", "b", "", "acl", nil, "GetBucketAcl"},
		{"GET", "b", "", "policyStatus", nil, "GetBucketPolicyStatus"},
		{"GET", "b", "", "lifecycle", nil, "GetBucketLifecycleConfiguration"},
		{"PUT", "b", "", "lifecycle", nil, "PutBucketLifecycleConfiguration"},
		{"GET", "b", "", "notification", nil, "GetBucketNotificationConfiguration"},
		{"GET", "b", "", "analytics", nil, "ListBucketAnalyticsConfigurations"},
		{"GET", "b", "", "analytics&id=1", nil, "GetBucketAnalyticsConfiguration"},
		{"GET", "b", "", "object-lock", nil, "GetObjectLockConfiguration"},
		{"GET", "b", "", "unheard-of", nil, "ListObjects"},
		{"HEAD", "b", "", "acl", nil, "HeadBucket"},
		{"PUT", "b", "", "", nil, "CreateBucket"},
		{"DELETE", "b", "", "policy", nil, "DeleteBucketPolicy"},
		{"POST", "b", "", "delete", nil, "DeleteObjects"},
		{"POST", "b", "", "", nil, "PostObject"},
		{"GET", "b", "k", "", nil, "GetObject"},
		{"GET", "b", "k", "partNumber=2", nil, "GetObject"},
		{"GET", "b", "k", "uploadId=u", nil, "ListParts"},
		{"GET", "b", "k", "attributes", nil, "GetObjectAttributes"},
		{"GET", "b", "k", "X-Amz-Signature=x&X-Amz-Date=y", nil, "GetObject"},
		{"HEAD", "b", "k", "versionId=v", nil, "HeadObject"},
		{"PUT", "b", "k", "x-id=PutObject", nil, "PutObject"},
		{"PUT", "b", "k", "", copySource, "CopyObject"},
		{"PUT", "b", "k", "x-amz-copy-source=%2Fb%2Fk", nil, "CopyObject"},
		{"PUT", "b", "k", "uploadId=u&partNumber=1", nil, "UploadPart"},
		{"PUT", "b", "k", "uploadId=u&partNumber=1", copySource, "UploadPartCopy"},
		{"PUT", "b", "k", "uploadId=u", nil, "UploadPart"},
		{"PUT", "b", "k", "partNumber=1", nil, "UploadPart"},
		{"PUT", "b", "k", "partNumber=1", copySource, "UploadPartCopy"},
		{"PUT", "b", "k", "tagging", nil, "PutObjectTagging"},
		{"PUT", "b", "k", "legal-hold", nil, "PutObjectLegalHold"},
		{"POST", "b", "k", "uploads", nil, "CreateMultipartUpload"},
		{"POST", "b", "k", "uploadId=u", nil, "CompleteMultipartUpload"},
		{"POST", "b", "k", "restore", nil, "RestoreObject"},
		{"POST", "b", "k", "select&select-type=2", nil, "SelectObjectContent"},
		{"DELETE", "b", "k", "", nil, "DeleteObject"},
		{"DELETE", "b", "k", "uploadId=u", nil, "AbortMultipartUpload"},
		{"DELETE", "b", "k", "tagging&versionId=v", nil, "DeleteObjectTagging"},
		{"POST", "WriteGetObjectResponse", "", "", nil, "WriteGetObjectResponse"},

		{"DELETE", "b", "", "acl", nil, "error MethodNotAllowed"},
		{"GET", "b", "k", "policy", nil, "error MethodNotAllowed"},
		{"PUT", "", "", "", nil, "error MethodNotAllowed"},
		{"PATCH", "b", "k", "", nil, "error MethodNotAllowed"},
		{"POST", "b", "k", "", nil, "error MethodNotAllowed"},
		{"GET", "b", "", "acl&policy", nil, "error InvalidArgument"},
	} {
		r := &wire.Request{Method: c.method, Bucket: c.bucket, Key: c.key, Query: query(t, c.query), Header: c.header}
		op, err := s3.API().Route(r)
		got := ""
		if err != nil {
			got = "error " + code(t, err)
		} else {
			got = op.Name
		}
		if got != c.want {
			t.Errorf("%s %s/%s?%s: %s, want %s", c.method, c.bucket, c.key, c.query, got, c.want)
		}
	}
}

func TestAllowedMethods(t *testing.T) {
	for _, c := range []struct{ method, bucket, key, query, want string }{
		{"PUT", "", "", "", "GET"},
		{"PATCH", "b", "", "", "DELETE, GET, HEAD, PUT"},
		{"DELETE", "b", "", "acl", "GET, PUT"},
		{"POST", "b", "k", "", "DELETE, GET, HEAD, PUT"},
		{"PUT", "b", "", "uploads", "GET"},
		{"GET", "b", "", "delete", "POST"},
		{"PUT", "b", "k", "policy", ""},
	} {
		_, err := s3.API().Route(&wire.Request{Method: c.method, Bucket: c.bucket, Key: c.key, Query: query(t, c.query)})
		var refused *wire.Error
		if !errors.As(err, &refused) || refused.Status != 405 || refused.Header.Get("Allow") != c.want {
			t.Errorf("%+v: %+v", c, err)
		}
	}
}

func TestRouteActions(t *testing.T) {
	for _, c := range []struct {
		service *wire.Service
		query   string
		want    string
	}{
		{iam.API(), "Action=CreateRole&Version=2010-05-08", "CreateRole"},
		{iam.API(), "Action=CreateRole", "Could not find operation CreateRole for version NO_VERSION_SPECIFIED"},
		{iam.API(), "Action=Nonsense&Version=2010-05-08", "Could not find operation Nonsense for version 2010-05-08"},
		{iam.API(), "Action=CreateRole&Version=2011-06-15", "Could not find operation CreateRole for version 2011-06-15"},
		{iam.API(), "", "The request must contain the parameter Action or a parameter that is required for the specified action."},
		{ec2.API(), "Action=RunInstances&Version=2016-11-15", "RunInstances"},
		{ec2.API(), "Action=Nonsense", "The action Nonsense is not valid for this web service."},
	} {
		op, err := c.service.Route(&wire.Request{Method: "POST", Query: query(t, c.query)})
		got := ""
		if err != nil {
			got = err.(*wire.Error).Message
		} else {
			got = op.Name
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.query, got, c.want)
		}
	}
}

func TestRouteTargets(t *testing.T) {
	for _, c := range []struct {
		service              *wire.Service
		method, target, want string
	}{
		{organizations.API(), "POST", "AWSOrganizationsV20161128.ListRoots", "ListRoots"},
		{kms.API(), "POST", "TrentService.Encrypt", "Encrypt"},
		{kms.API(), "GET", "TrentService.Encrypt", ""},
		{kms.API(), "POST", "TrentService.Nonsense", ""},
		{kms.API(), "POST", "AWSOrganizationsV20161128.ListRoots", ""},
		{kms.API(), "POST", "", ""},
	} {
		op, err := c.service.Route(&wire.Request{Method: c.method, Header: http.Header{"X-Amz-Target": {c.target}}})
		if c.want == "" {
			if got := code(t, err); got != "UnknownOperationException" {
				t.Errorf("%s %s: %q", c.method, c.target, got)
			}
			continue
		}
		if err != nil || op.Name != c.want {
			t.Errorf("%s %s: %v, %v", c.method, c.target, op, err)
		}
	}
}

func TestRoutePaths(t *testing.T) {
	for _, c := range []struct {
		service      *wire.Service
		method, path string
		want         string
	}{
		{s3control.API(), "GET", "/v20180820/configuration/publicAccessBlock", "GetPublicAccessBlock"},
		{s3control.API(), "PUT", "/v20180820/accesspoint/name", "CreateAccessPoint"},
		{s3control.API(), "PUT", "/v20180820/accesspoint/name/", "CreateAccessPoint"},
		{s3control.API(), "GET", "/v20180820/accesspoint", "ListAccessPoints"},
		{s3control.API(), "GET", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Ab", "ListTagsForResource"},
		{s3control.API(), "GET", "/v20180820/tags/arn%3Aaws%3As3:us-east-1:1:job/x", "ListTagsForResource"},
		{s3control.API(), "GET", "/v20180820/mrap/instances/a/b", "GetMultiRegionAccessPoint"},
		{s3control.API(), "GET", "/v20180820/mrap/instances/a/b/policy", "GetMultiRegionAccessPointPolicy"},
		{s3control.API(), "GET", "/v20180820/nonsense", ""},
		{s3control.API(), "GET", "/v20180820/tags", ""},
		{accessanalyzer.API(), "GET", "/analyzer/name", "GetAnalyzer"},
		{accessanalyzer.API(), "GET", "/analyzer", "ListAnalyzers"},
		{accessanalyzer.API(), "PUT", "/analyzer/a/archive-rule/r", "UpdateArchiveRule"},
		{accessanalyzer.API(), "POST", "/policy/validation", "ValidatePolicy"},
		{accessanalyzer.API(), "PATCH", "/", ""},
		{accessanalyzer.API(), "GET", "", ""},
	} {
		op, err := c.service.Route(&wire.Request{Method: c.method, Path: c.path})
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%s %s: %s", c.method, c.path, op.Name)
		case c.want != "" && (err != nil || op.Name != c.want):
			t.Errorf("%s %s: %v, %v", c.method, c.path, op, err)
		}
	}
}
