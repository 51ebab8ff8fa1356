package imds

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/linklocal"
)

// The addresses at which EC2 has the service, and its names.
const (
	Address   = "169.254.169.254"
	AddressV6 = "fd00:ec2::254"
)

func names() []string {
	return []string{Address, AddressV6, "instance-data", "instance-data.ec2.internal"}
}

// concurrent bounds the requests that are answered at a time; EC2 throttles too.
const concurrent = 64

// Options configure a Service.
type Options struct {
	Source Source
	Clock  func() time.Time // time.Now when nil
}

// Service is the metadata service of one instance. It is safe for concurrent use.
type Service struct {
	clock  func() time.Time
	tokens *tokens
	v1, v2 *linklocal.Rotating[held]
	slots  chan struct{}
}

// New makes the service. Tokens of one Service are worth nothing at another.
func New(o Options) *Service {
	s := &Service{clock: o.Clock, tokens: newTokens(), slots: make(chan struct{}, concurrent)}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.v1, s.v2 = s.rotating(o.Source, V1), s.rotating(o.Source, V2)
	return s
}

// Document is the instance as it is known now, fetched if it must be.
func (s *Service) Document(ctx context.Context) (*Document, error) { return s.document(ctx, V2) }

// Serve answers requests on l until ctx ends.
func (s *Service) Serve(ctx context.Context, l net.Listener) error {
	return linklocal.Serve(ctx, l, s, names(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusForbidden)
	}))
}

const (
	headerToken = "X-Aws-Ec2-Metadata-Token"
	headerTTL   = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	tokenPath   = "/latest/api/token"
)

// ServeHTTP implements http.Handler.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		fail(w, http.StatusServiceUnavailable)
		return
	}
	doc, err := s.document(r.Context(), V2)
	if err != nil || !doc.runs() {
		fail(w, http.StatusServiceUnavailable)
		return
	}
	switch {
	case doc.MetadataOptions.HTTPEndpoint == "disabled":
		fail(w, http.StatusForbidden)
	case r.URL.Path == tokenPath:
		s.serveToken(w, r, doc)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		fail(w, http.StatusMethodNotAllowed)
	default:
		s.serveData(w, r, doc)
	}
}

// serveToken makes the token of a session. Who put X-Forwarded-For there is a
// proxy that carries others' requests, and gets none.
func (s *Service) serveToken(w http.ResponseWriter, r *http.Request, doc *Document) {
	if r.Method != http.MethodPut {
		w.Header().Set("Allow", "OPTIONS, PUT")
		if r.Method != http.MethodOptions {
			fail(w, http.StatusMethodNotAllowed)
		}
		return
	}
	if len(r.Header["X-Forwarded-For"]) > 0 {
		fail(w, http.StatusForbidden)
		return
	}
	ttl, ok := parseTTL(r.Header[headerTTL])
	if !ok {
		fail(w, http.StatusBadRequest)
		return
	}
	if err := linklocal.SetHopLimit(r.Context(), cmp.Or(doc.MetadataOptions.HTTPPutResponseHopLimit, 1)); err != nil {
		fail(w, http.StatusInternalServerError)
		return
	}
	w.Header().Set(headerTTL, strconv.Itoa(ttl))
	answer(w, r, "text/plain", s.tokens.make(doc.InstanceID, s.clock().Add(time.Duration(ttl)*time.Second)))
}

func (s *Service) serveData(w http.ResponseWriter, r *http.Request, doc *Document) {
	delivery := V1
	if given := r.Header[headerToken]; len(given) > 0 {
		ends, ok := s.tokens.check(given[0], doc.InstanceID)
		left := ends.Sub(s.clock())
		if !ok || left <= 0 {
			fail(w, http.StatusUnauthorized)
			return
		}
		w.Header().Set(headerTTL, strconv.Itoa(int(left.Seconds())))
		delivery = V2
	} else if doc.MetadataOptions.HTTPTokens == "required" {
		fail(w, http.StatusUnauthorized)
		return
	}
	if delivery == V1 && strings.Contains(r.URL.Path, "/iam/security-credentials") {
		var err error
		if doc, err = s.document(r.Context(), V1); err != nil {
			fail(w, http.StatusServiceUnavailable)
			return
		}
	}
	kind, text, ok := find(doc, r.URL.Path)
	if !ok {
		fail(w, http.StatusNotFound)
		return
	}
	w.Header().Set("Accept-Ranges", "none")
	w.Header().Set("Last-Modified", doc.modified().UTC().Format(http.TimeFormat))
	answer(w, r, kind, text)
}

func answer(w http.ResponseWriter, r *http.Request, kind, text string) {
	h := w.Header()
	h.Set("Server", "EC2ws")
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if r.Method != http.MethodHead {
		io.WriteString(w, text)
	}
}

// fail answers with the page that EC2 has for an error.
func fail(w http.ResponseWriter, status int) {
	title := strconv.Itoa(status) + " - " + http.StatusText(status)
	page := `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
	"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>` + title + `</title>
 </head>
 <body>
  <h1>` + title + `</h1>
 </body>
</html>
`
	h := w.Header()
	h.Set("Server", "EC2ws")
	h.Set("Content-Type", "text/html")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	io.WriteString(w, page)
}
