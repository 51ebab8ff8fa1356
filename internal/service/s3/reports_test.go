package s3

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/caller"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// reporter is a fixture whose service delivers as long as it is let.
type reporter struct {
	*fixture
	asked   []ServiceCaller
	refuses bool
	failed  []error
}

func newReporter(f *fixture) *reporter {
	r := &reporter{fixture: f}
	f.Service.as = func(ctx context.Context, who ServiceCaller) context.Context {
		r.asked = append(r.asked, who)
		info := &caller.Info{Identity: &policy.Caller{Kind: policy.CallerService, ARN: who.Principal}}
		info.Decide = func(_ context.Context, action string, t *caller.Target) error {
			var v policy.Values
			t.Context(&v)
			if r.refuses || action != "s3:PutObject" || who.Principal == servicePrincipal && v.Get(policy.KeyS3Acl) != ownerFullControl {
				return api.AccessDenied("")
			}
			return nil
		}
		return caller.With(ctx, info)
	}
	return r
}

func (r *reporter) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *reporter) write() {
	r.t.Helper()
	if err := r.WriteReports(r.ctx, func(err error) { r.failed = append(r.failed, err) }); err != nil {
		r.t.Fatal(err)
	}
}

// keys are the keys of a bucket, in order.
func (r *reporter) keys(bucket string) (keys []string) {
	r.t.Helper()
	out, err := r.ListObjectsV2(r.ctx, &api.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

func (r *reporter) read(bucket, key string) []byte {
	r.t.Helper()
	_, data := r.get(&api.GetObjectInput{Bucket: &bucket, Key: &key})
	return data
}

func inventoryOf(id string, fields ...string) *api.InventoryConfiguration {
	return &api.InventoryConfiguration{Id: &id, IsEnabled: p(true), IncludedObjectVersions: p("Current"), OptionalFields: fields,
		Schedule: &api.InventorySchedule{Frequency: p("Daily")},
		Destination: &api.InventoryDestination{S3BucketDestination: &api.InventoryS3BucketDestination{
			Bucket: p("arn:aws:s3:::reports"), Format: p("CSV"), Prefix: p("inv"), AccountId: p(owner)}}}
}

func (r *reporter) putInventory(c *api.InventoryConfiguration) error {
	_, err := r.PutBucketInventoryConfiguration(r.ctx, &api.PutBucketInventoryConfigurationInput{Bucket: p("bucket"), Id: c.Id, InventoryConfiguration: c})
	return err
}

func (r *reporter) mustInventory(c *api.InventoryConfiguration) {
	r.t.Helper()
	if err := r.putInventory(c); err != nil {
		r.t.Fatal(err)
	}
}

// manifest reads a manifest and all that it names, and checks the sums.
func (r *reporter) manifest(key string) (m inventoryManifest, rows [][]string) {
	r.t.Helper()
	text := r.read("reports", key)
	if err := json.Unmarshal(text, &m); err != nil {
		r.t.Fatal(err)
	}
	sum := md5.Sum(text)
	if got := string(r.read("reports", strings.TrimSuffix(key, "json")+"checksum")); got != hex.EncodeToString(sum[:]) {
		r.t.Errorf("manifest.checksum is %q", got)
	}
	for _, f := range m.Files {
		data := r.read("reports", f.Key)
		if sum := md5.Sum(data); f.MD5Checksum != hex.EncodeToString(sum[:]) || f.Size != int64(len(data)) {
			r.t.Errorf("%+v is of %d bytes with the MD5 %x", f, len(data), sum)
		}
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			r.t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			r.t.Fatal(err)
		}
		for line := range strings.Lines(string(plain)) {
			if !strings.HasPrefix(line, `"`) || !strings.HasSuffix(line, "\"\n") {
				r.t.Errorf("a line without quotes: %q", line)
			}
		}
		more, err := csv.NewReader(bytes.NewReader(plain)).ReadAll()
		if err != nil {
			r.t.Fatal(err)
		}
		rows = append(rows, more...)
	}
	return m, rows
}

func TestInventory(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("reports", store.BucketOwnerEnforced)
	r.put("a b,\"c\"/ü+.txt", []byte("twelve bytes"))
	r.put("z", nil)
	r.mustInventory(inventoryOf("all", "ObjectOwner", "Size", "ETag", "LastModifiedDate", "StorageClass", "EncryptionStatus",
		"ChecksumAlgorithm", "IsMultipartUploaded", "ObjectLockLegalHoldStatus", "BucketKeyStatus", "IntelligentTieringAccessTier"))
	r.write()
	keys := r.keys("reports")
	if len(keys) != 4 || !strings.HasPrefix(keys[2], "inv/bucket/all/data/") || !strings.HasSuffix(keys[2], ".csv.gz") ||
		keys[0] != "inv/bucket/all/2026-01-02T03-04Z/manifest.checksum" || keys[1] != "inv/bucket/all/2026-01-02T03-04Z/manifest.json" ||
		keys[3] != "inv/bucket/all/hive/dt=2026-01-02-03-04/symlink.txt" {
		t.Fatalf("delivered %q; %v", keys, r.failed)
	}
	if got := string(r.read("reports", keys[3])); got != "s3://reports/"+keys[2]+"\n" {
		t.Errorf("symlink.txt is %q", got)
	}
	m, rows := r.manifest(keys[1])
	if m.SourceBucket != "bucket" || m.DestinationBucket != "arn:aws:s3:::reports" || m.Version != "2016-11-30" || m.FileFormat != "CSV" ||
		m.CreationTimestamp != "1767323045000" || m.FileSchema != "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass, IsMultipartUploaded, "+
		"EncryptionStatus, ObjectLockLegalHoldStatus, IntelligentTieringAccessTier, BucketKeyStatus, ChecksumAlgorithm, ObjectOwner" {
		t.Errorf("got %+v", m)
	}
	want := [][]string{
		{"bucket", "a%20b%2C%22c%22/%C3%BC%2B.txt", "12", "2026-01-02T03:04:05.000Z", "2b424c3ac0ed3a50a10c67a9e3c4d5f0", "STANDARD", "false",
			"SSE-S3", "Off", "", "DISABLED", "CRC64NVME", strings.Repeat("c", 52) + owner},
		{"bucket", "z", "0", "2026-01-02T03:04:05.000Z", "d41d8cd98f00b204e9800998ecf8427e", "STANDARD", "false",
			"SSE-S3", "Off", "", "DISABLED", "CRC64NVME", strings.Repeat("c", 52) + owner},
	}
	sum := md5.Sum([]byte("twelve bytes"))
	want[0][4] = hex.EncodeToString(sum[:])
	if fmt.Sprint(rows) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", rows, want)
	}
	if who := r.asked[0]; who != (ServiceCaller{"s3.amazonaws.com", "arn:aws:s3:::bucket", owner}) {
		t.Errorf("delivered as %+v", who)
	}
}

