package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

func TestParsePage(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       page
	}{
		{"last", `<R><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents><Contents><Key>b</Key></Contents></R>`, page{entries: 2}},
		{"more", `<R><IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b=</NextContinuationToken><CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes></R>`, page{entries: 1, token: "a&b="}},
		{"empty", "", page{}},
		{"cut short", `<R><IsTruncated>true</IsTruncated>`, page{}},
	} {
		if got := parsePage([]byte(c.body)); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

// The pairs of a canonical query are sorted, else its signature is wrong.
func TestListingQueriesAreSorted(t *testing.T) {
	for _, l := range listings() {
		for _, token := range []string{"", "x/="} {
			pairs := bytes.Split([]byte(l.query(token)), []byte("&"))
			for i := 1; i < len(pairs); i++ {
				if bytes.Compare(pairs[i-1], pairs[i]) >= 0 {
					t.Errorf("%s: %s before %s", l.op, pairs[i-1], pairs[i])
				}
			}
		}
	}
}

func TestListingsKnowTheirEntries(t *testing.T) {
	for _, keys := range []int64{1, 42, 43, 142, 143, 10_000} {
		prefixes := map[int64]bool{}
		var in42 int64
		for i := range keys {
			prefixes[i%listDirs] = true
			if i%listDirs == 42 {
				in42++
			}
		}
		for _, l := range listings() {
			want := map[string]int64{"list": keys, "list-delimiter": int64(len(prefixes)), "list-prefix": in42}[l.op]
			if got := l.entries(keys); got != want {
				t.Errorf("%s of %d keys: %d entries, want %d", l.op, keys, got, want)
			}
		}
	}
}

// A server that loses a key is found out by the listing, not praised for its speed.
func TestListingNoticesMissingKeys(t *testing.T) {
	for have, wantErrors := range map[int]int64{3: 0, 2: 1} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<IsTruncated>false</IsTruncated>", string(bytes.Repeat([]byte("<Contents></Contents>"), have)))
		}))
		l := listings()[0]
		j := l.job(1, 3)
		j.limit = 1
		w := newCrew(&server{addr: srv.Listener.Addr().String()}, j)
		w.work(t.Context(), time.Now().Add(time.Minute))
		w.close()
		srv.Close()
		if got := w.failures.Load(); got != wantErrors {
			t.Errorf("%d of 3 keys: %d errors", have, got)
		}
	}
}

func TestCrewHonoursItsBounds(t *testing.T) {
	var requests atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer srv.Close()
	s := &server{addr: srv.Listener.Addr().String()}
	numbers := make([]atomic.Int64, 100)
	j := job{op: "x", conns: 4, limit: 100, newWorker: func() operation {
		return func(c *conn, i int64) (int64, error) {
			numbers[i].Add(1)
			_, _, err := c.do(&call{request: request{method: "GET", path: "/k"}})
			return 10, err
		}
	}}
	far := time.Now().Add(time.Hour)
	w := newCrew(s, j)
	w.work(t.Context(), far)
	w.close()
	for i := range numbers {
		if n := numbers[i].Load(); n != 1 {
			t.Errorf("operation %d was done %d times", i, n)
		}
	}
	if w.started() != 100 || requests.Load() != 104 { // and one each to dial
		t.Errorf("%d started, %d requests", w.started(), requests.Load())
	}

	j.maxBytes = 50
	w = newCrew(s, j)
	w.work(t.Context(), far)
	w.close()
	if n := w.started(); n < 5 || n > 9 {
		t.Errorf("%d operations of 10 bytes on 4 connections for 50 bytes", n)
	}

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	w = newCrew(s, j)
	w.work(ended, far)
	w.close()
	if w.started() != 0 {
		t.Errorf("%d operations after the end", w.started())
	}
}

func TestSetUpReportsErrors(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	s := &server{addr: srv.Listener.Addr().String()}
	set := &keySet{size: 1, n: 5}
	if err := setUp(t.Context(), s, set.delete(0)); err == nil {
		t.Error("deletes that all failed count as done")
	}
	if err := setUp(t.Context(), s, set.delete(5)); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}
