package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

func (f *fixture) begin(in *api.CreateMultipartUploadInput) string {
	f.t.Helper()
	if in.Bucket == nil {
		in.Bucket, in.Key = p("bucket"), p("k")
	}
	out, err := f.CreateMultipartUpload(f.ctx, in)
	if err != nil {
		f.t.Fatal(err)
	}
	return *out.UploadId
}

func partInput(id string, n int, data []byte) *api.UploadPartInput {
	return &api.UploadPartInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id, PartNumber: p(int32(n)), Body: bodyOf(data),
		ContentLength: p(int64(len(data)))}
}

func (f *fixture) part(id string, n int, data []byte) api.CompletedPart {
	f.t.Helper()
	out, err := f.UploadPart(f.ctx, partInput(id, n, data))
	if err != nil {
		f.t.Fatal(err)
	}
	return api.CompletedPart{ETag: out.ETag, PartNumber: p(int32(n))}
}

func completeInput(id string, parts ...api.CompletedPart) *api.CompleteMultipartUploadInput {
	return &api.CompleteMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id,
		MultipartUpload: &api.CompletedMultipartUpload{Parts: parts}}
}

// multipart stores an object under k in parts of the given sizes and returns its
// bytes.
func (f *fixture) multipart(sizes ...int) (data []byte) {
	f.t.Helper()
	id := f.begin(&api.CreateMultipartUploadInput{})
	var parts []api.CompletedPart
	for i, n := range sizes {
		piece := random(uint64(i+100), n)
		data = append(data, piece...)
		parts = append(parts, f.part(id, i+1, piece))
	}
	if _, err := f.CompleteMultipartUpload(f.ctx, completeInput(id, parts...)); err != nil {
		f.t.Fatal(err)
	}
	return data
}

func TestMultipart(t *testing.T) {
	f := newFixture(t)
	id := f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), ContentType: p("text/plain"),
		Metadata: map[string]string{"a": "b"}, StorageClass: p("STANDARD_IA"), Tagging: p("x=y")})
	f.absent("k")
	a, b := random(1, 5<<20), random(2, 100)
	p2 := f.part(id, 7, b)
	f.part(id, 3, b)
	p1 := f.part(id, 3, a)
	f.part(id, 5, b) // left out
	out, err := f.CompleteMultipartUpload(f.ctx, completeInput(id, p1, p2))
	if err != nil {
		t.Fatal(err)
	}
	sa, sb := md5.Sum(a), md5.Sum(b)
	sum := md5.Sum(slices.Concat(sa[:], sb[:]))
	etag := `"` + hex.EncodeToString(sum[:]) + `-2"`
	data := slices.Concat(a, b)
	if *out.ETag != etag || *out.ChecksumCRC64NVME != sumOf(checksum.CRC64NVME, data) || *out.ChecksumType != "FULL_OBJECT" ||
		*out.Bucket != "bucket" || *out.Key != "k" {
		t.Errorf("%+v", out)
	}
	got, read := f.get(getInput("k"))
	if !bytes.Equal(read, data) || *got.ETag != etag || *got.ContentType != "text/plain" || got.Metadata["a"] != "b" ||
		*got.StorageClass != "STANDARD_IA" || *got.TagCount != 1 {
		t.Errorf("%+v", got)
	}
	again, err := f.CompleteMultipartUpload(f.ctx, completeInput(id, p1, p2))
	if err != nil || *again.ETag != etag {
		t.Errorf("again: %v, %v", again, err)
	}
	_, err = f.CompleteMultipartUpload(f.ctx, completeInput(id, p1))
	wantError(t, err, "NoSuchUpload", "UploadId="+id)
	_, err = f.UploadPart(f.ctx, partInput(id, 1, a))
	wantError(t, err, "NoSuchUpload", "")
}

func with[T any](in *T, change func(*T)) *T {
	change(in)
	return in
}

