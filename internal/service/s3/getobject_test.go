package s3

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/wire"
)

func TestConditions(t *testing.T) {
	f := newFixture(t)
	f.now = f.now.Add(123 * time.Millisecond)
	etag := *f.put("k", []byte("v")).ETag
	before, at, after := p(f.now.Add(-time.Second)), p(f.now.Truncate(time.Second)), p(f.now.Add(time.Second))
	for i, c := range []struct {
		match, none         *string
		modified, unmodifed *time.Time
		status              int
		condition           string
	}{
		{nil, nil, nil, nil, 200, ""},
		{&etag, nil, nil, nil, 200, ""},
		{p(etag[1 : len(etag)-1]), nil, nil, nil, 200, ""},
		{p(`"x", ` + etag), nil, nil, nil, 200, ""},
		{p("*"), nil, nil, nil, 200, ""},
		{p(`"x"`), nil, nil, nil, 412, "If-Match"},
		{nil, &etag, nil, nil, 304, ""},
		{nil, p("*"), nil, nil, 304, ""},
		{nil, p("W/" + etag), nil, nil, 304, ""},
		{nil, p(`"x"`), nil, nil, 200, ""},
		{nil, nil, before, nil, 200, ""},
		{nil, nil, at, nil, 304, ""},
		{nil, nil, after, nil, 304, ""},
		{nil, nil, nil, before, 412, "If-Unmodified-Since"},
		{nil, nil, nil, at, 200, ""},
		{nil, nil, nil, after, 200, ""},
		// An entity tag outweighs the date.
		{&etag, nil, nil, before, 200, ""},
		{p(`"x"`), nil, nil, after, 412, "If-Match"},
		{nil, &etag, before, nil, 304, ""},
		{nil, p(`"x"`), after, nil, 200, ""},
		{&etag, &etag, nil, nil, 304, ""},
		{p(`"x"`), &etag, nil, nil, 412, "If-Match"},
	} {
		in := getInput("k")
		in.IfMatch, in.IfNoneMatch, in.IfModifiedSince, in.IfUnmodifiedSince = c.match, c.none, c.modified, c.unmodifed
		out, err := f.GetObject(f.ctx, in)
		_, headErr := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("k"), IfMatch: c.match,
			IfNoneMatch: c.none, IfModifiedSince: c.modified, IfUnmodifiedSince: c.unmodifed})
		status, head := 200, 200
		var e *wire.Error
		if errors.As(err, &e) {
			status = e.Status
			if status == 304 && (e.Header.Get("ETag") != etag || e.Header.Get("Last-Modified") != f.now.Format(http.TimeFormat)) {
				t.Errorf("%d: header %v", i, e.Header)
			}
			if c.condition != "" {
				wantError(t, err, "PreconditionFailed", "Condition="+c.condition)
			}
		} else {
			out.Body.Close()
		}
		if errors.As(headErr, &e) {
			head = e.Status
		}
		if status != c.status || head != c.status {
			t.Errorf("%d: GET %d, HEAD %d, want %d", i, status, head, c.status)
		}
	}
}

