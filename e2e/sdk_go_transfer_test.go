package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// noise is n bytes that do not compress and are the same for the same seed.
func noise(seed string, n int) []byte {
	b := make([]byte, n)
	mathrand.NewChaCha8(sha256.Sum256([]byte(seed))).Read(b)
	return b
}

// TestMultipartWithTheGoSDK: the SDK's own uploader and downloader, and copies in
// parts.
func TestMultipartWithTheGoSDK(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := s.s3(s.profileKeys("green"))
	bucket := "sdk-multipart"
	makeBucket(t, c, bucket)
	data := noise("multipart", 23<<20+77)
	up := manager.NewUploader(c, func(u *manager.Uploader) { u.PartSize, u.Concurrency = manager.MinUploadPartSize, 3 })
	out := must(up.Upload(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("big"), Body: bytes.NewReader(data)}))(t)
	if len(out.CompletedParts) != 5 || !strings.HasSuffix(aws.ToString(out.ETag), `-5"`) {
		t.Fatalf("%d parts, ETag %s", len(out.CompletedParts), aws.ToString(out.ETag))
	}
	download := func(key string) []byte {
		t.Helper()
		to := manager.NewWriteAtBuffer(nil)
		down := manager.NewDownloader(c, func(d *manager.Downloader) { d.PartSize, d.Concurrency = 4<<20, 3 })
		if _, err := down.Download(t.Context(), to, &s3.GetObjectInput{Bucket: &bucket, Key: &key}); err != nil {
			t.Fatal(err)
		}
		return to.Bytes()
	}
	if !bytes.Equal(download("big"), data) {
		t.Fatal("the download differs")
	}
	part := must(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("big"), PartNumber: aws.Int32(5)}))(t)
	if got, err := io.ReadAll(part.Body); err != nil || !bytes.Equal(got, data[20<<20:]) || *part.PartsCount != 5 {
		t.Fatalf("part 5 has %d bytes of %d parts (%v)", len(got), *part.PartsCount, err)
	}

	upload := must(c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: aws.String("pieces")}))(t)
	var parts []types.CompletedPart
	for i, r := range []string{"bytes=0-5242879", "bytes=10485760-16777215", "bytes=0-0"} {
		n := aws.Int32(int32(i + 1))
		p := must(c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{
			Bucket: &bucket, Key: aws.String("pieces"), UploadId: upload.UploadId, PartNumber: n, CopySource: aws.String(bucket + "/big"), CopySourceRange: &r,
		}))(t)
		parts = append(parts, types.CompletedPart{ETag: p.CopyPartResult.ETag, PartNumber: n})
	}
	if _, code := getText(t, c, bucket, "pieces"); code != "NoSuchKey" {
		t.Errorf("an unfinished upload is there: %s", code)
	}
	complete := func(parts []types.CompletedPart) error {
		_, err := c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
			Bucket: &bucket, Key: aws.String("pieces"), UploadId: upload.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
		return err
	}
	wantCode(t, complete([]types.CompletedPart{parts[1], parts[0]}), "InvalidPartOrder")
	wantCode(t, complete([]types.CompletedPart{{ETag: aws.String("none"), PartNumber: aws.Int32(1)}}), "InvalidPart")
	wantCode(t, complete([]types.CompletedPart{parts[0], {ETag: parts[0].ETag, PartNumber: aws.Int32(9)}}), "InvalidPart")
	wantCode(t, complete(parts), "")
	if want := bytes.Join([][]byte{data[:5<<20], data[10<<20 : 16<<20], data[:1]}, nil); !bytes.Equal(download("pieces"), want) {
		t.Fatal("the copied pieces differ")
	}
	small := must(c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: aws.String("small")}))(t)
	parts = nil
	for n := range int32(2) {
		p := must(c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: &bucket, Key: aws.String("small"), UploadId: small.UploadId, PartNumber: aws.Int32(n + 1), Body: strings.NewReader("small")}))(t)
		parts = append(parts, types.CompletedPart{ETag: p.ETag, PartNumber: aws.Int32(n + 1)})
	}
	_, err := c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: aws.String("small"), UploadId: small.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	wantCode(t, err, "EntityTooSmall")
	must(c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: aws.String("small"), UploadId: small.UploadId}))(t)
	left := must(c.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket}))(t)
	if len(left.Uploads) != 0 {
		t.Errorf("%d uploads are left", len(left.Uploads))
	}
}

// TestChecksumsWithTheGoSDK: every algorithm, as a header over HTTP and as a
// trailer over TLS, in one request and in parts, and checked on the way back.
func TestChecksumsWithTheGoSDK(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t)
	plain := startServer(t)
	secure := startServer(t, "--tls-cert", cert, "--tls-key", key)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(client.CloseIdleConnections)
	for _, c := range []struct {
		name   string
		client *s3.Client
	}{
		{"header", plain.s3(plain.profileKeys("green"))},
		{"trailer", secure.s3(secure.profileKeys("green"), func(o *s3.Options) { o.HTTPClient = plainBodies(client) })},
	} {
		bucket := "sdk-checksums"
		makeBucket(t, c.client, bucket)
		for _, a := range []types.ChecksumAlgorithm{
			types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256,
		} {
			t.Run(c.name+" "+string(a), func(t *testing.T) { checksummed(t, c.client, bucket, c.name, a) })
		}
	}
}

