package notify

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// received is a request as a destination saw it.
type received struct {
	*http.Request
	body string
}

// listen is a destination that answers with a status and tells what it saw.
func listen(t *testing.T, status int, header ...string) (string, <-chan received) {
	t.Helper()
	seen := make(chan received, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		seen <- received{r, string(body)}
	}))
	t.Cleanup(server.Close)
	return server.URL, seen
}

var (
	made    = time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	message = &Message{ID: "0123", Time: made, Body: []byte(`{"Records":[{"a":"é &+"}]}`)}
)

func newTargets(t *testing.T, o Options) *Targets {
	t.Helper()
	targets, err := NewTargets(o)
	if err != nil {
		t.Fatal(err)
	}
	return targets
}

func TestSendToQueueIsSigned(t *testing.T) {
	at, seen := listen(t, 200)
	cred := sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}
	targets := newTargets(t, Options{Targets: []string{queue + "=" + at + "/1/events"}, Credentials: cred, Secret: []byte("webhooks only")})
	if err := targets.Send(t.Context(), queue, message); err != nil {
		t.Fatal(err)
	}
	r := <-seen
	form, err := url.ParseQuery(r.body)
	if err != nil || form.Get("Action") != "SendMessage" || form.Get("Version") != "2012-11-05" ||
		form.Get("QueueUrl") != at+"/1/events" || form.Get("MessageBody") != string(message.Body) {
		t.Errorf("form %v, %v", form, err)
	}
	if r.Method != "POST" || r.URL.Path != "/1/events" || r.Header.Get(SignatureHeader) != "" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	signed, err := sigv4.Parse(r.Request, sigv4.Rules{Dialect: sigv4.Service, Service: "sqs", Regions: []string{"us-east-1"}, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.Verify(sigv4.NewKey("secret", signed.Time.Format("20060102"), "us-east-1", "sqs"), []byte(r.body)); err != nil {
		t.Error(err)
	}
	if err := signed.Verify(sigv4.NewKey("secret", signed.Time.Format("20060102"), "us-east-1", "sqs"), []byte(r.body+"&")); err == nil {
		t.Error("the body is not signed")
	}
}

func TestSendToWebhooks(t *testing.T) {
	at, seen := listen(t, 204)
	targets := newTargets(t, Options{
		Targets: []string{topic + "=" + at + "/t", lambda + "=" + at + "/f", bus + "=" + at + "/b"},
		Secret:  []byte("0123456789abcdef"), Credentials: sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"},
		Now: func() time.Time { return made },
	})
	for _, name := range []string{topic, lambda, bus} {
		if err := targets.Send(t.Context(), name, message); err != nil {
			t.Fatal(err)
		}
		r := <-seen
		if r.Header.Get("Authorization") != "" {
			t.Errorf("%s: a webhook gets a signature of the operator's credentials", name)
		}
		if got, want := r.Header.Get(SignatureHeader), Signature([]byte("0123456789abcdef"), made, []byte(r.body)); got != want {
			t.Errorf("%s: signature %q, want %q", name, got, want)
		}
		switch name {
		case topic:
			var e map[string]string
			if err := json.Unmarshal([]byte(r.body), &e); err != nil || e["Type"] != "Notification" || e["TopicArn"] != topic ||
				e["Subject"] != "Amazon S3 Notification" || e["Message"] != string(message.Body) || e["MessageId"] != "0123" ||
				e["Timestamp"] != "2026-01-02T03:04:05.678Z" || r.Header.Get("x-amz-sns-message-type") != "Notification" {
				t.Errorf("envelope %v, %v, %v", e, err, r.Header)
			}
		case lambda:
			if r.body != string(message.Body) || r.Header.Get("X-Amz-Invocation-Type") != "Event" || r.URL.Path != "/f" {
				t.Errorf("function: %s %v", r.body, r.Header)
			}
		default:
			if r.body != string(message.Body) || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("bus: %s %v", r.body, r.Header)
			}
		}
	}
}

func TestInvokeIsSigned(t *testing.T) {
	at, seen := listen(t, 202)
	targets := newTargets(t, Options{
		Targets:     []string{lambda + "=" + at + "/2015-03-31/functions/resize/invocations"},
		Credentials: sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"},
	})
	if err := targets.Send(t.Context(), lambda, message); err != nil {
		t.Fatal(err)
	}
	if got := (<-seen).Header.Get("Authorization"); !strings.Contains(got, "/us-east-1/lambda/aws4_request") {
		t.Errorf("authorization %q", got)
	}
}

func TestSendFails(t *testing.T) {
	elsewhere, followed := listen(t, 200)
	redirecting, _ := listen(t, 307, "Location", elsewhere)
	failing, _ := listen(t, 500)
	closed := httptest.NewServer(nil)
	closed.Close()
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // a client that goes is noticed once its body is read
		<-r.Context().Done()
	}))
	t.Cleanup(hanging.Close)
	for name, at := range map[string]string{"redirect": redirecting, "500": failing, "closed": closed.URL, "hanging": hanging.URL} {
		targets := newTargets(t, Options{Targets: []string{queue + "=" + at + "/?token=hush"}, Timeout: 200 * time.Millisecond})
		err := targets.Send(context.Background(), queue, message)
		if err == nil {
			t.Errorf("%s: taken", name)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: the error gives the URL away: %v", name, err)
		}
	}
	select {
	case <-followed:
		t.Error("a redirect was followed")
	default:
	}
	if err := newTargets(t, Options{}).Send(context.Background(), queue, message); err == nil {
		t.Error("an unknown destination took a message")
	}
}

// TestOthersThanS3Notify: what IAM publishes has no subject, and comes from IAM.
func TestOthersThanS3Notify(t *testing.T) {
	var agent string
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		agent = r.UserAgent()
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	topic := "arn:aws:sns:us-east-1:111122223333:news"
	targets := newTargets(t, Options{Targets: []string{topic + "=" + server.URL}})
	for from, want := range map[Sender]string{FromS3: "Simple Storage", FromIAM: "Identity and Access"} {
		if err := targets.Send(t.Context(), topic, &Message{ID: "id", Time: made, Body: []byte("{}"), From: from}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(agent, want) || strings.Contains(string(body), "Subject") != (from == FromS3) {
			t.Errorf("%s sent %s", agent, body)
		}
	}
}
