package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/importing"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
)

// maxImport bounds the files of one import, which are held in memory, in bytes.
const maxImport = 128 << 20

// importTime is how long the files of an import may take to come: others wait for
// its end.
const importTime = 10 * time.Minute

// importRequest is the body of POST /-/import.
type importRequest struct {
	DryRun bool             `json:"dryRun"`
	Prune  bool             `json:"prune"`
	Files  []awsexport.File `json:"files"`
}

// serveImport answers POST /-/import: it makes the caller's account what the files
// say. It is signed as S3's requests are, so that nothing is read of whoever is
// not known, and one is carried out at a time.
func (g *Gateway) serveImport(w http.ResponseWriter, r *http.Request) {
	c := &call{g: g, r: r, w: &answer{ResponseWriter: w, clock: g.clock}, ids: newRequestIDs(), now: g.clock(), mount: g.decisionsMount}
	c.body = &countingReader{r: r.Body, clock: g.clock}
	if g.decisions != nil {
		c.w.call = c
	}
	rec := c.record(c.answerImport())
	rec.Operation = "Import"
	g.sink.Add(r.Context(), rec)
}

// answerImport writes the report or an error, whose code it returns.
func (c *call) answerImport() (code string) {
	defer func() {
		if p := recover(); p != nil {
			c.g.logger.Error("panic", "request_id", c.requestID(), "panic", p, "stack", string(debug.Stack()))
			code = c.fail(wire.InternalError())
		}
	}()
	report, err := c.importFiles()
	if err != nil {
		return c.fail(err)
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return c.fail(err)
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Amzn-Requestid", c.requestID())
	c.w.Write(append(text, '\n'))
	return ""
}

func (c *call) importFiles() (*importing.Report, error) {
	if err := c.authenticateImport(); err != nil {
		return nil, err
	}
	select {
	case c.g.importing <- struct{}{}:
		defer func() { <-c.g.importing }()
	default:
		return nil, &wire.Error{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "Another import is going on. Import again when it has ended."}
	}
	in, err := c.readImport()
	if err != nil {
		return nil, err
	}
	c.info.Decide = func(ctx context.Context, action string, t *caller.Target) error {
		return c.decide(ctx, &wire.Access{Action: action}, t)
	}
	ctx := store.Steady(caller.With(c.r.Context(), c.info))
	began := time.Now()
	report, err := importing.New(c.g.directory, c.g.buckets).Import(ctx, in.Files, importing.Options{DryRun: in.DryRun, Prune: in.Prune})
	if err != nil {
		return nil, err
	}
	c.g.directory.Used(c.info.AccessKeyID, c.who.cred.RoleID(), c.info.Region, c.mount.api.SigningName)
	c.g.logger.Info("imported", "request_id", c.requestID(), "account", report.Account, "caller", c.info.Identity.ARN, "dry_run", report.DryRun,
		"created", len(report.Created), "changed", len(report.Changed), "removed", len(report.Removed), "duration", time.Since(began))
	return report, nil
}

// authenticateImport finds who calls by the headers alone; the body is verified
// while it is read.
func (c *call) authenticateImport() (err error) {
	rules := sigv4.Rules{Dialect: sigv4.S3, Service: c.mount.api.SigningName, Regions: c.g.globalRegions, Now: c.now}
	if c.sig, err = sigv4.Parse(c.r, rules); err != nil {
		return err
	}
	if c.sig.Auth != sigv4.Header || c.sig.Payload != sigv4.Hashed {
		return sigv4.MissingToken(sigv4.Service)
	}
	c.proof = proof{authTypes[c.sig.Auth], signatureV4, func(secret string, body []byte) error {
		return c.sig.Verify(c.g.keys.Key(c.sig, secret), body)
	}}
	return c.identify(sigv4.S3, nil)
}

func (c *call) readImport() (*importRequest, error) {
	body := c.stallingBody()
	c.body.last = time.Now().Add(c.g.importTime)
	verified, err := c.sig.Body(body)
	if err != nil {
		return nil, err
	}
	text, err := wire.ReadBody(verified, c.r.ContentLength, maxImport)
	if errors.Is(err, wire.ErrBodyTooLarge) {
		return nil, &wire.Error{Code: "RequestEntityTooLarge", Status: http.StatusRequestEntityTooLarge,
			Message: fmt.Sprintf("The files of an import are at most %d MiB together.", maxImport>>20)}
	}
	if err != nil {
		return nil, err
	}
	in := new(importRequest)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil || len(in.Files) == 0 {
		return nil, &wire.Error{Status: http.StatusBadRequest, Code: "InvalidImport", Message: "The body of an import is a JSON object with files."}
	}
	return in, nil
}
