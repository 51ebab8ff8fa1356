package s3

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// analysisHeader is the first line of a storage class analysis.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/analytics-storage-class.html#analytics-storage-class-export-file-layout
var analysisHeader = []string{"Date", "ConfigId", "Filter", "StorageClass", "ObjectAge", "ObjectCount", "DataUploaded_MB",
	"Storage_MB", "DataRetrieved_MB", "GetRequestCount", "CumulativeAccessRatio", "ObjectAgeForSIATransition",
	"RecommendedObjectAgeForSIATransition"}

// ageGroups are the groups of ages, in days, from the youngest on.
var ageGroups = []struct {
	from int
	name string
}{
	{0, "000-014"}, {15, "015-029"}, {30, "030-044"}, {45, "045-059"}, {60, "060-074"}, {75, "075-089"},
	{90, "090-119"}, {120, "120-149"}, {150, "150-179"}, {180, "180-364"}, {365, "365-729"}, {730, "730+"},
}

// smallObject is the size below which an object counts in no group of ages: it
// would not be worth moving.
const smallObject = 128 << 10

// classTotals is what is counted of a storage class. The last of them is of all
// ages.
type classTotals [13]struct{ objects, bytes int64 }

func (c *classTotals) add(age, size int64) {
	all := &c[len(c)-1]
	all.objects++
	all.bytes += size
	if size < smallObject {
		return
	}
	for i := len(ageGroups) - 1; i >= 0; i-- {
		if age >= int64(ageGroups[i].from) {
			c[i].objects++
			c[i].bytes += size
			return
		}
	}
}

// analysis counts the objects that a configuration means and delivers the counts.
// How often objects are read is not kept, so that the columns that tell of it are
// empty.
func (s *Service) analysis(ctx context.Context, b *store.Bucket, c *api.AnalyticsConfiguration, begun time.Time, pause func(context.Context) error) error {
	if c.StorageClassAnalysis == nil || c.StorageClassAnalysis.DataExport == nil {
		return nil
	}
	filter := analyticsFilter(c.Filter)
	scan := objectScan{s: s, bucket: b}
	if filter != nil {
		scan.prefix = value(filter.prefix)
		if filter.and != nil {
			scan.prefix = value(filter.and.prefix)
		}
	}
	totals := map[string]*classTotals{}
	for !scan.ended {
		if err := pause(ctx); err != nil {
			return err
		}
		if err := scan.fill(ctx); err != nil {
			return err
		}
		for row := scan.next(); row != nil; row = scan.next() {
			if !filter.matches(row.Key, "", tagIn(row.Tags)) {
				continue
			}
			class := shownClass(row.StorageClass)
			if totals[class] == nil {
				totals[class] = &classTotals{}
			}
			totals[class].add(int64(begun.Sub(row.Modified)/s.reportDay), row.Size)
		}
	}
	d := c.StorageClassAnalysis.DataExport.Destination.S3BucketDestination
	bucket, err := reportBucket(d.Bucket)
	if err != nil {
		return err
	}
	key := reportPath(d.Prefix, b.Name, *c.Id, begun.UTC().Format("2006-01-02T15-04Z"), "analysis.csv")
	var text strings.Builder
	writeAnalysis(&text, c, totals, begun)
	return s.deliver(ctx, servicePrincipal, b, &api.PutObjectInput{Bucket: &bucket, Key: &key, ACL: set(ownerFullControl),
		ExpectedBucketOwner: d.BucketAccountId, ContentType: set("text/csv"), Body: wire.NewBody(strings.NewReader(text.String()))})
}

// writeAnalysis writes a line for each class and group of ages, and then one for
// each class with all ages.
func writeAnalysis(w io.Writer, c *api.AnalyticsConfiguration, totals map[string]*classTotals, day time.Time) {
	out := csv.NewWriter(w) // into memory
	out.Write(analysisHeader)
	classes := slices.Sorted(maps.Keys(totals))
	for group := range len(classTotals{}) {
		name := "ALL"
		if group < len(ageGroups) {
			name = ageGroups[group].name
		}
		for _, class := range classes {
			t := totals[class][group]
			if t.objects == 0 {
				continue
			}
			out.Write([]string{day.UTC().Format("01-02-2006"), *c.Id, filterText(analyticsFilter(c.Filter)), class, name,
				strconv.FormatInt(t.objects, 10), "", megabytes(t.bytes), "", "", "", "", ""})
		}
	}
	out.Flush()
}

func megabytes(n int64) string { return fmt.Sprintf("%.6f", float64(n)/(1<<20)) }

// filterText is a filter in one field.
func filterText(f *objectFilter) string {
	if f == nil {
		return ""
	}
	and := objectAnd{prefix: f.prefix}
	if f.tag != nil {
		and.tags = []api.Tag{*f.tag}
	}
	if f.and != nil {
		and = *f.and
	}
	var parts []string
	if and.prefix != nil {
		parts = append(parts, "prefix="+EncodedKey(*and.prefix))
	}
	for i := range and.tags {
		parts = append(parts, "tag="+EncodedKey(value(and.tags[i].Key))+":"+EncodedKey(value(and.tags[i].Value)))
	}
	return strings.Join(parts, "&")
}