func TestRanges(t *testing.T) {
	f := newFixture(t)
	data := []byte("0123456789")
	f.put("k", data)
	f.put("empty", nil)
	for _, c := range []struct{ header, want, contentRange string }{
		{"bytes=0-3", "0123", "bytes 0-3/10"},
		{"bytes=9-9", "9", "bytes 9-9/10"},
		{"bytes=4-", "456789", "bytes 4-9/10"},
		{"bytes=4-99", "456789", "bytes 4-9/10"},
		{"bytes=0-99999999999999999999", "0123456789", "bytes 0-9/10"},
		{"bytes=-3", "789", "bytes 7-9/10"},
		{"bytes=-99", "0123456789", "bytes 0-9/10"},
		{" bytes=0-0 ", "0", "bytes 0-0/10"},
		// Not ranges, or several: all of it.
		{"bytes=0-1,3-4", string(data), ""},
		{"bytes=3-1", string(data), ""},
		{"bytes=-", string(data), ""},
		{"bytes=a-b", string(data), ""},
		{"bytes=--1", string(data), ""},
		{"bytes= -1", string(data), ""},
		{"bytes=+1-2", string(data), ""},
		{"chars=0-1", string(data), ""},
		{"", string(data), ""},
	} {
		in := getInput("k")
		in.Range = &c.header
		out, got := f.get(in)
		if string(got) != c.want || value(out.ContentRange) != c.contentRange {
			t.Errorf("%q: %q, %q", c.header, got, value(out.ContentRange))
		}
		head, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("k"), Range: &c.header})
		if err != nil || value(head.ContentRange) != c.contentRange || *head.ContentLength != int64(len(c.want)) {
			t.Errorf("HEAD %q: %+v, %v", c.header, head, err)
		}
	}
	for key, headers := range map[string][]string{
		"k":     {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-"},
		"empty": {"bytes=0-", "bytes=0-0", "bytes=-1"},
	} {
		for _, header := range headers {
			in := getInput(key)
			in.Range = &header
			_, err := f.GetObject(f.ctx, in)
			wantError(t, err, "InvalidRange", "RangeRequested="+header+"\nActualObjectSize=")
		}
	}
}

func TestPartNumberOfPlainObject(t *testing.T) {
	f := newFixture(t)
	f.put("k", []byte("abc"))
	get := func(n int32, rang *string) (*api.GetObjectOutput, error) {
		in := getInput("k")
		in.PartNumber, in.Range = &n, rang
		return f.GetObject(f.ctx, in)
	}
	out, err := get(1, nil)
	if err != nil || *out.ContentRange != "bytes 0-2/3" || out.PartsCount != nil {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = get(2, nil)
	wantError(t, err, "InvalidPartNumber", "ActualPartCount=1")
	for _, n := range []int32{0, -1, 10001} {
		_, err = get(n, nil)
		wantError(t, err, "InvalidArgument", "partNumber")
	}
	_, err = get(1, p("bytes=0-1"))
	wantError(t, err, "InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
}

func TestMissing(t *testing.T) {
	f := newFixture(t)
	ask := func(in *api.GetObjectInput) error {
		_, err := f.GetObject(f.ctx, in)
		return err
	}
	versioned := func(v string) *api.GetObjectInput {
		in := getInput("k")
		in.VersionId = &v
		return in
	}
	wantError(t, ask(getInput("k")), "NoSuchKey", "Key=k")
	wantError(t, ask(versioned("null")), "NoSuchVersion", "VersionId=null")
	wantError(t, ask(versioned("?")), "InvalidArgument", "Invalid version id specified")
	wantError(t, ask(versioned("")), "InvalidArgument", "Version id cannot be the empty string")
	wantError(t, ask(&api.GetObjectInput{Bucket: p("nobody"), Key: p("k")}), "NoSuchBucket", "")
	f.put("k", nil)
	if _, data := f.get(versioned("null")); len(data) != 0 {
		t.Error(data)
	}
	wantError(t, ask(versioned("AAAAAAAAAAAAAAAAAAAAAQ")), "NoSuchVersion", "")
	f.denied["s3:ListBucket"] = true
	wantError(t, ask(getInput("other")), "AccessDenied", "")
	wantError(t, ask(versioned("AAAAAAAAAAAAAAAAAAAAAQ")), "AccessDenied", "")
	_, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("other")})
	wantError(t, err, "AccessDenied", "")
}

