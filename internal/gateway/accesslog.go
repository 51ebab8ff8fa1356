package gateway

import (
	"crypto/tls"
	"net/http"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/record"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/policy"

	s3api "github.com/sallyport/sallyport/internal/api/s3"
)

// bucketOf is the bucket that an S3 request was for, as far as its record has to
// tell of it; nil for none. One that was refused before its bucket was looked at
// is looked up now.
func (c *call) bucketOf(name string, status int) *caller.SeenBucket {
	if c.mountOrS3() != c.g.s3 || name == "" {
		return nil
	}
	if seen := c.seen.Find(name); seen != nil {
		return seen
	}
	if status >= 400 || c.r.Method == http.MethodOptions {
		if b, ok := c.g.buckets.See(c.r.Context(), name); ok {
			c.seen.Bucket(b)
			return c.seen.Find(name)
		}
	}
	return nil
}

// addS3 gives a record what the server access log and the metrics of its bucket
// ask for, if the bucket has any.
func (c *call) addS3(rec *record.Record) {
	b := c.bucketOf(c.addr.bucket, rec.Status)
	if b == nil || !b.Logged && !b.Metered {
		return
	}
	rec.S3 = &record.S3{
		BucketID: b.ID, Bucket: b.Name, BucketOwner: c.g.directory.CanonicalID(b.Account), Logged: b.Logged,
		LogOperation: c.logOperation(), Key: s3.EncodedKey(c.addr.key),
		Version: c.req.Query.Get("versionId"), Requester: c.requester(), URI: record.Masked(c.r.RequestURI), Protocol: c.r.Proto,
		Referer: record.Masked(c.r.Referer()), HostID: c.ids.host, ObjectSize: c.objectSize(rec.Status), ACLRequired: c.aclAllowed,
	}
	if b.Metered {
		ids, err := c.g.buckets.Meters(c.r.Context(), b, c.addr.key, "", c.seen.Tags)
		if err != nil {
			c.g.logger.Error("metrics configurations", "bucket", b.Name, "error", err)
		}
		rec.S3.Meters = ids
	}
	if !c.w.first.IsZero() {
		rec.FirstByte = c.w.first.Sub(c.now)
		from := c.now
		if c.body != nil && c.body.end.After(from) {
			from = c.body.end
		}
		rec.S3.Turnaround = max(c.w.first.Sub(from), 0)
	}
	c.addSignature(rec.S3)
}

// logOperation is how the log calls the request: that to a website is not its
// operation's.
func (c *call) logOperation() string {
	switch {
	case c.r.Method == http.MethodOptions:
		return "REST.OPTIONS.PREFLIGHT"
	case c.addr.endpoint == websiteEndpoint:
		return "WEBSITE." + c.r.Method + ".OBJECT"
	}
	return s3api.LogOperation(c.opName(), c.r.Method, c.addr.key != "")
}

func (c *call) addSignature(x *record.S3) {
	switch c.proof.version {
	case signatureV4:
		x.Signature = "SigV4"
	case signatureV2:
		x.Signature = "SigV2"
	}
	switch c.proof.authType {
	case "REST-HEADER":
		x.Auth = "AuthHeader"
	case "REST-QUERY-STRING":
		x.Auth = "QueryString"
	default:
		x.Signature = ""
	}
	if t := c.r.TLS; t != nil {
		x.TLS, x.Cipher = "TLSv"+tlsVersion(t.Version), cipherName(t.CipherSuite)
	}
}

// requester is how the log names the caller.
func (c *call) requester() string {
	switch {
	case c.info == nil || c.info.Identity.Kind == policy.CallerAnonymous:
		return ""
	case c.info.Identity.Kind == policy.CallerRoot:
		return c.g.directory.CanonicalID(c.info.Account())
	}
	return c.info.Identity.ARN
}