func TestReportsAreMadeWhenTheyAreDue(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("reports", store.BucketOwnerEnforced)
	daily, weekly, off := inventoryOf("daily"), inventoryOf("weekly"), inventoryOf("off")
	weekly.Schedule.Frequency, off.IsEnabled = p("Weekly"), p(false)
	for _, c := range []*api.InventoryConfiguration{daily, weekly, off} {
		r.mustInventory(c)
	}
	made := func() string {
		n := map[string]int{}
		for _, key := range r.keys("reports") {
			if strings.HasSuffix(key, "/manifest.json") {
				n[strings.Split(key, "/")[2]]++
			}
		}
		return fmt.Sprint(n)
	}
	for _, step := range []struct {
		wait time.Duration
		want string
	}{
		{0, "map[daily:1 weekly:1]"}, {23 * time.Hour, "map[daily:1 weekly:1]"}, {time.Hour, "map[daily:2 weekly:1]"},
		{6 * 24 * time.Hour, "map[daily:3 weekly:2]"},
	} {
		r.advance(step.wait)
		r.write()
		if got := made(); got != step.want {
			t.Errorf("after %v: %s, want %s", step.wait, got, step.want)
		}
	}
	// A configuration that goes takes what is known of its reports with it.
	_, err := r.DeleteBucketInventoryConfiguration(r.ctx, &api.DeleteBucketInventoryConfigurationInput{Bucket: p("bucket"), Id: p("daily")})
	if err != nil {
		t.Fatal(err)
	}
	r.advance(time.Minute)
	r.mustInventory(daily)
	r.write()
	if got := made(); got != "map[daily:4 weekly:2]" {
		t.Errorf("put again: %s", got)
	}
}