func TestResponseOverrides(t *testing.T) {
	f := newFixture(t)
	f.put("k", nil)
	in := getInput("k")
	in.ResponseCacheControl, in.ResponseContentDisposition, in.ResponseContentEncoding = p("a"), p("b"), p("c")
	in.ResponseContentLanguage, in.ResponseContentType, in.ResponseExpires = p("d"), p("e"), p(f.now)
	out, _ := f.get(in)
	if *out.CacheControl+*out.ContentDisposition+*out.ContentEncoding+*out.ContentLanguage+*out.ContentType != "abcde" ||
		*out.Expires != "Fri, 02 Jan 2026 03:04:05 GMT" {
		t.Errorf("%+v", out)
	}
	_, err := f.GetObject(as(f.ctx, ""), in)
	wantError(t, err, "InvalidRequest", "anonymous GET requests")
	head := &api.HeadObjectInput{Bucket: in.Bucket, Key: in.Key, ResponseCacheControl: p("a"), ResponseContentDisposition: p("b"),
		ResponseContentEncoding: p("c"), ResponseContentLanguage: p("d"), ResponseContentType: p("e"), ResponseExpires: p(f.now)}
	h, err := f.HeadObject(f.ctx, head)
	if err != nil || *h.CacheControl+*h.ContentDisposition+*h.ContentEncoding+*h.ContentLanguage+*h.ContentType != "abcde" ||
		*h.Expires != *out.Expires {
		t.Errorf("%+v, %v", h, err)
	}
	_, err = f.HeadObject(as(f.ctx, ""), head)
	wantError(t, err, "InvalidRequest", "anonymous GET requests")
}

// A range is heeded while the object is the one that the client has the rest of.
func TestIfRange(t *testing.T) {
	f := newFixture(t)
	f.put("k", []byte("text"))
	tag := `"1cb251ec0d568de6a929b520c4aed8d1"`
	for header, want := range map[string]string{
		"": "ex", tag: "ex", "Fri, 02 Jan 2026 03:04:05 GMT": "ex",
		`"x"`: "text", "W/" + tag: "text", "Fri, 02 Jan 2026 03:04:06 GMT": "text", "Fri, 02 Jan 2026 03:04:04 GMT": "text", "x": "text",
	} {
		info := *caller.From(f.ctx)
		info.IfRange = header
		in := getInput("k")
		in.Range = p("bytes=1-2")
		out, err := f.GetObject(caller.With(f.ctx, &info), in)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(out.Body)
		if err != nil || string(data) != want || (out.ContentRange != nil) != (want == "ex") {
			t.Errorf("%s: %q, %v, %+v", header, data, err, out)
		}
		out.Body.Close()
	}
}

// Every range of an object in parts is what the same range of its bytes is.
func TestRangesOverParts(t *testing.T) {
	f := newFixture(t)
	data := f.multipart(5<<20, 5<<20+70_001, 30_000)
	rnd := rand.New(rand.NewPCG(1, 2))
	edges := []int{0, 1, 5<<20 - 1, 5 << 20, 5<<20 + 1, 10<<20 + 70_000, 10<<20 + 70_001, 10<<20 + 70_002, len(data) - 1}
	for i := range 60 {
		start, end := rnd.IntN(len(data)), 0
		if i < len(edges) {
			start = edges[i]
		}
		end = start + rnd.IntN(len(data)-start)
		if i%3 == 0 {
			end = min(len(data)-1, start+rnd.IntN(200_000))
		}
		in := getInput("k")
		in.Range = p("bytes=" + strconv.Itoa(start) + "-" + strconv.Itoa(end))
		if _, got := f.get(in); !bytes.Equal(got, data[start:end+1]) {
			t.Errorf("%s differs", *in.Range)
		}
	}
	out, got := f.get(getInput("k"))
	if !bytes.Equal(got, data) || out.PartsCount != nil {
		t.Error("the whole differs")
	}
	in := getInput("k")
	in.PartNumber = p(int32(2))
	out, got = f.get(in)
	if !bytes.Equal(got, data[5<<20:10<<20+70_001]) || *out.PartsCount != 3 || *out.ContentRange != "bytes 5242880-10555760/10585761" {
		t.Errorf("%+v", out)
	}
	in.PartNumber = p(int32(4))
	_, err := f.GetObject(f.ctx, in)
	wantError(t, err, "InvalidPartNumber", "ActualPartCount=3")
	head, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("k"), PartNumber: p(int32(3))})
	if err != nil || *head.PartsCount != 3 || *head.ContentLength != 30_000 {
		t.Error(head, err)
	}
}
