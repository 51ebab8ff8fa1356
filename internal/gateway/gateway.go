package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/oidc"
	"github.com/sallyport/sallyport/internal/record"
	"github.com/sallyport/sallyport/internal/service/ec2"
	"github.com/sallyport/sallyport/internal/service/iam"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/service/s3/notify"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
)

// globalRegion is the region of the services that AWS runs once for all regions.
const globalRegion = "us-east-1"

// Options configure a Gateway.
type Options struct {
	Data          string // data directory
	Meta          string // URL of the metadata engine, "" for the embedded one
	Blobs         string // URL of the blob engine, "" for files in Data
	MasterKeyFile string
	Region        string   // us-east-1 when empty
	Domains       []string // beside localhost
	LogDelivery   time.Duration
	// LifecycleInterval is the time between the beginnings of two rounds of lifecycle
	// rules, an hour if it is 0, and not more than LifecycleDay. That is how long a
	// day of a rule is: 24 hours if it is 0.
	LifecycleInterval, LifecycleDay time.Duration
	// BlockCustomerKeys refuses objects under customers' keys (SSE-C) in buckets that
	// do not say whether they may come.
	BlockCustomerKeys bool
	// ReportDay is how long the day of daily reports is; 24 hours when 0.
	ReportDay time.Duration
	// Notifications are where events of buckets can go, nil for nowhere.
	Notifications *notify.Targets
	// DelegationTemplates are what partners may ask other accounts for; see
	// [iam.DelegationTemplate].
	DelegationTemplates []*iam.DelegationTemplate
	// Providers are the hosts of OpenID Connect providers that the operator vouches
	// for.
	Providers []oidc.Host
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	Decisions      DecisionOptions
	Logger         *slog.Logger
	Clock          func() time.Time // time.Now when nil
}

// service is what the gateway asks of a service beside its operations.
type service interface {
	// Target says what an access row asks a permission on. Beside an error it may
	// name what the refusal must look like one for, such as a role that is not
	// there: the error is the answer all the same.
	Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error)
}

// Gateway is the server: an http.Handler for every service at one endpoint. It is
// safe for concurrent use.
type Gateway struct {
	clock  func() time.Time
	logger *slog.Logger
	// keepAliveAfter and importTime are the constants of these names; tests shorten them.
	keepAliveAfter    time.Duration
	importTime        time.Duration
	regions           []string
	globalRegions     []string
	domains           []string
	trustedProxies    []netip.Prefix
	blockCustomerKeys bool          // see Options
	reportDay         time.Duration // see Options
	notifications     *notify.Targets
	templates         []*iam.DelegationTemplate
	providers         *oidc.Client
	publicURL         string // without a slash at its end

	meta      kv.Store
	blobs     blob.Store
	directory *directory.Directory
	objects   *store.Store
	buckets   *s3.Service
	instances *ec2.Service
	// lifecycleInterval and lifecycleDay are as in Options, with the defaults.
	lifecycleInterval, lifecycleDay time.Duration
	keys                            *sigv4.Keys
	anonymous                       *identity

	s3             *mount
	replication    *replicationMetrics
	byPackage      map[string]*mount
	bySigningName  map[string]*mount
	permissionless map[*wire.Operation]bool

	trial          *Trial        // nil but in a trial
	decisions      *decisionLogs // nil: none are kept
	decisionsMount *mount
	importing      chan struct{} // held by the import that is going on

	registry      *prometheus.Registry
	adminHandler  http.Handler
	sink          record.Sink
	background    context.CancelFunc
	working       sync.WaitGroup
	accessLogs    *accessLogs
	logDelivery   time.Duration
	bucketMetrics *record.BucketMetrics
}

// defaultLogDelivery is how often server access logs are delivered.
const defaultLogDelivery = 5 * time.Minute

// signingKeys bounds the cache of derived signing keys.
const signingKeys = 64 << 10

// Open opens the engines and the directory and mounts the services. Close
// releases all.
func Open(ctx context.Context, o Options) (*Gateway, error) { return open(ctx, o, nil) }

func open(ctx context.Context, o Options, trial *Trial) (g *Gateway, err error) {
	g = newGateway(o)
	g.trial, g.reportDay = trial, o.ReportDay
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close())
			g = nil
		}
	}()
	if trial != nil {
		err = g.openTrial(ctx)
	} else {
		_, err = g.openStores(ctx, o)
	}
	if err != nil {
		return g, err
	}
	g.mountAll()
	g.startBackground(ctx)
	return g, nil
}

