package main

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/sallyport/sallyport/internal/api/accessanalyzer"
	"github.com/sallyport/sallyport/internal/api/cloudtrail"
	"github.com/sallyport/sallyport/internal/api/ec2"
	iamapi "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/api/kms"
	orgapi "github.com/sallyport/sallyport/internal/api/organizations"
	s3api "github.com/sallyport/sallyport/internal/api/s3"
	controlapi "github.com/sallyport/sallyport/internal/api/s3control"
	stsapi "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/api/support"
	"github.com/sallyport/sallyport/internal/service/iam"
	"github.com/sallyport/sallyport/internal/service/organizations"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/service/s3control"
	"github.com/sallyport/sallyport/internal/service/sts"
)

var update = flag.Bool("update", false, "write docs/support.md anew")

const supportFile = "../../docs/support.md"

// TestSupportIsCurrent compares docs/support.md with what the services do.
func TestSupportIsCurrent(t *testing.T) {
	var b bytes.Buffer
	err := support.Write(&b, []support.Entry{
		{Service: s3api.API(), Impl: (*s3.Service)(nil)},
		{Service: iamapi.API(), Impl: (*iam.Service)(nil)},
		{Service: stsapi.API(), Impl: (*sts.Service)(nil)},
		{Service: orgapi.API(), Impl: (*organizations.Service)(nil)},
		{Service: controlapi.API(), Impl: (*s3control.Service)(nil)},
		{Service: kms.API()},
		{Service: cloudtrail.API()},
		{Service: accessanalyzer.API()},
		{Service: ec2.API()},
	})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(supportFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(supportFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, b.Bytes()) {
		t.Error("docs/support.md is out of date: go test ./internal/gen -run Support -update")
	}
}
