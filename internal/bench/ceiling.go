package main

import (
	"context"
	"crypto/hmac"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The environment variables that give the bare server its key, so that no process
// list shows it.
const (
	envAccess = "BENCH_ACCESS_KEY"
	envSecret = "BENCH_SECRET_KEY"
)

// ceiling is the least that an S3 server on net/http could do: it throws away what
// is put and answers a GET of /bucket/SIZE-… with SIZE bytes from memory.
type ceiling struct {
	random []byte
	verify bool
	access string
	// signers and buffers are kept, as a server that minds its speed would.
	signers, buffers sync.Pool
}

func newCeiling(cred credentials, verify bool) *ceiling {
	h := &ceiling{random: randomBytes(maxSize), verify: verify, access: cred.access}
	h.signers.New = func() any { return &signer{credentials: cred} }
	h.buffers.New = func() any { b := make([]byte, 256<<10); return &b }
	return h
}

// serveBare is the command "bench serve". It returns when the context ends.
func serveBare(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench serve", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:9900", "loopback `address`")
	verify := flags.Bool("sigv4", false, "verify signatures; the key is in "+envAccess+" and "+envSecret)
	if err := flags.Parse(args); err != nil {
		return err
	}
	h := newCeiling(credentials{os.Getenv(envAccess), os.Getenv(envSecret)}, *verify)
	server := &http.Server{Addr: *listen, Handler: h, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (h *ceiling) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.verify {
		if err := h.check(r); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
	}
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodPut:
		buf := h.buffers.Get().(*[]byte)
		defer h.buffers.Put(buf)
		io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, *buf)
		w.Header().Set("Content-Length", "0")
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case key != "":
		h.get(w, r, key)
	}
}

func (h *ceiling) get(w http.ResponseWriter, r *http.Request, key string) {
	digits, _, _ := strings.Cut(key, "-")
	size, err := strconv.Atoi(digits)
	if err != nil || size < 0 || size > len(h.random) {
		http.Error(w, "the key does not begin with a size", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Length", digits)
	w.Header().Set("Content-Type", "application/octet-stream")
	if r.Method == http.MethodGet {
		w.Write(h.random[:size])
	}
}

var errSignature = errors.New("SignatureDoesNotMatch")

// check verifies a signature in the header, for the requests that conn sends: path
// and query come as they were signed.
func (h *ceiling) check(r *http.Request) error {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !ok {
		return errors.New("AccessDenied: not signed")
	}
	var scope, names, signature string
	for part := range strings.SplitSeq(rest, ",") {
		switch k, v, _ := strings.Cut(strings.TrimSpace(part), "="); k {
		case "Credential":
			scope = v
		case "SignedHeaders":
			names = v
		case "Signature":
			signature = v
		}
	}
	date := r.Header.Get("X-Amz-Date")
	if len(date) != len(timeFormat) || scope != h.access+"/"+date[:8]+"/"+region+"/s3/aws4_request" {
		return fmt.Errorf("%w: scope", errSignature)
	}
	s := h.signers.Get().(*signer)
	defer h.signers.Put(s)
	s.headers, s.names = s.headers[:0], s.names[:0]
	for n := range strings.SplitSeq(names, ";") {
		v := r.Host
		if n != "host" {
			v = r.Header.Get(n)
		}
		s.headers, s.names = append(s.headers, header{n, v}), append(s.names, n)
	}
	signed := request{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, hash: r.Header.Get("X-Amz-Content-Sha256")}
	s.canon = appendCanonical(s.canon[:0], &signed, s.headers, s.names)
	if !hmac.Equal(s.signature(nil, s.canon, date), []byte(signature)) {
		return errSignature
	}
	return nil
}
