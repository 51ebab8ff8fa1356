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

// missingInIAM says why an operation of IAM is not done.
var missingInIAM = map[string]string{
	"GetHumanReadableSummary": "Not here: AWS has a language model summarize a delegation request, and there are none here.",
}

// missingInSTS says why an operation of STS is not done: all are.
var missingInSTS = map[string]string{}

// TestMissingOperationsOfIAMHaveReasons: a reason is of an operation that is not
// done, and few are not.
func TestMissingOperationsOfIAMHaveReasons(t *testing.T) {
	for _, c := range []struct {
		api     *wire.Service
		impl    any
		reasons map[string]string
		fewer   int
	}{
		{iamapi.API(), (*iam.Service)(nil), missingInIAM, 15},
		{stsapi.API(), (*sts.Service)(nil), missingInSTS, 1},
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
