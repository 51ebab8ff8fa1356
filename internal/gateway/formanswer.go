package gateway

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// answerWriter is where the answer of an operation goes.
func (c *call) answerWriter() http.ResponseWriter {
	if c.form == nil {
		return c.w
	}
	return &formWriter{answer: c.w, call: c}
}

// formWriter answers a browser's upload as its form asks: with a redirect, with
// a document, or with a status alone.
type formWriter struct {
	*answer
	call *call
}

// WriteHeader takes the place of the answer that the operation's row describes,
// which is a 204 without a body.
func (w *formWriter) WriteHeader(int) {
	h, fields := w.Header(), w.call.form.fields
	etag := strings.Join(h["ETag"], "")
	location := w.call.location()
	h["Location"] = []string{location}
	for _, name := range []string{"success_action_redirect", "redirect"} {
		if target, ok := w.call.redirect(fields[name], etag); ok {
			h["Location"] = []string{target}
			w.empty(http.StatusSeeOther)
			return
		}
	}
	switch fields["success_action_status"] {
	case "200":
		w.empty(http.StatusOK)
	case "201":
		w.document(location, etag)
	default:
		w.answer.WriteHeader(http.StatusNoContent)
	}
}

func (w *formWriter) empty(status int) {
	w.Header()["Content-Length"] = []string{"0"}
	w.answer.WriteHeader(status)
}

func (w *formWriter) document(location, etag string) {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<PostResponse>")
	for _, e := range [][2]string{{"Location", location}, {"Bucket", w.call.addr.bucket}, {"Key", w.call.form.key}, {"ETag", etag}} {
		b.WriteString("<" + e[0] + ">")
		xml.EscapeText(&b, []byte(e[1]))
		b.WriteString("</" + e[0] + ">")
	}
	b.WriteString("</PostResponse>")
	w.Header()["Content-Type"] = []string{"application/xml"}
	w.Header()["Content-Length"] = []string{strconv.Itoa(b.Len())}
	w.answer.WriteHeader(http.StatusCreated)
	w.answer.Write(b.Bytes()) // a client that has gone away is no failure of the upload
}

// location is the URL of the new object at the endpoint that the form came to.
func (c *call) location() string {
	u := "http://"
	if c.r.TLS != nil {
		u = "https://"
	}
	u += c.r.Host + "/"
	if !c.addr.virtualHost {
		u += c.addr.bucket + "/"
	}
	return u + strings.ReplaceAll(url.QueryEscape(c.form.key), "+", "%20")
}

// redirect is the URL a form asks to go on to, with what was stored. One that
// makes no sense counts as not asked for.
func (c *call) redirect(target, etag string) (string, bool) {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", false
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "bucket=" + url.QueryEscape(c.addr.bucket) + "&key=" + url.QueryEscape(c.form.key) + "&etag=" + url.QueryEscape(etag)
	return u.String(), true
}
