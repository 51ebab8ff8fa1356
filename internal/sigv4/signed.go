package sigv4

import (
	"net/http"
	"slices"
	"strings"
)

const (
	maxParams  = 2048 // query parameters we are ready to sort
	maxHeaders = 256  // names in SignedHeaders
)

func tooLarge() *Error {
	return fail(KindTooLarge, http.StatusBadRequest, "RequestHeaderSectionTooLarge",
		"Your request header section exceeds the maximum allowed size.", Field{"MaxSizeAllowed", "8192"})
}

// checkSigned refuses a request that carries a header which must be signed and is
// not: Host, Content-MD5 and every x-amz-* but x-amz-content-sha256, whose value
// the signature covers as the payload line. It also bounds the list.
func (req *Request) checkSigned() error {
	if strings.Count(req.SignedHeaders, ";") >= maxHeaders {
		return tooLarge()
	}
	var missing []string
	if !signedContains(req.SignedHeaders, "host") {
		missing = append(missing, "host")
	}
	for name := range req.http.Header {
		if !mustSign(name, req.dialect) || signedContainsFold(req.SignedHeaders, name) {
			continue
		}
		missing = append(missing, strings.ToLower(name))
	}
	if missing == nil {
		return nil
	}
	slices.Sort(missing)
	if req.dialect == S3 {
		return fail(KindUnsignedHeaders, http.StatusForbidden, "AccessDenied",
			"There were headers present in the request which were not signed",
			Field{"HeadersNotSigned", strings.Join(missing, ", ")})
	}
	if missing[0] == "host" {
		return fail(KindUnsignedHeaders, http.StatusForbidden, "SignatureDoesNotMatch",
			"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	return fail(KindUnsignedHeaders, http.StatusForbidden, "SignatureDoesNotMatch",
		"'"+missing[0]+"' must be a 'SignedHeader' in the AWS Authorization.")
}

// mustSign takes a canonical header name.
func mustSign(name string, d Dialect) bool {
	if strings.HasPrefix(name, "X-Amz-") {
		return name != "X-Amz-Content-Sha256"
	}
	return name == "Content-Md5" && d == S3
}

// signedContains looks for a lower-case name in a semicolon-separated list.
func signedContains(list, name string) bool {
	for list != "" {
		var have string
		have, list, _ = strings.Cut(list, ";")
		if have == name {
			return true
		}
	}
	return false
}

// signedContainsFold looks for the lower-case form of a canonical header name.
func signedContainsFold(list, name string) bool {
	for list != "" {
		var have string
		have, list, _ = strings.Cut(list, ";")
		if len(have) != len(name) {
			continue
		}
		i := 0
		for i < len(name) && have[i] == lower(name[i]) {
			i++
		}
		if i == len(name) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
