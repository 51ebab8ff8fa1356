package blob

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestFill(t *testing.T) {
	own := errors.New("own")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		r    io.Reader
		n    int
		want error
	}{
		"enough":          {t.Context(), strings.NewReader("abcdefghij"), 8, nil},
		"byte by byte":    {t.Context(), iotest.OneByteReader(strings.NewReader("abcdefghij")), 6, nil},
		"end":             {t.Context(), strings.NewReader("abc"), 3, io.EOF},
		"end with data":   {t.Context(), iotest.DataErrReader(strings.NewReader("abc")), 3, io.EOF},
		"own error":       {t.Context(), io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(own)), 2, own},
		"unexpected end":  {t.Context(), iotest.ErrReader(io.ErrUnexpectedEOF), 0, io.ErrUnexpectedEOF},
		"nothing for now": {t.Context(), readFunc(func([]byte) (int, error) { return 0, nil }), 0, io.ErrNoProgress},
		"too many":        {t.Context(), readFunc(func(p []byte) (int, error) { return len(p) + 1, nil }), 0, errBadCount},
		"negative":        {t.Context(), readFunc(func([]byte) (int, error) { return -1, nil }), 0, errBadCount},
		"context":         {done, strings.NewReader("abc"), 0, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := Fill(c.ctx, c.r, make([]byte, 8), 6)
			if n != c.n || !errors.Is(err, c.want) {
				t.Errorf("%d, %v; want %d, %v", n, err, c.n, c.want)
			}
		})
	}
}
