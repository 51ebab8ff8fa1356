package support_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/api/support"
	"github.com/sallyport/sallyport/internal/wire"
)

// one serves one operation.
type one struct{}

func (*one) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{}, nil
}

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := support.Write(&b, []support.Entry{{Service: sts.API(), Impl: (*one)(nil)}}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| [AWS Security Token Service](#sts) | 1 | 11 |",
		"| GetCallerIdentity | done | none |",
		"| AssumeRole | NotImplemented | `sts:AssumeRole` [`sts:TagSession`] [`sts:SetSourceIdentity`] |",
	} {
		if !strings.Contains(b.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, b.String())
		}
	}
}

func TestCall(t *testing.T) {
	ctx := context.Background()
	op := sts.API().Operation("GetCallerIdentity")
	if out, err := op.Call(ctx, &one{}, &sts.GetCallerIdentityInput{}); err != nil || out == nil {
		t.Errorf("%v, %v", out, err)
	}
	op = sts.API().Operation("AssumeRole")
	_, err := op.Call(ctx, &one{}, &sts.AssumeRoleInput{})
	var e *wire.Error
	if !errors.As(err, &e) || e.Status != 501 || op.Implemented(&one{}) {
		t.Errorf("%v", err)
	}
	if err := support.Write(failing{}, nil); err == nil {
		t.Error("a broken writer goes unnoticed")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }
