package sigv4

import (
	"bufio"
	"crypto/sha256"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const (
	minChunk     = 8 << 10 // bytes of every chunk but the last
	maxChunkLine = 512     // bytes of a chunk's header
	chunkBuffer  = 4 << 10 // also bounds a trailing header
	hexSum       = 2 * sha256.Size
)

var chunkBuffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, chunkBuffer) }}

// chunkReader takes aws-chunked framing apart:
//
//	size[;chunk-signature=hex]\r\n data\r\n … 0[;chunk-signature=hex]\r\n [trailers]\r\n
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
type chunkReader struct {
	br        *bufio.Reader
	state     chunkState
	signed    bool
	trailing  bool // the framing ends in trailing headers
	remaining int64
	size      int64 // of the chunk being read
	number    int   // of chunk headers read
	decoded   int64
	want      int64

	key                *Key
	accessKey          string
	date, scope        string
	hash               hash.Hash
	sum                [sha256.Size]byte
	previous, provided [hexSum]byte
	sts                []byte

	announced []string
	trailers  []Field
}

type chunkState uint8

const (
	atHeader chunkState = iota
	inData
	atDataEnd
)

func (b *Body) chunked(req *Request) error {
	c := &b.chunks
	want, err := decodedLength(req.http)
	if err != nil {
		return err
	}
	c.signed = req.Payload != UnsignedChunksTrailer
	c.trailing = req.Payload != SignedChunks
	if c.signed && req.key == nil {
		return MissingToken(S3)
	}
	if c.trailing {
		if c.announced, err = announced(req.http.Header["X-Amz-Trailer"]); err != nil {
			return err
		}
	}
	c.want, b.length = want, want
	if c.signed {
		c.key, c.accessKey, c.date, c.scope = req.key, req.AccessKeyID, req.dateLine, req.scope
		c.hash = sha256.New()
		copy(c.previous[:], req.Signature)
	}
	c.br = chunkBuffers.Get().(*bufio.Reader)
	c.br.Reset(b.src)
	b.read = b.readChunked
	return nil
}

func decodedLength(r *http.Request) (int64, error) {
	value, _ := firstValue(r.Header, "X-Amz-Decoded-Content-Length")
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		return 0, fail(KindMissingLength, http.StatusLengthRequired, "MissingContentLength",
			"You must provide the Content-Length HTTP header.")
	}
	return n, nil
}

func (b *Body) readChunked(p []byte) (int, error) {
	n, err := b.chunks.read(p)
	if err != nil {
		b.chunks.br.Reset(nil)
		chunkBuffers.Put(b.chunks.br)
		b.chunks.br = nil
		err = cutShort(err)
	}
	return n, err
}

func (c *chunkReader) read(p []byte) (int, error) {
	for {
		switch c.state {
		case atHeader:
			if err := c.header(); err != nil {
				return 0, err
			}
			if c.size == 0 {
				return 0, c.finish()
			}
			c.state = inData
		case inData:
			return c.data(p)
		case atDataEnd:
			if err := c.dataEnd(); err != nil {
				return 0, err
			}
			c.state = atHeader
		}
	}
}

