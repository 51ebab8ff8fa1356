package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// keyOf is the three headers of a customer's key of one repeated letter.
func keyOf(letter string) customerHeaders {
	secret := []byte(strings.Repeat(letter, 32))
	sum := md5.Sum(secret)
	return customerHeaders{p("AES256"), p(base64.StdEncoding.EncodeToString(secret)), p(base64.StdEncoding.EncodeToString(sum[:]))}
}

func keyFixture(t *testing.T) *fixture {
	return newFixture(t)
}

func (h customerHeaders) put(in *api.PutObjectInput) *api.PutObjectInput {
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = h.algorithm, h.key, h.md5
	return in
}

func (h customerHeaders) get(in *api.GetObjectInput) *api.GetObjectInput {
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = h.algorithm, h.key, h.md5
	return in
}

func (h customerHeaders) head() *api.HeadObjectInput {
	return &api.HeadObjectInput{Bucket: p("bucket"), Key: p("k"), ChecksumMode: p("ENABLED"),
		SSECustomerAlgorithm: h.algorithm, SSECustomerKey: h.key, SSECustomerKeyMD5: h.md5}
}

func (h customerHeaders) part(in *api.UploadPartInput) *api.UploadPartInput {
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = h.algorithm, h.key, h.md5
	return in
}

const (
	wrongKey   = "must provide the correct secret key."
	keyMissing = "The object was stored using a form of Server Side Encryption."
)

func TestCustomerKey(t *testing.T) {
	f := keyFixture(t)
	a, b := keyOf("a"), keyOf("b")
	for _, n := range []int{0, 5, 100_000} {
		data := random(uint64(n), n)
		out, err := f.PutObject(f.ctx, a.put(putInput("k", data)))
		if err != nil {
			t.Fatal(err)
		}
		sum := md5.Sum(data)
		if *out.ETag == `"`+hex.EncodeToString(sum[:])+`"` || out.ServerSideEncryption != nil || value(out.SSECustomerAlgorithm) != "AES256" ||
			value(out.SSECustomerKeyMD5) != *a.md5 || value(out.ChecksumCRC64NVME) != sumOf(checksum.CRC64NVME, data) {
			t.Errorf("%d bytes: %+v", n, out)
		}
		in := a.get(getInput("k"))
		in.ChecksumMode = p("ENABLED")
		got, read := f.get(in)
		if !bytes.Equal(read, data) || *got.ETag != *out.ETag || got.ServerSideEncryption != nil || value(got.SSECustomerKeyMD5) != *a.md5 ||
			value(got.ChecksumCRC64NVME) != *out.ChecksumCRC64NVME {
			t.Errorf("%d bytes: %+v", n, got)
		}
		head, err := f.HeadObject(f.ctx, a.head())
		if err != nil || value(head.ChecksumCRC64NVME) != *out.ChecksumCRC64NVME || value(head.SSECustomerAlgorithm) != "AES256" {
			t.Errorf("%+v, %v", head, err)
		}
		_, err = f.GetObject(f.ctx, getInput("k"))
		wantError(t, err, "InvalidRequest", keyMissing)
		_, err = f.GetObject(f.ctx, b.get(getInput("k")))
		wantError(t, err, "AccessDenied", wrongKey)
		_, err = f.HeadObject(f.ctx, (customerHeaders{}).head())
		wantError(t, err, "InvalidRequest", keyMissing)
		_, err = f.HeadObject(f.ctx, b.head())
		wantError(t, err, "AccessDenied", wrongKey)
	}
	ranged := a.get(getInput("k"))
	ranged.Range = p("bytes=70000-70009")
	if _, read := f.get(ranged); !bytes.Equal(read, random(100_000, 100_000)[70_000:70_010]) {
		t.Error("another range")
	}
	f.put("plain", nil)
	_, err := f.GetObject(f.ctx, a.get(getInput("plain")))
	wantError(t, err, "InvalidRequest", "The encryption parameters are not applicable to this object.")
	_, err = f.GetObjectAttributes(f.ctx, &api.GetObjectAttributesInput{Bucket: p("bucket"), Key: p("k"), ObjectAttributes: []string{"ETag"}})
	wantError(t, err, "InvalidRequest", keyMissing)
	attributes, err := f.GetObjectAttributes(f.ctx, &api.GetObjectAttributesInput{Bucket: p("bucket"), Key: p("k"), ObjectAttributes: []string{"Checksum"},
		SSECustomerAlgorithm: a.algorithm, SSECustomerKey: a.key, SSECustomerKeyMD5: a.md5})
	if err != nil || value(attributes.Checksum.ChecksumCRC64NVME) != sumOf(checksum.CRC64NVME, random(100_000, 100_000)) {
		t.Errorf("%+v, %v", attributes, err)
	}
}

