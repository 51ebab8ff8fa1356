package website

import (
	"net/http"
	"testing"

	"github.com/sallyport/sallyport/internal/wire"
)

func TestPage(t *testing.T) {
	missing := &wire.Error{Code: "NoSuchKey", Message: "The specified key does not exist.", Status: 404,
		Fields: []wire.Field{{Name: "Key", Value: "<script>alert(1)</script>"}}}
	const want = `<html>
<head><title>404 Not Found</title></head>
<body>
<h1>404 Not Found</h1>
<ul>
<li>Code: NoSuchKey</li>
<li>Message: The specified key does not exist.</li>
<li>Key: &lt;script&gt;alert(1)&lt;/script&gt;</li>
<li>RequestId: R</li>
<li>HostId: H</li>
</ul>
<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>
<ul>
<li>Code: AccessDenied</li>
<li>Message: Access Denied</li>
</ul>
<hr/>
</body>
</html>
`
	got := string(Page(missing, &wire.Error{Code: "AccessDenied", Message: "Access Denied", Status: 403}, wire.IDs{Request: "R", Host: "H"}))
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestHeader(t *testing.T) {
	h := http.Header{}
	Header(h, &wire.Error{Code: "NoSuchKey", Message: "No key.", Fields: []wire.Field{{Name: "Key", Value: "a b\r\nX: é"}}})
	for name, want := range map[string]string{
		"x-amz-error-code": "NoSuchKey", "x-amz-error-message": "No key.", "x-amz-error-detail-Key": "a b%0D%0AX: %C3%A9",
	} {
		if got := h[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
