package sigv4

import (
	"crypto/sha256"
	"net/http"
)

// Verify checks the signature with the key of req's access key and scope, which
// Keys.Key or NewKey makes. body is the whole body for the Service dialect, whose
// signatures cover what was received; S3 ignores it, since there a header says
// what was signed and Body verifies it.
//
// It returns SignatureDoesNotMatch as the dialect words it, or nil. An anonymous
// request has nothing to verify and is refused.
func (req *Request) Verify(key *Key, body []byte) error {
	if req.Auth == Anonymous || req.foreign {
		return MissingToken(req.dialect)
	}
	r := req.http
	c := canonical{
		method: r.Method, path: requestPath(r), query: requestQuery(r),
		host: r.Host, header: r.Header, length: r.ContentLength,
		signedHeaders: req.SignedHeaders, payload: req.PayloadHash,
		dialect: req.dialect, presigned: req.Auth == Query,
	}
	if c.host == "" { // a request that did not come in
		c.host = r.URL.Host
	}
	if req.dialect == Service {
		c.payload = emptyHash
		if len(body) > 0 {
			sum := sha256.Sum256(body)
			c.payload = string(appendHex(nil, sum[:]))
		}
	}
	s := scratches.Get().(*scratch)
	defer s.free()
	if req.matches(&c, s, key) {
		req.key = key
		return nil
	}
	return req.mismatch(&c, s)
}

// matches tries the string to sign as everybody builds it, then the variants that
// AWS takes too. Each names the same request, so none lets another one in.
func (req *Request) matches(c *canonical, s *scratch, key *Key) bool {
	try := func() bool {
		c.build(s)
		s.stringToSign(req.algorithm, req.dateLine, req.scope)
		if key.verify(s.sts, req.Signature) {
			return true
		}
		// A client that sends only a Date header signs its time in the basic form.
		basic := req.Time.Format(timeFormat)
		if basic == req.dateLine {
			return false
		}
		s.stringToSign(req.algorithm, basic, req.scope)
		if !key.verify(s.sts, req.Signature) {
			return false
		}
		req.dateLine = basic // which signatures of chunks repeat
		return true
	}
	if try() {
		return true
	}
	if c.dialect == S3 && string(appendPathNormal(nil, c.path)) != c.path {
		// A client may leave bytes such as '$' bare in the path and yet sign them
		// encoded, as AWS's own PUT example does.
		c.normalPath = true
		if try() {
			return true
		}
		c.normalPath = false
	}
	return false
}

func (req *Request) mismatch(c *canonical, s *scratch) *Error {
	if req.dialect == Service {
		return fail(KindSignature, http.StatusForbidden, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. "+
				"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	c.build(s)
	s.stringToSign(req.algorithm, req.dateLine, req.scope)
	e := signatureMismatch(req.AccessKeyID, s.sts, req.Signature)
	e.Fields = append(e.Fields, Field{"CanonicalRequest", string(s.canon)}, Field{"CanonicalRequestBytes", hexDump(s.canon)})
	return e
}

func signatureMismatch(accessKeyID string, sts []byte, provided string) *Error {
	return fail(KindSignature, http.StatusForbidden, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your key and signing method.",
		Field{"AWSAccessKeyId", accessKeyID}, Field{"StringToSign", string(sts)},
		Field{"SignatureProvided", provided}, Field{"StringToSignBytes", hexDump(sts)})
}

// Mismatch is S3's answer to a signature that is not the one of the string to sign.
func Mismatch(accessKeyID string, stringToSign []byte, provided string) *Error {
	return signatureMismatch(accessKeyID, stringToSign, provided)
}
