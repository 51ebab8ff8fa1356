package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// Reports are inventories and storage class analyses. One gateway at a time makes
// them, under a lease; a report that is made twice nonetheless is one more
// report. A configuration's first report is made soon after it was put, the next
// ones a day, or a week, after the one before was begun.

const (
	reportLease = "reports"
	leaseTime   = 2 * time.Minute
	reportRetry = time.Hour // after a report that could not be delivered
)

// reportState is what is kept of a configuration's reports.
type reportState struct {
	Begun  time.Time // of the last report that was delivered, zero for none
	Failed time.Time // when one last could not be, zero if the last one was
}

// dueReport is a report that is to be made.
type dueReport struct {
	bucket   store.BucketID
	kind     store.Kind
	id       string
	document []byte
}

// WriteReports makes all reports that are due, unless another gateway does. What
// cannot be delivered, for want of a permission or a bucket, is told to failed and
// tried again after an hour.
func (s *Service) WriteReports(ctx context.Context, failed func(error)) error {
	holder := newUUID()
	var renewed time.Time
	hold := func(ctx context.Context) error {
		if now := s.store.Now(); now.Sub(renewed) > leaseTime/4 || now.Before(renewed) {
			renewed = now
			return s.store.Lease(ctx, reportLease, holder, leaseTime)
		}
		return nil
	}
	due, err := s.dueReports(ctx)
	if err != nil || len(due) == 0 {
		return err
	}
	err = hold(ctx)
	if errors.Is(err, store.ErrLeased) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.store.Release(context.WithoutCancel(ctx), reportLease, holder)
	if due, err = s.dueReports(ctx); err != nil { // another may have made them
		return err
	}
	for i := range due {
		err := s.writeReport(ctx, &due[i], hold)
		if _, refused := wire.AsError(err); refused || errors.Is(err, errNobody) {
			failed(fmt.Errorf("report %s: %w", due[i].id, err))
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// RunReports is WriteReports again and again until ctx ends.
func (s *Service) RunReports(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(min(time.Minute, max(s.reportDay/4, 100*time.Millisecond)))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.WriteReports(ctx, failed); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

func (s *Service) dueReports(ctx context.Context) (due []dueReport, err error) {
	now := s.store.Now()
	err = s.store.View(ctx, func(r *store.Reader) error {
		due = nil
		for _, kind := range []store.Kind{store.Inventory, store.Analytics} {
			err := r.ScanConfigured(kind, 0, func(b store.BucketID, id string, document []byte) error {
				due = append(due, dueReport{b, kind, id, document})
				return nil
			})
			if err != nil {
				return err
			}
		}
		kept := due[:0]
		for _, d := range due {
			is, err := s.isDue(r, &d, now)
			if err != nil {
				return err
			}
			if is {
				kept = append(kept, d)
			}
		}
		due = kept
		return nil
	})
	return due, err
}

func (s *Service) isDue(r *store.Reader, d *dueReport, now time.Time) (bool, error) {
	period, err := s.period(d)
	if err != nil || period == 0 {
		return false, err
	}
	b, err := r.BucketByID(d.bucket)
	if errors.Is(err, store.ErrNoSuchBucket) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	state, err := readState(r, b, d)
	if err != nil {
		return false, err
	}
	if !state.Failed.IsZero() && now.Sub(state.Failed) < min(reportRetry, period) {
		return false, nil
	}
	return state.Begun.IsZero() || now.Sub(state.Begun) >= period, nil
}

func stateKind(kind store.Kind) store.Kind {
	if kind == store.Analytics {
		return store.AnalyticsState
	}
	return store.InventoryState
}

func readState(r *store.Reader, b *store.Bucket, d *dueReport) (state reportState, err error) {
	document, err := r.Configuration(b, stateKind(d.kind), d.id)
	if errors.Is(err, store.ErrNoSuchConfiguration) {
		return state, nil
	}
	if err == nil {
		err = json.Unmarshal(document, &state)
	}
	return state, err
}

// period is how often the report is made, 0 for never.
func (s *Service) period(d *dueReport) (time.Duration, error) {
	if d.kind == store.Analytics {
		c, err := readConfiguration[api.AnalyticsConfiguration](d.document)
		if err != nil || c.StorageClassAnalysis == nil || c.StorageClassAnalysis.DataExport == nil {
			return 0, err
		}
		return s.reportDay, nil
	}
	c, err := readConfiguration[api.InventoryConfiguration](d.document)
	if err != nil || !value(c.IsEnabled) {
		return 0, err
	}
	if c.Schedule != nil && value(c.Schedule.Frequency) == "Weekly" {
		return 7 * s.reportDay, nil
	}
	return s.reportDay, nil
}

// writeReport makes one report and notes when it was begun, or that it failed.
func (s *Service) writeReport(ctx context.Context, d *dueReport, hold func(context.Context) error) error {
	begun := s.store.Now()
	if err := hold(ctx); err != nil {
		return err
	}
	var b *store.Bucket
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		b, err = r.BucketByID(d.bucket)
		return err
	})
	if errors.Is(err, store.ErrNoSuchBucket) {
		return nil
	}
	if err != nil {
		return err
	}
	switch d.kind {
	case store.Inventory:
		var c *api.InventoryConfiguration
		if c, err = readConfiguration[api.InventoryConfiguration](d.document); err == nil {
			err = s.inventory(ctx, b, c, begun, hold)
		}
	case store.Analytics:
		var c *api.AnalyticsConfiguration
		if c, err = readConfiguration[api.AnalyticsConfiguration](d.document); err == nil {
			err = s.analysis(ctx, b, c, begun, hold)
		}
	}
	if errors.Is(err, store.ErrLeased) {
		return err
	}
	return errors.Join(err, s.noteReport(ctx, d, begun, err != nil))
}

func (s *Service) noteReport(ctx context.Context, d *dueReport, begun time.Time, failed bool) error {
	return s.store.Update(ctx, func(t *store.Txn) error {
		b, err := t.BucketByID(d.bucket)
		if errors.Is(err, store.ErrNoSuchBucket) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = t.Configuration(b, d.kind, d.id)
		if errors.Is(err, store.ErrNoSuchConfiguration) { // deleted meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		state, err := readState(&t.Reader, b, d)
		if err != nil {
			return err
		}
		if state.Failed = (time.Time{}); failed {
			state.Failed = s.store.Now()
		} else {
			state.Begun = begun
		}
		document, err := json.Marshal(state)
		if err != nil {
			return err
		}
		return t.PutConfiguration(b, stateKind(d.kind), d.id, document)
	})
}
