package gateway

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/explain"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// TestAThirdAccountIsNotTold: who copies from green to blue asks both, and
// neither sees what was asked of the other.
func TestAThirdAccountIsNotTold(t *testing.T) {
	w := hunted(t)
	third, err := w.g.EnsureAccount(t.Context(), "third", "")
	if err != nil {
		t.Fatal(err)
	}
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/dir/k", secret))
	carol := w.user(third, "carol", allOfIt)
	w.share("arn:aws:iam::"+third.ID+":user/carol", "s3:GetObject")
	for _, into := range []string{"shut", "open"} {
		status := 403
		if into == "open" {
			status = 200
			w.want(204, "")(w.s3(w.blue, "PUT", "/blue-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+
				third.ID+`"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::blue-bucket/*"}]}`))
		}
		req := w.request("PUT", "/blue-bucket/blues-own-name", "")
		req.Header.Set("X-Amz-Copy-Source", "green-bucket/dir/k")
		sigv4.Sign(req, carol, "us-east-1", "s3", sigv4.HashPayload(nil), time.Now())
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		id := resp.Header.Get("X-Amz-Request-Id")
		if resp.StatusCode != status {
			t.Fatalf("%s: %d", into, resp.StatusCode)
		}
		if _, r, _ := w.decision(carol, id); len(r.Questions) == 0 {
			t.Errorf("%s: the caller sees %+v", into, r)
		}
		for of, other := range map[*RootAccount]string{w.green: "blue", w.blue: "green"} {
			if status, _, text := w.decision(of.credentials(), id); strings.Contains(text, other+"-bucket") || status == 200 && !strings.Contains(text, `"action"`) {
				t.Errorf("%s: account %s sees %d %s", into, of.ID, status, text)
			}
		}
		if status, _, text := w.decision(w.blue.credentials(), id); status != 200 || !strings.Contains(text, "blues-own-name") {
			t.Errorf("%s: blue sees %d %s", into, status, text)
		}
	}
}

// TestNothingTellsThatADecisionExists: every way to ask for another's decision
// is answered like one for an id that never was.
func TestNothingTellsThatADecisionExists(t *testing.T) {
	w := hunted(t)
	low := w.user(w.green, "low", "")
	id := w.requested(w.green.credentials(), "GET", "/green-bucket/dir/k", 200)
	never := "0123456789ABCDEF"
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
		for _, service := range []string{"sallyport", "s3", "iam", ""} {
			for _, who := range []sigv4.Credentials{low, w.blue.credentials()} {
				var seen [2]string
				for i, id := range []string{id, never} {
					req := w.request(method, "/-/decisions/"+id, "")
					if service != "" {
						sigv4.Sign(req, who, "us-east-1", service, sigv4.HashPayload(nil), time.Now())
					}
					resp, err := http.DefaultClient.Do(req)
					if err != nil {
						t.Fatal(err)
					}
					var body bytes.Buffer
					if _, err := body.ReadFrom(resp.Body); err != nil {
						t.Fatal(err)
					}
					resp.Body.Close()
					if resp.StatusCode < 400 {
						t.Errorf("%s as %q: %d", method, service, resp.StatusCode)
					}
					seen[i] = resp.Status + body.String()
				}
				if seen[0] != seen[1] {
					t.Errorf("%s as %q: %s for one that is there, %s for one that is not", method, service, seen[0], seen[1])
				}
			}
		}
	}
}

// TestFederatedUsersOfOneNameAreNotOne: a name is anybody's to give, and with it
// came what the other's issuer may do.
func TestFederatedUsersOfOneNameAreNotOne(t *testing.T) {
	w := hunted(t)
	federate := allow("sts:GetFederationToken", "*")
	session := allow("s3:GetObject", "arn:aws:s3:::green-bucket/x")
	federated := func(name string) sigv4.Credentials {
		return credentialsIn(w.ok(w.user(w.green, name, federate), "sts", "GetFederationToken", "Name", "app", "Policy", session))
	}
	one, two := federated("one"), federated("two")
	id := w.requested(one, "GET", "/green-bucket/dir/k", 403)
	w.explained(one, id)
	if status, _, text := w.decision(two, id); status != 404 {
		t.Errorf("%d %s", status, text)
	}
}

// TestAFloodOfDecisionsIsBounded: what is kept is cut from request lines, which
// stay in memory as a whole.
func TestAFloodOfDecisionsIsBounded(t *testing.T) {
	w := hunted(t)
	const long, bound = 30_000, 8 << 20 // an eighth of the world's 64 MiB
	padding := strings.Repeat("x", long)
	for range 400 {
		w.want(403, "")(w.send(w.request("GET", "/green-bucket?list-type=2&prefix=a&y="+padding, "")))
	}
	if n := w.g.decisions.anonymous.Len(); n == 0 || n*long > bound {
		t.Errorf("%d requests are kept, of %d bytes each", n, long)
	}
}

// TestExplanationsGiveTerminalsNoOrders: anybody can ask for a key with escapes in
// it, and the owner prints the explanation.
func TestExplanationsGiveTerminalsNoOrders(t *testing.T) {
	w := hunted(t)
	id := w.requested(sigv4.Credentials{}, "GET", "/green-bucket/%1B%5D0%3Bowned%07%C2%9B2J%7F%08%E2%80%AE", 403)
	var out strings.Builder
	if err := explain.Text(&out, w.explained(w.green.credentials(), id), 80); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "owned") || strings.ContainsAny(out.String(), "\x1b\x07\x7f\x08\u009b\u202e") {
		t.Errorf("%q", out.String())
	}
}
