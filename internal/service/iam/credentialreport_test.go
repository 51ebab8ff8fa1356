package iam

import (
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

func TestCredentialReport(t *testing.T) {
	w := newWorld(t)
	_, err := w.GetCredentialReport(w.ctx, &api.GetCredentialReportInput{})
	refused(t, err, 410, "ReportNotPresent", "No report is present. Call GenerateCredentialReport to start one.")

	w.user("zoe")
	w.user("bob")
	key := must(w.CreateAccessKey(w.ctx, &api.CreateAccessKeyInput{UserName: new("bob")})).AccessKey.AccessKeyId
	w.dir.Used(*key, "", "eu-west-1", "s3")
	used := *must(w.GetAccessKeyLastUsed(w.ctx, &api.GetAccessKeyLastUsedInput{AccessKeyId: key})).AccessKeyLastUsed.LastUsedDate
	second := must(w.CreateAccessKey(w.ctx, &api.CreateAccessKeyInput{UserName: new("bob")})).AccessKey.AccessKeyId
	must(w.UpdateAccessKey(w.ctx, &api.UpdateAccessKeyInput{UserName: new("bob"), AccessKeyId: second, Status: new("Inactive")}))
	if err := w.enable(w.ctx, "bob", w.device(w.ctx, "bob"), 0, 1); err != nil {
		t.Fatal(err)
	}
	_, cert := certify("c", rsaKeys()[0], nil, nil)
	must(w.UploadSigningCertificate(w.ctx, &api.UploadSigningCertificateInput{UserName: new("bob"), CertificateBody: &cert}))

	out := must(w.GenerateCredentialReport(w.ctx, &api.GenerateCredentialReportInput{}))
	same(t, "first", *out.State+" "+value(out.Description), "STARTED No report exists. Starting a new report generation task")
	out = must(w.GenerateCredentialReport(w.ctx, &api.GenerateCredentialReportInput{}))
	same(t, "again", *out.State+value(out.Description), "COMPLETE")
	report := must(w.GetCredentialReport(w.ctx, &api.GetCredentialReportInput{}))
	same(t, "format", *report.ReportFormat+" "+report.GeneratedTime.Format(time.RFC3339), "text/csv 2026-03-01T12:00:00Z")
	const at = "2026-03-01T12:00:00+00:00"
	lines := strings.Split(string(report.Content), "\n")
	for i, want := range []string{
		"user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
			"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service," +
			"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service," +
			"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated",
		"<root_account>,arn:aws:iam::111111111111:root," + at + ",not_supported,no_information,not_supported,not_supported,false," +
			"true," + at + ",N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
		"bob,arn:aws:iam::111111111111:user/bob," + at + ",false,N/A,N/A,N/A,true,true," + at + "," + used.Format("2006-01-02T15:04:05+00:00") +
			",eu-west-1,s3,false," + at + ",N/A,N/A,N/A,true," + at + ",false,N/A",
		"zoe,arn:aws:iam::111111111111:user/zoe," + at + ",false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
		"",
	} {
		if i >= len(lines) || lines[i] != want {
			t.Errorf("line %d:\n%s\nwant\n%s", i, lines[min(i, len(lines)-1)], want)
		}
	}

	// For four hours it stays as it is.
	w.user("new")
	almost, over := later(w.ctx, 4*time.Hour-time.Second), later(w.ctx, 4*time.Hour)
	same(t, "within four hours", *must(w.GenerateCredentialReport(almost, &api.GenerateCredentialReportInput{})).State, "COMPLETE")
	same(t, "report", string(must(w.GetCredentialReport(almost, &api.GetCredentialReportInput{})).Content), string(report.Content))
	_, err = w.GetCredentialReport(over, &api.GetCredentialReportInput{})
	refused(t, err, 410, "ReportExpired", "The report has expired. Call GenerateCredentialReport to start another.")
	same(t, "after four hours", *must(w.GenerateCredentialReport(over, &api.GenerateCredentialReportInput{})).State, "STARTED")
	if !strings.Contains(string(must(w.GetCredentialReport(over, &api.GetCredentialReportInput{})).Content), "\nnew,") {
		t.Error("the next report is the old one")
	}
	_, err = w.GetCredentialReport(w.root(acctB), &api.GetCredentialReportInput{})
	refused(t, err, 410, "ReportNotPresent", "No report is present. Call GenerateCredentialReport to start one.")
}