// openStores opens the engines, the master key, the directory and the objects.
// Whatever was opened when it fails is Close's to release.
func (g *Gateway) openStores(ctx context.Context, o Options) (shared bool, err error) {
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return false, err
	}
	meta, shared, err := openMeta(ctx, o.Meta, o.Data, g.logger)
	if err != nil {
		return false, fmt.Errorf("metadata: %w", err)
	}
	g.meta = meta
	master, err := openMaster(ctx, meta, o.MasterKeyFile)
	if err != nil {
		return false, fmt.Errorf("master key: %w", err)
	}
	blobs, err := openBlobs(o.Blobs, o.Data)
	if err != nil {
		return false, fmt.Errorf("blobs: %w", err)
	}
	g.blobs = blobs
	if g.directory, err = directory.Open(ctx, meta, master, directory.Options{
		Clock: g.clock, Region: g.regions[0], Logger: g.logger,
	}); err != nil {
		return false, fmt.Errorf("directory: %w", err)
	}
	g.objects = openObjects(g, shared)
	return shared, nil
}

func newGateway(o Options) *Gateway {
	g := &Gateway{
		clock: o.Clock, logger: o.Logger, keepAliveAfter: keepAliveAfter, importTime: importTime, trustedProxies: o.TrustedProxies, blockCustomerKeys: o.BlockCustomerKeys, keys: sigv4.NewKeys(signingKeys), anonymous: &identity{},
	}
	g.lifecycleDay = cmp.Or(o.LifecycleDay, 24*time.Hour)
	g.lifecycleInterval = min(cmp.Or(o.LifecycleInterval, time.Hour), g.lifecycleDay)
	if g.clock == nil {
		g.clock = time.Now
	}
	if g.logger == nil {
		g.logger = slog.New(slog.DiscardHandler)
	}
	region := o.Region
	if region == "" {
		region = globalRegion
	}
	g.regions = []string{region}
	g.globalRegions = []string{globalRegion, region}
	for _, d := range append([]string{"localhost"}, o.Domains...) {
		g.domains = append(g.domains, endpoints(strings.ToLower(strings.Trim(d, ".")), region)...)
	}
	g.providers = oidc.New(oidc.Options{Hosts: o.Providers, Now: g.clock, Log: func(provider string, err error) {
		g.logger.Warn("an OpenID Connect provider's keys could not be had", "provider", provider, "error", err)
	}})
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	g.registry, g.notifications, g.templates = reg, o.Notifications, o.DelegationTemplates
	g.accessLogs, g.bucketMetrics = newAccessLogs(reg), record.NewBucketMetrics(reg)
	g.sink = record.Sinks{record.NewMetrics(reg), record.Log{Logger: g.logger}, g.accessLogs, g.bucketMetrics}
	if g.logDelivery = o.LogDelivery; g.logDelivery <= 0 {
		g.logDelivery = defaultLogDelivery
	}
	g.decisions, g.decisionsMount, g.importing = newDecisionLogs(o.Decisions), newDecisionsMount(), make(chan struct{}, 1)
	g.replication = newReplicationMetrics(reg)
	reg.MustRegister(g.replicationBacklog())
	g.adminHandler = g.admin(reg)
	return g
}

// Close stops the background work and releases the engines. Requests must have
// ended.
func (g *Gateway) Close() error {
	var errs []error
	if g.background != nil {
		g.background()
		g.working.Wait()
	}
	if g.directory != nil {
		errs = append(errs, g.directory.Close())
	}
	if g.blobs != nil {
		errs = append(errs, g.blobs.Close())
	}
	if g.meta != nil {
		errs = append(errs, g.meta.Close())
	}
	return errors.Join(errs...)
}

// ready tells whether requests can be answered.
func (g *Gateway) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := g.meta.View(ctx, func(r kv.Reader) error {
		_, err := r.Get([]byte("ready"))
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return nil
	}
	return err
}

// RootAccount is an account with its root user's access key.
type RootAccount struct{ ID, AccessKeyID, SecretAccessKey string }

// EnsureAccount makes the account if it is not there, with the role for the
// management account that Organizations makes in new members.
func (g *Gateway) EnsureAccount(ctx context.Context, name, id string) (*RootAccount, error) {
	cred, err := g.directory.EnsureMember(ctx, name, id)
	if err != nil {
		return nil, err
	}
	return &RootAccount{ID: cred.Account.ID, AccessKeyID: cred.KeyID, SecretAccessKey: cred.SecretKey}, nil
}
