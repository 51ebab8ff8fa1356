package s3

import (
	"context"
	"errors"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// target is an object, or a version of it, that a request is about.
type target struct {
	bucket, key, version, expectedOwner *string
}

// find reads the version of the object that a request is about. It is for use in
// a transaction; reveal turns its errors into the answer afterwards.
func find(r *store.Reader, t *target) (*store.Bucket, *store.Object, error) {
	b, err := openBucket(r, t.bucket, t.expectedOwner)
	if err != nil {
		return nil, nil, err
	}
	key := value(t.key)
	if err := checkKey(key); err != nil {
		return nil, nil, err
	}
	o, err := versionOf(r, b, key, t.version)
	switch {
	case errors.Is(err, store.ErrNoSuchObject) && t.version != nil:
		return nil, nil, &missingError{error: api.NoSuchVersion(key, *t.version), bucket: b, key: key}
	case errors.Is(err, store.ErrNoSuchObject):
		return nil, nil, &missingError{error: api.NoSuchKey(key), bucket: b, key: key}
	case err != nil:
		return nil, nil, err
	case o.DeleteMarker && t.version != nil:
		return nil, nil, isMarker("GET", b, o)
	case o.DeleteMarker:
		gone := api.NoSuchKey(key).WithHeader("x-amz-delete-marker", "true").WithHeader("x-amz-version-id", *shownVersion(b, o))
		return nil, nil, &missingError{gone, b, key, o}
	}
	access := o.Access()
	if !r.Asked(b.ID, key, value(t.version), accessIn(b, &access)) {
		// It was written anew since the permission was asked.
		return nil, nil, fail("ServiceUnavailable", "")
	}
	return b, o, nil
}

// versionOf reads the version of an object that a request names, the current one
// if it names none.
func versionOf(r *store.Reader, b *store.Bucket, key string, version *string) (*store.Object, error) {
	if version == nil {
		return r.Object(b.ID, key)
	}
	id, err := parseVersion(*version)
	if err != nil {
		return nil, err
	}
	return r.ObjectVersion(b.ID, key, id)
}

// revealMarker is reveal for operations that answer to a delete marker, even one
// that the request does not name, that it has nothing to work on; method is the
// request's.
func (s *Service) revealMarker(ctx context.Context, err error, method string) error {
	m, _ := err.(*missingError)
	shown := s.reveal(ctx, err)
	if m != nil && m.marker != nil && shown == m.error {
		return isMarker(method, m.bucket, m.marker)
	}
	e, ok := wire.AsError(shown)
	if !ok || e.Code != "MethodNotAllowed" {
		return shown
	}
	named := *e
	named.Fields = slices.Clone(e.Fields)
	for i := range named.Fields {
		if named.Fields[i].Name == "Method" {
			named.Fields[i].Value = method
		}
	}
	return &named
}

// parseVersion reads a version id; "null" is the zero id.
func parseVersion(version string) (store.ID, error) {
	if version == nullVersion {
		return store.ID{}, nil
	}
	id, ok := store.ParseID(version)
	switch {
	case version == "":
		return id, emptyVersion()
	case !ok || id.IsZero():
		return id, invalidArgument("Invalid version id specified", "versionId", version)
	}
	return id, nil
}

// isMarker is the answer to a request for what only objects have.
func isMarker(method string, b *store.Bucket, o *store.Object) *wire.Error {
	return api.MethodNotAllowed(method, "DeleteMarker").WithHeader("Allow", "DELETE").
		WithHeader("x-amz-delete-marker", "true").WithHeader("x-amz-version-id", *shownVersion(b, o)).
		WithHeader("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
}

// missingError says that an object is not there, which is only told to callers
// who may list the bucket.
type missingError struct {
	error
	bucket *store.Bucket
	key    string
	marker *store.Object // the current version if it is a delete marker
}

// reveal is what the caller may know of an error of find. It is not for use in a
// transaction, since it asks for a permission.
func (s *Service) reveal(ctx context.Context, err error) error {
	m, ok := err.(*missingError)
	if !ok {
		return err
	}
	if denied := s.authorize(ctx, "s3:ListBucket", m.bucket, m.key); denied != nil {
		return denied
	}
	return m.error
}

func emptyVersion() *wire.Error {
	return invalidArgument("Version id cannot be the empty string", "versionId", "")
}

// nullVersion names the version of an object that was written without versioning,
// or while it was suspended.
const nullVersion = "null"

// shownVersion is a version's id as answers have it, nil where there was never
// versioning.
func shownVersion(b *store.Bucket, o *store.Object) *string {
	return shownID(b, o.Version)
}

func shownID(b *store.Bucket, id store.ID) *string {
	switch {
	case b.Versioning == store.Unversioned:
		return nil
	case id.IsZero():
		return set(nullVersion)
	}
	return set(id.String())
}

// span is the part of an object that is sent.
type span struct {
	start, length int64
	partial       bool
	part          int // index in the manifest of the part that was asked for, -1 for none
}

// selection is how a request asks for a part of an object.
type selection struct {
	rang *string
	part *int32
	// ifRange is the entity tag or date that the object must have for the range to
	// be heeded, "" for any.
	ifRange string
}

// contentRange is the header for a span of an object.
func (sp *span) contentRange(size int64) string {
	last := sp.start + sp.length - 1
	return "bytes " + strconv.FormatInt(sp.start, 10) + "-" + strconv.FormatInt(last, 10) + "/" + strconv.FormatInt(size, 10)
}

// of is the span that the request selects.
func (sel *selection) of(sn *store.Snapshot) (span, error) {
	size := sn.Object.Size
	whole := span{length: size, part: -1}
	switch {
	case sel.part != nil && sel.rang != nil:
		return whole, api.InvalidRequest("Cannot specify both Range header and partNumber query parameter")
	case sel.part != nil:
		return ofPart(sn, int(*sel.part))
	case sel.rang == nil, !rangeHolds(sel.ifRange, sn.Object):
		return whole, nil
	}
	start, end, ok := parseRange(*sel.rang, size)
	if !ok {
		return whole, nil
	}
	if start >= end {
		return whole, api.InvalidRange(*sel.rang, size)
	}
	return span{start, end - start, true, -1}, nil
}

// rangeHolds tells whether an If-Range header lets a range be heeded: a strong entity
// tag or the date of the last change that the object still has.
// https://www.rfc-editor.org/rfc/rfc9110#name-if-range
func rangeHolds(header string, o *store.Object) bool {
	switch header = strings.TrimSpace(header); {
	case header == "":
		return true
	case strings.HasPrefix(header, `"`):
		return header == o.ETag.String()
	}
	at, err := http.ParseTime(header)
	return err == nil && at.Equal(o.Modified.Truncate(time.Second))
}

// ofPart is the span of one part, counted from 1; an object that was not
// uploaded in parts has one.
func ofPart(sn *store.Snapshot, number int) (span, error) {
	if err := checkPartNumber(number); err != nil {
		return span{}, err
	}
	parts := 1
	if sn.Manifest != nil {
		parts = len(sn.Manifest.Parts)
	}
	if number > parts {
		return span{}, fail("InvalidPartNumber",
			"The requested partnumber is not satisfiable",
			"ActualPartCount", strconv.Itoa(parts), "PartNumberRequested", strconv.Itoa(number))
	}
	if sn.Manifest == nil {
		return span{0, sn.Object.Size, sn.Object.Size > 0, 0}, nil
	}
	start, end := sn.Manifest.Bounds(number - 1)
	return span{start, end - start, end > start, number - 1}, nil
}

func checkPartNumber(n int) error {
	if n < 1 || n > store.MaxParts {
		return invalidArgument("Part number must be an integer between 1 and 10000, inclusive",
			"partNumber", strconv.Itoa(n))
	}
	return nil
}

// parseRange reads a Range header of one range. What it cannot read, or what
// asks for several ranges, is not ok and counts as absent. A range that lies
// outside is empty.
func parseRange(header string, size int64) (start, end int64, ok bool) {
	spec, found := strings.CutPrefix(strings.TrimSpace(header), "bytes=")
	from, to, dash := strings.Cut(spec, "-")
	if !found || !dash || from == "" && to == "" || !digits(from) || !digits(to) {
		return 0, 0, false
	}
	if from == "" {
		n := clampedInt(to, size)
		return size - n, size, true
	}
	start = clampedInt(from, size)
	if to == "" {
		return start, size, true
	}
	if less(to, from) {
		return 0, 0, false
	}
	return start, min(clampedInt(to, size)+1, size), true
}

// clampedInt is the number that digits spell, at most limit.
func clampedInt(digits string, limit int64) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return limit
	}
	return min(n, limit)
}