func TestReportsThatCannotBeDelivered(t *testing.T) {
	r := newReporter(newFixture(t))
	r.mustInventory(inventoryOf("one"))
	r.write()
	if len(r.failed) != 1 || !strings.Contains(r.failed[0].Error(), "NoSuchBucket") {
		t.Fatalf("no bucket: %v", r.failed)
	}
	r.makeBucket("reports", store.BucketOwnerEnforced)
	r.write() // too soon
	r.refuses = true
	r.advance(time.Hour)
	r.write()
	if len(r.failed) != 2 || !strings.Contains(r.failed[1].Error(), "AccessDenied") || len(r.keys("reports")) != 0 {
		t.Fatalf("refused: %v, delivered %v", r.failed, r.keys("reports"))
	}
	r.refuses = false
	r.advance(time.Hour)
	r.write()
	if len(r.failed) != 2 || len(r.keys("reports")) == 0 {
		t.Errorf("delivered %v; %v", r.keys("reports"), r.failed)
	}
}

// TestInventoryGoesToItsOwner: a destination of another account than the
// configuration names gets nothing.
func TestInventoryGoesToItsOwner(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("reports", store.BucketOwnerEnforced)
	c := inventoryOf("one")
	c.Destination.S3BucketDestination.AccountId = p(stranger)
	r.mustInventory(c)
	r.write()
	if len(r.failed) != 1 || len(r.keys("reports")) != 0 {
		t.Errorf("delivered %v; %v", r.keys("reports"), r.failed)
	}
}

