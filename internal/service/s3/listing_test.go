package s3

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// model is what a listing has to hold, in order; prefixes end in a mark of their
// own so that they are told from keys.
func model(keys []string, prefix, delimiter, after string) (want []string) {
	seen := map[string]bool{}
	for _, k := range keys {
		if !strings.HasPrefix(k, prefix) || k <= after && after != "" {
			continue
		}
		if i := strings.Index(k[len(prefix):], delimiter); delimiter != "" && i >= 0 {
			common := k[:len(prefix)+i+len(delimiter)]
			if !seen[common] && !strings.HasPrefix(after, common) {
				want = append(want, "P:"+common)
			}
			seen[common] = true
			continue
		}
		want = append(want, "K:"+k)
	}
	return want
}

// page is one answer of any of the listings.
type page struct {
	items     []string
	next      string
	nextID    string
	truncated bool
}

func merge(keys []string, prefixes []api.CommonPrefix) (items []string) {
	for _, k := range keys {
		items = append(items, "K:"+k)
	}
	for _, p := range prefixes {
		items = append(items, "P:"+*p.Prefix)
	}
	slices.SortFunc(items, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return items
}

// decoded undoes encoding-type=url.
func decoded(t testing.TB, url_ bool, s string) string {
	if !url_ {
		return s
	}
	out, err := url.PathUnescape(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type lister func(prefix, delimiter, after, afterID string, n int32, encoding *string) page

func (f *fixture) listers() map[string]lister {
	return map[string]lister{
		"v1": func(prefix, delimiter, after, _ string, n int32, encoding *string) page {
			out, err := f.ListObjects(f.ctx, &api.ListObjectsInput{Bucket: p("bucket"), Prefix: &prefix, Delimiter: &delimiter,
				Marker: &after, MaxKeys: &n, EncodingType: encoding})
			if err != nil {
				f.t.Fatal(err)
			}
			r := page{truncated: *out.IsTruncated}
			var keys []string
			for _, o := range out.Contents {
				keys = append(keys, decoded(f.t, encoding != nil, *o.Key))
			}
			for i := range out.CommonPrefixes {
				*out.CommonPrefixes[i].Prefix = decoded(f.t, encoding != nil, *out.CommonPrefixes[i].Prefix)
			}
			r.items = merge(keys, out.CommonPrefixes)
			switch {
			case !r.truncated && out.NextMarker != nil, r.truncated && (out.NextMarker == nil) != (delimiter == ""):
				f.t.Errorf("truncated %v, delimiter %q, NextMarker %v", r.truncated, delimiter, out.NextMarker)
			case out.NextMarker != nil:
				r.next = decoded(f.t, encoding != nil, *out.NextMarker)
			case r.truncated:
				r.next = keys[len(keys)-1]
			}
			return r
		},
		"v2": func(prefix, delimiter, after, token string, n int32, encoding *string) page {
			in := &api.ListObjectsV2Input{Bucket: p("bucket"), Prefix: &prefix, Delimiter: &delimiter, MaxKeys: &n, EncodingType: encoding}
			if token != "" {
				in.ContinuationToken = &token
			} else {
				in.StartAfter = &after
			}
			out, err := f.ListObjectsV2(f.ctx, in)
			if err != nil {
				f.t.Fatal(err)
			}
			r := page{truncated: *out.IsTruncated, nextID: value(out.NextContinuationToken)}
			var keys []string
			for _, o := range out.Contents {
				keys = append(keys, decoded(f.t, encoding != nil, *o.Key))
			}
			for i := range out.CommonPrefixes {
				*out.CommonPrefixes[i].Prefix = decoded(f.t, encoding != nil, *out.CommonPrefixes[i].Prefix)
			}
			r.items = merge(keys, out.CommonPrefixes)
			if int(*out.KeyCount) != len(r.items) || r.truncated != (r.nextID != "") {
				f.t.Errorf("KeyCount %d of %d, token %q", *out.KeyCount, len(r.items), r.nextID)
			}
			return r
		},
		"versions": func(prefix, delimiter, after, _ string, n int32, encoding *string) page {
			in := &api.ListObjectVersionsInput{Bucket: p("bucket"), Prefix: &prefix, Delimiter: &delimiter, MaxKeys: &n,
				EncodingType: encoding, KeyMarker: &after}
			out, err := f.ListObjectVersions(f.ctx, in)
			if err != nil {
				f.t.Fatal(err)
			}
			r := page{truncated: *out.IsTruncated, next: decoded(f.t, encoding != nil, value(out.NextKeyMarker))}
			var keys []string
			for _, o := range out.Versions {
				keys = append(keys, decoded(f.t, encoding != nil, *o.Key))
			}
			for i := range out.CommonPrefixes {
				*out.CommonPrefixes[i].Prefix = decoded(f.t, encoding != nil, *out.CommonPrefixes[i].Prefix)
			}
			r.items = merge(keys, out.CommonPrefixes)
			return r
		},
		"uploads": func(prefix, delimiter, after, id string, n int32, encoding *string) page {
			out, err := f.ListMultipartUploads(f.ctx, &api.ListMultipartUploadsInput{Bucket: p("bucket"), Prefix: &prefix,
				Delimiter: &delimiter, MaxUploads: &n, EncodingType: encoding, KeyMarker: &after, UploadIdMarker: &id})
			if err != nil {
				f.t.Fatal(err)
			}
			r := page{truncated: *out.IsTruncated, next: decoded(f.t, encoding != nil, value(out.NextKeyMarker)), nextID: value(out.NextUploadIdMarker)}
			var keys []string
			for _, u := range out.Uploads {
				keys = append(keys, decoded(f.t, encoding != nil, *u.Key))
			}
			for i := range out.CommonPrefixes {
				*out.CommonPrefixes[i].Prefix = decoded(f.t, encoding != nil, *out.CommonPrefixes[i].Prefix)
			}
			r.items = merge(keys, out.CommonPrefixes)
			return r
		},
	}
}

// alphabet makes keys that share prefixes and hold every kind of awkward byte.
var alphabet = []string{"a", "b", "/", "/", "//", "é", "日", "\x00", "\x01", "\n", " ", "+", "%", "~", "\x7f", "\U0010ffff", "<&>", "ÿ"}

func awkward(r *rand.Rand, most int) string {
	var b strings.Builder
	for range 1 + r.IntN(most) {
		b.WriteString(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func TestListingsAgainstModel(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			f := newFixture(t)
			set := map[string]bool{}
			for range 150 {
				set[awkward(r, 6)] = true
			}
			for i := range 80 { // more than a listing steps over in one scan
				set["many/"+strconv.Itoa(i)] = true
			}
			var keys []string
			for k := range set {
				keys = append(keys, k)
				f.put(k, nil)
				f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p(k)})
			}
			slices.Sort(keys)
			for range 60 {
				f.compare(r, keys)
			}
		})
	}
}

func (f *fixture) compare(r *rand.Rand, keys []string) {
	prefix, delimiter, after := "", "", ""
	if r.IntN(2) == 0 {
		prefix = keys[r.IntN(len(keys))]
		prefix = prefix[:r.IntN(len(prefix)+1)]
	}
	if r.IntN(4) != 0 {
		delimiter = []string{"/", "/", "//", "a", "é", "\x00", "日/"}[r.IntN(7)]
	}
	if r.IntN(2) == 0 {
		after = keys[r.IntN(len(keys))]
		after = after[:1+r.IntN(len(after))]
	}
	n := []int32{1, 2, 7, 1000}[r.IntN(4)]
	var encoding *string
	if r.IntN(2) == 0 {
		encoding = p("url")
	}
	want := model(keys, prefix, delimiter, after)
	for name, list := range f.listers() {
		what := fmt.Sprintf("%s of %q by %q after %q, %d at a time", name, prefix, delimiter, after, n)
		var got []string
		at, id := after, ""
		for {
			pg := list(prefix, delimiter, at, id, n, encoding)
			got = append(got, pg.items...)
			if !pg.truncated {
				break
			}
			if len(pg.items) != int(n) {
				f.t.Fatalf("%s: a page of %d", what, len(pg.items))
			}
			at, id = pg.next, pg.nextID
		}
		if !slices.Equal(got, want) {
			f.t.Fatalf("%s:\ngot  %q\nwant %q", what, got, want)
		}
	}
}

func TestListObjectsV2Answer(t *testing.T) {
	f := newFixture(t)
	f.put("a b", []byte("123"))
	f.put("d/e", nil)
	out, err := f.ListObjectsV2(f.ctx, &api.ListObjectsV2Input{Bucket: p("bucket"), Delimiter: p("/"), EncodingType: p("url"),
		FetchOwner: p(true), StartAfter: p("a"), MaxKeys: p(int32(5000))})
	if err != nil {
		t.Fatal(err)
	}
	o := out.Contents[0]
	if *o.Key != "a%20b" || *o.Size != 3 || *o.ETag != `"202cb962ac59075b964b07152d234b70"` || *o.StorageClass != "STANDARD" ||
		*o.Owner.ID != (canonical{}).CanonicalID(owner) || !o.LastModified.Equal(f.clock()) ||
		!slices.Equal(o.ChecksumAlgorithm, []string{"CRC64NVME"}) || *o.ChecksumType != "FULL_OBJECT" {
		t.Errorf("object %+v", o)
	}
	if *out.MaxKeys != 1000 || *out.Delimiter != "/" || *out.Prefix != "" || *out.StartAfter != "a" || *out.EncodingType != "url" ||
		out.ContinuationToken != nil || *out.CommonPrefixes[0].Prefix != "d/" || *out.Name != "bucket" {
		t.Errorf("answer %+v", out)
	}
	out, err = f.ListObjectsV2(f.ctx, &api.ListObjectsV2Input{Bucket: p("bucket"), MaxKeys: p(int32(0)), Delimiter: p("")})
	if err != nil || *out.IsTruncated || *out.KeyCount != 0 || len(out.Contents) != 0 || out.Delimiter != nil {
		t.Errorf("no keys: %+v, %v", out, err)
	}
	out, err = f.ListObjectsV2(f.ctx, &api.ListObjectsV2Input{Bucket: p("bucket")})
	if err != nil || out.Contents[0].Owner != nil || out.StartAfter != nil || out.EncodingType != nil {
		t.Errorf("plain: %+v, %v", out, err)
	}
}

func TestListingErrors(t *testing.T) {
	f := newFixture(t)
	f.makeBucket("other", store.BucketOwnerEnforced)
	f.put("a", nil)
	f.put("b", nil)
	first, err := f.ListObjectsV2(f.ctx, &api.ListObjectsV2Input{Bucket: p("bucket"), MaxKeys: p(int32(1))})
	if err != nil {
		t.Fatal(err)
	}
	token := *first.NextContinuationToken
	flipped := "A" + token[1:]
	if token[0] == 'A' {
		flipped = "B" + token[1:]
	}
	v2 := func(in api.ListObjectsV2Input) error {
		if in.Bucket == nil {
			in.Bucket = p("bucket")
		}
		_, err := f.ListObjectsV2(f.ctx, &in)
		return err
	}
	for _, bad := range []string{"", "x", flipped, token + "AA", token[:8], strings.Repeat("A", 40), "a\nb"} {
		wantError(t, v2(api.ListObjectsV2Input{ContinuationToken: &bad}), "InvalidArgument",
			"The continuation token provided is incorrect\nArgumentName=continuation-token")
	}
	wantError(t, v2(api.ListObjectsV2Input{Bucket: p("other"), ContinuationToken: &token}), "InvalidArgument", "The continuation token")
	if err := v2(api.ListObjectsV2Input{ContinuationToken: &token}); err != nil {
		t.Error(err)
	}
	wantError(t, v2(api.ListObjectsV2Input{EncodingType: p("base64")}), "InvalidArgument",
		"Invalid Encoding Method specified in Request\nArgumentName=encoding-type\nArgumentValue=base64")
	wantError(t, v2(api.ListObjectsV2Input{MaxKeys: p(int32(-1))}), "InvalidArgument",
		"Argument maxKeys must be an integer between 0 and 2147483647\nArgumentName=maxKeys\nArgumentValue=-1")
	wantError(t, v2(api.ListObjectsV2Input{Bucket: p("nobody")}), "NoSuchBucket", "BucketName=nobody")
	wantError(t, v2(api.ListObjectsV2Input{ExpectedBucketOwner: p(stranger)}), "AccessDenied", "Access Denied")
	_, err = f.ListObjects(f.ctx, &api.ListObjectsInput{Bucket: p("bucket"), MaxKeys: p(int32(-2))})
	wantError(t, err, "InvalidArgument", "Argument maxKeys must")
	_, err = f.ListMultipartUploads(f.ctx, &api.ListMultipartUploadsInput{Bucket: p("bucket"), MaxUploads: p(int32(-1))})
	wantError(t, err, "InvalidArgument", "Argument max-uploads must be an integer between 0 and 2147483647")
	out, err := f.ListMultipartUploads(f.ctx, &api.ListMultipartUploadsInput{Bucket: p("bucket"), UploadIdMarker: p("x")})
	if err != nil || *out.UploadIdMarker != "" {
		t.Errorf("a marker of an upload without its key is repeated: %+v, %v", out, err)
	}
	_, err = f.ListMultipartUploads(f.ctx, &api.ListMultipartUploadsInput{Bucket: p("bucket"), KeyMarker: p("k"), UploadIdMarker: p("x")})
	wantError(t, err, "InvalidArgument", "Invalid uploadId marker\nArgumentName=upload-id-marker\nArgumentValue=x")
	versions := func(key, id *string) error {
		_, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("bucket"), KeyMarker: key, VersionIdMarker: id})
		return err
	}
	wantError(t, versions(nil, p("null")), "InvalidArgument", "A version-id marker cannot be specified without a key marker.")
	wantError(t, versions(p("a"), p("")), "InvalidArgument", "A version-id marker cannot be empty.")
	wantError(t, versions(p("a"), p("?")), "InvalidArgument", "Invalid version id specified")
	if err := versions(p("a"), p("null")); err != nil {
		t.Error(err)
	}
}

