package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/gateway"
)

// storeFlags say where everything is kept.
type storeFlags struct {
	Data          string `help:"Data directory." default:"data" type:"path"`
	Meta          string `help:"Where metadata is kept: empty for the embedded store in the data directory, or postgres://…" placeholder:"URL"`
	Blobs         string `help:"Where object bytes are kept: empty for files in the data directory, or file:///DIR." placeholder:"URL"`
	MasterKeyFile string `help:"File of the master key; DIR/master.key unless given. Made at the first start." type:"path" placeholder:"FILE"`
}

func (f *storeFlags) options(logger *slog.Logger) gateway.Options {
	return gateway.Options{
		Data: f.Data, Meta: f.Meta, Blobs: f.Blobs, Logger: logger,
		MasterKeyFile: cmp.Or(f.MasterKeyFile, filepath.Join(f.Data, "master.key")),
	}
}

// lifecycleFlags say when lifecycle rules are applied.
type lifecycleFlags struct {
	LifecycleInterval time.Duration `help:"How often lifecycle rules are applied; at least once a day." default:"1h"`
	LifecycleDay      time.Duration `help:"How long a day of a lifecycle rule is: shorter than 24h to try rules without waiting for days." default:"24h"`
}

func (f *lifecycleFlags) check() error {
	if f.LifecycleInterval < time.Second {
		return errors.New("--lifecycle-interval: at least 1s")
	}
	if f.LifecycleDay < time.Second || f.LifecycleDay > 24*time.Hour {
		return errors.New("--lifecycle-day: from 1s to 24h")
	}
	return nil
}

type serveCommand struct {
	storeFlags
	notificationFlags
	delegationFlags
	lifecycleFlags
	federationFlags
	Listen       string         `help:"Address to listen on." default:"127.0.0.1:4566"`
	Account      []string       `help:"Account to make if it is not there. The first one ever made is the organization's management account." placeholder:"NAME[:ID]"`
	Region       string         `help:"Region this server is." default:"us-east-1"`
	Domain       []string       `help:"Domain below which a host names a bucket, beside localhost." placeholder:"NAME"`
	TLSCert      string         `name:"tls-cert" help:"Certificate chain, PEM." type:"path" placeholder:"FILE"`
	TLSKey       string         `name:"tls-key" help:"Private key, PEM." type:"path" placeholder:"FILE"`
	Insecure     bool           `help:"Listen elsewhere than on loopback without TLS."`
	TrustedProxy []netip.Prefix `help:"Network of proxies whose X-Forwarded-For is believed for aws:SourceIp, and X-Forwarded-Proto for redirects of websites." placeholder:"CIDR"`
	BlockSSEC    bool           `name:"block-sse-c" help:"Refuse uploads under customers' keys (SSE-C) in buckets whose encryption configuration does not unblock them, as AWS does in new buckets since April 2026."`
	LogDelivery  time.Duration  `help:"How often server access logs and trails are delivered to their buckets." default:"5m"`
	ReportDay    time.Duration  `name:"inventory-interval" help:"How long the day of daily inventories and storage class analyses is." default:"24h"`
	Decisions    int            `help:"How many requests' decisions are kept for sallyport explain; 0 keeps none." default:"100000"`
	DecisionAge  time.Duration  `help:"How long a decision is kept." default:"1h"`
	DecisionMem  int            `name:"decision-memory" help:"How much memory decisions may take, in MiB, about." default:"64"`
	LogLevel     slog.Level     `help:"Least level of what is logged to standard error: debug logs every request." default:"info"`
}

// Run serves until the context ends.
func (c *serveCommand) Run(ctx context.Context, s *streams) error {
	accounts, err := parseAccounts(c.Account)
	if err != nil {
		return err
	}
	tlsConfig, err := c.tls()
	if err != nil {
		return err
	}
	if err := checkListen(c.Listen, tlsConfig != nil || c.Insecure); err != nil {
		return err
	}
	if err := c.lifecycleFlags.check(); err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: c.LogLevel}))
	if err := withoutCores(); err != nil {
		logger.Warn("core files cannot be switched off", "error", err)
	}
	options := c.options(logger)
	options.Region, options.Domains, options.LogDelivery = c.Region, c.Domain, c.LogDelivery
	options.LifecycleInterval, options.LifecycleDay = c.LifecycleInterval, c.LifecycleDay
	options.TrustedProxies, options.BlockCustomerKeys = c.TrustedProxy, c.BlockSSEC
	options.ReportDay = c.ReportDay
	options.Decisions = gateway.DecisionOptions{Count: c.Decisions, Bytes: c.DecisionMem << 20, Age: c.DecisionAge}
	if options.Notifications, err = c.targets(); err != nil {
		return err
	}
	if options.DelegationTemplates, err = c.templates(); err != nil {
		return err
	}
	if options.Providers, err = c.providerHosts(); err != nil {
		return err
	}
	g, err := gateway.Open(ctx, options)
	if err != nil && ctx.Err() != nil { // asked to end before it had begun
		return nil
	}
	if err != nil {
		return err
	}
	err = c.serve(ctx, s, g, accounts, tlsConfig, logger)
	return errors.Join(err, g.Close())
}