func checksummed(t *testing.T, c *s3.Client, bucket, way string, a types.ChecksumAlgorithm) {
	name := strings.ToLower(string(a))
	for _, n := range []int{0, 1, 70_000} {
		key, data := fmt.Sprintf("%s-%d", name, n), noise(name, n)
		var sent http.Header
		put := must(c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data), ChecksumAlgorithm: a}, spy(&sent)))(t)
		if trailer := sent.Get("X-Amz-Trailer"); (way == "trailer" && n > 0) != (trailer == "x-amz-checksum-"+name) {
			t.Fatalf("the SDK sent the checksum of %d bytes otherwise than meant: %v", n, sent)
		}
		get := must(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled}))(t)
		got, err := io.ReadAll(get.Body) // the SDK checks it on the way
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d of %d bytes came back: %v", len(got), n, err)
		}
		in := sumOf(a, put.ChecksumCRC32, put.ChecksumCRC32C, put.ChecksumCRC64NVME, put.ChecksumSHA1, put.ChecksumSHA256)
		out := sumOf(a, get.ChecksumCRC32, get.ChecksumCRC32C, get.ChecksumCRC64NVME, get.ChecksumSHA1, get.ChecksumSHA256)
		if in == "" || in != out || get.ChecksumType != types.ChecksumTypeFullObject {
			t.Fatalf("the checksum is %q, then %q of type %q", in, out, get.ChecksumType)
		}
	}
	key, data := name+"-parts", noise(name, 11<<20)
	up := manager.NewUploader(c, func(u *manager.Uploader) { u.PartSize = 6 << 20 })
	must(up.Upload(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data), ChecksumAlgorithm: a}))(t)
	get := must(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled}))(t)
	if got, err := io.ReadAll(get.Body); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("in parts: %d bytes came back: %v", len(got), err)
	}
	sum := sumOf(a, get.ChecksumCRC32, get.ChecksumCRC32C, get.ChecksumCRC64NVME, get.ChecksumSHA1, get.ChecksumSHA256)
	if whole := get.ChecksumType == types.ChecksumTypeFullObject; sum == "" || whole == strings.HasSuffix(sum, "-2") {
		t.Fatalf("in parts: the checksum is %q of type %q", sum, get.ChecksumType)
	}
	attributes := must(c.GetObjectAttributes(t.Context(), &s3.GetObjectAttributesInput{
		Bucket: &bucket, Key: &key, ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesObjectParts, types.ObjectAttributesChecksum, types.ObjectAttributesObjectSize},
	}))(t)
	if *attributes.ObjectSize != 11<<20 || *attributes.ObjectParts.TotalPartsCount != 2 {
		t.Fatalf("the attributes are %+v", attributes)
	}
}

func sumOf(a types.ChecksumAlgorithm, crc32, crc32c, crc64, sha1, sha256 *string) string {
	return aws.ToString(map[types.ChecksumAlgorithm]*string{
		types.ChecksumAlgorithmCrc32: crc32, types.ChecksumAlgorithmCrc32c: crc32c, types.ChecksumAlgorithmCrc64nvme: crc64,
		types.ChecksumAlgorithmSha1: sha1, types.ChecksumAlgorithmSha256: sha256,
	}[a])
}

// spy notes the header of a request as it goes out.
func spy(sent *http.Header) func(*s3.Options) {
	return func(o *s3.Options) {
		inner := o.HTTPClient
		o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
			*sent = r.Header.Clone()
			return inner.Do(r)
		})
	}
}

// certificate makes a key pair for 127.0.0.1, and for further names and addresses,
// that lasts as long as the test, and the pool that trusts it.
func certificate(t *testing.T, names ...string) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sallyport"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))(t)
	private := must(x509.MarshalPKCS8PrivateKey(key))(t)
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for path, text := range map[string][]byte{certFile: certPEM, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, roots
}

// TestPartsWithChecksumsNobodyAskedFor: SDKs add a checksum to each part of an
// upload that was begun without one. The object gets the default one, of all bytes.
func TestPartsWithChecksumsNobodyAskedFor(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := s.s3(s.profileKeys("green"))
	bucket := "sdk-undeclared"
	makeBucket(t, c, bucket)
	data := noise("undeclared", 5<<20+99)
	whole := must(c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("whole"), Body: bytes.NewReader(data), ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme}))(t)
	up := must(c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: aws.String("parts")}, func(o *s3.Options) {
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	}))(t)
	if up.ChecksumAlgorithm != "" {
		t.Fatalf("the upload was begun with %s", up.ChecksumAlgorithm)
	}
	var parts []types.CompletedPart
	for i, part := range [][]byte{data[:5<<20], data[5<<20:]} {
		n := aws.Int32(int32(i + 1))
		p := must(c.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: &bucket, Key: aws.String("parts"), UploadId: up.UploadId, PartNumber: n, Body: bytes.NewReader(part), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		}))(t)
		if p.ChecksumCRC32 == nil {
			t.Errorf("part %d comes back without its checksum", *n)
		}
		parts = append(parts, types.CompletedPart{PartNumber: n, ETag: p.ETag, ChecksumCRC32: p.ChecksumCRC32})
	}
	bad := &s3.UploadPartInput{Bucket: &bucket, Key: aws.String("parts"), UploadId: up.UploadId, PartNumber: aws.Int32(3), Body: strings.NewReader("x"), ChecksumCRC32: aws.String("AAAAAA==")}
	_, err := c.UploadPart(t.Context(), bad)
	wantCode(t, err, "BadDigest")
	must(c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: aws.String("parts"), UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	}))(t)
	head := must(c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("parts"), ChecksumMode: types.ChecksumModeEnabled}))(t)
	if aws.ToString(head.ChecksumCRC64NVME) != *whole.ChecksumCRC64NVME || head.ChecksumType != types.ChecksumTypeFullObject {
		t.Errorf("the checksum is %q of type %q, want %q", aws.ToString(head.ChecksumCRC64NVME), head.ChecksumType, *whole.ChecksumCRC64NVME)
	}
}
