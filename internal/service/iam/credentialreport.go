package iam

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// reportAge is for how long a credential report is good: until then the same one
// is given, afterwards it has to be generated anew.
const reportAge = 4 * time.Hour

// GenerateCredentialReport makes a report of the account's credentials unless
// there is one of the last four hours. It is ready when the call returns; like
// AWS it says STARTED then and COMPLETE to those who ask again.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
func (s *Service) GenerateCredentialReport(ctx context.Context, _ *api.GenerateCredentialReportInput) (*api.GenerateCredentialReportOutput, error) {
	r := &directory.CredentialReport{Account: accountOf(ctx), Generated: now(ctx)}
	complete := false
	err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		if complete, err = freshReport(t, r); complete || err != nil {
			return err
		}
		r.CSV, err = credentialReport(t, r.Account)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !complete {
		err = s.update(ctx, func(tx *directory.Tx) (err error) {
			// Another call may have been quicker.
			if complete, err = freshReport(&tx.ReadTx, r); complete || err != nil {
				return err
			}
			return tx.SetResource(r)
		})
	}
	if err != nil {
		return nil, err
	}
	if complete {
		return &api.GenerateCredentialReportOutput{State: new("COMPLETE")}, nil
	}
	return &api.GenerateCredentialReportOutput{
		State: new("STARTED"), Description: new("No report exists. Starting a new report generation task"),
	}, nil
}

// freshReport tells whether the account has a report that is good when r is made.
func freshReport(t *directory.ReadTx, r *directory.CredentialReport) (bool, error) {
	has, err := directory.FindResource(t, r)
	if errors.Is(err, directory.ErrNotFound) {
		return false, nil
	}
	return err == nil && r.Generated.Before(has.Generated.Add(reportAge)), err
}

// GetCredentialReport gives the last report, of the last four hours.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html
func (s *Service) GetCredentialReport(ctx context.Context, _ *api.GetCredentialReportInput) (*api.GetCredentialReportOutput, error) {
	var r *directory.CredentialReport
	err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		r, err = directory.FindResource(t, &directory.CredentialReport{Account: accountOf(ctx)})
		return err
	})
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return nil, api.NewError("ReportNotPresent", "No report is present. Call GenerateCredentialReport to start one.")
	case err != nil:
		return nil, err
	case !now(ctx).Before(r.Generated.Add(reportAge)):
		return nil, api.NewError("ReportExpired", "The report has expired. Call GenerateCredentialReport to start another.")
	}
	content, err := io.ReadAll(flate.NewReader(bytes.NewReader(r.CSV)))
	if err != nil {
		return nil, err
	}
	return &api.GetCredentialReportOutput{Content: content, ReportFormat: new("text/csv"), GeneratedTime: date(r.Generated)}, nil
}

// reportColumns are the columns of a credential report.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
var reportColumns = []string{
	"user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed", "password_next_rotation", "mfa_active",
	"access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service",
	"access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date", "access_key_2_last_used_region", "access_key_2_last_used_service",
	"cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
}

// credentialReport is the account's report as it is kept: a line for the root
// user, then one for each user.
func credentialReport(t *directory.ReadTx, account string) ([]byte, error) {
	var out bytes.Buffer
	packed, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	lines := csv.NewWriter(packed)
	write := func(line []string, err error) error {
		return errors.Join(err, lines.Write(line))
	}
	a, err := t.Account(account)
	if err != nil {
		return nil, err
	}
	users, err := t.Users(account, directory.Page{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(lines.Write(reportColumns), write(reportLine(t, owner{root: a}))); err != nil {
		return nil, err
	}
	for _, u := range users.Items {
		if err := write(reportLine(t, owner{user: u})); err != nil {
			return nil, err
		}
	}
	lines.Flush()
	err = errors.Join(lines.Error(), packed.Close())
	return out.Bytes(), err
}

// reportTime is a time as the report has it, "N/A" for none.
func reportTime(at time.Time) string {
	if at.IsZero() {
		return "N/A"
	}
	return at.UTC().Format("2006-01-02T15:04:05+00:00")
}

// reportLine is what the report says of a user or the root user.
func reportLine(t *directory.ReadTx, o owner) ([]string, error) {
	line, account := []string{"<root_account>"}, ""
	if o.user != nil {
		account = o.user.Account
		line = []string{o.user.Name, o.user.ARN(), reportTime(o.user.Created)}
	} else {
		account = o.root.ID
		line = append(line, directory.RootARN(account), reportTime(o.root.Joined))
	}
	password, err := passwordColumns(t, o)
	if err != nil {
		return nil, err
	}
	c, err := t.UserCredentials(account, o.id())
	if err != nil {
		return nil, err
	}
	keys, err := keyColumns(t, o.keys())
	if err != nil {
		return nil, err
	}
	line = append(append(line, password...), strconv.FormatBool(len(c.MFA) > 0))
	return append(append(line, keys...), certificateColumns(c)...), nil
}

// passwordColumns say whether there is a password, when it was last used and set
// and when it has to be set again.
func passwordColumns(t *directory.ReadTx, o owner) ([]string, error) {
	if o.user == nil {
		return []string{"not_supported", "no_information", "not_supported", "not_supported"}, nil
	}
	p, err := login(t, o.user.Account, o.user.ID)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return []string{"false", "N/A", "N/A", "N/A"}, nil
	}
	rules, err := passwordPolicy(t, o.user.Account)
	if err != nil {
		return nil, err
	}
	var next time.Time
	if rules != nil && rules.MaxAge > 0 {
		next = p.Changed.AddDate(0, 0, int(rules.MaxAge))
	}
	return []string{"true", "no_information", reportTime(p.Changed), reportTime(next)}, nil
}

// keyColumns are those of two access keys, the older first.
func keyColumns(t *directory.ReadTx, ids []string) (columns []string, err error) {
	keys := make([]*directory.AccessKey, len(ids))
	for i, id := range ids {
		if keys[i], err = t.AccessKey(id); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(keys, func(a, b *directory.AccessKey) int { return a.Created.Compare(b.Created) })
	for i := range 2 {
		if i >= len(keys) {
			columns = append(columns, "false", "N/A", "N/A", "N/A", "N/A")
			continue
		}
		k := keys[i]
		columns = append(columns, strconv.FormatBool(k.Status == directory.KeyActive), reportTime(k.Created))
		use, err := t.LastUsed(k.ID)
		if err != nil {
			return nil, err
		}
		if use.Time.IsZero() {
			use.Region, use.Service = "N/A", "N/A"
		}
		columns = append(columns, reportTime(use.Time), use.Region, use.Service)
	}
	return columns, nil
}

// certificateColumns are those of two signing certificates, the older first.
func certificateColumns(c *directory.UserCredentials) (columns []string) {
	slices.SortStableFunc(c.Signing, func(a, b directory.SigningCert) int { return a.Uploaded.Compare(b.Uploaded) })
	for i := range 2 {
		if i >= len(c.Signing) {
			columns = append(columns, "false", "N/A")
			continue
		}
		columns = append(columns, strconv.FormatBool(c.Signing[i].Status == directory.KeyActive), reportTime(c.Signing[i].Uploaded))
	}
	return columns
}
