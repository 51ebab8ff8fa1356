package seal

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Source opens n bytes from offset of a sealed stream.
type Source func(offset, n int64) (io.ReadCloser, error)

// Open returns a reader of length bytes from offset of the stream that source
// holds sealed; length -1 reads to the end. total is the size of the stream
// before it was sealed, as the caller recorded it: ErrRange if the range does not
// lie within. source is called once, for the segments that the range touches,
// or not at all if those are none.
//
// The reader implements io.WriterTo. No byte of a segment leaves it before the
// segment was verified. What does not open is ErrCorrupt, and so is a source
// that ends early or yields more than it was asked for; the source's own errors
// are passed on as they are. A range that ends before the stream does cannot tell
// whether the rest is whole. The reader is not safe for concurrent use, and must
// be closed.
func Open(k DataKey, total, offset, length int64, source Source) (io.ReadCloser, error) {
	if total < 0 || total > MaxStream || offset < 0 || offset > total || length < -1 || length > total-offset {
		return nil, fmt.Errorf("%w: %d bytes from %d of %d", ErrRange, length, offset, total)
	}
	if length == -1 {
		length = total - offset
	}
	if length == 0 && total > 0 {
		return &opener{}, nil
	}
	first := offset / SegmentSize
	end := max(first+1, (offset+length+SegmentSize-1)/SegmentSize) // after the last
	from := first * sealedSegment
	src, err := source(from, min(end*sealedSegment, SealedSize(total))-from)
	if err != nil {
		return nil, err
	}
	return &opener{key: k, src: src, total: total, segment: first, end: end,
		skip: int(offset - first*SegmentSize), left: length, more: true}, nil
}

type opener struct {
	key          DataKey
	src          io.ReadCloser
	nonce        nonce
	total        int64
	segment, end int64 // the next to read, and the one that is not read any more
	more         bool  // segments are left, if only the empty one
	skip         int   // plain bytes of the next segment that come before the range
	left         int64 // bytes of the range that no segment was opened for
	err          error

	buf   *[sealedSegment]byte // nil while nothing is in it
	plain []byte               // verified bytes in buf
}

// Read implements io.Reader.
func (o *opener) Read(p []byte) (int, error) {
	if o.err == nil && len(o.plain) == 0 && o.more {
		// A whole segment, tag and all, is opened where its bytes shall lie.
		if len(p) >= sealedSegment && o.skip == 0 && o.left >= SegmentSize {
			plain, err := o.next(p[:sealedSegment])
			return len(plain), err
		}
		if err := o.load(); err != nil {
			return 0, err
		}
	}
	if len(o.plain) > 0 {
		n := copy(p, o.plain)
		if o.plain = o.plain[n:]; len(o.plain) == 0 {
			o.release()
		}
		return n, nil
	}
	o.release() // what an empty segment was in
	if o.err == nil {
		o.err = io.EOF
	}
	return 0, o.err
}

// WriteTo implements io.WriterTo.
func (o *opener) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for {
		if len(o.plain) > 0 {
			n, err := w.Write(o.plain)
			if err == nil && n < len(o.plain) {
				err = io.ErrShortWrite
			}
			n = max(0, min(n, len(o.plain)))
			written += int64(n)
			if o.plain = o.plain[n:]; err != nil {
				return written, err
			}
		}
		if o.err != nil || !o.more {
			o.release()
			if o.err != nil && !errors.Is(o.err, io.EOF) {
				return written, o.err
			}
			return written, nil
		}
		if err := o.load(); err != nil {
			return written, err
		}
	}
}

// Close implements io.Closer.
func (o *opener) Close() error {
	o.release()
	o.more, o.err = false, os.ErrClosed
	if o.src == nil {
		return nil
	}
	src := o.src
	o.src = nil
	return src.Close()
}

// load opens the next segment in the opener's own buffer.
func (o *opener) load() error {
	if o.buf == nil {
		o.buf = segmentBuffers.Get().(*[sealedSegment]byte)
	}
	plain, err := o.next(o.buf[:])
	if err != nil {
		o.release()
		return err
	}
	o.plain = plain
	return nil
}

func (o *opener) release() {
	if o.buf != nil {
		segmentBuffers.Put(o.buf)
		o.buf, o.plain = nil, nil
	}
}

// next reads and opens the next segment in place, in buf, and returns those of
// its bytes that are in the range.
func (o *opener) next(buf []byte) ([]byte, error) {
	last := o.segment == segments(o.total)-1
	if last {
		buf = buf[:o.total-o.segment*SegmentSize+tagSize]
	}
	plain, err := o.open(buf, last)
	if err != nil {
		o.err, o.more = err, false
		return nil, err
	}
	plain = plain[o.skip:min(int64(len(plain)), int64(o.skip)+o.left)]
	o.skip = 0
	o.left -= int64(len(plain))
	o.segment++
	o.more = o.segment < o.end
	return plain, nil
}

func (o *opener) open(buf []byte, last bool) ([]byte, error) {
	if n, err := fill(o.src, buf, 0); errors.Is(err, io.EOF) && n < len(buf) {
		return nil, fmt.Errorf("%w: the sealed stream ends in segment %d", ErrCorrupt, o.segment)
	} else if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	plain, err := o.key.k.aead.Open(buf[:0], o.nonce.set(o.segment, last), buf, nil)
	if err != nil {
		return nil, corruptSegment(o.segment)
	}
	if o.segment == o.end-1 {
		var beyond [1]byte
		if n, err := fill(o.src, beyond[:], 0); n > 0 {
			return nil, fmt.Errorf("%w: the sealed stream goes on after segment %d", ErrCorrupt, o.segment)
		} else if !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	return plain, nil
}
