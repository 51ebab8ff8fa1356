package e2e

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

// flatResident is what the server may use of memory at its peak, in KiB, whatever
// the size of what is streamed.
const flatResident = 128 << 10

// partSize is the size of the parts that TestFlatMemory uploads.
const partSize = 64 << 20

// stream is bytes that never repeat, from any offset on: they are made faster than
// a disk takes them, and kept nowhere.
type stream struct {
	cipher.Stream
	left int64
}

func newStream(seed byte, offset, size int64) *stream {
	block, err := aes.NewCipher(bytes.Repeat([]byte{seed}, 16))
	if err != nil {
		panic(err)
	}
	iv := make([]byte, 16)
	big.NewInt(offset / 16).FillBytes(iv)
	s := &stream{Stream: cipher.NewCTR(block, iv), left: offset % 16}
	s.Read(make([]byte, 16)) // to the offset within its block
	s.left = size
	return s
}

func (s *stream) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), s.left)]
	clear(p)
	s.XORKeyStream(p, p)
	s.left -= int64(len(p))
	return len(p), nil
}

// differs reads to the end and tells the first offset at which the bytes are not the
// stream's, or -1.
func (s *stream) differs(r io.Reader) (int64, error) {
	got, want := make([]byte, 1<<20), make([]byte, 1<<20)
	for offset := int64(0); ; {
		n, err := io.ReadFull(r, got)
		m, _ := io.ReadFull(s, want[:max(n, 1)])
		if m != n || !bytes.Equal(got[:n], want[:n]) {
			return offset, nil
		}
		offset += int64(n)
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			if s.left > 0 {
				return offset, nil
			}
			return -1, nil
		default:
			return offset, err
		}
	}
}

// putStream uploads a piece of a stream in one request and returns its ETag.
func (s *server) putStream(t *testing.T, c credentials, target string, seed byte, offset, size int64) (string, error) {
	req, err := http.NewRequestWithContext(t.Context(), "PUT", s.endpoint+target, newStream(seed, offset, size))
	if err != nil {
		return "", err
	}
	req.ContentLength = size
	sign(t, req, c, "s3", "UNSIGNED-PAYLOAD", time.Now())
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		body, _ := io.ReadAll(resp.Body)
		return "", fmt.Errorf("PUT %s: %d %s", target, resp.StatusCode, body)
	}
	return resp.Header.Get("ETag"), nil
}

// TestFlatMemory streams an object of SALLYPORT_STREAM_GIB (1 by default) up in
// parts and down again, and before it one in a single PUT of up to 5 GiB, AWS's limit.
// Every byte is compared, and the server's memory has a bound that knows no sizes.
func TestFlatMemory(t *testing.T) {
	t.Parallel()
	gib, err := strconv.ParseInt("0"+os.Getenv("SALLYPORT_STREAM_GIB"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	size := max(gib, 1) << 30
	single := min(size, 5<<30)
	s := startServer(t)
	var disk syscall.Statfs_t
	if err := syscall.Statfs(s.dir, &disk); err != nil {
		t.Fatal(err)
	}
	if free, need := int64(disk.Bavail)*disk.Bsize, size+single+size/16; free < need {
		t.Fatalf("%s has %d MiB free, this test needs %d MiB (TMPDIR says where)", s.dir, free>>20, need>>20)
	}
	keys := s.profileKeys("green")
	c := s.s3(keys)
	bucket := "streams"
	makeBucket(t, c, bucket)
	t.Logf("idle, the server uses %d MiB", s.peak(t)>>10)

	flat := func(what string, began time.Time, n int64) {
		t.Helper()
		peak := s.peak(t)
		t.Logf("%s: %d MiB in %.0f s, peak memory %d MiB", what, n>>20, time.Since(began).Seconds(), peak>>10)
		if peak > flatResident {
			t.Errorf("%s: the server used %d KiB, more than %d", what, peak, flatResident)
		}
	}
	check := func(key string, seed byte, offset, size int64, ranged bool) {
		t.Helper()
		in := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
		if ranged {
			in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+size-1))
		}
		out := must(c.GetObject(t.Context(), in))(t)
		defer out.Body.Close()
		if at, err := newStream(seed, offset, size).differs(out.Body); err != nil || at >= 0 {
			t.Fatalf("%s from %d on differs at %d (%v)", key, offset, at, err)
		}
	}

	began := time.Now()
	if _, err := s.putStream(t, keys, "/streams/single", 1, 0, single); err != nil {
		t.Fatal(err)
	}
	flat("up in a single PUT", began, single)
	began = time.Now()
	check("single", 1, 0, single, false)
	flat("down in one stream", began, single)
	must(c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("single")}))(t)

	began = time.Now()
	s.putParts(t, c, keys, bucket, "parts", size)
	flat("up in parts", began, size)
	began = time.Now()
	check("parts", 2, 0, size, false)
	flat("down in one stream", began, size)
	for _, offset := range []int64{0, partSize - 9, size/2 + 5, size - 33} {
		check("parts", 2, offset, min(32<<10, size-offset), true)
	}
}

// putParts uploads a stream in parts, four at a time.
func (s *server) putParts(t *testing.T, c *s3.Client, keys credentials, bucket, key string, size int64) {
	t.Helper()
	up := must(c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key}))(t)
	parts := make([]types.CompletedPart, size/partSize)
	var group errgroup.Group
	group.SetLimit(4)
	for i := range parts {
		group.Go(func() error {
			target := fmt.Sprintf("/%s/%s?partNumber=%d&uploadId=%s", bucket, key, i+1, *up.UploadId)
			etag, err := s.putStream(t, keys, target, 2, int64(i)*partSize, partSize)
			parts[i] = types.CompletedPart{PartNumber: aws.Int32(int32(i + 1)), ETag: &etag}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	must(c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: up.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}}))(t)
}