func TestLocation(t *testing.T) {
	for want, who := range map[string]caller.Info{
		"http://127.0.0.1:9000/bucket/a%20b/%C3%BC%3F": {Host: "127.0.0.1:9000"},
		"https://bucket.s3.test/a%20b/%C3%BC%3F":       {Host: "bucket.s3.test", VirtualHost: true, SecureTransport: true},
	} {
		if got := location(&who, "bucket", "a b/ü?"); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestCompleteRefused(t *testing.T) {
	f := newFixture(t)
	id := f.begin(&api.CreateMultipartUploadInput{})
	small, large := f.part(id, 1, []byte("small")), f.part(id, 2, random(1, 5<<20))
	numbered := func(n int32) api.CompletedPart { return api.CompletedPart{ETag: large.ETag, PartNumber: &n} }
	for _, c := range []struct {
		name, code, text string
		in               *api.CompleteMultipartUploadInput
	}{
		{"no parts", "MalformedXML", "", completeInput(id)},
		{"no list", "MalformedXML", "", &api.CompleteMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id}},
		{"no number", "MalformedXML", "", completeInput(id, api.CompletedPart{ETag: large.ETag})},
		{"order", "InvalidPartOrder", "UploadId=" + id, completeInput(id, large, small)},
		{"twice", "InvalidPartOrder", "", completeInput(id, small, small)},
		{"missing", "InvalidPart", "PartNumber=3", completeInput(id, large, numbered(3))},
		{"tag", "InvalidPart", "PartNumber=1", completeInput(id, api.CompletedPart{ETag: large.ETag, PartNumber: p(int32(1))})},
		{"number", "InvalidArgument", "", completeInput(id, numbered(10001))},
		{"number below", "InvalidArgument", "PartNumber must be >= 1", completeInput(id, numbered(0))},
		{"size below", "InvalidRequest", "is less than zero: '-1'", with(completeInput(id, large), func(in *api.CompleteMultipartUploadInput) { in.MpuObjectSize = p(int64(-1)) })},
		{"no type", "InvalidRequest", "Value for x-amz-checksum-type header is invalid.", with(completeInput(id, large), func(in *api.CompleteMultipartUploadInput) { in.ChecksumType = p("half") })},
		{"no checksum", "InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid.", with(completeInput(id, large), func(in *api.CompleteMultipartUploadInput) { in.ChecksumCRC32 = p("AAAAAA==-1-2") })},
		{"two checksums", "InvalidRequest", "Multiple checksum Types", with(completeInput(id, large), func(in *api.CompleteMultipartUploadInput) {
			in.ChecksumCRC32, in.ChecksumSHA1 = p("AAAAAA=="), p("x")
		})},
		{"small", "EntityTooSmall", "MinSizeAllowed=5242880", completeInput(id, small, large)},
		{"upload", "NoSuchUpload", "", completeInput("x", large)},
		{"other upload", "NoSuchUpload", "", completeInput(store.ID{1}.String(), large)},
		{"size", "InvalidRequest", "does not match what was computed: 5242880", func() *api.CompleteMultipartUploadInput {
			in := completeInput(id, large)
			in.MpuObjectSize = p(int64(5))
			return in
		}()},
		{"checksum", "BadDigest", "crc64nvme", func() *api.CompleteMultipartUploadInput {
			in := completeInput(id, large)
			in.ChecksumCRC64NVME = p(sumOf(checksum.CRC64NVME, nil))
			return in
		}()},
		{"type", "InvalidRequest", "FULL_OBJECT checksum mode", func() *api.CompleteMultipartUploadInput {
			in := completeInput(id, large)
			in.ChecksumType = p("COMPOSITE")
			return in
		}()},
		{"condition", "NoSuchKey", "", func() *api.CompleteMultipartUploadInput {
			in := completeInput(id, large)
			in.IfMatch = p("x")
			return in
		}()},
	} {
		_, err := f.CompleteMultipartUpload(f.ctx, c.in)
		t.Run(c.name, func(t *testing.T) { wantError(t, err, c.code, c.text) })
	}
	if _, err := f.CompleteMultipartUpload(f.ctx, completeInput(id, large)); err != nil {
		t.Error(err)
	}
}

func TestMultipartChecksums(t *testing.T) {
	a, b := random(1, 5<<20), random(2, 1000)
	data := slices.Concat(a, b)
	for _, c := range []struct {
		algorithm checksum.Algorithm
		typ       *string
		want      string
	}{
		{checksum.CRC32, nil, composite(checksum.CRC32, a, b)},
		{checksum.CRC32C, p("COMPOSITE"), composite(checksum.CRC32C, a, b)},
		{checksum.SHA1, nil, composite(checksum.SHA1, a, b)},
		{checksum.SHA256, nil, composite(checksum.SHA256, a, b)},
		{checksum.CRC32, p("FULL_OBJECT"), sumOf(checksum.CRC32, data)},
		{checksum.CRC32C, p("FULL_OBJECT"), sumOf(checksum.CRC32C, data)},
		{checksum.CRC64NVME, nil, sumOf(checksum.CRC64NVME, data)},
	} {
		f := newFixture(t)
		id := f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), ChecksumAlgorithm: p(c.algorithm.String()), ChecksumType: c.typ})
		var parts []api.CompletedPart
		for i, piece := range [][]byte{a, b} {
			in := partInput(id, i+1, piece)
			sum := sumOf(c.algorithm, piece)
			*[]**string{&in.ChecksumCRC32, &in.ChecksumCRC32C, &in.ChecksumCRC64NVME, &in.ChecksumSHA1, &in.ChecksumSHA256}[c.algorithm-1] = &sum
			out, err := f.UploadPart(f.ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			part := api.CompletedPart{ETag: out.ETag, PartNumber: in.PartNumber}
			*[]**string{&part.ChecksumCRC32, &part.ChecksumCRC32C, &part.ChecksumCRC64NVME, &part.ChecksumSHA1, &part.ChecksumSHA256}[c.algorithm-1] = &sum
			parts = append(parts, part)
		}
		in := completeInput(id, parts...)
		*[]**string{&in.ChecksumCRC32, &in.ChecksumCRC32C, &in.ChecksumCRC64NVME, &in.ChecksumSHA1, &in.ChecksumSHA256}[c.algorithm-1] = &c.want
		out, err := f.CompleteMultipartUpload(f.ctx, in)
		if err != nil {
			t.Errorf("%s %v: %v", c.algorithm, value(c.typ), err)
			continue
		}
		got := *[]**string{&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256}[c.algorithm-1]
		if value(got) != c.want || (*out.ChecksumType == "COMPOSITE") != strings.HasSuffix(c.want, "-2") {
			t.Errorf("%s %v: %q %s, not %q", c.algorithm, value(c.typ), value(got), *out.ChecksumType, c.want)
		}
		head, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("k"), ChecksumMode: p("ENABLED")})
		if err != nil {
			t.Fatal(err)
		}
		kept := *[]**string{&head.ChecksumCRC32, &head.ChecksumCRC32C, &head.ChecksumCRC64NVME, &head.ChecksumSHA1, &head.ChecksumSHA256}[c.algorithm-1]
		if value(kept) != c.want {
			t.Errorf("%s: HEAD says %q", c.algorithm, value(kept))
		}
	}
}

