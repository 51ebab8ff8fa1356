package s3

import (
	"context"

	"github.com/sallyport/sallyport/internal/wire"
)

// restorer is a service with RestoreObject. Whether a restore was begun (202) or
// changed (200) is told by the status alone, which the model has no member for.
type restorer interface {
	RestoreObject(context.Context, *RestoreObjectInput) (out *RestoreObjectOutput, begun bool, err error)
}

func restoreObject(op *wire.Operation) {
	op.Implemented = func(s any) bool { _, ok := s.(restorer); return ok }
	op.Call = func(ctx context.Context, s, in any) (any, error) {
		h, ok := s.(restorer)
		if !ok {
			return nil, wire.NotImplemented("RestoreObject")
		}
		out, begun, err := h.RestoreObject(ctx, in.(*RestoreObjectInput))
		switch {
		case err != nil:
			return nil, err
		case begun:
			return wire.Accepted{Output: out}, nil
		}
		return out, nil
	}
}
