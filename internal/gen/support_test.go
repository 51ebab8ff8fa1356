package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
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
	ec2service "github.com/sallyport/sallyport/internal/service/ec2"
	"github.com/sallyport/sallyport/internal/service/iam"
	"github.com/sallyport/sallyport/internal/service/organizations"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/service/s3control"
	"github.com/sallyport/sallyport/internal/service/sts"
)

var update = flag.Bool("update", false, "write docs/support.md anew")

const supportFile = "../../docs/support.md"

const (
	directoryBuckets = "Not here: AWS has it for directory buckets alone."
	metadataTables   = "The tables are S3 Tables' (Apache Iceberg), a service of its own that is not served."
)

// missingInS3 says why an operation of S3 is not done.
var missingInS3 = map[string]string{
	"CreateSession": directoryBuckets, "ListDirectoryBuckets": directoryBuckets, "RenameObject": directoryBuckets,
	"GetObjectTorrent":       "Not here: AWS ended it in 2022.",
	"SelectObjectContent":    "Not here: AWS closed it to new customers in 2024.",
	"WriteGetObjectResponse": "Not here: it is the way back of Object Lambda functions, which AWS has closed to new customers.",
	"UpdateObjectEncryption": "It changes the KMS key of an object; there are no KMS keys yet.",

	"CreateBucketMetadataConfiguration": metadataTables, "CreateBucketMetadataTableConfiguration": metadataTables,
	"DeleteBucketMetadataConfiguration": metadataTables, "DeleteBucketMetadataTableConfiguration": metadataTables,
	"GetBucketMetadataConfiguration": metadataTables, "GetBucketMetadataTableConfiguration": metadataTables,
	"UpdateBucketMetadataInventoryTableConfiguration": metadataTables, "UpdateBucketMetadataJournalTableConfiguration": metadataTables,
}

const billTransfer = "Not here: it passes bills from one organization to another, and there are none here."

// missingInOrganizations says why an operation of Organizations is not done.
var missingInOrganizations = map[string]string{
	"CreateGovCloudAccount":                      "Not here: it makes an account in another partition, AWS GovCloud (US).",
	"DescribeResponsibilityTransfer":             billTransfer,
	"InviteOrganizationToTransferResponsibility": billTransfer,
	"ListInboundResponsibilityTransfers":         billTransfer,
	"ListOutboundResponsibilityTransfers":        billTransfer,
	"TerminateResponsibilityTransfer":            billTransfer,
	"UpdateResponsibilityTransfer":               billTransfer,
}

// TestMissingOperationsOfOrganizationsHaveReasons: only what AWS has for bills and
// other partitions is missing.
func TestMissingOperationsOfOrganizationsHaveReasons(t *testing.T) {
	for _, op := range orgapi.API().Operations {
		if done, why := op.Implemented((*organizations.Service)(nil)), missingInOrganizations[op.Name]; done != (why == "") {
			t.Errorf("%s: done is %v, and the reason %q", op.Name, done, why)
		}
	}
}

// TestMissingOperationsOfS3HaveReasons: of the operations that AWS has for general
// purpose buckets fewer than ten are missing.
func TestMissingOperationsOfS3HaveReasons(t *testing.T) {
	missing := 0
	for _, op := range s3api.API().Operations {
		switch why := missingInS3[op.Name]; {
		case op.Deprecated, op.Implemented((*s3.Service)(nil)):
			if why != "" {
				t.Errorf("%s is done, or no request reaches it: %q", op.Name, why)
			}
		case why == "":
			t.Errorf("%s is not done, and nothing says why", op.Name)
		case !strings.HasPrefix(why, "Not here"):
			missing++
		}
	}
	if missing >= 10 {
		t.Errorf("%d operations are missing", missing)
	}
}

// TestSupportIsCurrent compares docs/support.md with what the services do.
func TestSupportIsCurrent(t *testing.T) {
	var b bytes.Buffer
	err := support.Write(&b, []support.Entry{
		{Service: s3api.API(), Impl: (*s3.Service)(nil), Missing: missingInS3},
		{Service: iamapi.API(), Impl: (*iam.Service)(nil), Missing: missingInIAM},
		{Service: stsapi.API(), Impl: (*sts.Service)(nil), Missing: missingInSTS},
		{Service: orgapi.API(), Impl: (*organizations.Service)(nil), Missing: missingInOrganizations},
		{Service: controlapi.API(), Impl: (*s3control.Service)(nil)},
		{Service: kms.API()},
		{Service: cloudtrail.API()},
		{Service: accessanalyzer.API()},
		{Service: ec2.API(), Impl: (*ec2service.Service)(nil)},
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