func TestListObjectVersionsAnswer(t *testing.T) {
	f := newFixture(t)
	f.put("a", []byte("1"))
	f.put("b/c", nil)
	f.put("d", nil)
	out, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("bucket"), MaxKeys: p(int32(1)), Delimiter: p("/")})
	if err != nil {
		t.Fatal(err)
	}
	v := out.Versions[0]
	if *v.VersionId != "null" || !*v.IsLatest || *v.Key != "a" || *v.Size != 1 || *out.NextKeyMarker != "a" || *out.NextVersionIdMarker != "null" {
		t.Errorf("%+v of %+v", v, out)
	}
	out, err = f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("bucket"), MaxKeys: p(int32(1)), Delimiter: p("/"),
		KeyMarker: out.NextKeyMarker, VersionIdMarker: out.NextVersionIdMarker})
	if err != nil || *out.NextKeyMarker != "b/" || out.NextVersionIdMarker != nil || *out.CommonPrefixes[0].Prefix != "b/" {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestUploadsOfOneKey(t *testing.T) {
	f := newFixture(t)
	var want []string
	for range 5 {
		f.mu.Lock()
		f.now = f.now.Add(1e9)
		f.mu.Unlock()
		want = append(want, f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), ChecksumAlgorithm: p("SHA256"), StorageClass: p("GLACIER")}))
	}
	var got []string
	in := &api.ListMultipartUploadsInput{Bucket: p("bucket"), MaxUploads: p(int32(2))}
	for {
		out, err := f.ListMultipartUploads(f.ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range out.Uploads {
			got = append(got, *u.UploadId)
			if *u.Key != "k" || *u.ChecksumAlgorithm != "SHA256" || *u.ChecksumType != "COMPOSITE" || *u.StorageClass != "GLACIER" ||
				*u.Owner.ID != (canonical{}).CanonicalID(owner) || u.Initiator.ID == nil || u.Initiated.IsZero() {
				t.Errorf("%+v", u)
			}
		}
		if !*out.IsTruncated {
			break
		}
		in.KeyMarker, in.UploadIdMarker = out.NextKeyMarker, out.NextUploadIdMarker
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	out, err := f.ListMultipartUploads(f.ctx, &api.ListMultipartUploadsInput{Bucket: p("bucket"), KeyMarker: p("k")})
	if err != nil || len(out.Uploads) != 0 {
		t.Errorf("after the key: %+v, %v", out, err)
	}
}

func TestListParts(t *testing.T) {
	f := newFixture(t)
	id := f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k")})
	for _, n := range []int{2, 3, 9, 10000} {
		f.part(id, n, []byte(strconv.Itoa(n)))
	}
	in := &api.ListPartsInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id, MaxParts: p(int32(3))}
	out, err := f.ListParts(f.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Parts) != 3 || *out.NextPartNumberMarker != 9 || !*out.IsTruncated ||
		*out.StorageClass != "STANDARD" || *out.MaxParts != 3 || out.Owner.ID == nil || out.Initiator.ID == nil {
		t.Errorf("%+v", out)
	}
	if first := out.Parts[0]; *first.PartNumber != 2 || *first.Size != 1 || *first.ETag != `"c81e728d9d4c2f636f067f89cc14862c"` {
		t.Errorf("%+v", first)
	}
	in.PartNumberMarker = out.NextPartNumberMarker
	if out, err = f.ListParts(f.ctx, in); err != nil || len(out.Parts) != 1 || *out.Parts[0].PartNumber != 10000 || *out.IsTruncated {
		t.Errorf("%+v, %v", out, err)
	}
	in.PartNumberMarker = p(int32(10000))
	if out, err = f.ListParts(f.ctx, in); err != nil || len(out.Parts) != 0 || *out.IsTruncated {
		t.Errorf("%+v, %v", out, err)
	}
	for _, bad := range []*api.ListPartsInput{
		{Bucket: p("bucket"), Key: p("other"), UploadId: &id}, {Bucket: p("bucket"), Key: p("k"), UploadId: p("nonsense")},
	} {
		_, err := f.ListParts(f.ctx, bad)
		wantError(t, err, "NoSuchUpload", "UploadId="+*bad.UploadId)
	}
	_, err = f.ListParts(f.ctx, &api.ListPartsInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id, MaxParts: p(int32(-1))})
	wantError(t, err, "InvalidArgument", "Argument max-parts must be an integer between 0 and 2147483647")
	_, err = f.ListParts(f.ctx, &api.ListPartsInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id, PartNumberMarker: p(int32(-1))})
	wantError(t, err, "InvalidArgument", "Argument part-number-marker must")
}

func BenchmarkListObjectsV2(b *testing.B) {
	f := fixtureOn(b, kvmemory.New(), blobmemory.New(), seal.NewKey())
	for i := range 10_000 {
		f.put(fmt.Sprintf("photos/%d/%05d.jpg", i%10, i), nil)
	}
	for _, delimiter := range []string{"", "/"} {
		b.Run("delimiter="+delimiter, func(b *testing.B) {
			in := &api.ListObjectsV2Input{Bucket: p("bucket"), StartAfter: p("photos/5"), Delimiter: &delimiter, Prefix: p("photos/")}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.ListObjectsV2(f.ctx, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
