package gateway

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	s3api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
)

// slowCopier is an S3 whose copies take until they are told to end.
type slowCopier struct{ end chan error }

func (s slowCopier) Target(context.Context, *wire.Access, any) (*caller.Target, error) {
	return &caller.Target{SkipDecision: true}, nil
}

func (s slowCopier) CopyObject(context.Context, *s3api.CopyObjectInput) (*s3api.CopyObjectOutput, error) {
	if err := <-s.end; err != nil {
		return nil, err
	}
	etag := `"e"`
	return &s3api.CopyObjectOutput{CopyObjectResult: &s3api.CopyObjectResult{ETag: &etag}}, nil
}

// signalling tells of the writes that go out, so that a test can wait for them.
type signalling struct {
	*httptest.ResponseRecorder
	wrote chan struct{}
}

func (s signalling) Write(p []byte) (int, error) {
	n, err := s.ResponseRecorder.Write(p)
	select {
	case s.wrote <- struct{}{}:
	default:
	}
	return n, err
}

func TestLongOperationsKeepTheConnectionAlive(t *testing.T) {
	for _, c := range []struct {
		name, want string
		err        error
	}{
		{"done", "<CopyObjectResult", nil},
		{"failed", "<Error><Code>NoSuchKey</Code>", &wire.Error{Code: "NoSuchKey", Status: 404}},
		{"failed unexpectedly", "<Error><Code>InternalError</Code>", errors.New("disk on fire")},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.g.keepAliveAfter = time.Millisecond
			impl := slowCopier{end: make(chan error)}
			w.g.s3.impl = impl
			req := httptest.NewRequest("PUT", w.url+"/bucket/key", nil)
			req.RequestURI = "/bucket/key"
			req.Header.Set("X-Amz-Copy-Source", "/other/key")
			sigv4.Sign(req, w.green.credentials(), "us-east-1", "s3", sigv4.HashPayload(nil), time.Now())
			out := signalling{httptest.NewRecorder(), make(chan struct{}, 1)}
			go func() {
				<-out.wrote
				<-out.wrote
				impl.end <- c.err
			}()
			w.g.ServeHTTP(out, req)
			body := out.Body.String()
			rest, ok := strings.CutPrefix(body, xmlDeclaration+"  ")
			if out.Code != 200 || !ok || !strings.HasPrefix(strings.TrimLeft(rest, " "), c.want) || strings.Count(body, "<?xml") != 1 {
				t.Fatalf("%d %q", out.Code, body)
			}
			if len(out.Header()["x-amz-request-id"]) != 1 {
				t.Fatal("no request id")
			}
		})
	}
}
