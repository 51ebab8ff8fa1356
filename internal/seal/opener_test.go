package seal

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"testing/iotest"
)

func ranges(size int64) [][2]int64 {
	var rs [][2]int64
	edges := []int64{0, 1, 15, seg - 1, seg, seg + 1, 2*seg - 1, 2 * seg, 2*seg + 1, size - 1, size}
	for _, from := range edges {
		for _, to := range edges {
			if from >= 0 && from <= to && to <= size {
				rs = append(rs, [2]int64{from, to - from})
			}
		}
		if from >= 0 && from <= size {
			rs = append(rs, [2]int64{from, -1})
		}
	}
	rng := rand.New(rand.NewPCG(uint64(size), 1))
	for range 50 {
		from := rng.Int64N(size + 1)
		rs = append(rs, [2]int64{from, rng.Int64N(size - from + 1)})
	}
	return rs
}

func TestEveryRange(t *testing.T) {
	k := NewDataKey()
	for _, size := range streamSizes {
		plain := pattern(size)
		sealed := SealBytes(k, nil, plain)
		for _, r := range ranges(int64(size)) {
			want := plain[r[0]:]
			if r[1] >= 0 {
				want = want[:r[1]]
			}
			for name, read := range readWays {
				got, err := openRange(t, k, sealed, int64(size), r[0], r[1], read)
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%d bytes from %d of %d by %s: %d, %v", r[1], r[0], size, name, len(got), err)
				}
			}
		}
	}
}

var readWays = map[string]func(io.Reader) ([]byte, error){
	"WriteTo": func(r io.Reader) ([]byte, error) {
		var b bytes.Buffer
		n, err := r.(io.WriterTo).WriteTo(&b)
		if n != int64(b.Len()) {
			err = errors.Join(err, errors.New("WriteTo returned another count"))
		}
		return b.Bytes(), err
	},
	"small reads": func(r io.Reader) ([]byte, error) { return readBy(r, 5000) },
	"big reads":   func(r io.Reader) ([]byte, error) { return readBy(r, 100<<10) },
	"both": func(r io.Reader) ([]byte, error) {
		head := make([]byte, 10)
		n, err := io.ReadFull(r, head)
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = nil
			}
			return head[:n], err
		}
		b := bytes.NewBuffer(head)
		_, err = io.Copy(b, r)
		return b.Bytes(), err
	},
}

func readBy(r io.Reader, room int) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.CopyBuffer(struct{ io.Writer }{&b}, struct{ io.Reader }{r}, make([]byte, room))
	return b.Bytes(), err
}

// openRange checks, too, that no more is read than the segments needed.
func openRange(t *testing.T, k DataKey, sealed []byte, total, offset, length int64, read func(io.Reader) ([]byte, error)) ([]byte, error) {
	t.Helper()
	asked := 0
	source := memorySource(sealed)
	r, err := Open(k, total, offset, length, func(off, n int64) (io.ReadCloser, error) {
		asked++
		if length < 0 {
			length = total - offset
		}
		if most := max(length, 1) + 2*seg + n/seg*tagSize + tagSize; off%sealedSegment != 0 || n <= 0 || n > most || off+n > int64(len(sealed)) {
			t.Errorf("%d bytes from %d: %d sealed bytes from %d asked for", length, offset, n, off)
		}
		return source(off, n)
	})
	if err != nil {
		return nil, err
	}
	b, err := read(r)
	if asked > 1 {
		t.Errorf("the source was opened %d times", asked)
	}
	return b, errors.Join(err, r.Close())
}

func TestOpenIsAReader(t *testing.T) {
	k, plain := NewDataKey(), pattern(2*seg+3000)
	r, err := Open(k, int64(len(plain)), 7, seg+2000, memorySource(SealBytes(k, nil, plain)))
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, plain[7:7+seg+2000]); err != nil {
		t.Error(err)
	}
}

func TestOpenOutside(t *testing.T) {
	k := NewDataKey()
	for _, c := range [][3]int64{
		{10, 0, 11}, {10, 11, 0}, {10, 11, -1}, {10, -1, 1}, {10, 5, 6}, {10, 0, -2}, {0, 0, 1}, {-1, 0, 0}, {-1, -1, 0},
		{10, math.MaxInt64, 1}, {10, 1, math.MaxInt64}, {math.MaxInt64, 0, 1}, {10, math.MinInt64, -1},
	} {
		_, err := Open(k, c[0], c[1], c[2], func(int64, int64) (io.ReadCloser, error) {
			t.Error("the source was opened")
			return nil, io.EOF
		})
		if !errors.Is(err, ErrRange) {
			t.Errorf("%d bytes from %d of %d: %v", c[2], c[1], c[0], err)
		}
	}
}