func (c *serveCommand) serve(ctx context.Context, s *streams, g *gateway.Gateway, accounts []namedAccount, tlsConfig *tls.Config, logger *slog.Logger) error {
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	scheme := "http"
	if tlsConfig != nil {
		scheme = "https"
	}
	url := scheme + "://" + listener.Addr().String()
	if err := c.announce(ctx, s, g, accounts, url); err != nil {
		if ctx.Err() != nil { // asked to end before it had begun
			return nil
		}
		return err
	}
	g.SetPublicURL(cmp.Or(c.PublicURL, url))
	return gateway.Serve(ctx, listener, g, tlsConfig, logger)
}

// announce makes the accounts, writes their profiles and prints how to use them.
// The line with the URL comes last: who reads it finds all the rest done.
func (c *serveCommand) announce(ctx context.Context, s *streams, g *gateway.Gateway, accounts []namedAccount, url string) error {
	files, err := profileFilesIn(c.Data)
	if err != nil {
		return err
	}
	var profiles []profile
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	if len(accounts) > 0 {
		fmt.Fprintln(table, "ACCOUNT\tID\tPROFILE")
	}
	for _, a := range accounts {
		made, err := g.EnsureAccount(ctx, a.name, a.id)
		if err != nil {
			return fmt.Errorf("account %s: %w", a.name, err)
		}
		profiles = append(profiles, profile{
			name: a.name, region: c.Region, endpointURL: url, accessKeyID: made.AccessKeyID, secret: made.SecretAccessKey,
		})
		fmt.Fprintf(table, "%s\t%s\t%s\n", a.name, made.ID, a.name)
	}
	if err := files.write(profiles); err != nil {
		return err
	}
	table.Flush()
	if len(accounts) > 0 {
		fmt.Fprintf(s.out, "\n%s\nTry:\n%s\n", files.exports(), example(profiles))
	}
	fmt.Fprintln(s.out, "Serving on", url)
	return nil
}

// example is three lines to try: one account's bucket, and the other account
// refused.
func example(profiles []profile) string {
	first, last := profiles[0].name, profiles[len(profiles)-1].name
	lines := []string{
		"aws --profile " + first + " s3 mb s3://first-bucket",
		"aws --profile " + first + " s3 cp /etc/hostname s3://first-bucket/",
		"aws --profile " + last + " s3 ls s3://first-bucket",
	}
	if first != last {
		lines[2] += "   # refused: both accounts must agree"
	}
	return "  " + strings.Join(lines, "\n  ") + "\n"
}

type namedAccount struct{ name, id string }

func parseAccounts(values []string) ([]namedAccount, error) {
	var out []namedAccount
	for _, v := range values {
		name, id, hasID := strings.Cut(v, ":")
		if name == "" || strings.ContainsAny(name, " \t\r\n[]#;=") {
			return nil, fmt.Errorf("--account %q: the name must be usable as a profile's", v)
		}
		if hasID && !arn.ValidAccountID(id) {
			return nil, fmt.Errorf("--account %q: an account id has 12 digits", v)
		}
		out = append(out, namedAccount{name, id})
	}
	return out, nil
}

func (c *serveCommand) tls() (*tls.Config, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	if c.TLSCert == "" || c.TLSKey == "" {
		return nil, errors.New("--tls-cert and --tls-key go together")
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// checkListen refuses to offer credentials and data to a network in the clear
// unless that was asked for.
func checkListen(address string, allowed bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if ip := net.ParseIP(host); allowed || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("--listen %s is not a loopback address: give --tls-cert and --tls-key, or --insecure", address)
}
