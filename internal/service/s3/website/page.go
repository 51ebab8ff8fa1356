package website

import (
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/wire"
)

// Page is the HTML page that says what went wrong. also, which may be nil, is why
// the bucket's own error document cannot be shown.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/CustomErrorDocSupport.html
func Page(e, also *wire.Error, ids wire.IDs) []byte {
	title := strconv.Itoa(e.Status)
	if name := http.StatusText(e.Status); name != "" {
		title += " " + name
	}
	var b strings.Builder
	b.WriteString("<html>\n<head><title>" + title + "</title></head>\n<body>\n<h1>" + title + "</h1>\n<ul>\n")
	items(&b, e)
	item(&b, "RequestId", ids.Request)
	item(&b, "HostId", ids.Host)
	b.WriteString("</ul>\n")
	if also != nil {
		b.WriteString("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n")
		items(&b, also)
		b.WriteString("</ul>\n")
	}
	b.WriteString("<hr/>\n</body>\n</html>\n")
	return []byte(b.String())
}

func items(b *strings.Builder, e *wire.Error) {
	item(b, "Code", e.Code)
	item(b, "Message", e.Message)
	for _, f := range e.Fields {
		item(b, f.Name, f.Value)
	}
}

func item(b *strings.Builder, name, value string) {
	b.WriteString("<li>" + html.EscapeString(name) + ": " + html.EscapeString(value) + "</li>\n")
}

// Header is what the headers of an answer say of an error.
func Header(h http.Header, e *wire.Error) {
	h["x-amz-error-code"] = []string{e.Code}
	h["x-amz-error-message"] = []string{escapeHeader(e.Message)}
	for _, f := range e.Fields {
		h["x-amz-error-detail-"+f.Name] = []string{escapeHeader(f.Value)}
	}
}

// escapeHeader is a text that may hold a key, for a header.
func escapeHeader(s string) string {
	return escape(s, func(c byte) bool { return c >= ' ' && c < 0x7f })
}