func composite(a checksum.Algorithm, parts ...[]byte) string {
	h := checksum.New(a)
	for _, part := range parts {
		sum := checksum.New(a)
		sum.Write(part)
		h.Write(sum.Sum(nil))
	}
	return checksum.Encode(h.Sum(nil)) + "-" + strconv.Itoa(len(parts))
}

func TestMultipartChecksumsRefused(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		algorithm, typ *string
		code, text     string
	}{
		{p("SHA256"), p("FULL_OBJECT"), "InvalidRequest", "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm."},
		{p("CRC64NVME"), p("COMPOSITE"), "InvalidRequest", "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."},
		{nil, p("COMPOSITE"), "InvalidRequest", "can only be used with"},
		{p("CRC32"), p("HALF"), "InvalidRequest", "x-amz-checksum-type"},
		{p("CRC7"), nil, "InvalidRequest", "unsupported"},
		{p("XXHASH3"), p("FULL_OBJECT"), "InvalidRequest", "The FULL_OBJECT checksum type cannot be used with the xxhash3 checksum algorithm."},
	} {
		_, err := f.CreateMultipartUpload(f.ctx, &api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), ChecksumAlgorithm: c.algorithm, ChecksumType: c.typ})
		wantError(t, err, c.code, c.text)
	}
	id := f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), ChecksumAlgorithm: p("SHA1")})
	in := partInput(id, 1, nil)
	in.ChecksumCRC32C = p(sumOf(checksum.CRC32C, nil))
	_, err := f.UploadPart(f.ctx, in)
	wantError(t, err, "InvalidRequest", "expected checksum Type: sha1, actual checksum Type: crc32c")
	_, err = f.UploadPart(f.ctx, partInput(id, 1, nil))
	wantError(t, err, "InvalidRequest", "expected checksum Type: sha1, actual checksum Type: null")
	in = partInput(id, 1, nil)
	in.ChecksumSHA1 = p(sumOf(checksum.SHA1, nil))
	out, err := f.UploadPart(f.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	part := api.CompletedPart{ETag: out.ETag, PartNumber: p(int32(1))}
	_, err = f.CompleteMultipartUpload(f.ctx, completeInput(id, part))
	wantError(t, err, "InvalidRequest", "It was missing for part 1 in the request.")
	part.ChecksumSHA1 = p(sumOf(checksum.SHA1, []byte("x")))
	_, err = f.CompleteMultipartUpload(f.ctx, completeInput(id, part))
	wantError(t, err, "InvalidPart", "")
	const garbled = "Invalid Base64 or multiple checksums present in request"
	part.ChecksumSHA1 = p("x")
	_, err = f.CompleteMultipartUpload(f.ctx, completeInput(id, part))
	wantError(t, err, "InvalidArgument", garbled)
	part.ChecksumSHA1, part.ChecksumCRC32 = in.ChecksumSHA1, p(sumOf(checksum.CRC32, nil))
	_, err = f.CompleteMultipartUpload(f.ctx, completeInput(id, part))
	wantError(t, err, "InvalidArgument", garbled)
	whole := completeInput(id, api.CompletedPart{ETag: out.ETag, PartNumber: p(int32(1)), ChecksumSHA1: in.ChecksumSHA1})
	whole.ChecksumSHA1 = p(strings.Replace(composite(checksum.SHA1, nil), "-1", "-2", 1))
	_, err = f.CompleteMultipartUpload(f.ctx, whole)
	wantError(t, err, "BadDigest", "")
	part.ChecksumSHA1, part.ChecksumCRC32 = nil, p(sumOf(checksum.CRC32, nil))
	_, err = f.CompleteMultipartUpload(f.ctx, completeInput(id, part))
	wantError(t, err, "BadDigest", "The crc32 you specified for part 1")
}

