package notify

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// Errors of Check and Send.
var (
	// ErrNoTarget is a destination that the operator has not mapped.
	ErrNoTarget = errors.New("notify: no such destination")
	// ErrNotPermitted is a destination of another account that was not opened for
	// the bucket's.
	ErrNotPermitted = errors.New("notify: destination not open to the account")
)

// Options is what Targets are made of.
type Options struct {
	// Targets maps destinations to HTTP endpoints: ARN=URL each.
	Targets []string
	// Grants opens destinations to buckets of other accounts than the destination's
	// own: ARN=ACCOUNT each, or ARN=* for all. They stand for the resource policies
	// that queues, topics and functions have on AWS.
	Grants []string
	// Secret signs what goes to webhooks, unless it is empty.
	Secret []byte
	// Credentials sign what goes to queues and functions, unless they are empty.
	Credentials sigv4.Credentials
	// Timeout is how long one request may take, 10 s when 0.
	Timeout time.Duration
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// defaultTimeout is how long a destination has to take a message.
const defaultTimeout = 10 * time.Second

// target is a destination with its endpoint.
type target struct {
	kind     Kind
	name     arn.ARN
	url      string
	invokes  bool            // whether the endpoint is Lambda's own Invoke
	accounts map[string]bool // other accounts it is open to, "*" for all
}

// Targets are the destinations that the operator has mapped. A nil Targets has
// none. It is safe for concurrent use.
type Targets struct {
	known  map[string]*target // by ARN
	secret []byte
	cred   sigv4.Credentials
	client *http.Client
	now    func() time.Time
	limit  time.Duration
}

// NewTargets reads the operator's mapping. Its errors name ARNs but no URLs,
// which may hold secrets.
func NewTargets(o Options) (*Targets, error) {
	t := &Targets{known: map[string]*target{}, secret: o.Secret, cred: o.Credentials, now: o.Now, limit: o.Timeout}
	if t.now == nil {
		t.now = time.Now
	}
	if t.limit == 0 {
		t.limit = defaultTimeout
	}
	for _, text := range o.Targets {
		for _, one := range strings.Fields(text) {
			if err := t.add(one); err != nil {
				return nil, err
			}
		}
	}
	for _, text := range o.Grants {
		for _, one := range strings.Fields(text) {
			if err := t.grant(one); err != nil {
				return nil, err
			}
		}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = perLane
	t.client = &http.Client{
		Transport: transport,
		// A destination is where the operator says, not where an answer says.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return t, nil
}

func (t *Targets) add(text string) error {
	name, location, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("notification target %q is not ARN=URL", name)
	}
	kind, err := kindOf(name)
	if err != nil {
		return fmt.Errorf("notification target %q is not the ARN of a queue, topic, function or default event bus", name)
	}
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
		return fmt.Errorf("notification target %s: not an http:// or https:// URL", name)
	}
	if t.known[name] != nil {
		return fmt.Errorf("notification target %s is given twice", name)
	}
	parsed, _ := arn.Parse(name)
	t.known[name] = &target{
		kind: kind, name: parsed, url: location, accounts: map[string]bool{},
		invokes: kind == Function && strings.HasPrefix(u.Path, "/2015-03-31/functions/"),
	}
	return nil
}

func (t *Targets) grant(text string) error {
	name, account, ok := strings.Cut(text, "=")
	if !ok || account != "*" && !arn.ValidAccountID(account) {
		return fmt.Errorf("notification grant %q is not ARN=ACCOUNT or ARN=*", text)
	}
	to := t.known[name]
	if to == nil {
		return fmt.Errorf("notification grant %q: there is no such target", text)
	}
	to.accounts[account] = true
	return nil
}

// Check tells whether events of an account's buckets may go to a destination:
// nil, ErrNoTarget or ErrNotPermitted.
func (t *Targets) Check(name, account string) error {
	if t == nil || t.known[name] == nil {
		return ErrNoTarget
	}
	to := t.known[name]
	if to.name.Account != account && !to.accounts[account] && !to.accounts["*"] {
		return ErrNotPermitted
	}
	return nil
}

// label is a destination's name in metrics, whose number is the operator's.
func (t *Targets) label(name string) string {
	if t == nil || t.known[name] == nil {
		return "unknown"
	}
	return name
}
