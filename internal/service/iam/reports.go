package iam

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

const (
	reportLife = 7 * 24 * time.Hour
	// reportsKept is how many living reports of an account are kept: making
	// another takes the oldest away.
	reportsKept = 500
	// trackingPeriod is how long an access is told of.
	trackingPeriod = 400 * 24 * time.Hour

	serviceReport      = "service"
	organizationReport = "organization"
	jobCompleted       = "COMPLETED"
)

// makeReport gives the report an id and its times and writes it. Reports are
// made at once: a job is complete when its id is known.
func makeReport(ctx context.Context, tx *directory.Tx, r *directory.Report) error {
	if err := pruneReports(ctx, tx, r.Account); err != nil {
		return err
	}
	b := make([]byte, 16)
	if err := tx.Random(b); err != nil {
		return err
	}
	// A UUID of version 7: the time in milliseconds, then chance.
	r.Created = now(ctx)
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(r.Created.UnixMilli()))
	copy(b, ms[2:])
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	r.ID = h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	r.Expires = r.Created.Add(reportLife)
	return tx.CreateResource(r)
}

// pruneReports takes away what has expired and makes room for one more.
func pruneReports(ctx context.Context, tx *directory.Tx, account string) error {
	n, err := tx.CountResources(directory.KindReport, account)
	if err != nil || n == 0 {
		return err
	}
	l, err := directory.Resources[directory.Report](&tx.ReadTx, &directory.Report{Account: account}, directory.Page{Limit: 10}, nil)
	if err != nil {
		return err
	}
	for _, old := range l.Items {
		if n < reportsKept && now(ctx).Before(old.Expires) {
			return nil
		}
		if err := tx.DeleteResource(old); err != nil {
			return err
		}
		n--
	}
	return nil
}

// report is the account's living report of the type.
func (s *Service) report(ctx context.Context, id, kind string) (*directory.Report, error) {
	var r *directory.Report
	err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		r, err = directory.FindResource(t, &directory.Report{Account: accountOf(ctx), ID: id})
		return err
	})
	if errors.Is(err, directory.ErrNotFound) || err == nil && (r.Type != kind || !now(ctx).Before(r.Expires)) {
		return nil, noSuchEntity("JobId %s was not found.", id)
	}
	return r, err
}

// accessed is what a principal has used of the report's services and actions
// within the tracking period.
func accessed(t *directory.ReadTx, r *directory.Report, account, principal string) (map[string]directory.Access, error) {
	rec, err := t.ServiceAccess(account, principal)
	if err != nil {
		return nil, err
	}
	used := map[string]directory.Access{}
	for _, list := range [][]string{r.Namespaces, r.Actions} {
		for _, what := range list {
			if a, ok := rec.Used[what]; ok && t.Now().Sub(a.Time) < trackingPeriod {
				used[what] = a
			}
		}
	}
	return used, nil
}

// latest is the principal of the report that used something last, nil if none
// did, and how many did.
func latest(r *directory.Report, what string) (who *directory.ReportPrincipal, last directory.Access, n int) {
	for i := range r.Principals {
		a, ok := r.Principals[i].Used[what]
		if !ok {
			continue
		}
		n++
		if who == nil || a.Time.After(last.Time) {
			who, last = &r.Principals[i], a
		}
	}
	return who, last, n
}

func serviceName(namespace string) *string {
	if name := namespaces()[namespace]; name != "" {
		return &name
	}
	return &namespace
}

// knownNamespaces refuses namespaces that no service has.
func knownNamespaces(wanted ...string) error {
	for _, namespace := range wanted {
		if _, ok := namespaces()[namespace]; !ok {
			return api.InvalidInput("Invalid service namespace: " + namespace)
		}
	}
	return nil
}
