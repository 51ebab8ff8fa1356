package sigv4

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Form is a browser's upload form, as read up to its file.
type Form struct {
	// Bucket is the one the form was posted to.
	Bucket string
	// Fields by lower-case name, without the file. ${filename} in the key must
	// have been replaced already: conditions apply to the key as it will be stored.
	Fields map[string]string
}

// Post is a form whose signature has the right form and scope. It is not
// authenticated before Verify returned nil.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
type Post struct {
	// Auth is Anonymous, or Header when the form is signed.
	Auth Auth
	Claim
	SessionToken string
	Signature    string
	// V2 says that the form is signed with Signature Version 2, whose arithmetic
	// VerifyWith takes.
	V2 bool
	// Time of signing, UTC; zero for V2.
	Time time.Time
	// MinSize and MaxSize bound the file, in bytes, after Verify; MaxSize is -1
	// when the policy sets no bound.
	MinSize, MaxSize int64

	form   Form
	policy string
	now    time.Time
}

// postFields are the fields that sign a form, in the order in which S3 misses them.
var postFields = []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"}

// postFieldsV2 are those of Signature Version 2.
var postFieldsV2 = []string{"AWSAccessKeyId", "Signature"}

// count is how many of the fields the form has.
func (f *Form) count(names []string) (n int) {
	for _, name := range names {
		if _, ok := f.Fields[strings.ToLower(name)]; ok {
			n++
		}
	}
	return n
}

// require refuses a form that lacks one of the fields.
func (f *Form) require(names ...string) error {
	for _, name := range names {
		if _, ok := f.Fields[strings.ToLower(name)]; !ok {
			return MissingField(name)
		}
	}
	return nil
}

// ParsePOST reads how a form is signed. A form with none of the fields that sign
// one is anonymous. Errors are *Error.
func ParsePOST(form Form, rules Rules) (*Post, error) {
	p := &Post{form: form, now: rules.Now, MaxSize: -1, SessionToken: form.Fields["x-amz-security-token"]}
	var err error
	policy, hasPolicy := form.Fields["policy"]
	switch {
	case form.count(postFields) > 0:
		if err = form.require(append([]string{"Policy"}, postFields...)...); err == nil {
			err = p.scope(&rules)
		}
		p.Signature = form.Fields["x-amz-signature"]
	case form.count(postFieldsV2) > 0:
		err = form.require(append([]string{"Policy"}, postFieldsV2...)...)
		p.V2, p.AccessKeyID, p.Signature = true, form.Fields["awsaccesskeyid"], form.Fields["signature"]
	case hasPolicy: // which nobody stands for
		return nil, MissingToken(S3)
	default:
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.Auth, p.policy = Header, policy
	return p, nil
}

// MissingField is the answer to a form without a field that it must have, or
// with the field behind the file.
func MissingField(name string) *Error {
	return fail(KindMalformed, http.StatusBadRequest, "InvalidArgument",
		"Bucket POST must contain a field named '"+name+"'.  If it is specified, please check the order of the fields.",
		Field{"ArgumentName", name}, Field{"ArgumentValue", ""})
}

func (p *Post) scope(rules *Rules) error {
	fields := p.form.Fields
	if a := fields["x-amz-algorithm"]; a != algorithm {
		if a == algorithm4A {
			return unsupported4A("X-Amz-Algorithm")
		}
		return fail(KindUnsupported, http.StatusBadRequest, "InvalidArgument",
			`X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"`,
			Field{"ArgumentName", "X-Amz-Algorithm"}, Field{"ArgumentValue", a})
	}
	cred := cutCredential(fields["x-amz-credential"])
	if detail, extra := cred.checkS3(rules); detail != "" {
		return queryMalformed(KindScope, "Error parsing the X-Amz-Credential parameter; "+detail, extra...)
	}
	date := fields["x-amz-date"]
	t, ok := parseTime(date)
	if !ok {
		return fail(KindMalformed, http.StatusBadRequest, "InvalidArgument",
			"X-Amz-Date must be formatted via ISO8601 Long format.",
			Field{"ArgumentName", "X-Amz-Date"}, Field{"ArgumentValue", date})
	}
	if date[:8] != cred.date {
		return queryMalformed(KindScope, `Invalid credential date "`+cred.date+
			`". This date is not the same as X-Amz-Date: "`+date[:8]+`".`)
	}
	p.Claim, p.Time = cred.claim(), t
	return nil
}

// Verify is VerifyWith the key of Signature Version 4.
func (p *Post) Verify(key *Key) error {
	if p.V2 {
		return MissingToken(S3)
	}
	return p.VerifyWith(func(text, signature string) bool { return key.verify([]byte(text), signature) })
}

// VerifyWith checks the signature over the policy as sent, then the policy: that it
// can be read, has not expired, is met by the form, and covers every field of it.
func (p *Post) VerifyWith(matches func(text, signature string) bool) error {
	if p.Auth == Anonymous {
		return MissingToken(S3)
	}
	if !matches(p.policy, p.Signature) {
		return signatureMismatch(p.AccessKeyID, []byte(p.policy), p.Signature)
	}
	doc, err := parsePolicy(p.policy)
	if err != nil {
		return err
	}
	if !p.now.Before(doc.expiration) {
		return notMet("Policy expired.")
	}
	return p.meet(doc)
}

// CheckSize refuses a file of n bytes that the policy does not allow. The caller
// may stop reading at MaxSize+1.
func (p *Post) CheckSize(n int64) error {
	size := strconv.FormatInt(n, 10)
	switch {
	case p.MaxSize >= 0 && n > p.MaxSize:
		return fail(KindSize, http.StatusBadRequest, "EntityTooLarge",
			"Your proposed upload exceeds the maximum allowed size",
			Field{"ProposedSize", size}, Field{"MaxSizeAllowed", strconv.FormatInt(p.MaxSize, 10)})
	case n < p.MinSize:
		return fail(KindSize, http.StatusBadRequest, "EntityTooSmall",
			"Your proposed upload is smaller than the minimum allowed size",
			Field{"ProposedSize", size}, Field{"MinSizeAllowed", strconv.FormatInt(p.MinSize, 10)})
	}
	return nil
}

// SignPolicy is the x-amz-signature of a form's policy, which is in base64. date
// is YYYYMMDD.
func SignPolicy(secret, policy, date, region string) string {
	return string(NewKey(secret, date, region, "s3").sign(nil, []byte(policy)))
}
