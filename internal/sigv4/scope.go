package sigv4

import (
	"net/http"
	"strings"
	"time"
)

const (
	algorithm    = "AWS4-HMAC-SHA256"
	algorithm4A  = "AWS4-ECDSA-P256-SHA256"
	terminator   = "aws4_request"
	dateFormat   = "20060102"
	timeFormat   = "20060102T150405Z"
	serverFormat = "2006-01-02T15:04:05Z"
	maxSkew      = 15 * time.Minute
	maxExpires   = 604800 // seconds: a week

	badCredential = `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`
)

// Dialect is a family of services that sign and refuse alike.
type Dialect uint8

// The dialects.
const (
	S3      Dialect = iota // S3 and S3 Control
	Service                // every other service
)

// Rules say what the server takes a request for.
type Rules struct {
	Dialect Dialect
	// Service must be the service of the scope, such as "s3" or "sts".
	Service string
	// Regions are those a scope may name. Errors name the first as the one
	// expected. None means any.
	Regions []string
	// Now is the server's time.
	Now time.Time
}

func (r *Rules) region(name string) bool {
	for _, have := range r.Regions {
		if have == name {
			return true
		}
	}
	return len(r.Regions) == 0
}

// credential is a credential as sent, cut into its five parts.
type credential struct {
	accessKeyID, date, region, service, terminator string
	scope                                          string // all but the first
	parts                                          int
}

func cutCredential(s string) (c credential) {
	c.parts = strings.Count(s, "/") + 1
	c.accessKeyID, c.scope, _ = strings.Cut(s, "/")
	rest := c.scope
	c.date, rest, _ = strings.Cut(rest, "/")
	c.region, rest, _ = strings.Cut(rest, "/")
	c.service, c.terminator, _ = strings.Cut(rest, "/")
	return c
}

// Claim is the credential that a request names: its access key and scope. The
// date is YYYYMMDD.
type Claim struct{ AccessKeyID, Date, Region, Service string }

func (c Claim) claimed() Claim { return c }

// Claimant is whatever names a credential: *Request, *Post and Claim do.
type Claimant interface{ claimed() Claim }

// Peek reads the credential scope that a request claims, for routing before
// Parse. Nothing of it is verified, and nothing but routing may rest on it.
func Peek(r *http.Request) (Claim, bool) {
	var cred string
	if auth := r.Header.Get("Authorization"); auth != "" {
		_, rest, _ := strings.Cut(auth, " ")
		cred = parseComponents(rest).credential
	} else if q := requestQuery(r); strings.Contains(q, "X-Amz-") {
		cred = scanQuery(q).credential.value
	}
	c := cutCredential(cred)
	if c.parts != 5 {
		return Claim{}, false
	}
	return c.claim(), true
}

func (c *credential) claim() Claim { return Claim{c.accessKeyID, c.date, c.region, c.service} }

// checkS3 returns what S3 finds wrong with a credential, in S3's order, or "".
func (c *credential) checkS3(rules *Rules) (message string, fields []Field) {
	switch {
	case c.parts != 5:
		return badCredential, nil
	case !validDate(c.date):
		return `incorrect date format "` + c.date + `". This date in the credential must be in the format "yyyyMMdd".`, nil
	case c.region == "":
		return "a non-empty region must be provided in the credential.", nil
	case !rules.region(c.region):
		want := rules.Regions[0]
		return "the region '" + c.region + "' is wrong; expecting '" + want + "'", []Field{{"Region", want}}
	case c.service != rules.Service:
		return `incorrect service "` + c.service + `". This endpoint belongs to "` + rules.Service + `".`, nil
	case c.terminator != terminator:
		return `incorrect terminal "` + c.terminator + `". This endpoint uses "aws4_request".`, nil
	}
	return "", nil
}

// checkService refuses a credential as services other than S3 do: all that is
// wrong in one message.
func (c *credential) checkService(raw string, t time.Time, rules *Rules) error {
	if c.parts != 5 {
		return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + raw + "'")
	}
	var wrong []string
	if c.region == "" || !rules.region(c.region) {
		wrong = append(wrong, "Credential should be scoped to a valid region. ")
	}
	if c.service != rules.Service {
		wrong = append(wrong, "Credential should be scoped to correct service: '"+rules.Service+"'. ")
	}
	if c.terminator != terminator {
		wrong = append(wrong, "Credential should be scoped with a valid terminator: 'aws4_request', not '"+c.terminator+"'. ")
	}
	if want := t.Format(dateFormat); c.date != want {
		wrong = append(wrong, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"+
			c.date+"' != '"+want+"', from '"+t.Format(timeFormat)+"'.")
	}
	if wrong != nil {
		return fail(KindScope, http.StatusForbidden, "SignatureDoesNotMatch", strings.Join(wrong, ""))
	}
	return nil
}

func validDate(s string) bool {
	if len(s) != len(dateFormat) {
		return false
	}
	_, err := time.Parse(dateFormat, s)
	return err == nil
}

// parseTime reads the one form that presigned URLs may use and everybody does.
func parseTime(s string) (time.Time, bool) {
	if len(s) != len(timeFormat) || s[8] != 'T' || s[15] != 'Z' {
		return time.Time{}, false
	}
	num := func(from, to int) (n int) {
		for _, c := range []byte(s[from:to]) {
			if c < '0' || c > '9' {
				return -1
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	y, mo, d, h, mi, sec := num(0, 4), num(4, 6), num(6, 8), num(9, 11), num(11, 13), num(13, 15)
	if y < 1 || mo < 1 || mo > 12 || d < 1 || h < 0 || h > 23 || mi < 0 || mi > 59 || sec < 0 || sec > 59 {
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(mo), d, h, mi, sec, 0, time.UTC)
	return t, t.Day() == d
}

// parseAnyTime also reads the forms of the Date header.
func parseAnyTime(s string) (time.Time, bool) {
	if t, ok := parseTime(s); ok {
		return t, true
	}
	if rest, ok := strings.CutSuffix(s, " UTC"); ok {
		s = rest + " GMT" // as some clients write it
	}
	if t, err := http.ParseTime(s); err == nil {
		return t.UTC(), true
	}
	t, err := time.Parse(time.RFC1123Z, s)
	return t.UTC(), err == nil
}

// ParseDate reads a date as S3 takes it in the x-amz-date and Date headers.
func ParseDate(s string) (time.Time, bool) { return parseAnyTime(s) }
