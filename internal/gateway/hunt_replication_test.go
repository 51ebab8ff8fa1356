package gateway

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// serviceTrust lets S3 assume a role under a condition.
func serviceTrust(condition string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sts:AssumeRole"` + condition + `}]}`
}

// TestRolesOfServicesAreForTheirBuckets: a role that lets S3 in for one bucket, or
// for the buckets of one account, lets it in for no other.
func TestRolesOfServicesAreForTheirBuckets(t *testing.T) {
	w := hunted(t)
	source := func(key, value string) string {
		return `,"Condition":{"StringLike":{"aws:Source` + key + `":"` + value + `"}}`
	}
	for i, c := range []struct {
		condition string
		allowed   bool
	}{
		{"", true},
		{source("Arn", "arn:aws:s3:::green-bucket"), true},
		{source("Arn", "arn:aws:s3:::green-*"), true},
		{source("Arn", "arn:aws:s3:::other"), false},
		{source("Account", w.green.ID), true},
		{source("Account", w.blue.ID), false},
	} {
		role := w.role(w.green, fmt.Sprintf("r%d", i), serviceTrust(c.condition), "")
		who := s3.ServiceCaller{Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::green-bucket", SourceAccount: w.green.ID}
		if _, err := w.g.asRole(context.Background(), who, role, "s"); (err == nil) != c.allowed {
			t.Errorf("%s: %v", c.condition, err)
		}
		who.Principal = "logging.s3.amazonaws.com"
		if _, err := w.g.asRole(context.Background(), who, role, "s"); err == nil {
			t.Errorf("%s: another service", c.condition)
		}
		who = s3.ServiceCaller{Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::blue-bucket", SourceAccount: w.blue.ID}
		if _, err := w.g.asRole(context.Background(), who, role, "s"); c.condition != "" && !strings.Contains(c.condition, "other") &&
			!strings.Contains(c.condition, w.blue.ID) && err == nil {
			t.Errorf("%s: blue's bucket", c.condition)
		}
	}
}

// TestRolesOfServicesHaveNoConnection: a worker's call comes over no connection, so
// what a policy gives to those who come over TLS it does not get.
func TestRolesOfServicesHaveNoConnection(t *testing.T) {
	w := hunted(t)
	for i, c := range []struct {
		condition string
		allowed   bool
	}{
		{"", true},
		{`,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`, false},
		{`,"Condition":{"Null":{"aws:SecureTransport":"true","aws:SourceIp":"true"}}`, true},
	} {
		role := w.role(w.green, fmt.Sprintf("r%d", i), serviceTrust(""),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ReplicateObject","Resource":"*"`+c.condition+`}]}`)
		who := s3.ServiceCaller{Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::green-bucket", SourceAccount: w.green.ID}
		ctx, err := w.g.asRole(context.Background(), who, role, "s")
		if err != nil {
			t.Fatal(err)
		}
		target, err := w.g.buckets.BucketTarget(ctx, "green-bucket", w.green.ID)
		if err != nil {
			t.Fatal(err)
		}
		target.Resource.Kind, target.Resource.ARN = authz.ResourceObject, "arn:aws:s3:::green-bucket/k"
		if err := caller.Authorize(ctx, "s3:ReplicateObject", target); (err == nil) != c.allowed {
			t.Errorf("%s: %v", c.condition, err)
		}
	}
}

// TestRolesOfOthersAreNotPassed: whoever configures replication hands S3 a role of
// the bucket's account that they may pass, under its own ARN.
func TestRolesOfOthersAreNotPassed(t *testing.T) {
	w := hunted(t)
	w.role(w.green, "open", serviceTrust(""), "")
	w.role(w.green, "closed", serviceTrust(""), allow("*", "*"))
	w.role(w.blue, "theirs", serviceTrust(""), "")
	const on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?versioning", on))
	w.want(200, "")(w.s3(w.blue, "PUT", "/blue-bucket?versioning", on))
	configuration := func(role, to string) string {
		return `<ReplicationConfiguration><Role>` + role + `</Role><Rule><Status>Enabled</Status><Prefix></Prefix><Destination><Bucket>arn:aws:s3:::` + to +
			`</Bucket></Destination></Rule></ReplicationConfiguration>`
	}
	configure := func(who sigv4.Credentials, bucket, role, to string) (int, string) {
		body := configuration(role, to)
		return w.as(who, "PUT", "/"+bucket+"?replication", body, "X-Amz-Sdk-Checksum-Algorithm", "CRC32", "X-Amz-Checksum-Crc32", crc32Of(body))
	}
	arn := func(of *RootAccount, name string) string { return "arn:aws:iam::" + of.ID + ":role/" + name }
	statement := `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Allow","Action":"iam:PassRole","Resource":"` + arn(w.green, "open") + `*"}`
	user := w.user(w.green, "user", `{"Version":"2012-10-17","Statement":[`+statement+`]}`)
	w.want(200, "")(configure(user, "green-bucket", arn(w.green, "open"), "blue-bucket"))
	for _, role := range []string{arn(w.green, "closed"), arn(w.green, "Open"), arn(w.green, "path/closed"), arn(w.blue, "open"), arn(w.green, "*"), "", "open"} {
		status, body := configure(user, "green-bucket", role, "blue-bucket")
		if status < 400 || strings.Contains(body, "Content-MD5") {
			t.Errorf("%q was passed: %s", role, body)
		}
	}
	// A name behind the one that may be passed, or another path, is another role.
	for _, role := range []string{arn(w.green, "open/closed"), arn(w.green, "open/../closed"), arn(w.green, "open closed")} {
		configure(user, "green-bucket", role, "blue-bucket")
		who := s3.ServiceCaller{Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::green-bucket", SourceAccount: w.green.ID}
		if _, err := w.g.asRole(context.Background(), who, role, "s"); err == nil {
			t.Errorf("%q is a role", role)
		}
	}
	// Nor may another account's root, whatever the bucket's policy lets it do.
	w.share(w.blue.ID, "s3:*")
	for _, role := range []string{arn(w.green, "open"), arn(w.blue, "theirs")} {
		status, body := configure(w.blue.credentials(), "green-bucket", role, "blue-bucket")
		if status < 400 {
			t.Errorf("blue passed %s: %s", role, body)
		}
	}
	status, body := configure(w.blue.credentials(), "blue-bucket", arn(w.green, "open"), "green-bucket")
	if status < 400 {
		t.Errorf("blue passed green's role: %s", body)
	}
}

// TestReplicationMetricsAreBounded: rules that are named anew again and again do
// not fill the memory.
func TestReplicationMetricsAreBounded(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := newReplicationMetrics(reg)
	for i := range maxFlows + 100 {
		f := s3.ReplicationFlow{Source: "a", Destination: "b", Rule: fmt.Sprint(i)}
		m.ReplicationFailed(t.Context(), f)
		m.Replicated(t.Context(), f, 1, 1)
	}
	families, err := reg.Gather()
	if err != nil || len(families) != 4 {
		t.Fatal(families, err)
	}
	for _, f := range families {
		if n := len(f.Metric); n != maxFlows {
			t.Errorf("%s: %d", f.GetName(), n)
		}
	}
}
