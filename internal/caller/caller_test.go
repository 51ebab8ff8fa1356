package caller

import (
	"context"
	"errors"
	"testing"

	"github.com/sallyport/sallyport/authz"
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

func TestAuthorize(t *testing.T) {
	if err := Authorize(context.Background(), "s3:GetObject", &Target{}); !errors.Is(err, ErrNoDecision) {
		t.Errorf("nobody answered %v", err)
	}
	refused := errors.New("refused")
	ctx := With(context.Background(), &Info{Decide: func(_ context.Context, action string, target *Target) error {
		if action == "s3:ListBucket" && target.Resource.ARN == "arn:aws:s3:::b" {
			return nil
		}
		return refused
	}})
	for arn, want := range map[string]error{"arn:aws:s3:::b": nil, "arn:aws:s3:::c": refused} {
		if err := Authorize(ctx, "s3:ListBucket", &Target{Resource: authz.Resource{ARN: arn}}); !errors.Is(err, want) {
			t.Errorf("%s: %v", arn, err)
		}
	}
}

func TestSteady(t *testing.T) {
	info := &Info{Identity: &policy.Caller{}}
	for _, c := range []struct {
		name, id string
		want     bool
	}{{"a", "1", true}, {"b", "2", true}, {"a", "1", true}, {"a", "2", false}, {"a", "1", true}, {"b", "1", false}} {
		if got := info.Steady(c.name, c.id); got != c.want {
			t.Errorf("%s is %s: %v", c.name, c.id, got)
		}
	}
	if nobody := From(context.Background()); !nobody.Steady("a", "1") || !nobody.Steady("a", "2") {
		t.Error("those without an Info share what they found")
	}
}
