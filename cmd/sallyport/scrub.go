package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/sallyport/sallyport/internal/gateway"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

type scrubCommand struct{ storeFlags }

// Run checks everything and ends with status 1 if anything is damaged. Damaged
// objects stay where they are: reading them is an error, and what can still be
// read of them may be of use.
func (c *scrubCommand) Run(ctx context.Context, s *streams) error {
	if _, err := os.Stat(c.Data); err != nil && c.Meta == "" {
		return err
	}
	logger := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	report, err := gateway.Scrub(ctx, c.options(logger), func(d store.Damage) { fmt.Fprintln(s.out, finding(d)) }, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d buckets, %d objects, %d uploads with %d parts: %d bytes read and verified in %d blobs\n",
		report.Buckets, report.Objects, report.Uploads, report.Parts, report.Bytes, report.Blobs)
	if report.Locked > 0 {
		fmt.Fprintf(s.out, "%d bytes under customers' keys: read, but only those who have the keys can verify them\n", report.Locked)
	}
	fmt.Fprintf(s.out, "%d damaged; %d unreferenced blobs, %d removed (%d bytes)\n",
		report.Damaged, report.Unreferenced, report.Removed, report.RemovedBytes)
	if report.Damaged > 0 {
		return exitError(1)
	}
	return nil
}

// finding is one line for a person: what is wrong, and with what.
func finding(d store.Damage) string {
	line := d.Kind.String()
	if d.Bucket != "" {
		line += fmt.Sprintf(" s3://%s/%s", d.Bucket, d.Key)
	}
	if d.Part != 0 {
		line += fmt.Sprintf(" part %d", d.Part)
	}
	if d.Blob != "" {
		line += " blob " + string(d.Blob)
	}
	if d.Removed {
		line += " (removed)"
	}
	if d.Err != nil {
		line += ": " + d.Err.Error()
	}
	return line
}
