package s3

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// Bounds of an inventory's files. A page of rows is what is in memory at a time.
const (
	inventoryFileRows = 1_000_000
	inventoryPageRows = 1_000
)

// inventoryReport is an inventory in the making.
type inventoryReport struct {
	s       *Service
	bucket  *store.Bucket
	c       *api.InventoryConfiguration
	begun   time.Time
	columns []inventoryColumn
	scan    objectScan
	// pause is called between pages; an error of it ends the report.
	pause    func(context.Context) error
	fileRows int
	files    []inventoryFile
}

// inventoryManifest is manifest.json.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html#storage-inventory-location-manifest
type inventoryManifest struct {
	SourceBucket      string          `json:"sourceBucket"`
	DestinationBucket string          `json:"destinationBucket"`
	Version           string          `json:"version"`
	CreationTimestamp string          `json:"creationTimestamp"`
	FileFormat        string          `json:"fileFormat"`
	FileSchema        string          `json:"fileSchema"`
	Files             []inventoryFile `json:"files"`
}

type inventoryFile struct {
	Key         string `json:"key"`
	Size        int64  `json:"size"`
	MD5Checksum string `json:"MD5checksum"`
}

// inventory makes a report and delivers it: the lists, the file that names them
// to Hive, and at last the manifest and its checksum.
func (s *Service) inventory(ctx context.Context, b *store.Bucket, c *api.InventoryConfiguration, begun time.Time, pause func(context.Context) error) error {
	r := &inventoryReport{s: s, bucket: b, c: c, begun: begun, columns: inventoryColumns(c), pause: pause,
		fileRows: inventoryFileRows, files: []inventoryFile{}}
	r.scan = objectScan{s: s, bucket: b, versions: allVersions(c)}
	if c.Filter != nil {
		r.scan.prefix = value(c.Filter.Prefix)
	}
	return r.run(ctx)
}

func (r *inventoryReport) run(ctx context.Context) error {
	manifest := r.path(r.begun.UTC().Format("2006-01-02T15-04Z"), "manifest.json")
	// A bucket that does not take the manifest need not be scanned for.
	for more := true; more; {
		if err := r.scan.fill(ctx); err != nil {
			return err
		}
		if more = r.scan.more(); more {
			if err := r.file(ctx); err != nil {
				return err
			}
		}
	}
	var links strings.Builder
	for _, f := range r.files {
		links.WriteString("s3://" + r.destination() + "/" + f.Key + "\n")
	}
	hive := r.path("hive", "dt="+r.begun.UTC().Format("2006-01-02-15-04"), "symlink.txt")
	if err := r.put(ctx, hive, "text/plain", strings.NewReader(links.String())); err != nil {
		return err
	}
	text, err := r.manifest()
	if err != nil {
		return err
	}
	if err := r.put(ctx, manifest, "application/json", bytes.NewReader(text)); err != nil {
		return err
	}
	sum := md5.Sum(text)
	return r.put(ctx, strings.TrimSuffix(manifest, "json")+"checksum", "text/plain", strings.NewReader(hexMD5(sum[:])))
}

func (r *inventoryReport) manifest() ([]byte, error) {
	names := make([]string, len(r.columns))
	for i := range r.columns {
		names[i] = r.columns[i].name
	}
	return json.MarshalIndent(inventoryManifest{
		SourceBucket: r.bucket.Name, DestinationBucket: bucketARN(r.destination()), Version: "2016-11-30",
		CreationTimestamp: strconv.FormatInt(r.begun.UnixMilli(), 10), FileFormat: "CSV",
		FileSchema: strings.Join(names, ", "), Files: r.files,
	}, "", "    ")
}

func (r *inventoryReport) destination() string {
	name, _ := reportBucket(r.c.Destination.S3BucketDestination.Bucket)
	return name
}

// path is a key below what is the configuration's own.
func (r *inventoryReport) path(parts ...string) string {
	return reportPath(r.c.Destination.S3BucketDestination.Prefix, append([]string{r.bucket.Name, *r.c.Id}, parts...)...)
}

func reportPath(prefix *string, parts ...string) string {
	path := strings.Join(parts, "/")
	if p := strings.TrimSuffix(value(prefix), "/"); p != "" {
		path = p + "/" + path
	}
	return path
}

// file delivers one list.
func (r *inventoryReport) file(ctx context.Context) error {
	rows := &rowReader{ctx: ctx, report: r, sum: md5.New()}
	rows.zip = gzip.NewWriter(&rows.buffer)
	key := r.path("data", newUUID()+".csv.gz")
	if err := r.put(ctx, key, "application/x-gzip", rows); err != nil {
		return err
	}
	r.files = append(r.files, inventoryFile{Key: key, Size: rows.size, MD5Checksum: hexMD5(rows.sum.Sum(nil))})
	return nil
}

func (r *inventoryReport) put(ctx context.Context, key, contentType string, body io.Reader) error {
	d := r.c.Destination.S3BucketDestination
	bucket := r.destination()
	in := &api.PutObjectInput{Bucket: &bucket, Key: &key, ACL: set(ownerFullControl), ExpectedBucketOwner: d.AccountId,
		ContentType: &contentType, Body: wire.NewBody(body)}
	if d.Encryption != nil && d.Encryption.SSES3 != nil {
		in.ServerSideEncryption = set(aes256)
	}
	return r.s.deliver(ctx, servicePrincipal, r.bucket, in)
}

// rowReader is the bytes of a list, made as they are read.
type rowReader struct {
	ctx    context.Context
	report *inventoryReport
	buffer bytes.Buffer
	zip    *gzip.Writer
	line   []byte
	rows   int
	ended  bool
	size   int64
	sum    hash.Hash
}

// Read implements io.Reader.
func (r *rowReader) Read(p []byte) (int, error) {
	for r.buffer.Len() == 0 {
		if r.ended {
			return 0, io.EOF
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n, err := r.buffer.Read(p)
	r.sum.Write(p[:n])
	r.size += int64(n)
	return n, err
}

// fill compresses the rows of one page.
func (r *rowReader) fill() error {
	scan := &r.report.scan
	for r.rows < r.report.fileRows {
		row := scan.next()
		if row == nil {
			break
		}
		r.write(row)
		r.rows++
	}
	if r.rows < r.report.fileRows && !scan.ended {
		if err := r.report.pause(r.ctx); err != nil {
			return err
		}
		return scan.fill(r.ctx)
	}
	r.ended = true
	return r.zip.Close()
}

// write adds a line: each field in quotes, which none of them holds.
func (r *rowReader) write(row *inventoryRow) {
	r.line = r.line[:0]
	for i := range r.report.columns {
		if i > 0 {
			r.line = append(r.line, ',')
		}
		r.line = append(r.line, '"')
		r.line = append(r.line, r.report.columns[i].value(r.report.s, row)...)
		r.line = append(r.line, '"')
	}
	r.zip.Write(append(r.line, '\n')) // into memory
}

func newUUID() string {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