// Neither the bytes nor what tells of them is stored where the account's key alone
// would show it.
func TestCustomerKeyHides(t *testing.T) {
	f := keyFixture(t)
	data := []byte("8 bytes!")
	if _, err := f.PutObject(f.ctx, keyOf("a").put(putInput("k", data))); err != nil {
		t.Fatal(err)
	}
	var o *store.Object
	b, err := f.bucket(f.ctx, p("bucket"), nil)
	if err != nil {
		t.Fatal(err)
	}
	sn, err := f.store.Snapshot(f.ctx, func(r *store.Reader) (_ *store.Bucket, _ *store.Object, err error) {
		o, err = r.Object(b.ID, "k")
		return b, o, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if checksum.Encode(o.Checksum.Value) == sumOf(checksum.CRC64NVME, data) || o.ETag.MD5 == md5.Sum(data) {
		t.Error("the row tells of the bytes")
	}
	if r, err := sn.Open(f.ctx, 0, 8); err == nil {
		r.Close()
		t.Error("the store opens it without the key")
	}
}

func TestCustomerKeyRefused(t *testing.T) {
	f := keyFixture(t)
	a := keyOf("a")
	short := p(base64.StdEncoding.EncodeToString([]byte("short")))
	for _, c := range []struct {
		name, code, text string
		headers          customerHeaders
	}{
		{"no algorithm", "InvalidArgument", "must provide a valid encryption algorithm.", customerHeaders{nil, a.key, a.md5}},
		{"digest alone", "InvalidArgument", "must provide a valid encryption algorithm.", customerHeaders{nil, nil, a.md5}},
		{"algorithm", "InvalidEncryptionAlgorithmError", "ArgumentValue=AES128", customerHeaders{p("AES128"), a.key, a.md5}},
		{"no key", "InvalidArgument", "must provide an appropriate secret key.", customerHeaders{a.algorithm, nil, a.md5}},
		{"no digest", "InvalidArgument", "must provide the client calculated MD5 of the secret key.", customerHeaders{a.algorithm, a.key, nil}},
		{"short key", "InvalidArgument", "The secret key was invalid for the specified algorithm.", customerHeaders{a.algorithm, short, a.md5}},
		{"no base64", "InvalidArgument", "The secret key was invalid for the specified algorithm.", customerHeaders{a.algorithm, p("!"), a.md5}},
		{"digest", "InvalidArgument", "did not match the hash that was provided.", customerHeaders{a.algorithm, a.key, keyOf("b").md5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.PutObject(f.ctx, c.headers.put(putInput("k", nil)))
			wantError(t, err, c.code, c.text)
			f.absent("k")
			_, err = f.GetObject(f.ctx, c.headers.get(getInput("k")))
			wantError(t, err, c.code, c.text)
			_, err = f.HeadObject(f.ctx, c.headers.head())
			wantError(t, err, c.code, c.text)
		})
	}
	in := a.put(putInput("k", nil))
	in.ServerSideEncryption = p("AES256")
	_, err := f.PutObject(f.ctx, in)
	wantError(t, err, "InvalidArgument", "is incompatible with the encryption method specified")
	far := *caller.From(f.ctx)
	far.SourceIP = netip.MustParseAddr("192.0.2.1")
	_, err = f.PutObject(caller.With(f.ctx, &far), a.put(putInput("k", nil)))
	wantError(t, err, "InvalidRequest", "must be made over a secure connection.")
	far.SecureTransport = true
	if _, err = f.PutObject(caller.With(f.ctx, &far), a.put(putInput("k", nil))); err != nil {
		t.Error(err)
	}
}

func TestCustomerKeyCopies(t *testing.T) {
	f := keyFixture(t)
	a, b := keyOf("a"), keyOf("b")
	data := random(1, 100_000)
	if _, err := f.PutObject(f.ctx, a.put(putInput("k", data))); err != nil {
		t.Fatal(err)
	}
	input := func(to string, from, under customerHeaders) *api.CopyObjectInput {
		return &api.CopyObjectInput{Bucket: p("bucket"), Key: &to, CopySource: p("bucket/k"),
			CopySourceSSECustomerAlgorithm: from.algorithm, CopySourceSSECustomerKey: from.key, CopySourceSSECustomerKeyMD5: from.md5,
			SSECustomerAlgorithm: under.algorithm, SSECustomerKey: under.key, SSECustomerKeyMD5: under.md5}
	}
	_, err := f.CopyObject(f.ctx, input("to", customerHeaders{}, b))
	wantError(t, err, "InvalidRequest", keyMissing)
	_, err = f.CopyObject(f.ctx, input("to", b, b))
	wantError(t, err, "AccessDenied", wrongKey)
	out, err := f.CopyObject(f.ctx, input("to", a, b))
	if err != nil || value(out.SSECustomerKeyMD5) != *b.md5 || out.ServerSideEncryption != nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, read := f.get(b.get(getInput("to"))); !bytes.Equal(read, data) {
		t.Error("the copy is another")
	}
	out, err = f.CopyObject(f.ctx, input("plain", a, customerHeaders{}))
	if err != nil || value(out.ServerSideEncryption) != "AES256" || out.SSECustomerKeyMD5 != nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if !bytes.Equal(f.object("plain"), data) {
		t.Error("the copy is another")
	}
	// The key is changed by copying an object to itself.
	if _, err := f.CopyObject(f.ctx, input("k", a, b)); err != nil {
		t.Fatal(err)
	}
	if _, read := f.get(b.get(getInput("k"))); !bytes.Equal(read, data) {
		t.Error("the object is another")
	}
}

func TestCustomerKeyMultipart(t *testing.T) {
	f := keyFixture(t)
	a, b := keyOf("a"), keyOf("b")
	begin := func(algorithm *string) string {
		return f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), ChecksumAlgorithm: algorithm,
			SSECustomerAlgorithm: a.algorithm, SSECustomerKey: a.key, SSECustomerKeyMD5: a.md5})
	}
	first, last := random(1, 5<<20), random(2, 1000)
	upload := func(id string, withSum bool) (parts []api.CompletedPart) {
		for i, data := range [][]byte{first, last} {
			in := a.part(partInput(id, i+1, data))
			if withSum {
				in.ChecksumSHA256 = p(sumOf(checksum.SHA256, data))
			}
			out, err := f.UploadPart(f.ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			if value(out.SSECustomerKeyMD5) != *a.md5 || out.ServerSideEncryption != nil {
				t.Errorf("%+v", out)
			}
			parts = append(parts, api.CompletedPart{ETag: out.ETag, PartNumber: p(int32(i + 1)), ChecksumSHA256: in.ChecksumSHA256})
		}
		return parts
	}
	id := begin(nil)
	_, err := f.UploadPart(f.ctx, partInput(id, 1, nil))
	wantError(t, err, "InvalidRequest", "The multipart upload initiate requested encryption.")
	_, err = f.UploadPart(f.ctx, b.part(partInput(id, 1, nil)))
	wantError(t, err, "InvalidRequest", "The provided encryption parameters did not match the ones used originally.")
	if _, err := f.CompleteMultipartUpload(f.ctx, completeInput(id, upload(id, false)...)); err != nil {
		t.Fatal(err)
	}
	if got, read := f.get(a.get(getInput("k"))); !bytes.Equal(read, append(bytes.Clone(first), last...)) || !strings.HasSuffix(*got.ETag, `-2"`) {
		t.Errorf("%+v", got)
	}
	_, err = f.GetObject(f.ctx, b.get(getInput("k")))
	wantError(t, err, "AccessDenied", wrongKey)

	id = begin(p("SHA256"))
	parts := upload(id, true)
	_, err = f.CompleteMultipartUpload(f.ctx, completeInput(id, parts...))
	wantError(t, err, "InvalidRequest", "The multipart upload initiate requested encryption.")
	for _, h := range []customerHeaders{{}, a} {
		list, err := f.ListParts(f.ctx, &api.ListPartsInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id,
			SSECustomerAlgorithm: h.algorithm, SSECustomerKey: h.key, SSECustomerKeyMD5: h.md5})
		want := ""
		if h.key != nil {
			want = sumOf(checksum.SHA256, last)
		}
		if err != nil || len(list.Parts) != 2 || value(list.Parts[1].ChecksumSHA256) != want {
			t.Errorf("%+v, %v", list, err)
		}
	}
	in := completeInput(id, parts...)
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = a.algorithm, a.key, a.md5
	out, err := f.CompleteMultipartUpload(f.ctx, in)
	if want := composite(checksum.SHA256, first, last); err != nil || value(out.ChecksumSHA256) != want {
		t.Fatalf("%+v, %v", out, err)
	}
	head := a.head()
	head.PartNumber = p(int32(2))
	if part, err := f.HeadObject(f.ctx, head); err != nil || value(part.ChecksumSHA256) != sumOf(checksum.SHA256, last) {
		t.Errorf("%+v, %v", part, err)
	}
	ranged := a.get(getInput("k"))
	ranged.Range = p("bytes=5242875-5242884")
	if _, read := f.get(ranged); !bytes.Equal(read, append(bytes.Clone(first[5<<20-5:]), last[:5]...)) {
		t.Error("another range")
	}

	id = f.begin(&api.CreateMultipartUploadInput{})
	_, err = f.UploadPart(f.ctx, a.part(partInput(id, 1, nil)))
	wantError(t, err, "InvalidRequest", "The multipart upload initiate did not request encryption.")
	copied, err := f.UploadPartCopy(f.ctx, &api.UploadPartCopyInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id, PartNumber: p(int32(1)),
		CopySource: p("bucket/k"), CopySourceSSECustomerAlgorithm: a.algorithm, CopySourceSSECustomerKey: a.key, CopySourceSSECustomerKeyMD5: a.md5})
	if err != nil {
		t.Fatal(err)
	}
	part := api.CompletedPart{ETag: copied.CopyPartResult.ETag, PartNumber: p(int32(1))}
	if _, err := f.CompleteMultipartUpload(f.ctx, completeInput(id, part)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.object("k"), append(bytes.Clone(first), last...)) {
		t.Error("the copied part is another")
	}
}

