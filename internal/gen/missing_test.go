package main

import (
	"strings"
	"testing"

	iamapi "github.com/sallyport/sallyport/internal/api/iam"
	stsapi "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/service/iam"
	"github.com/sallyport/sallyport/internal/service/sts"
	"github.com/sallyport/sallyport/internal/wire"
)

const delegation = "Not here: temporary delegation is for partners that AWS has registered, with templates of permissions that it has " +
	"reviewed; there are none here, and what a request grants comes to a partner by Amazon SNS."

// missingInIAM says why an operation of IAM is not done.
var missingInIAM = map[string]string{
	"AcceptDelegationRequest": delegation, "AssociateDelegationRequest": delegation, "CreateDelegationRequest": delegation,
	"GetDelegationRequest": delegation, "ListDelegationRequests": delegation, "RejectDelegationRequest": delegation,
	"SendDelegationToken": delegation, "UpdateDelegationRequest": delegation,
	"GetHumanReadableSummary": "Not here: AWS has a language model summarize a delegation request, and there are none here.",
}

// missingInSTS says why an operation of STS is not done.
var missingInSTS = map[string]string{"GetDelegatedAccessToken": delegation}

// TestMissingOperationsOfIAMHaveReasons: a reason is of an operation that is not
// done, and few are not.
func TestMissingOperationsOfIAMHaveReasons(t *testing.T) {
	for _, c := range []struct {
		api     *wire.Service
		impl    any
		reasons map[string]string
		fewer   int
	}{
		{iamapi.API(), (*iam.Service)(nil), missingInIAM, 31},
		{stsapi.API(), (*sts.Service)(nil), missingInSTS, 5},
	} {
		missing := []string{}
		for _, op := range c.api.Operations {
			why, done := c.reasons[op.Name], op.Implemented(c.impl)
			if done && why != "" {
				t.Errorf("%s is done, and the reason %q", op.Name, why)
			}
			if !done && !op.Deprecated {
				missing = append(missing, op.Name)
			}
		}
		if len(missing) >= c.fewer {
			t.Errorf("%s: %d operations are missing: %s", c.api.Package, len(missing), strings.Join(missing, " "))
		}
	}
}