// objectSize is the size of the object that was read or written, -1 if none was.
func (c *call) objectSize(status int) int64 {
	if status < 200 || status > 299 {
		return -1
	}
	switch c.opName() {
	case "GetObject", "HeadObject":
		h := c.w.Header()
		text := h.Get("Content-Length")
		if _, total, ok := strings.Cut(h.Get("Content-Range"), "/"); ok {
			text = total
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case "PutObject", "UploadPart":
		return c.req.Length
	}
	return -1
}

// logParts are the records of what a request did to other things than it names:
// each key that it deleted, and the source of a copy.
func (c *call) logParts(rec *record.Record, each func(*record.Record)) {
	switch in := c.in.(type) {
	case *s3api.DeleteObjectsInput:
		if out, ok := c.out.(*s3api.DeleteObjectsOutput); ok && rec.S3 != nil && rec.S3.Logged {
			logDeletions(rec, in, out, each)
		}
	case *s3api.CopyObjectInput:
		c.logSource(rec, in.CopySource, s3api.LogCopySource, each)
	case *s3api.UploadPartCopyInput:
		c.logSource(rec, in.CopySource, s3api.LogPartSource, each)
	}
}

func logDeletions(rec *record.Record, in *s3api.DeleteObjectsInput, out *s3api.DeleteObjectsOutput, each func(*record.Record)) {
	type version struct{ key, id string }
	failed := map[version]string{}
	for i := range out.Errors {
		e := &out.Errors[i]
		failed[version{text(e.Key), text(e.VersionId)}] = text(e.Code)
	}
	for i := range in.Delete.Objects {
		o := &in.Delete.Objects[i]
		part, x := part(rec, s3api.LogBatchDelete)
		x.Key, x.Version, part.Status = s3.EncodedKey(text(o.Key)), text(o.VersionId), 204
		if code := failed[version{text(o.Key), text(o.VersionId)}]; code != "" {
			part.ErrorCode, part.Status = code, s3api.NewError(code, "").Status
		}
		each(part)
	}
}

// logSource tells the log of the bucket that was copied from.
func (c *call) logSource(rec *record.Record, source *string, operation string, each func(*record.Record)) {
	src, err := s3.ParseCopySource(text(source))
	if err != nil {
		return
	}
	b := c.seen.Find(src.Bucket)
	if b == nil || !b.Logged {
		return
	}
	of := *rec
	if of.S3 == nil {
		of.S3 = &record.S3{Requester: c.requester(), HostID: c.ids.host, ACLRequired: c.aclAllowed}
		c.addSignature(of.S3)
	}
	part, x := part(&of, operation)
	x.BucketID, x.Bucket, x.BucketOwner, x.Logged = b.ID, b.Name, c.g.directory.CanonicalID(b.Account), true
	x.Key, x.Version = s3.EncodedKey(src.Key), text(src.Version)
	each(part)
}

// part is the record of a part of a request, which has no URI, bytes or times of
// its own.
func part(rec *record.Record, operation string) (*record.Record, *record.S3) {
	r, x := *rec, *rec.S3
	r.S3, r.BytesIn, r.BytesOut = &x, 0, 0
	x.LogOperation, x.URI, x.ObjectSize, x.Meters = operation, "", -1, nil
	return &r, &x
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// cipherName is a cipher suite as OpenSSL calls it, which AWS's logs follow.
func cipherName(id uint16) string {
	name := tls.CipherSuiteName(id)
	kind, suite, ok := strings.Cut(strings.TrimPrefix(name, "TLS_"), "_WITH_")
	if !ok {
		return name // of TLS 1.3
	}
	suite = strings.NewReplacer("AES_128", "AES128", "AES_256", "AES256", "CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305",
		"_CBC", "", "3DES_EDE", "DES", "_", "-").Replace(suite)
	if kind == "RSA" {
		return suite
	}
	return strings.ReplaceAll(kind, "_", "-") + "-" + suite
}

var _ record.Sink = (*accessLogs)(nil)
