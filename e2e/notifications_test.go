package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// receiver is a queue and a webhook. It takes nothing while it is down.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	down     bool
	events   []string // names and keys, in the order in which they came
	webhooks int
	wrong    []string
	refused  int
	came     chan struct{}
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{came: make(chan struct{}, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		defer func() { r.came <- struct{}{} }()
		if r.down {
			r.refused++
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		message := body
		if req.URL.Path == "/queue" {
			form, _ := url.ParseQuery(string(body))
			message = []byte(form.Get("MessageBody"))
			r.checkSignature(req, body, form)
		} else {
			r.webhooks++
			if !strings.HasPrefix(req.Header.Get("X-Sallyport-Signature"), "t=") {
				r.wrong = append(r.wrong, "a webhook that is not signed")
			}
		}
		r.take(message)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) checkSignature(req *http.Request, body []byte, form url.Values) {
	signed, err := sigv4.Parse(req, sigv4.Rules{Dialect: sigv4.Service, Service: "sqs", Regions: []string{"us-east-1"}, Now: time.Now()})
	if err == nil {
		err = signed.Verify(sigv4.NewKey("queue-secret", signed.Time.Format("20060102"), "us-east-1", "sqs"), body)
	}
	if err != nil || form.Get("Action") != "SendMessage" {
		r.wrong = append(r.wrong, "a call of the queue: "+form.Encode())
	}
}

func (r *receiver) take(message []byte) {
	var m struct {
		Event   string
		Records []struct {
			EventName string
			S3        struct{ Object struct{ Key string } }
		}
	}
	if err := json.Unmarshal(message, &m); err != nil {
		r.wrong = append(r.wrong, string(message))
	}
	if m.Event != "" {
		r.events = append(r.events, m.Event)
	}
	for _, rec := range m.Records {
		r.events = append(r.events, rec.EventName+" "+rec.S3.Object.Key)
	}
}

// await waits until the receiver has an event; a guard against hanging, not a
// verdict on speed, ends it.
func (r *receiver) await(t *testing.T, event string) {
	t.Helper()
	guard := time.After(2 * time.Minute)
	for {
		r.mu.Lock()
		ok := slices.Contains(r.events, event)
		r.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-r.came:
		case <-guard:
			t.Fatalf("%s did not come; %v did", event, r.events)
		}
	}
}

func (r *receiver) set(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

// TestNotificationsWithBoto3 configures notifications, and has events delivered to
// a queue and a webhook, also those that a kill -9 finds waiting.
func TestNotificationsWithBoto3(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	dir := t.TempDir()
	secret, credentials := filepath.Join(dir, "secret"), filepath.Join(dir, "credentials")
	for path, text := range map[string]string{
		secret:      "0123456789abcdef\n",
		credentials: "[queue]\naws_access_key_id = AKIAQUEUE\naws_secret_access_key = queue-secret\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const id = "111122223333"
	s := startServer(t, "--account", "orange:"+id,
		"--notification-target", "arn:aws:sqs:us-east-1:"+id+":events="+r.URL+"/queue",
		"--notification-target", "arn:aws:lambda:us-east-1:"+id+":function:hook="+r.URL+"/hook",
		"--notification-secret-file", secret, "--notification-credentials-file", credentials)
	reported(t, s.boto3(t, "notifications.py"), map[string]string{
		"at first":       `{}`,
		"missing queue":  `["InvalidArgument","Unable to validate the following destination configurations"]`,
		"not parsed":     `["InvalidArgument","The ARN could not be parsed"]`,
		"overlap":        `["InvalidArgument","Configurations overlap. Configurations on the same bucket cannot share a common event type."]`,
		"put":            `"ok"`,
		"rules":          `[["s3:ObjectCreated:*","s3:ObjectRemoved:*"],[{"Name":"Prefix","Value":"docs/"}],["s3:ObjectTagging:*"],{}]`,
		"of another":     `["InvalidArgument","Unable to validate the following destination configurations"]`,
		"without permit": `"AccessDenied"`,
	})
	for _, event := range []string{
		"s3:TestEvent", "ObjectCreated:Put docs/a+b.txt", "ObjectCreated:Copy docs/copy", "ObjectCreated:CompleteMultipartUpload docs/parts",
		"ObjectRemoved:Delete docs/copy", "ObjectTagging:Put docs/a+b.txt",
	} {
		r.await(t, event)
	}
	r.set(true)
	put := func(key string) {
		t.Helper()
		env := append(s.clientEnv(), "AWS_PROFILE=orange")
		runCommand(t, env, "", "aws", "--endpoint-url", s.endpoint, "s3api", "put-object", "--bucket", "notified", "--key", key).ok(t)
	}
	put("docs/waits")
	s.kill()
	r.set(false)
	s.start()
	r.await(t, "ObjectCreated:Put docs/waits")
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.wrong) > 0 || r.webhooks == 0 {
		t.Errorf("%d webhooks; wrong: %v", r.webhooks, r.wrong)
	}
	if slices.ContainsFunc(r.events, func(e string) bool { return strings.HasSuffix(e, " other") }) {
		t.Errorf("an event that the filter leaves out: %v", r.events)
	}
	for _, hidden := range []string{"0123456789abcdef", "queue-secret", r.URL} {
		if strings.Contains(s.stderr.String(), hidden) {
			t.Errorf("the log has %q", hidden)
		}
	}
}