// A scrub looks at all that it can without the keys.
func TestCustomerKeyScrub(t *testing.T) {
	f := keyFixture(t)
	for key, n := range map[string]int{"none": 0, "small": 100, "large": 100_000} {
		if _, err := f.PutObject(f.ctx, keyOf("a").put(putInput(key, random(1, n)))); err != nil {
			t.Fatal(err)
		}
	}
	report, err := f.store.Scrub(f.ctx, store.ScrubOptions{Damaged: func(d store.Damage) { t.Errorf("%+v", d) }})
	if err != nil || report.Locked != 100_100 || report.Bytes != 0 {
		t.Errorf("%+v, %v", report, err)
	}
	var blobs []string
	err = f.store.View(f.ctx, func(r *store.Reader) error {
		return r.ScanReferences("", func(ref store.Reference) error { blobs = append(blobs, string(ref.Blob)); return nil })
	})
	if err != nil || len(blobs) != 1 {
		t.Fatal(blobs, err)
	}
}

func FuzzCustomerKey(f *testing.F) {
	a := keyOf("a")
	f.Add(*a.algorithm, *a.key, *a.md5)
	f.Add("AES256", "", "")
	f.Fuzz(func(t *testing.T, algorithm, key, digest string) {
		k, err := (&customerHeaders{&algorithm, &key, &digest}).read(as(t.Context(), owner), nil)
		if (err == nil) != k.given() {
			t.Errorf("key %v, %v", k.given(), err)
		}
		if err != nil {
			return
		}
		secret, err := base64.StdEncoding.DecodeString(key)
		if sum := md5.Sum(secret); err != nil || algorithm != "AES256" || len(secret) != 32 || base64.StdEncoding.EncodeToString(sum[:]) != digest {
			t.Errorf("took %q %q %q", algorithm, key, digest)
		}
	})
}

