package caller

import (
	"context"
	"testing"

	"github.com/sallyport/sallyport/policy"
)

func TestFrom(t *testing.T) {
	if got := From(context.Background()); got.Identity.Signed() || got.Account() != "" || got.AccessKeyID != "" {
		t.Errorf("nobody is %+v", got)
	}
	info := &Info{Identity: &policy.Caller{Kind: policy.CallerRoot, Account: "111111111111"}}
	if got := From(With(context.Background(), info)); got != info || got.Account() != "111111111111" {
		t.Errorf("got %+v", got)
	}
}