func TestUploadPartRefused(t *testing.T) {
	f := newFixture(t)
	id := f.begin(&api.CreateMultipartUploadInput{})
	for _, c := range []struct {
		code, text string
		change     func(*api.UploadPartInput)
	}{
		{"InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", func(in *api.UploadPartInput) { in.PartNumber = p(int32(0)) }},
		{"InvalidArgument", "", func(in *api.UploadPartInput) { in.PartNumber = p(int32(10001)) }},
		{"NoSuchUpload", "", func(in *api.UploadPartInput) { in.UploadId = p("nonsense") }},
		{"NoSuchUpload", "", func(in *api.UploadPartInput) { in.Key = p("other") }},
		{"NoSuchBucket", "", func(in *api.UploadPartInput) { in.Bucket = p("other") }},
		{"EntityTooLarge", "", func(in *api.UploadPartInput) { in.ContentLength = p(int64(5<<30 + 1)) }},
		{"InvalidArgument", "must provide a valid encryption algorithm.", func(in *api.UploadPartInput) { in.SSECustomerKey = p("x") }},
	} {
		in := partInput(id, 1, []byte("x"))
		c.change(in)
		_, err := f.UploadPart(f.ctx, in)
		wantError(t, err, c.code, c.text)
	}
}

func TestAbort(t *testing.T) {
	f := newFixture(t)
	id := f.begin(&api.CreateMultipartUploadInput{})
	f.part(id, 1, random(1, 100_000))
	in := &api.AbortMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id}
	if _, err := f.AbortMultipartUpload(f.ctx, in); err != nil {
		t.Error(err)
	}
	_, err := f.AbortMultipartUpload(f.ctx, in)
	wantError(t, err, "NoSuchUpload", "")
	in.UploadId = p("?")
	_, err = f.AbortMultipartUpload(f.ctx, in)
	wantError(t, err, "NoSuchUpload", "")
	_, err = f.UploadPart(f.ctx, partInput(id, 1, nil))
	wantError(t, err, "NoSuchUpload", "")
	f.absent("k")
}

