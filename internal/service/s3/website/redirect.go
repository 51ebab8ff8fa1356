package website

import (
	"net/http"
	"strconv"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// Request is a request to a website as its rules see it.
type Request struct {
	Scheme, Host string // by which the client came
	Key          string // decoded, without the slash before it
	Query        string // as it stood in the request line, without the question mark
}

// Redirect is an answer that sends the client elsewhere.
type Redirect struct {
	Status   int
	Location string // of printable ASCII alone
}

// Document is the key of the object that answers a path.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html
func Document(c *api.WebsiteConfiguration, key string) string {
	if key == "" || strings.HasSuffix(key, "/") {
		return key + suffix(c)
	}
	return key
}

// DirectoryDocument is the index document of a directory whose name was asked for
// without the slash at its end.
func DirectoryDocument(c *api.WebsiteConfiguration, key string) (document string, ok bool) {
	if key == "" || strings.HasSuffix(key, "/") {
		return "", false
	}
	return key + "/" + suffix(c), true
}

// ToDirectory sends the client to the directory with the slash.
func ToDirectory(key string) *Redirect {
	path := escapeKey(key)
	if rest, ok := strings.CutPrefix(path, "/"); ok {
		path = "%2F" + rest // two slashes would begin the name of a host
	}
	return &Redirect{http.StatusFound, "/" + path + "/"}
}

// ToLocation sends the client where an object's x-amz-website-redirect-location
// says.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
func ToLocation(location string) *Redirect {
	return &Redirect{http.StatusMovedPermanently, escapeText(location)}
}

// Before is where a request is sent without looking for an object, nil for
// nowhere.
func Before(c *api.WebsiteConfiguration, r *Request) *Redirect {
	if all := c.RedirectAllRequestsTo; all != nil {
		return redirect(&api.Redirect{HostName: all.HostName, Protocol: all.Protocol}, r, "")
	}
	return firstRule(c, r, "")
}

// After is where a request is sent that failed with a status, nil for nowhere.
func After(c *api.WebsiteConfiguration, r *Request, status int) *Redirect {
	return firstRule(c, r, strconv.Itoa(status))
}

// firstRule finds the first of the rules for a status, or of those that are for
// none.
func firstRule(c *api.WebsiteConfiguration, r *Request, status string) *Redirect {
	for i := range c.RoutingRules {
		rule := &c.RoutingRules[i]
		prefix, code := "", ""
		if on := rule.Condition; on != nil {
			prefix, code = text(on.KeyPrefixEquals), text(on.HttpErrorCodeReturnedEquals)
		}
		if code == status && strings.HasPrefix(r.Key, prefix) && rule.Redirect != nil {
			return redirect(rule.Redirect, r, prefix)
		}
	}
	return nil
}

// redirect carries a rule out. What the rule says stands as its author wrote it,
// so that it may hold a query or a fragment; the key is escaped and stays a path.
// The query goes along with the key.
func redirect(to *api.Redirect, r *Request, prefix string) *Redirect {
	out := &Redirect{Status: http.StatusMovedPermanently}
	if code, err := strconv.Atoi(text(to.HttpRedirectCode)); err == nil && code > 300 && code < 400 {
		out.Status = code
	}
	scheme, host := r.Scheme, r.Host
	if to.Protocol != nil {
		scheme = *to.Protocol
	}
	if h := text(to.HostName); h != "" {
		host = h
	}
	var path string
	switch {
	case to.ReplaceKeyWith != nil:
		path = escapeText(*to.ReplaceKeyWith)
	case to.ReplaceKeyPrefixWith != nil:
		path = escapeText(*to.ReplaceKeyPrefixWith) + escapeKey(strings.TrimPrefix(r.Key, prefix))
	default:
		path = escapeKey(r.Key)
	}
	if r.Query != "" && to.ReplaceKeyWith == nil {
		path += "?" + escapeText(r.Query)
	}
	out.Location = escapeText(scheme+"://"+host) + "/" + path
	return out
}

func suffix(c *api.WebsiteConfiguration) string {
	if c.IndexDocument == nil {
		return ""
	}
	return text(c.IndexDocument.Suffix)
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// escapeKey is a key as a part of a path: nothing in it can end the path.
func escapeKey(key string) string {
	return escape(key, func(c byte) bool { return strings.IndexByte("-._~!$&'()*+,;=:@/", c) >= 0 })
}

// escapeText is a text of the bucket's owner, which may be any part of a URL, as
// far as a header can hold it.
func escapeText(s string) string {
	return escape(s, func(c byte) bool { return c > ' ' && c < 0x7f && strings.IndexByte("\\\"<>", c) < 0 })
}

// escape writes percent signs for all but letters, digits and what may stay.
func escape(s string, stays func(byte) bool) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || stays(c) {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}
