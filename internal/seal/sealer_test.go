package seal

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestSealYieldsTheStream(t *testing.T) {
	k := NewDataKey()
	for _, n := range streamSizes {
		plain := pattern(n)
		want := SealBytes(k, nil, plain)
		for name, source := range map[string]func() io.Reader{
			"whole":         func() io.Reader { return bytes.NewReader(plain) },
			"halves":        func() io.Reader { return iotest.HalfReader(bytes.NewReader(plain)) },
			"data with EOF": func() io.Reader { return iotest.DataErrReader(bytes.NewReader(plain)) },
			"parts":         func() io.Reader { return io.MultiReader(bytes.NewReader(plain[:n/3]), bytes.NewReader(plain[n/3:])) },
			"odd": func() io.Reader {
				return iotest.DataErrReader(iotest.HalfReader(iotest.HalfReader(bytes.NewReader(plain))))
			},
		} {
			for _, room := range []int{100, 4096, seg, sealedSegment - 1, sealedSegment, sealedSegment + 1, 256 << 10} {
				var got bytes.Buffer
				buf := make([]byte, room)
				_, err := io.CopyBuffer(struct{ io.Writer }{&got}, Seal(k, source()), buf)
				if err != nil || !bytes.Equal(got.Bytes(), want) {
					t.Errorf("%d bytes, %s, read %d at a time: %d, %v", n, name, room, got.Len(), err)
				}
			}
		}
	}
}

func TestSealIsAReader(t *testing.T) {
	k, plain := NewDataKey(), pattern(seg+3000)
	if err := iotest.TestReader(Seal(k, bytes.NewReader(plain)), SealBytes(k, nil, plain)); err != nil {
		t.Error(err)
	}
}

// once says EOF along with the data and must not be asked again.
type once struct {
	t    *testing.T
	data []byte
	over bool
}

func (o *once) Read(p []byte) (int, error) {
	if o.over {
		o.t.Error("read again after the end")
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, o.data)
	if o.data = o.data[n:]; len(o.data) == 0 {
		o.over = true
		return n, io.EOF
	}
	return n, nil
}

func TestSealDoesNotReadOn(t *testing.T) {
	k := NewDataKey()
	for _, n := range streamSizes {
		plain := pattern(n)
		got, err := io.ReadAll(Seal(k, &once{t: t, data: plain}))
		if err != nil || !bytes.Equal(got, SealBytes(k, nil, plain)) {
			t.Errorf("%d bytes: %d, %v", n, len(got), err)
		}
	}
}

type reads func([]byte) (int, error)

func (f reads) Read(p []byte) (int, error) { return f(p) }

func TestSealPassesErrorsOn(t *testing.T) {
	own := errors.New("own")
	for name, c := range map[string]struct {
		r    io.Reader
		want error
	}{
		"own":            {iotest.ErrReader(own), own},
		"unexpected end": {iotest.ErrReader(io.ErrUnexpectedEOF), io.ErrUnexpectedEOF},
		"with data": {reads(func(p []byte) (int, error) {
			return len(p), own
		}), own},
		"no progress": {reads(func([]byte) (int, error) { return 0, nil }), io.ErrNoProgress},
		"too many":    {reads(func(p []byte) (int, error) { return len(p) + 1, nil }), errBadCount},
		"negative":    {reads(func([]byte) (int, error) { return -1, nil }), errBadCount},
	} {
		for _, before := range []int{0, 1, seg, seg + 1, 2*seg + 5} {
			for _, room := range []int{1000, sealedSegment} {
				r := Seal(NewDataKey(), io.MultiReader(bytes.NewReader(pattern(before)), c.r))
				var got bytes.Buffer
				_, err := io.CopyBuffer(struct{ io.Writer }{&got}, r, make([]byte, room))
				if !errors.Is(err, c.want) {
					t.Errorf("%s after %d: %v", name, before, err)
				}
				if want := max(0, (before-1)/seg*sealedSegment); got.Len() != want && name != "with data" {
					t.Errorf("%s after %d: %d sealed bytes came before, want %d", name, before, got.Len(), want)
				}
				if n, err := r.Read(make([]byte, room)); n != 0 || !errors.Is(err, c.want) {
					t.Errorf("%s after %d, again: %d, %v", name, before, n, err)
				}
			}
		}
	}
}

func TestSealRefusesAStreamTooLong(t *testing.T) {
	r := Seal(NewDataKey(), reads(func(p []byte) (int, error) { return len(p), nil }))
	r.(*sealer).segment = MaxStream/SegmentSize - 1
	if n, err := io.Copy(io.Discard, r); !errors.Is(err, errTooLong) || n != sealedSegment {
		t.Errorf("%d, %v", n, err)
	}
}
