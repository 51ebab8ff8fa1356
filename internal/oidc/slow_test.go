package oidc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestNobodyWaitsForASlowProvider: callers without a signature can make the server
// ask a provider that takes its time. They do not wait for one another, and not
// longer than they are there.
func TestNobodyWaitsForASlowProvider(t *testing.T) {
	i := newIDP(t, public(rsaKey(), "r"))
	asked, release := make(chan struct{}, 10), make(chan struct{})
	i.answer = func(w http.ResponseWriter, r *http.Request) bool {
		asked <- struct{}{}
		<-release
		i.later(2 * fetchTime)
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	token := sign(t, rsaKey(), jose.RS256, "r", i.claims(nil))
	first := make(chan error)
	go func() { _, err := i.verify(token); first <- err }()
	<-asked
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	second := make(chan error)
	go func() {
		parsed, err := Parse(token)
		if err == nil {
			_, err = i.client.Verify(gone, i.provider(), parsed)
		}
		second <- err
	}()
	select {
	case err := <-second:
		if !errors.Is(err, ErrUnreachable) {
			t.Errorf("who has gone: %v", err)
		}
	case <-time.After(fetchTime / 2):
		t.Error("who has gone waits for the provider")
	}
	close(release)
	if err := <-first; !errors.Is(err, ErrUnreachable) {
		t.Errorf("the first: %v", err)
	}
	// It has just failed, however long that took.
	if _, err := i.verify(token); !errors.Is(err, ErrUnreachable) || len(asked) > 0 {
		t.Errorf("right after: %v, asked %d times more", err, len(asked))
	}
}

// TestPrivateNamesAreNotTold: a name of the private network, and one that there is
// not, are answered alike.
func TestPrivateNamesAreNotTold(t *testing.T) {
	for _, inner := range []error{errAddress, &net.DNSError{Err: "no such host", Name: "vault.corp.example", IsNotFound: true}} {
		err := failed(&url.Error{Op: "Get", URL: "https://vault.corp.example", Err: fmt.Errorf("dial: %w", inner)})
		if !errors.Is(err, ErrUnreachable) {
			t.Errorf("%v", err)
		}
	}
}
