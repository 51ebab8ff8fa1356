package gateway

import (
	"io"
	"net/http"
	"net/url"

	s3api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/sigv2"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
)

// form is a browser's upload: what its fields say stands in place of the
// request's key and headers.
type form struct {
	fields map[string]string
	header http.Header
	key    string
}

// isForm tells a browser's upload, which brings its signature in the body.
func (c *call) isForm() bool {
	if c.r.Method != http.MethodPost || c.addr.bucket == "" || c.addr.key != "" || !c.addr.ok ||
		!wire.IsUpload(c.r.Header.Get("Content-Type")) {
		return false
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return false
	}
	for name := range query {
		if c.mount.api.Subresource(name) {
			return false
		}
	}
	return true
}

// notAForm is the answer to a POST to a bucket that is no form.
func notAForm() *wire.Error {
	return s3api.PreconditionFailed("Bucket POST must be of the enclosure-type multipart/form-data")
}

// authenticateForm reads the form up to its file, verifies the signature in its
// fields and that they keep to its policy, and leaves the file to be streamed.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
func (c *call) authenticateForm(rules sigv4.Rules) error {
	if c.r.Header["Authorization"] != nil || sigv2.Claims(c.r) || c.r.URL.Query().Has("X-Amz-Algorithm") {
		return sigv4.OneMechanism()
	}
	if c.r.ContentLength < 0 {
		return s3api.NewError("MissingContentLength", "")
	}
	upload, err := wire.ReadUpload(c.stallingBody(), c.r.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if upload.File == nil {
		return s3api.InvalidArgument("file", "0", "POST requires exactly one file upload per request.")
	}
	c.form = &form{fields: upload.Fields, key: upload.Fields["key"]}
	if c.form.key == "" {
		return sigv4.MissingField("key")
	}
	post, err := sigv4.ParsePOST(sigv4.Form{Bucket: c.addr.bucket, Fields: upload.Fields}, rules)
	if err != nil {
		return err
	}
	c.sig = &sigv4.Request{Auth: post.Auth, Claim: post.Claim, SessionToken: post.SessionToken, Time: post.Time}
	c.proof = c.formProof(post)
	if err := c.identify(rules.Dialect, nil); err != nil {
		return err
	}
	if c.form.header, err = s3api.PostHeader(upload.Fields); err != nil {
		return err
	}
	if owner := c.r.Header["X-Amz-Expected-Bucket-Owner"]; owner != nil {
		c.form.header["X-Amz-Expected-Bucket-Owner"] = owner
	}
	c.req.Query, c.req.Length = url.Values{}, -1
	c.req.Body = &sizedFile{Body: upload.File, post: post, whole: c.r.ContentLength}
	return nil
}

func (c *call) formProof(post *sigv4.Post) proof {
	switch {
	case post.Auth == sigv4.Anonymous:
		return proof{}
	case post.V2:
		return proof{authPOST, signatureV2, func(secret string, _ []byte) error {
			return post.VerifyWith(func(text, signature string) bool { return sigv2.Matches(secret, text, signature) })
		}}
	}
	return proof{authPOST, signatureV4, func(secret string, _ []byte) error { return post.Verify(c.g.keys.Key(post, secret)) }}
}

// sizedFile is the file of a form, held to its policy's content-length-range.
type sizedFile struct {
	wire.Body
	post  *sigv4.Post
	n     int64
	whole int64 // length of the request's body
	err   error
}

// smallRest is how much of a file that is too large is read to tell its size.
const smallRest = 1 << 20

func (f *sizedFile) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.Body.Read(p)
	f.n += int64(n)
	if err != nil && err != io.EOF {
		return n, err
	}
	if over := f.post.MaxSize >= 0 && f.n > f.post.MaxSize; over || err == io.EOF {
		if over && err == nil {
			f.rest()
		}
		if f.err = f.sized(); f.err != nil {
			return 0, f.err
		}
	}
	return n, err
}

// rest counts what follows, or says the length of the whole body where that is
// too much to read.
func (f *sizedFile) rest() {
	if f.whole-f.n > smallRest {
		f.n = f.whole
		return
	}
	n, _ := io.Copy(io.Discard, io.LimitReader(f.Body, smallRest))
	f.n += n
}

func (f *sizedFile) sized() error { return f.post.CheckSize(f.n) }
