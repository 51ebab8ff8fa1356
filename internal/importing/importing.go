package importing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/wire"
)

// Buckets are the accounts' buckets; *s3.Service has them.
type Buckets interface {
	// BucketTarget is what a permission on an account's bucket is asked on.
	BucketTarget(ctx context.Context, bucket, account string) (*caller.Target, error)
	// CompareBucket says what SetBucket would change of an account's bucket, and
	// whether it is there. What cannot be done is an error.
	CompareBucket(ctx context.Context, account, bucket string, want *s3.BucketState) (found bool, changes []string, err error)
	// SetBucket makes the bucket, if it is not there, and makes it what is wanted.
	SetBucket(ctx context.Context, account, bucket string, want *s3.BucketState) error
}

// Importer carries out imports. It is safe for concurrent use.
type Importer struct {
	dir     *directory.Directory
	buckets Buckets
}

// New makes an Importer.
func New(dir *directory.Directory, buckets Buckets) *Importer { return &Importer{dir, buckets} }

// Options say how an import is done.
type Options struct {
	DryRun bool // only tell the difference
	Prune  bool // remove what is here and not in the files
}

// attempts is how often an import is tried whose account changes meanwhile.
const attempts = 3

// Import makes the caller's account what the files say. The permissions for all
// changes are asked before the first is made. Errors are *wire.Error or the
// store's.
func (i *Importer) Import(ctx context.Context, files []awsexport.File, o Options) (*Report, error) {
	export, problems := awsexport.Parse(files)
	if len(problems) > 0 {
		return nil, invalid(problems)
	}
	account := caller.From(ctx).Account()
	switch {
	case account == "":
		return nil, &wire.Error{Status: http.StatusForbidden, Code: "AccessDenied", Message: "An import is signed with credentials of the account that the files are of."}
	case export.Account != "" && export.Account != account:
		return nil, &wire.Error{Status: http.StatusBadRequest, Code: "OtherAccount", Message: fmt.Sprintf(
			"The files are of account %s and the caller is of account %s. Start the server with an account of that id, as with sallyport serve --account NAME:%s, and sign with its root user's access key.",
			export.Account, account, export.Account)}
	case o.Prune && export.Incomplete:
		return nil, refuse("IncompleteListing", "A listing in the files breaks off before its end, so what it does not name cannot be removed.")
	}
	if err := mayRead(ctx, account, export); err != nil {
		return nil, err
	}
	// What another gateway has just made is to be found.
	if err := i.dir.Sync(ctx); err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		report, err := i.attempt(ctx, account, export, o)
		if !errors.Is(err, errMoved) {
			return report, err
		}
		if n == attempts {
			return nil, &wire.Error{Status: http.StatusConflict, Code: "ConcurrentModification",
				Message: "Other requests are changing the account at the same time. Import again."}
		}
	}
}

func (i *Importer) attempt(ctx context.Context, account string, export *awsexport.Export, o Options) (*Report, error) {
	p := newPlan(i.dir, account, export, o)
	if err := i.dir.View(ctx, p.read); err != nil {
		return nil, err
	}
	if err := p.make(ctx); err != nil {
		return nil, err
	}
	buckets, err := p.planBuckets(ctx, i.buckets)
	if err != nil {
		return nil, err
	}
	// Whoever may not make the changes is not told what is in their way.
	if err := p.authorize(ctx); err != nil {
		return nil, err
	}
	if len(p.problems) > 0 {
		return nil, invalid(p.problems)
	}
	report := p.report()
	if o.DryRun {
		return report, nil
	}
	if err := p.write(ctx); err != nil {
		return nil, err
	}
	for _, b := range buckets {
		if err := i.buckets.SetBucket(p.importing(ctx), account, b.name, b.want); err != nil {
			return nil, about("bucket "+b.name, err)
		}
	}
	return report, nil
}

func refuse(code, message string) error {
	return &wire.Error{Status: http.StatusBadRequest, Code: code, Message: message}
}

// about says what an error is of, and keeps its code.
func about(what string, err error) error {
	if errors.Is(err, kv.ErrConflict) {
		return errMoved
	}
	e, ok := wire.AsError(err)
	if !ok {
		return err
	}
	return &wire.Error{Status: e.Status, Code: e.Code, Message: what + ": " + e.Message}
}

// shownProblems is how many problems an answer names.
const shownProblems = 50

// invalid refuses files, or a difference, and says one by one what is wrong.
func invalid(problems []awsexport.Problem) error {
	var lines []string
	for n, p := range problems {
		if n == shownProblems {
			lines = append(lines, fmt.Sprintf("and %d more", len(problems)-n))
			break
		}
		lines = append(lines, p.String())
	}
	return refuse("InvalidImport", "Nothing was changed.\n"+strings.Join(lines, "\n"))
}
