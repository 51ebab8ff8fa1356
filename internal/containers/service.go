package containers

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/linklocal"
)

// The addresses at which containers find their credentials. SDKs put the first one
// before AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, and send nothing to an address over
// plain HTTP that is none of these and not loopback.
const (
	ECSAddress   = "169.254.170.2"
	EKSAddress   = "169.254.170.23"
	EKSAddressV6 = "fd00:ec2::23"
)

// Paths of the credentials. ECS has an id after its own.
const (
	ECSPath = "/v2/credentials/"
	EKSPath = "/v1/credentials"
)

// Credentials are a role session for the container.
type Credentials struct {
	RoleARN         string    `json:"roleArn"`
	AccountID       string    `json:"accountId"`
	AccessKeyID     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	Token           string    `json:"token"`
	LastUpdated     time.Time `json:"lastUpdated"`
	Expiration      time.Time `json:"expiration"`
}

// Source fetches new credentials. An error that wraps [linklocal.ErrOver] says that
// the caller may not have them any more.
type Source interface {
	Credentials(ctx context.Context) (*Credentials, error)
}

// Options configure a Service.
type Options struct {
	Source Source
	// ID is what stands after ECSPath; without it the form is EKS's.
	ID string
	// Token is what a request must have in its Authorization header, and is asked for
	// each time. Nil: nothing, as on ECS, where the id is what one must know.
	Token func() (string, error)
	Clock func() time.Time // time.Now when nil
}

// Service is the endpoint of one container. It is safe for concurrent use.
type Service struct {
	o           Options
	credentials *linklocal.Rotating[Credentials]
}

// New makes the endpoint. It panics without ID and Token, for then whoever came by
// would be given credentials.
func New(o Options) *Service {
	if o.ID == "" && o.Token == nil {
		panic("containers: an endpoint that asks for nothing")
	}
	return &Service{o: o, credentials: &linklocal.Rotating[Credentials]{
		Clock: o.Clock,
		Fetch: func(ctx context.Context, _ *Credentials) (*Credentials, error) { return o.Source.Credentials(ctx) },
		Life:  life,
	}}
}

// life has credentials renewed after an hour, or half way.
func life(c *Credentials) (due, end time.Time) {
	return c.LastUpdated.Add(min(time.Hour, c.Expiration.Sub(c.LastUpdated)/2)), c.Expiration
}

// Check fetches credentials once, to tell whether there will be any.
func (s *Service) Check(ctx context.Context) error {
	_, err := s.credentials.Get(ctx)
	return err
}

// Serve answers requests on l until ctx ends.
func (s *Service) Serve(ctx context.Context, l net.Listener) error {
	return linklocal.Serve(ctx, l, s, []string{ECSAddress, EKSAddress, EKSAddressV6}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
	}))
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	if s.o.ID != "" {
		s.serveECS(w, r)
	} else {
		s.serveEKS(w, r)
	}
}

// serveECS answers as the agent of ECS does.
//
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func (s *Service) serveECS(w http.ResponseWriter, r *http.Request) {
	id, ok := strings.CutPrefix(r.URL.Path, ECSPath)
	switch {
	case !ok:
		http.NotFound(w, r)
		return
	case id == "":
		failECS(w, http.StatusBadRequest, "NoIdInRequest", "No Credential ID in the request")
		return
	case !same(id, s.o.ID):
		failECS(w, http.StatusBadRequest, "InvalidIdInRequest", "Credentials not found")
		return
	}
	if ok, err := s.authorized(r); err != nil {
		failECS(w, http.StatusInternalServerError, "InternalServerError", "Internal server error")
		return
	} else if !ok {
		failECS(w, http.StatusUnauthorized, "UnauthorizedRequest", "The authorization token is missing or wrong")
		return
	}
	c, err := s.credentials.Get(r.Context())
	if err != nil {
		failECS(w, http.StatusServiceUnavailable, "CredentialsUninitialized", "Credentials uninitialized for ID")
		return
	}
	writeJSON(w, http.StatusOK, &struct {
		RoleARN         string `json:"RoleArn"`
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Token           string
		Expiration      string
	}{c.RoleARN, c.AccessKeyID, c.SecretAccessKey, c.Token, stamp(c.Expiration)})
}

func failECS(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, &struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Status  int    `json:"HTTPErrorCode"`
	}{code, "CredentialsV2Request: " + message, status})
}

// serveEKS answers as EKS's Pod Identity agent does, whose errors are plain text.
//
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
func (s *Service) serveEKS(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != EKSPath {
		http.NotFound(w, r)
		return
	}
	if r.Header.Get("Authorization") == "" {
		http.Error(w, "Service account token cannot be empty", http.StatusBadRequest)
		return
	}
	if ok, err := s.authorized(r); err != nil {
		http.Error(w, "(ServiceUnavailableException): the token to compare with cannot be read, fault: server", http.StatusServiceUnavailable)
		return
	} else if !ok {
		http.Error(w, "(InvalidTokenException): The token provided in the request is invalid, fault: client", http.StatusBadRequest)
		return
	}
	c, err := s.credentials.Get(r.Context())
	if err != nil {
		http.Error(w, "(ServiceUnavailableException): there are no credentials, fault: server", http.StatusServiceUnavailable)
		return
	}
	writeJSON(w, http.StatusOK, &struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Token           string
		AccountID       string `json:"AccountId"`
		Expiration      string
	}{c.AccessKeyID, c.SecretAccessKey, c.Token, c.AccountID, stamp(c.Expiration)})
}

// authorized tells whether the request has the token that there is to have.
func (s *Service) authorized(r *http.Request) (bool, error) {
	if s.o.Token == nil {
		return true, nil
	}
	want, err := s.o.Token()
	if err != nil {
		return false, err
	}
	if want == "" {
		return false, fmt.Errorf("the token is empty")
	}
	return same(r.Header.Get("Authorization"), want), nil
}

// same compares in a time that tells nothing of what the two have in common, nor of
// their lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(text)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