// less compares numbers of any length.
func less(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// described is what GET and HEAD answer alike, in one piece for the answer to
// point into.
type described struct {
	o                                        *store.Object
	length                                   int64
	etag, contentType, contentRange, version string
	acceptRanges, encryption                 string
	parts, tags                              int32
	expiration                               string
	lock                                     shownLock
	replication                              string
}

const defaultContentType = "binary/octet-stream"

func (s *Service) describe(ctx context.Context, sn *store.Snapshot, sp *span, version *string) *described {
	o := sn.Object
	d := &described{o: o, length: sp.length, etag: o.ETag.String(), contentType: o.Headers.ContentType,
		acceptRanges: "bytes", encryption: value(sealedBy(o.Encryption))}
	if d.contentType == "" {
		d.contentType = defaultContentType
	}
	if sp.partial {
		d.contentRange = sp.contentRange(o.Size)
	}
	d.version = value(shownVersion(sn.Bucket, o))
	if sp.part >= 0 && sn.Manifest != nil {
		d.parts = int32(len(sn.Manifest.Parts))
	}
	if len(o.Tags) > 0 && s.authorizeVersion(ctx, "s3:GetObjectTagging", sn.Bucket, o.Key, version) == nil {
		d.tags = int32(len(o.Tags))
	}
	d.replication = o.Replication.String()
	d.lock = s.shownLock(ctx, sn.Bucket, o, version)
	if version == nil {
		d.expiration = value(s.expiration(ctx, sn.Bucket, o))
	}
	return d
}

// unless0 is p, or nil if it points to the zero value.
func unless0[T comparable](p *T) *T {
	var zero T
	if *p == zero {
		return nil
	}
	return p
}

// putSum sets the checksum of what is sent, if there is one and it was asked for.
func putSum(f sumFields, mode *string, sn *store.Snapshot, sp *span, typ **string) {
	if !strings.EqualFold(value(mode), "ENABLED") {
		return
	}
	c := &sn.Object.Checksum
	switch {
	case sp.part >= 0 && sn.Manifest != nil:
		if p := &sn.Manifest.Parts[sp.part]; c.Type != 0 && p.Checksum.Algorithm == c.Algorithm {
			f.put(&p.Checksum, sumText(&p.Checksum, 0), nil)
			if c.Algorithm != 0 {
				*typ = set(c.Type.String())
			}
		}
	case !sp.partial || sp.length == sn.Object.Size:
		f.put(c, sumText(c, sn.Object.ETag.Parts), typ)
	}
}
