package gateway

import (
	"net/http"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// TestRequesterPays: other accounts have to say that they pay, and are told that
// they were charged; the owner is not.
func TestRequesterPays(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", "bytes"))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?requestPayment", `<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>`))
	w.share(w.blue.ID, "s3:*")
	for name, test := range map[string]struct {
		who           *RootAccount
		header, query string
		status        int
		charged       string
	}{
		"blue":                    {w.blue, "", "", 403, ""},
		"blue pays":               {w.blue, "requester", "", 200, "requester"},
		"blue pays another":       {w.blue, "owner", "", 403, ""},
		"blue pays in the query":  {w.blue, "", "?x-amz-request-payer=requester", 200, "requester"},
		"green":                   {w.green, "", "", 200, ""},
		"green would pay as well": {w.green, "requester", "", 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			req := w.request("GET", "/green-bucket/k"+test.query, "")
			if test.header != "" {
				req.Header.Set("X-Amz-Request-Payer", test.header)
			}
			sigv4.Sign(req, test.who.credentials(), "us-east-1", "s3", sigv4.HashPayload(nil), time.Now())
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if got := resp.Header.Get("X-Amz-Request-Charged"); resp.StatusCode != test.status || got != test.charged {
				t.Errorf("%d, charged %q", resp.StatusCode, got)
			}
		})
	}
	w.want(200, "<Payer>Requester</Payer>")(w.s3(w.green, "GET", "/green-bucket?requestPayment", ""))
}
