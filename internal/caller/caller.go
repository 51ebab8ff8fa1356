package caller

import (
	"context"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport/policy"
)

// Info is one request as a service sees it. What it says does not change once it
// is in a context.
type Info struct {
	// Identity is who calls; never nil. The zero policy.Caller is the anonymous
	// caller.
	Identity *policy.Caller
	// AccessKeyID signed the request; empty for anonymous callers.
	AccessKeyID string
	// Session is set when the caller has temporary credentials.
	Session *Session

	// Tags are those of the user or role with the session's on top.
	Tags *policy.Tags

	RequestID       string
	HostID          string    // S3's second id of the request, x-amz-id-2
	Time            time.Time // when the request arrived; the clock services go by
	Region          string    // of the credential scope, else the server's
	SourceIP        netip.Addr
	SecureTransport bool
	UserAgent       string
	IfRange         string // the header, which S3 heeds and its model leaves out
	Host            string // that the client named, with the port if it named one
	VirtualHost     bool   // whether Host begins with the bucket's name

	// Decide answers Authorize; the gateway sets it.
	Decide func(ctx context.Context, action string, target *Target) error

	// Seen is where services tell what they came upon; nil where nobody asks.
	Seen *Seen

	found  map[string]string // by name; see Steady
	worked map[any]once      // by key; see Once
}

// Session is what services need to know of the caller's temporary credentials.
// Its fields are those of directory.SessionInfo, which converts to it.
type Session struct {
	Name           string // session name, or the federated user's
	Issued         time.Time
	Expires        time.Time
	MFA            time.Time // when a code was given, zero if none was
	SourceIdentity string
	Transitive     []policy.Tag // session tags that pass on to the next role
	Tags           []policy.Tag // session tags, the transitive ones included
	// Context are further condition keys that all requests of the session carry.
	Context map[string][]string
	// Restricted: the session has policies of its own or is of a kind that may not do
	// all that its principal may.
	Restricted bool
}

// Account is the id of the caller's account, empty for anonymous callers and
// services.
func (i *Info) Account() string { return i.Identity.Account }

type key struct{}

// With is ctx with info in it.
func With(ctx context.Context, info *Info) context.Context {
	return context.WithValue(ctx, key{}, info)
}

// anonymous is whoever calls without an Info: nobody, with no rights.
var anonymous = &Info{Identity: &policy.Caller{}}

// From is the Info in ctx. Without one it is an anonymous caller's, so that what
// is not known to be allowed is not.
func From(ctx context.Context) *Info {
	if info, ok := ctx.Value(key{}).(*Info); ok {
		return info
	}
	return anonymous
}
