package blob

import (
	"context"
	"errors"
	"io"
)

// maxEmptyReads is how many times in a row a reader may return neither bytes
// nor an error.
const maxEmptyReads = 100

var errBadCount = errors.New("blob: reader returned an impossible count")

// Fill is for engines: it reads from r until buf holds at least atLeast bytes,
// r ends (io.EOF, perhaps along with bytes) or fails (r's own error), or ctx is
// done (its error, checked before each read). Unlike io.ReadAtLeast it tells
// the end of r from an io.ErrUnexpectedEOF that r itself returned.
func Fill(ctx context.Context, r io.Reader, buf []byte, atLeast int) (int, error) {
	filled, empty := 0, 0
	for filled < min(atLeast, len(buf)) {
		if err := ctx.Err(); err != nil {
			return filled, err
		}
		n, err := r.Read(buf[filled:])
		if n < 0 || n > len(buf)-filled {
			return filled, errBadCount
		}
		filled += n
		if err != nil {
			return filled, err
		}
		if n > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads {
			return filled, io.ErrNoProgress
		}
	}
	return filled, nil
}