func TestInventoryOfSeveralFilesAndPages(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("reports", store.BucketOwnerEnforced)
	const n = 2*inventoryPageRows + 500
	for i := range n {
		r.put(fmt.Sprintf("in/%05d", i), nil)
	}
	r.put("out", nil)
	c := inventoryOf("one")
	c.Filter = &api.InventoryFilter{Prefix: p("in/")}
	var b *store.Bucket
	err := r.store.View(r.ctx, func(rd *store.Reader) (err error) {
		b, err = rd.Bucket("bucket")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	report := &inventoryReport{s: r.Service, bucket: b, c: c, begun: r.clock(), columns: inventoryColumns(c), fileRows: 700,
		scan: objectScan{s: r.Service, bucket: b, prefix: "in/"}, pause: func(context.Context) error { pages++; return nil }}
	if err := report.run(r.ctx); err != nil {
		t.Fatal(err)
	}
	m, rows := r.manifest("inv/bucket/one/2026-01-02T03-04Z/manifest.json")
	if len(m.Files) != 4 || len(rows) != n || pages < 2 {
		t.Fatalf("%d files, %d rows, %d pages", len(m.Files), len(rows), pages)
	}
	for i, row := range rows {
		if row[1] != fmt.Sprintf("in/%05d", i) {
			t.Fatalf("row %d is %q", i, row)
		}
	}
}

func TestOneOfTwoGatewaysMakesReports(t *testing.T) {
	k, b, key := kvmemory.New(), blobmemory.New(), seal.NewKey()
	one, two := newReporter(fixtureOn(t, k, b, key)), newReporter(fixtureOn(t, k, b, key))
	one.makeBucket("reports", store.BucketOwnerEnforced)
	one.mustInventory(inventoryOf("one"))
	if err := two.store.Lease(two.ctx, reportLease, "somebody", time.Minute); err != nil {
		t.Fatal(err)
	}
	one.write()
	if got := one.keys("reports"); len(got) != 0 {
		t.Fatalf("without the lease: %q", got)
	}
	if err := two.store.Release(two.ctx, reportLease, "somebody"); err != nil {
		t.Fatal(err)
	}
	one.write()
	two.write()
	if got := two.keys("reports"); len(got) != 3 { // of an empty bucket there is no list
		t.Errorf("delivered %q", got)
	}
}

func TestInventoryConfigurations(t *testing.T) {
	r := newReporter(newFixture(t))
	change := func(f func(*api.InventoryConfiguration)) *api.InventoryConfiguration {
		c := inventoryOf("one")
		f(c)
		return c
	}
	to := func(c *api.InventoryConfiguration) *api.InventoryS3BucketDestination {
		return c.Destination.S3BucketDestination
	}
	for code, c := range map[string]*api.InventoryConfiguration{
		"InvalidConfigurationId":                change(func(c *api.InventoryConfiguration) { c.Id = p("a/b") }),
		"InvalidConfigurationId ":               change(func(c *api.InventoryConfiguration) { c.Id = p(strings.Repeat("x", 65)) }),
		"InvalidS3DestinationBucket":            change(func(c *api.InventoryConfiguration) { to(c).Bucket = p("reports") }),
		"InvalidS3DestinationBucket namespace.": change(func(c *api.InventoryConfiguration) { to(c).Bucket = p("arn:aws:s3::1:reports") }),
		"InvalidArgument AccountId":             change(func(c *api.InventoryConfiguration) { to(c).AccountId = p("1") }),
		"NotImplemented Parquet":                change(func(c *api.InventoryConfiguration) { to(c).Format = p("Parquet") }),
		"NotImplemented SSE-KMS": change(func(c *api.InventoryConfiguration) {
			to(c).Encryption = &api.InventoryEncryption{SSEKMS: &api.SSEKMS{KeyId: p("k")}}
		}),
		"MalformedXML": change(func(c *api.InventoryConfiguration) { to(c).Encryption = &api.InventoryEncryption{} }),
	} {
		name, text, _ := strings.Cut(code, " ")
		wantError(t, r.putInventory(c), name, text)
	}
	_, err := r.PutBucketInventoryConfiguration(r.ctx, &api.PutBucketInventoryConfigurationInput{Bucket: p("bucket"), Id: p("two"), InventoryConfiguration: inventoryOf("one")})
	wantError(t, err, "MalformedXML", "")
	_, err = r.GetBucketInventoryConfiguration(r.ctx, &api.GetBucketInventoryConfigurationInput{Bucket: p("bucket"), Id: p("one")})
	wantError(t, err, "NoSuchConfiguration", "The specified configuration does not exist.")
	_, err = r.DeleteBucketInventoryConfiguration(r.ctx, &api.DeleteBucketInventoryConfigurationInput{Bucket: p("bucket"), Id: p("one")})
	wantError(t, err, "NoSuchConfiguration", "")

	for i := range maxIdentified {
		r.mustInventory(inventoryOf(fmt.Sprintf("id-%04d", i)))
	}
	wantError(t, r.putInventory(inventoryOf("one-more")), "TooManyConfigurations", "")
	r.mustInventory(inventoryOf("id-0007", "Size")) // in place of another
	out, err := r.GetBucketInventoryConfiguration(r.ctx, &api.GetBucketInventoryConfigurationInput{Bucket: p("bucket"), Id: p("id-0007")})
	if err != nil || len(out.InventoryConfiguration.OptionalFields) != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
	var ids []string
	pages := 0
	for token, more := (*string)(nil), true; more; {
		l, err := r.ListBucketInventoryConfigurations(r.ctx, &api.ListBucketInventoryConfigurationsInput{Bucket: p("bucket"), ContinuationToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range l.InventoryConfigurationList {
			ids = append(ids, *c.Id)
		}
		pages++
		token, more = l.NextContinuationToken, *l.IsTruncated
		if more != (token != nil) || len(l.InventoryConfigurationList) != 100 {
			t.Fatalf("page %d of %d, truncated %v, next %v", pages, len(l.InventoryConfigurationList), more, value(token))
		}
	}
	if pages != 10 || len(ids) != maxIdentified || ids[999] != "id-0999" {
		t.Errorf("%d pages, %d ids", pages, len(ids))
	}
	_, err = r.ListBucketInventoryConfigurations(r.ctx, &api.ListBucketInventoryConfigurationsInput{Bucket: p("bucket"), ContinuationToken: p("x")})
	wantError(t, err, "InvalidArgument", "continuation-token")
}

func TestAnalysis(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("reports", store.BucketOwnerEnforced)
	big := make([]byte, 256<<10)
	r.put("logs/old", big)
	r.advance(40 * 24 * time.Hour)
	r.put("logs/new", big)
	r.put("logs/small", []byte("x"))
	in := putInput("logs/ia", big)
	in.StorageClass = p("STANDARD_IA")
	if _, err := r.PutObject(r.ctx, in); err != nil {
		t.Fatal(err)
	}
	r.put("other", big)
	c := &api.AnalyticsConfiguration{Id: p("one"), Filter: &api.AnalyticsFilter{Prefix: p("logs/")},
		StorageClassAnalysis: &api.StorageClassAnalysis{DataExport: &api.StorageClassAnalysisDataExport{OutputSchemaVersion: p("V_1"),
			Destination: &api.AnalyticsExportDestination{S3BucketDestination: &api.AnalyticsS3BucketDestination{
				Bucket: p("arn:aws:s3:::reports"), Format: p("CSV"), Prefix: p("analysis/")}}}}}
	if _, err := r.PutBucketAnalyticsConfiguration(r.ctx, &api.PutBucketAnalyticsConfigurationInput{Bucket: p("bucket"), Id: c.Id, AnalyticsConfiguration: c}); err != nil {
		t.Fatal(err)
	}
	r.write()
	keys := r.keys("reports")
	if len(keys) != 1 || keys[0] != "analysis/bucket/one/2026-02-11T03-04Z/analysis.csv" {
		t.Fatalf("delivered %q; %v", keys, r.failed)
	}
	got := string(r.read("reports", keys[0]))
	want := strings.Join(analysisHeader, ",") + `
02-11-2026,one,prefix=logs/,STANDARD,000-014,1,,0.250000,,,,,
02-11-2026,one,prefix=logs/,STANDARD_IA,000-014,1,,0.250000,,,,,
02-11-2026,one,prefix=logs/,STANDARD,030-044,1,,0.250000,,,,,
02-11-2026,one,prefix=logs/,STANDARD,ALL,3,,0.500001,,,,,
02-11-2026,one,prefix=logs/,STANDARD_IA,ALL,1,,0.250000,,,,,
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFiltersOfConfigurations(t *testing.T) {
	tag := func(k, v string) *api.Tag { return &api.Tag{Key: &k, Value: &v} }
	for name, c := range map[string]struct {
		f  objectFilter
		ok bool
	}{
		"nothing":    {objectFilter{}, false},
		"prefix":     {objectFilter{prefix: p("a")}, true},
		"tag":        {objectFilter{tag: tag("k", "v")}, true},
		"both":       {objectFilter{prefix: p("a"), tag: tag("k", "v")}, false},
		"and of one": {objectFilter{and: &objectAnd{prefix: p("a")}}, false},
		"and":        {objectFilter{and: &objectAnd{prefix: p("a"), tags: []api.Tag{*tag("k", "v")}}}, true},
		"and twice":  {objectFilter{and: &objectAnd{tags: []api.Tag{*tag("k", "v"), *tag("k", "w")}}}, false},
		"no key":     {objectFilter{tag: tag("", "v")}, false},
	} {
		if err := c.f.check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := objectFilter{and: &objectAnd{prefix: p("a/"), tags: []api.Tag{*tag("k", "v"), *tag("l", "w")}, accessPoint: p("arn")}}
	tags := []store.Tag{{Key: "l", Value: "w"}, {Key: "k", Value: "v"}}
	if !f.matches("a/b", "arn", tagIn(tags)) || f.matches("b", "arn", tagIn(tags)) || f.matches("a/b", "", tagIn(tags)) ||
		f.matches("a/b", "arn", tagIn(tags[:1])) {
		t.Error("a conjunction does not mean all of it")
	}
	if all := (*objectFilter)(nil); !all.matches("x", "", tagIn(nil)) {
		t.Error("no filter leaves something out")
	}
}

func TestTierings(t *testing.T) {
	tier := func(name string, days int32) api.Tiering { return api.Tiering{AccessTier: &name, Days: &days} }
	const archive, deep = "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"
	r := newReporter(newFixture(t))
	for _, c := range []struct {
		tierings []api.Tiering
		code     string
	}{
		{[]api.Tiering{tier(archive, 90)}, ""}, {[]api.Tiering{tier(archive, 90), tier(deep, 180)}, ""},
		{[]api.Tiering{tier(archive, 730)}, ""}, {[]api.Tiering{tier(archive, 89)}, "InvalidArgument"},
		{[]api.Tiering{tier(archive, 731)}, "InvalidArgument"}, {[]api.Tiering{tier(deep, 179)}, "InvalidArgument"},
		{[]api.Tiering{tier(archive, 200), tier(deep, 200)}, "InvalidArgument"},
		{[]api.Tiering{tier(archive, 90), tier(archive, 91)}, "MalformedXML"}, {nil, "MalformedXML"},
	} {
		_, err := r.PutBucketIntelligentTieringConfiguration(r.ctx, &api.PutBucketIntelligentTieringConfigurationInput{Bucket: p("bucket"), Id: p("one"),
			IntelligentTieringConfiguration: &api.IntelligentTieringConfiguration{Id: p("one"), Status: p("Enabled"), Tierings: c.tierings}})
		if c.code != "" {
			wantError(t, err, c.code, "")
		} else if err != nil {
			t.Error(err)
		}
	}
	out, err := r.ListBucketIntelligentTieringConfigurations(r.ctx, &api.ListBucketIntelligentTieringConfigurationsInput{Bucket: p("bucket")})
	if err != nil || len(out.IntelligentTieringConfigurationList) != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
	if _, err := r.DeleteBucketIntelligentTieringConfiguration(r.ctx, &api.DeleteBucketIntelligentTieringConfigurationInput{Bucket: p("bucket"), Id: p("one")}); err != nil {
		t.Error(err)
	}
	_, err = r.GetBucketIntelligentTieringConfiguration(r.ctx, &api.GetBucketIntelligentTieringConfigurationInput{Bucket: p("bucket"), Id: p("one")})
	wantError(t, err, "NoSuchConfiguration", "")
}

func TestInventoryOfAllVersions(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("reports", store.BucketOwnerEnforced)
	r.put("k", []byte("null"))
	_, err := r.PutBucketVersioning(r.ctx, &api.PutBucketVersioningInput{Bucket: p("bucket"), VersioningConfiguration: &api.VersioningConfiguration{Status: p("Enabled")}})
	if err != nil {
		t.Fatal(err)
	}
	v := *r.put("k", []byte("second")).VersionId
	out, err := r.DeleteObject(r.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k")})
	if err != nil {
		t.Fatal(err)
	}
	marker := *out.VersionId
	live := *r.put("l", nil).VersionId
	c := inventoryOf("all", "Size")
	c.IncludedObjectVersions = p("All")
	r.mustInventory(c)
	current := inventoryOf("current")
	r.mustInventory(current)
	r.write()
	m, rows := r.manifest("inv/bucket/all/2026-01-02T03-04Z/manifest.json")
	want := [][]string{{"bucket", "k", marker, "true", "true", ""}, {"bucket", "k", v, "false", "false", "6"},
		{"bucket", "k", "", "false", "false", "4"}, {"bucket", "l", live, "true", "false", "0"}}
	if m.FileSchema != "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size" || fmt.Sprint(rows) != fmt.Sprint(want) {
		t.Errorf("got  %s %q\nwant %q", m.FileSchema, rows, want)
	}
	if _, rows := r.manifest("inv/bucket/current/2026-01-02T03-04Z/manifest.json"); fmt.Sprint(rows) != "[[bucket l]]" {
		t.Errorf("current: %q", rows)
	}
}

// TestScansOfManyVersions: a page may end between the versions of a key.
func TestScansOfManyVersions(t *testing.T) {
	r := newReporter(newFixture(t))
	_, err := r.PutBucketVersioning(r.ctx, &api.PutBucketVersioningInput{Bucket: p("bucket"), VersioningConfiguration: &api.VersioningConfiguration{Status: p("Enabled")}})
	if err != nil {
		t.Fatal(err)
	}
	const n = inventoryPageRows + 10
	ids := map[string]bool{}
	for range n {
		ids[*r.put("k", nil).VersionId] = true
	}
	var b *store.Bucket
	err = r.store.View(r.ctx, func(rd *store.Reader) (err error) {
		b, err = rd.Bucket("bucket")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	scan := objectScan{s: r.Service, bucket: b, versions: true}
	for !scan.ended {
		if err := scan.fill(r.ctx); err != nil {
			t.Fatal(err)
		}
		for row := scan.next(); row != nil; row = scan.next() {
			delete(ids, row.Version.String())
		}
	}
	if len(ids) != 0 {
		t.Errorf("%d versions were not seen", len(ids))
	}
}

func TestInventoryTellsWhenLifecycleEndsAnObject(t *testing.T) {
	f := newFixture(t)
	f.put("a/k", []byte("x"))
	_, err := f.PutBucketLifecycleConfiguration(f.ctx, &api.PutBucketLifecycleConfigurationInput{Bucket: p("bucket"),
		LifecycleConfiguration: &api.BucketLifecycleConfiguration{Rules: []api.LifecycleRule{{
			ID: p("r"), Status: p("Enabled"), Filter: &api.LifecycleRuleFilter{Prefix: p("a/")}, Expiration: &api.LifecycleExpiration{Days: p(int32(1))},
		}}}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Service.bucket(f.ctx, p("bucket"), nil)
	if err != nil {
		t.Fatal(err)
	}
	row := func(key string, latest bool) *inventoryRow {
		return &inventoryRow{b, &store.Object{Entry: store.Entry{Key: key, Modified: f.clock()}}, latest}
	}
	for _, c := range []struct {
		row  *inventoryRow
		want string
	}{
		{row("a/k", true), "2026-01-04T00:00:00.000Z"}, {row("a/k", false), ""}, {row("b", true), ""},
	} {
		if got := f.inventoryExpiration(c.row); got != c.want {
			t.Errorf("%s, latest %v: %q", c.row.Key, c.row.latest, got)
		}
	}
}
