package sigv4

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

func mechanisms(fields ...Field) *Error {
	return fail(KindMechanisms, http.StatusBadRequest, "InvalidArgument",
		"Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "+
			"Signature query string parameter or the Authorization header should be specified", fields...)
}

// OneMechanism is the answer to a form that comes with another signature around it.
func OneMechanism() *Error { return mechanisms() }

// unsupportedV2 is what every region opened since 2014 says to Signature Version 2.
func unsupportedV2() *Error {
	return fail(KindUnsupported, http.StatusBadRequest, "InvalidRequest",
		"The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
}

// unsupported4A refuses SigV4A: its keys are derived per access key as elliptic
// curve pairs, which this server does not do.
func unsupported4A(header string) *Error {
	return fail(KindUnsupported, http.StatusNotImplemented, "NotImplemented",
		"A header you provided implies functionality that is not implemented", Field{"Header", header})
}

func headerMalformed(kind Kind, detail string, fields ...Field) *Error {
	return fail(kind, http.StatusBadRequest, "AuthorizationHeaderMalformed",
		"The authorization header is malformed; "+detail, fields...)
}

func queryMalformed(kind Kind, message string, fields ...Field) *Error {
	return fail(kind, http.StatusBadRequest, "AuthorizationQueryParametersError", message, fields...)
}

func (req *Request) parseS3Header(auth string, rules *Rules) (*Request, error) {
	scheme, rest, ok := strings.Cut(auth, " ")
	argument := []Field{{"ArgumentName", "Authorization"}, {"ArgumentValue", auth}}
	switch {
	case !ok:
		return nil, fail(KindMalformed, http.StatusBadRequest, "InvalidArgument",
			"Authorization header is invalid -- one and only one ' ' (space) required", argument...)
	case strings.EqualFold(scheme, "AWS"):
		return nil, unsupportedV2()
	case strings.EqualFold(scheme, algorithm4A):
		return nil, unsupported4A("Authorization")
	case !strings.EqualFold(scheme, algorithm):
		return nil, fail(KindUnsupported, http.StatusBadRequest, "InvalidArgument", "Unsupported Authorization Type", argument...)
	}
	hash, ok := firstValue(req.http.Header, "X-Amz-Content-Sha256")
	if !ok {
		return nil, fail(KindPayloadHash, http.StatusBadRequest, "InvalidRequest",
			"Missing required header for this request: x-amz-content-sha256")
	}
	if err := req.setPayload(hash); err != nil {
		return nil, err
	}
	if err := req.headerTime(rules); err != nil {
		return nil, err
	}
	c := parseComponents(rest)
	if !c.complete() {
		return nil, headerMalformed(KindMalformed,
			"the authorization header requires three components: Credential, SignedHeaders, and Signature.")
	}
	cred := cutCredential(c.credential)
	if detail, fields := cred.checkS3(rules); detail != "" {
		return nil, headerMalformed(KindScope, detail, fields...)
	}
	if cred.date != req.Time.Format(dateFormat) {
		return nil, headerMalformed(KindScope, "Invalid credential date. Date is not the same as X-Amz-Date.")
	}
	req.Auth, req.algorithm = Header, scheme
	req.setCredential(&cred)
	req.SignedHeaders, req.Signature = c.signedHeaders, c.signature
	req.SessionToken, _ = firstValue(req.http.Header, "X-Amz-Security-Token")
	return checked(req, req.checkSigned())
}

// headerTime reads the date of a header-signed request of S3: x-amz-date when it
// is there, else Date.
func (req *Request) headerTime(rules *Rules) error {
	line, ok := firstValue(req.http.Header, "X-Amz-Date")
	if !ok {
		line, _ = firstValue(req.http.Header, "Date")
	}
	t, ok := parseAnyTime(line)
	if !ok {
		return fail(KindMissingDate, http.StatusForbidden, "AccessDenied",
			"AWS authentication requires a valid Date or x-amz-date header")
	}
	if skew := rules.Now.Sub(t); skew > maxSkew || skew < -maxSkew {
		return fail(KindSkew, http.StatusForbidden, "RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.",
			Field{"RequestTime", line}, Field{"ServerTime", rules.Now.UTC().Format(serverFormat)},
			Field{"MaxAllowedSkewMilliseconds", "900000"})
	}
	req.Time, req.dateLine = t, line
	return nil
}

func (req *Request) parseS3Query(q *queryAuth, rules *Rules) (*Request, error) {
	switch {
	case q.algorithm.value == algorithm4A:
		return nil, unsupported4A("X-Amz-Algorithm")
	case q.algorithm.value != algorithm:
		return nil, queryMalformed(KindUnsupported, `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"`)
	case !q.credential.ok || !q.signature.ok || !q.date.ok || !q.signedHeaders.ok || !q.expires.ok:
		return nil, queryMalformed(KindMalformed, "Query-string authentication version 4 requires the X-Amz-Algorithm, "+
			"X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	}
	if err := req.queryTime(q, rules); err != nil {
		return nil, err
	}
	cred := cutCredential(q.credential.value)
	if detail, fields := cred.checkS3(rules); detail != "" {
		return nil, queryMalformed(KindScope, "Error parsing the X-Amz-Credential parameter; "+detail, fields...)
	}
	if day := q.date.value[:8]; cred.date != day {
		return nil, queryMalformed(KindScope, `Invalid credential date "`+cred.date+
			`". This date is not the same as X-Amz-Date: "`+day+`".`)
	}
	req.Auth, req.algorithm = Query, algorithm
	req.setCredential(&cred)
	req.SignedHeaders, req.Signature = q.signedHeaders.value, q.signature.value
	req.SessionToken = q.token.value
	if !q.token.ok {
		req.SessionToken, _ = firstValue(req.http.Header, "X-Amz-Security-Token")
	}
	if err := req.queryPayload(q); err != nil {
		return nil, err
	}
	return checked(req, req.checkSigned())
}

// queryPayload finds the payload line of a presigned request. S3 takes any value
// there; one that means nothing to us leaves the body unverified, as the signer
// chose to.
func (req *Request) queryPayload(q *queryAuth) error {
	hash, ok := firstValue(req.http.Header, "X-Amz-Content-Sha256")
	if !ok {
		hash, ok = q.payload.value, q.payload.ok
	}
	if !ok {
		hash = unsignedPayload
	}
	req.PayloadHash = hash
	err := req.setPayload(hash)
	if e, _ := err.(*Error); e != nil && e.Kind == KindPayloadHash {
		req.Payload, err = Unsigned, nil
	}
	return err
}

func (req *Request) queryTime(q *queryAuth, rules *Rules) error {
	t, ok := parseTime(q.date.value)
	if !ok {
		return queryMalformed(KindMalformed, `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
	}
	seconds, err := strconv.ParseInt(q.expires.value, 10, 64)
	switch {
	case err != nil:
		return queryMalformed(KindMalformed, "X-Amz-Expires should be a number")
	case seconds < 0:
		return queryMalformed(KindMalformed, "X-Amz-Expires must be non-negative")
	case seconds > maxExpires:
		return queryMalformed(KindMalformed, "X-Amz-Expires must be less than a week (in seconds); "+
			"that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	req.Time, req.dateLine = t, q.date.value
	req.Expires = time.Duration(seconds) * time.Second
	end := t.Add(req.Expires)
	endField := Field{"Expires", end.Format(serverFormat)}
	nowField := Field{"ServerTime", rules.Now.UTC().Format(serverFormat)}
	if t.Sub(rules.Now) > maxSkew {
		return fail(KindSkew, http.StatusForbidden, "AccessDenied", "Request is not yet valid",
			Field{"X-Amz-Date", strconv.FormatInt(t.UnixMilli(), 10)}, endField, nowField)
	}
	if rules.Now.After(end) {
		return fail(KindExpired, http.StatusForbidden, "AccessDenied", "Request has expired",
			Field{"X-Amz-Expires", q.expires.value}, endField, nowField)
	}
	return nil
}