// composite stores an object under k whose checksum is one of its parts'.
func (f *fixture) composite(pieces ...[]byte) {
	f.t.Helper()
	id := f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), ChecksumAlgorithm: p("SHA256")})
	var parts []api.CompletedPart
	for i, piece := range pieces {
		in := partInput(id, i+1, piece)
		in.ChecksumSHA256 = p(sumOf(checksum.SHA256, piece))
		out, err := f.UploadPart(f.ctx, in)
		if err != nil {
			f.t.Fatal(err)
		}
		parts = append(parts, api.CompletedPart{ETag: out.ETag, PartNumber: in.PartNumber, ChecksumSHA256: in.ChecksumSHA256})
	}
	if _, err := f.CompleteMultipartUpload(f.ctx, completeInput(id, parts...)); err != nil {
		f.t.Fatal(err)
	}
}

func TestObjectAttributes(t *testing.T) {
	f := newFixture(t)
	data := f.multipart(5<<20, 5<<20, 7)
	in := &api.GetObjectAttributesInput{Bucket: p("bucket"), Key: p("k"), MaxParts: p(int32(2)),
		ObjectAttributes: []string{"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"}}
	out, err := f.GetObjectAttributes(f.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(*out.ETag, "-3") || *out.ObjectSize != int64(len(data)) || *out.StorageClass != "STANDARD" ||
		*out.Checksum.ChecksumCRC64NVME != sumOf(checksum.CRC64NVME, data) || *out.Checksum.ChecksumType != "FULL_OBJECT" {
		t.Errorf("%+v", out)
	}
	if ps := out.ObjectParts; *ps.TotalPartsCount != 3 || ps.Parts != nil || ps.IsTruncated != nil {
		t.Errorf("of parts without checksums of their own: %+v", ps)
	}
	f.composite(random(1, 5<<20), random(2, 5<<20), random(3, 7))
	if out, err = f.GetObjectAttributes(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	if ps := out.ObjectParts; *ps.TotalPartsCount != 3 || len(ps.Parts) != 2 || !*ps.IsTruncated || *ps.NextPartNumberMarker != 2 ||
		*ps.Parts[1].ChecksumSHA256 != sumOf(checksum.SHA256, random(2, 5<<20)) {
		t.Errorf("%+v", ps)
	}
	in.PartNumberMarker = p(int32(2))
	if out, err = f.GetObjectAttributes(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	if ps := out.ObjectParts; len(ps.Parts) != 1 || *ps.Parts[0].Size != 7 || *ps.IsTruncated || *ps.Parts[0].PartNumber != 3 {
		t.Errorf("%+v", ps)
	}
	f.put("k", []byte("x"))
	in.ObjectAttributes = []string{"ObjectParts,ETag"}
	if out, err = f.GetObjectAttributes(f.ctx, in); err != nil || out.ObjectParts != nil || out.ObjectSize != nil || *out.ETag != "9dd4e461268c8034f5c8564e155c67a6" {
		t.Errorf("%+v, %v", out, err)
	}
	for _, attributes := range [][]string{nil, {"Size"}} {
		in.ObjectAttributes = attributes
		_, err = f.GetObjectAttributes(f.ctx, in)
		if err == nil {
			t.Errorf("%v are attributes", attributes)
		}
	}
	in.ObjectAttributes, in.PartNumberMarker = []string{"ETag"}, p(int32(-1))
	_, err = f.GetObjectAttributes(f.ctx, in)
	wantError(t, err, "InvalidArgument", "ArgumentName=x-amz-part-number-marker\nArgumentValue=-1")
	in.MaxParts, in.PartNumberMarker = p(int32(-1)), nil
	_, err = f.GetObjectAttributes(f.ctx, in)
	wantError(t, err, "InvalidArgument", "ArgumentName=x-amz-max-parts\nArgumentValue=-1")
	in.MaxParts = nil
	in.Key, in.ObjectAttributes = p("none"), []string{"ETag"}
	_, err = f.GetObjectAttributes(f.ctx, in)
	wantError(t, err, "NoSuchKey", "")
}
