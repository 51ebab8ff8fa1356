package main

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	// A key set that is read is the same for every server, so that a fast one does
	// not read from more keys. It stays in the page cache.
	readSetBytes = 64 << 20
	readSetMin   = 8
	readSetMax   = 2000
	// checked is how many of a step's first answers are compared byte by byte.
	checked = 64
	// setupConns and setupTimeout are for what is not measured.
	setupConns   = 8
	setupTimeout = 2 * time.Minute
)

func readSet(size int) int64 {
	return int64(min(max(readSetBytes/max(size, 1), readSetMin), readSetMax))
}

// keySet is the objects that one block puts, reads and deletes.
type keySet struct {
	size, conns, round int
	payload            *payload
	n                  int64 // keys 0 to n-1 are there
}

// path begins with the size, by which a bare server knows what to answer.
func (k *keySet) path(i int64) string {
	return fmt.Sprintf("/%s/%d-%d-%d/%08d", bucket, k.size, k.conns, k.round, i)
}

func (k *keySet) put(maxBytes int64) job {
	return k.putFrom(0, 0, maxBytes)
}

// putFrom puts the keys from first on, limit of them when it is not 0.
func (k *keySet) putFrom(first, limit, maxBytes int64) job {
	return job{op: "put", size: k.size, conns: k.conns, limit: limit, maxBytes: maxBytes, newWorker: func() operation {
		r := &call{request: request{method: http.MethodPut, hash: k.payload.hash, extra: k.payload.extra}, body: k.payload.body}
		return func(c *conn, i int64) (int64, error) {
			r.path = k.path(first + i)
			_, _, err := c.do(r)
			return int64(k.size), err
		}
	}}
}

func (k *keySet) get() job {
	keys := min(k.n, readSet(k.size))
	return job{op: "get", size: k.size, conns: k.conns, newWorker: func() operation {
		r := &call{request: request{method: http.MethodGet, hash: emptyHash}}
		return func(c *conn, i int64) (int64, error) {
			r.path, r.want = k.path(rand.Int64N(keys)), nil
			if i < checked {
				r.want = k.payload.plain
			}
			n, _, err := c.do(r)
			if err == nil && n != int64(k.size) {
				err = fmt.Errorf("GET %s: %d bytes instead of %d", r.path, n, k.size)
			}
			return n, err
		}
	}}
}

func (k *keySet) head() job {
	keys := min(k.n, readSet(k.size))
	return job{op: "head", size: k.size, conns: k.conns, newWorker: func() operation {
		r := &call{request: request{method: http.MethodHead, hash: emptyHash}}
		return func(c *conn, _ int64) (int64, error) {
			r.path = k.path(rand.Int64N(keys))
			_, _, err := c.do(r)
			return 0, err
		}
	}}
}

// delete removes the keys from first on.
func (k *keySet) delete(first int64) job {
	return job{op: "delete", size: k.size, conns: k.conns, limit: k.n - first, newWorker: func() operation {
		r := &call{request: request{method: http.MethodDelete, hash: emptyHash}}
		return func(c *conn, i int64) (int64, error) {
			r.path = k.path(first + i)
			_, _, err := c.do(r)
			return 0, err
		}
	}}
}

// setUp does a job that is not measured, to its limit.
func setUp(ctx context.Context, s *server, j job) error {
	if j.limit <= 0 {
		return nil
	}
	j.conns = setupConns
	w := newCrew(s, j)
	defer w.close()
	w.work(ctx, time.Now().Add(setupTimeout))
	if text := w.firstError.Load(); text != nil {
		return fmt.Errorf("%s: %s", j.op, *text)
	}
	if w.started() < j.limit && ctx.Err() == nil {
		return fmt.Errorf("%s: %d of %d done after %v", j.op, w.started(), j.limit, setupTimeout)
	}
	return ctx.Err()
}

// listDirs is over how many prefixes the keys of the listing bucket spread.
const listDirs = 100

// fillListing puts the keys that are listed.
func fillListing(keys int64, one *payload) job {
	return job{op: "fill", size: 1, limit: keys, newWorker: func() operation {
		r := &call{request: request{method: http.MethodPut, hash: one.hash, extra: one.extra}, body: one.body}
		return func(c *conn, i int64) (int64, error) {
			r.path = fmt.Sprintf("/%s/d%03d/key-%06d", listBucket, i%listDirs, i)
			_, _, err := c.do(r)
			return 1, err
		}
	}}
}

// listing is one of the ways of listing and how many entries a full pass returns.
type listing struct {
	op            string
	before, after string // of the query's pairs around list-type, sorted
	entries       func(keys int64) int64
}

func listings() []listing {
	return []listing{
		{op: "list", entries: func(keys int64) int64 { return keys }},
		{op: "list-delimiter", before: "delimiter=%2F&", entries: func(keys int64) int64 { return min(keys, listDirs) }},
		{op: "list-prefix", after: "&prefix=d042%2F", entries: func(keys int64) int64 { return (keys + listDirs - 43) / listDirs }},
	}
}

// job pages through the listing bucket; one operation is one page of up to 1,000.
// It fails when a full pass does not return as many entries as there are.
func (l *listing) job(conns int, keys int64) job {
	want := l.entries(keys)
	return job{op: l.op, conns: conns, newWorker: func() operation {
		r := &call{request: request{method: http.MethodGet, path: "/" + listBucket, hash: emptyHash}, keep: true}
		var token string
		var seen int64
		return func(c *conn, _ int64) (int64, error) {
			r.query = l.query(token)
			n, body, err := c.do(r)
			if err != nil {
				return 0, err
			}
			p := parsePage(body)
			seen += p.entries
			token = p.token
			if token == "" {
				if seen != want {
					err = fmt.Errorf("%s: %d entries instead of %d", l.op, seen, want)
				}
				seen = 0
			}
			return n, err
		}
	}}
}

func (l *listing) query(token string) string {
	if token != "" {
		token = "continuation-token=" + escape(token) + "&"
	}
	return token + l.before + "list-type=2&max-keys=1000" + l.after
}

type page struct {
	entries int64
	token   string // of the next page, "" at the end
}

// parsePage counts a listing's entries without parsing the XML: that would cost
// the client more than some servers spend.
func parsePage(body []byte) page {
	p := page{entries: int64(bytes.Count(body, []byte("<Contents>")) + bytes.Count(body, []byte("<CommonPrefixes>")))}
	if bytes.Contains(body, []byte("<IsTruncated>true<")) {
		_, rest, _ := bytes.Cut(body, []byte("<NextContinuationToken>"))
		token, _, _ := bytes.Cut(rest, []byte("<"))
		p.token = html.UnescapeString(string(token))
	}
	return p
}
