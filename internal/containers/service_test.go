package containers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/linklocal"
)

type source func() (*Credentials, error)

func (f source) Credentials(context.Context) (*Credentials, error) { return f() }

func some(now time.Time) *Credentials {
	return &Credentials{
		RoleARN: "arn:aws:iam::111111111111:role/r", AccountID: "111111111111", AccessKeyID: "ASIA" + now.Format("15:04"), SecretAccessKey: "secret", Token: "token",
		LastUpdated: now, Expiration: now.Add(6 * time.Hour),
	}
}

func serve(t *testing.T, o Options) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- New(o).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

// get is status, the members of a JSON answer, and its text.
func get(t *testing.T, method, url, authorization, host string) (int, map[string]any, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	json.Unmarshal(text, &members)
	return resp.StatusCode, members, string(text)
}

func TestECS(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var failing error
	url := serve(t, Options{ID: "an-id", Clock: func() time.Time { return now }, Token: func() (string, error) { return "letmein", nil }, Source: source(func() (*Credentials, error) {
		return some(now), failing
	})})
	good := func(key, expires string) {
		t.Helper()
		want := map[string]any{"RoleArn": "arn:aws:iam::111111111111:role/r", "AccessKeyId": key, "SecretAccessKey": "secret", "Token": "token", "Expiration": expires}
		if status, got, text := get(t, "GET", url+"/v2/credentials/an-id", "letmein", ""); status != 200 || !reflect.DeepEqual(got, want) {
			t.Errorf("%d %s, want %v", status, text, want)
		}
	}
	good("ASIA12:00", "2026-03-01T18:00:00Z")
	for _, c := range []struct {
		method, path, authorization, host string
		status                            int
		code                              string
	}{
		{"GET", "/v2/credentials/an-id", "", "", 401, "UnauthorizedRequest"},
		{"GET", "/v2/credentials/an-id", "letmeinn", "", 401, "UnauthorizedRequest"},
		{"GET", "/v2/credentials/", "letmein", "", 400, "NoIdInRequest"},
		{"GET", "/v2/credentials/an-ix", "letmein", "", 400, "InvalidIdInRequest"},
		{"GET", "/v2/credentials/an-id/", "letmein", "", 400, "InvalidIdInRequest"},
		{"GET", "/", "letmein", "", 404, ""},
		{"GET", "/v1/credentials", "letmein", "", 404, ""},
		{"POST", "/v2/credentials/an-id", "letmein", "", 405, ""},
		{"GET", "/v2/credentials/an-id", "letmein", "evil.example", 403, ""},
	} {
		status, got, text := get(t, c.method, url+c.path, c.authorization, c.host)
		if status != c.status || c.code != "" && (got["code"] != c.code || got["HTTPErrorCode"] != float64(c.status) || !strings.HasPrefix(got["message"].(string), "CredentialsV2Request: ")) {
			t.Errorf("%+v: %d %s", c, status, text)
		}
		if strings.Contains(text, "secret") {
			t.Errorf("%+v: %s", c, text)
		}
	}
	now = now.Add(59 * time.Minute)
	good("ASIA12:00", "2026-03-01T18:00:00Z")
	now = now.Add(time.Minute)
	good("ASIA13:00", "2026-03-01T19:00:00Z")
	failing = errors.New("no connection")
	now = now.Add(6*time.Hour - time.Second)
	good("ASIA13:00", "2026-03-01T19:00:00Z")
	now = now.Add(time.Second)
	if status, got, text := get(t, "GET", url+"/v2/credentials/an-id", "letmein", ECSAddress); status != 503 || got["code"] != "CredentialsUninitialized" {
		t.Errorf("over: %d %s", status, text)
	}
}

func TestEKS(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	token, unreadable := "jwt", error(nil)
	var failing error
	url := serve(t, Options{Clock: func() time.Time { return now }, Token: func() (string, error) { return token, unreadable }, Source: source(func() (*Credentials, error) {
		return some(now), failing
	})})
	want := map[string]any{"AccessKeyId": "ASIA12:00", "SecretAccessKey": "secret", "Token": "token", "AccountId": "111111111111", "Expiration": "2026-03-01T18:00:00Z"}
	if status, got, text := get(t, "GET", url+"/v1/credentials", "jwt", EKSAddress); status != 200 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d %s, want %v", status, text, want)
	}
	fails := func(authorization string, status int, text string) {
		t.Helper()
		if s, _, got := get(t, "GET", url+"/v1/credentials", authorization, ""); s != status || !strings.Contains(got, text) {
			t.Errorf("%q: %d %s, want %d %s", authorization, s, got, status, text)
		}
	}
	fails("", 400, "Service account token cannot be empty")
	fails("other", 400, "InvalidTokenException")
	token = "renewed"
	fails("jwt", 400, "InvalidTokenException")
	token = ""
	fails("x", 503, "ServiceUnavailableException")
	token, unreadable = "jwt", errors.New("gone")
	fails("jwt", 503, "ServiceUnavailableException")
	unreadable, failing = nil, errors.Join(errors.New("refused"), linklocal.ErrOver)
	now = now.Add(2 * time.Hour)
	fails("jwt", 503, "ServiceUnavailableException")
	if status, _, _ := get(t, "GET", url+"/v2/credentials/", "jwt", ""); status != 404 {
		t.Errorf("ECS's path is answered %d", status)
	}
}