// TestCorruptSegmentsStayInside flips a bit in one segment and reads around it.
func TestCorruptSegmentsStayInside(t *testing.T) {
	k, plain := NewDataKey(), pattern(4*seg)
	for bad := range 4 {
		sealed := SealBytes(k, nil, plain)
		sealed[bad*sealedSegment+100] ^= 1
		for name, read := range readWays {
			got, err := openRange(t, k, sealed, 4*seg, 5, -1, read)
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("segment %d by %s: %v", bad, name, err)
			}
			if !bytes.Equal(got, plain[min(5, bad*seg):][:max(0, bad*seg-5)]) && name != "both" {
				t.Errorf("segment %d by %s: %d bytes before the error", bad, name, len(got))
			}
			for s := range int64(4) {
				_, err := openRange(t, k, sealed, 4*seg, s*seg, seg, read)
				if (err != nil) != (s == int64(bad)) {
					t.Errorf("segment %d is bad, reading %d by %s: %v", bad, s, name, err)
				}
			}
		}
	}
}

type closes struct {
	io.Reader
	n   int
	err error
}

func (c *closes) Close() error {
	c.n++
	return c.err
}

func TestOpenSourceFails(t *testing.T) {
	own := errors.New("own")
	k, plain := NewDataKey(), pattern(2*seg)
	sealed := SealBytes(k, nil, plain)
	if _, err := Open(k, 2*seg, 0, -1, func(int64, int64) (io.ReadCloser, error) { return nil, own }); !errors.Is(err, own) {
		t.Errorf("the source does not open: %v", err)
	}
	for name, c := range map[string]struct {
		r    io.Reader
		want error
	}{
		"fails":          {io.MultiReader(bytes.NewReader(sealed[:sealedSegment+10]), iotest.ErrReader(own)), own},
		"unexpected end": {io.MultiReader(bytes.NewReader(sealed[:sealedSegment+10]), iotest.ErrReader(io.ErrUnexpectedEOF)), io.ErrUnexpectedEOF},
		"no progress":    {io.MultiReader(bytes.NewReader(sealed[:sealedSegment+10]), reads(func([]byte) (int, error) { return 0, nil })), io.ErrNoProgress},
		"ends early":     {bytes.NewReader(sealed[:len(sealed)-1]), ErrCorrupt},
		"ends at once":   {bytes.NewReader(nil), ErrCorrupt},
		"goes on":        {io.MultiReader(bytes.NewReader(sealed), bytes.NewReader([]byte{0})), ErrCorrupt},
		"fails late":     {io.MultiReader(bytes.NewReader(sealed), iotest.ErrReader(own)), own},
	} {
		src := &closes{Reader: c.r}
		r, err := Open(k, 2*seg, 0, -1, func(int64, int64) (io.ReadCloser, error) { return src, nil })
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if !errors.Is(err, c.want) || !bytes.HasPrefix(plain, got) || len(got) == len(plain) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if _, err := r.Read(make([]byte, 10)); !errors.Is(err, c.want) {
			t.Errorf("%s, again: %v", name, err)
		}
		src.err = own
		if err := r.Close(); !errors.Is(err, own) {
			t.Errorf("%s: Close: %v", name, err)
		}
		if err := r.Close(); err != nil || src.n != 1 {
			t.Errorf("%s: second Close: %v, the source was closed %d times", name, err, src.n)
		}
	}
}

func TestOpenClosed(t *testing.T) {
	k, plain := NewDataKey(), pattern(2*seg)
	r, err := Open(k, 2*seg, 0, -1, memorySource(SealBytes(k, nil, plain)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read after Close: %d, %v", n, err)
	}
	if n, err := r.(io.WriterTo).WriteTo(io.Discard); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("WriteTo after Close: %d, %v", n, err)
	}
}

type writes func([]byte) (int, error)

func (f writes) Write(p []byte) (int, error) { return f(p) }

func TestWriteToFails(t *testing.T) {
	own := errors.New("own")
	k, plain := NewDataKey(), pattern(2*seg)
	for name, c := range map[string]struct {
		w    io.Writer
		want error
		n    int64
	}{
		"at once":  {writes(func([]byte) (int, error) { return 0, own }), own, 0},
		"midway":   {writes(func([]byte) (int, error) { return 100, own }), own, 100},
		"short":    {writes(func([]byte) (int, error) { return 100, nil }), io.ErrShortWrite, 100},
		"negative": {writes(func([]byte) (int, error) { return -1, own }), own, 0},
	} {
		r, err := Open(k, 2*seg, 0, -1, memorySource(SealBytes(k, nil, plain)))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(c.w, r); n != c.n || !errors.Is(err, c.want) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		// What was not taken is still there.
		if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(rest, plain[c.n:]) {
			t.Errorf("%s: %d bytes are left, %v", name, len(rest), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