// TestCustomerKeyBlockedMeanwhile: a bucket that takes no customers' keys any more
// takes no parts under one either.
func TestCustomerKeyBlockedMeanwhile(t *testing.T) {
	f := keyFixture(t)
	a := keyOf("a")
	id := f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"),
		SSECustomerAlgorithm: a.algorithm, SSECustomerKey: a.key, SSECustomerKeyMD5: a.md5})
	if _, err := f.UploadPart(f.ctx, a.part(partInput(id, 1, []byte("x")))); err != nil {
		t.Fatal(err)
	}
	_, err := f.PutBucketEncryption(f.ctx, &api.PutBucketEncryptionInput{Bucket: p("bucket"), ServerSideEncryptionConfiguration: &api.ServerSideEncryptionConfiguration{
		Rules: []api.ServerSideEncryptionRule{{BlockedEncryptionTypes: &api.BlockedEncryptionTypes{EncryptionType: []string{"SSE-C"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.UploadPart(f.ctx, a.part(partInput(id, 2, []byte("x"))))
	wantError(t, err, "AccessDenied", "SSE-C")
	f.put("source", []byte("x"))
	_, err = f.UploadPartCopy(f.ctx, &api.UploadPartCopyInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id, PartNumber: p(int32(2)), CopySource: p("bucket/source"),
		SSECustomerAlgorithm: a.algorithm, SSECustomerKey: a.key, SSECustomerKeyMD5: a.md5})
	wantError(t, err, "AccessDenied", "SSE-C")
}