// data reads straight into p when the buffer is drained.
func (c *chunkReader) data(p []byte) (int, error) {
	if int64(len(p)) > c.remaining {
		p = p[:c.remaining]
	}
	n, err := c.br.Read(p)
	if c.signed {
		c.hash.Write(p[:n])
	}
	c.remaining -= int64(n)
	c.decoded += int64(n)
	if c.remaining == 0 {
		c.state = atDataEnd
		if c.signed {
			c.hash.Sum(c.sum[:0])
			if err := c.verify("AWS4-HMAC-SHA256-PAYLOAD", true); err != nil {
				return 0, err
			}
		}
		return n, nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// header reads a chunk's header and refuses sizes that cannot be.
func (c *chunkReader) header() error {
	line, err := c.line(maxChunkLine)
	if err != nil {
		return err
	}
	size, ok := c.parseHeader(line)
	if !ok {
		return incompleteBody()
	}
	c.number++
	if size > 0 && c.number > 1 && c.size < minChunk {
		return fail(KindChunkSize, http.StatusForbidden, "InvalidChunkSizeError",
			"Only the last chunk is allowed to have a size less than 8192 bytes",
			Field{"Chunk", strconv.Itoa(c.number)}, Field{"BadChunkSize", strconv.FormatInt(c.size, 10)})
	}
	if size > c.want-c.decoded {
		return wrongLength(c.want, c.decoded+size)
	}
	c.size, c.remaining = size, size
	if c.signed {
		c.hash.Reset()
	}
	return nil
}

func (c *chunkReader) parseHeader(line []byte) (size int64, ok bool) {
	i := 0
	for i < len(line) && isHex(line[i]) {
		if i == 15 { // 60 bits: it cannot overflow, and no object is that large
			return 0, false
		}
		size = size<<4 | int64(unhex(line[i]))
		i++
	}
	if i == 0 {
		return 0, false
	}
	rest := line[i:]
	if !c.signed {
		return size, len(rest) == 0 || rest[0] == ';'
	}
	const ext = ";chunk-signature="
	if len(rest) != len(ext)+hexSum || string(rest[:len(ext)]) != ext {
		return 0, false
	}
	copy(c.provided[:], rest[len(ext):])
	return size, true
}

// verify checks c.provided, the signature that covers c.sum, and makes it the
// previous one of the next.
func (c *chunkReader) verify(algorithm string, chunk bool) error {
	s := append(c.sts[:0], algorithm...)
	s = append(s, '\n')
	s = append(s, c.date...)
	s = append(s, '\n')
	s = append(s, c.scope...)
	s = append(s, '\n')
	s = append(s, c.previous[:]...)
	s = append(s, '\n')
	if chunk {
		s = append(s, emptyHash...)
		s = append(s, '\n')
	}
	c.sts = appendHex(s, c.sum[:])
	if !c.key.verifyBytes(c.sts, &c.provided) {
		return signatureMismatch(c.accessKey, c.sts, string(c.provided[:]))
	}
	c.previous = c.provided
	return nil
}

func (c *chunkReader) dataEnd() error {
	line, err := c.line(2)
	if err == nil && len(line) != 0 {
		err = incompleteBody()
	}
	return err
}

// line reads to CRLF, which it leaves out. The line is valid until the next read.
func (c *chunkReader) line(limit int) ([]byte, error) {
	line, err := c.br.ReadSlice('\n')
	switch {
	case err == io.EOF || err == bufio.ErrBufferFull:
		return nil, incompleteBody()
	case err != nil:
		return nil, err
	case len(line) > limit || len(line) < 2 || line[len(line)-2] != '\r':
		return nil, incompleteBody()
	}
	return line[:len(line)-2], nil
}

// finish follows the last chunk: its signature, the length, the trailing headers,
// and nothing after them.
func (c *chunkReader) finish() error {
	if c.signed {
		c.hash.Sum(c.sum[:0])
		if err := c.verify("AWS4-HMAC-SHA256-PAYLOAD", true); err != nil {
			return err
		}
	}
	if c.decoded != c.want {
		return wrongLength(c.want, c.decoded)
	}
	if c.trailing {
		if err := c.readTrailers(); err != nil {
			return err
		}
	}
	return c.end()
}

// end takes what may follow, one empty line, and then wants the source to end.
func (c *chunkReader) end() error {
	for range 4 { // CRLF, and one more that some clients send after trailers
		switch b, err := c.br.ReadByte(); {
		case err != nil:
			return err // io.EOF is success
		case b != '\r' && b != '\n':
			return incompleteBody()
		}
	}
	if _, err := c.br.ReadByte(); err != io.EOF {
		if err == nil {
			err = incompleteBody()
		}
		return err
	}
	return io.EOF
}

// announced reads x-amz-trailer.
func announced(values []string) ([]string, error) {
	var names []string
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			if name = strings.ToLower(strings.TrimSpace(name)); name == "" {
				continue
			}
			if names = append(names, name); len(names) > maxTrailers {
				return nil, malformedTrailer()
			}
		}
	}
	return names, nil
}
