package s3

import (
	"context"
	"strconv"
	"strings"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// maxPage is the most that one answer of a listing holds.
const maxPage = 1000

// listing is one page of a listing while it is made.
type listing struct {
	store.Listing
	url   bool // whether names are percent-encoded in the answer
	limit int

	n         int // keys and common prefixes
	truncated bool
	last      string // the last key or common prefix
	prefixes  []api.CommonPrefix
}

// newListing checks what all listings ask alike; limitName is what AWS calls the
// limit.
func newListing(prefix, delimiter, encoding *string, limit *int32, limitName string) (*listing, error) {
	l := &listing{Listing: store.Listing{Prefix: value(prefix), Delimiter: value(delimiter)}, limit: maxPage}
	if encoding != nil {
		if *encoding != "url" {
			return nil, invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", *encoding)
		}
		l.url = true
	}
	n, err := pageLimit(limit, limitName)
	l.limit = n
	return l, err
}

func pageLimit(limit *int32, name string) (int, error) {
	switch {
	case limit == nil:
		return maxPage, nil
	case *limit < 0:
		return 0, invalidArgument("Argument "+name+" must be an integer between 0 and 2147483647", name,
			strconv.Itoa(int(*limit)))
	}
	return min(int(*limit), maxPage), nil
}

// take makes room for one more; kv.Stop when there is none.
func (l *listing) take(name string) error {
	if l.n == l.limit {
		l.truncated = true
		return kv.Stop
	}
	l.n++
	l.last = name
	return nil
}

// group adds a common prefix.
func (l *listing) group(prefix string) error {
	if err := l.take(prefix); err != nil {
		return err
	}
	l.prefixes = append(l.prefixes, api.CommonPrefix{Prefix: l.text(prefix)})
	return nil
}

// text is a name as the answer has it.
func (l *listing) text(s string) *string {
	if l.url {
		s = encodeName(s)
	}
	return &s
}

// given is an optional parameter as the answer repeats it: left out when empty.
func (l *listing) given(p *string) *string {
	if value(p) == "" {
		return nil
	}
	return l.text(*p)
}

// always is a parameter that the answer repeats even when it was not given.
func (l *listing) always(p *string) *string { return l.text(value(p)) }

func (l *listing) encoding() *string {
	if !l.url {
		return nil
	}
	return set("url")
}

func (l *listing) max() *int32 {
	n := int32(l.limit)
	return &n
}

// encodeName percent-encodes a name's UTF-8 but for letters, digits and "-._~/*".
// A space becomes %20, which every client decodes.
func encodeName(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~/*", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// entryBlock is how many entries share one allocation.
const entryBlock = 64

// entry is what the pointers of one listed object point to.
type entry struct {
	key, etag string
	size      int64
	modified  time.Time
	algorithm [1]string
}

// entries makes what listings answer of objects.
type entries struct {
	listing  *listing
	owners   owners // nil to leave the owners out
	standard string
	block    []entry
}

func (s *Service) newEntries(ctx context.Context, b *store.Bucket, l *listing, withOwners bool) *entries {
	e := &entries{listing: l, standard: standardClass}
	if withOwners {
		e.owners = owners{owner: func(account string) *api.Owner { return s.owner(ctx, account) }, bucket: b, seen: map[string]*api.Owner{}}
	}
	return e
}

func (es *entries) add(e *store.Entry) *entry {
	if len(es.block) == 0 {
		es.block = make([]entry, entryBlock)
	}
	r := &es.block[0]
	es.block = es.block[1:]
	r.key, r.etag, r.size, r.modified = e.Key, e.ETag.String(), e.Size, e.Modified
	if es.listing.url {
		r.key = encodeName(e.Key)
	}
	return r
}

func (es *entries) object(e *store.Entry) api.Object {
	r := es.add(e)
	o := api.Object{Key: &r.key, LastModified: &r.modified, ETag: &r.etag, Size: &r.size,
		StorageClass: es.class(e), Owner: es.owners.of(e.Owner)}
	o.ChecksumAlgorithm, o.ChecksumType = r.sum(e)
	return o
}

func (es *entries) version(e *store.VersionEntry) api.ObjectVersion {
	r := es.add(&e.Entry)
	latest := e.Latest
	v := api.ObjectVersion{Key: &r.key, LastModified: &r.modified, ETag: &r.etag, Size: &r.size, IsLatest: &latest,
		VersionId: shownListed(e.Version), StorageClass: es.class(&e.Entry), Owner: es.owners.of(e.Owner)}
	v.ChecksumAlgorithm, v.ChecksumType = r.sum(&e.Entry)
	return v
}

func (es *entries) marker(e *store.VersionEntry) api.DeleteMarkerEntry {
	r := es.add(&e.Entry)
	latest := e.Latest
	return api.DeleteMarkerEntry{Key: &r.key, LastModified: &r.modified, IsLatest: &latest, VersionId: shownListed(e.Version),
		Owner: es.owners.of(e.Owner)}
}

func (es *entries) class(e *store.Entry) *string {
	if e.StorageClass == "" {
		return &es.standard
	}
	class := e.StorageClass
	return &class
}

func (r *entry) sum(e *store.Entry) ([]string, *string) {
	if e.Checksum.Algorithm == checksum.None {
		return nil, nil
	}
	r.algorithm[0] = e.Checksum.Algorithm.String()
	return r.algorithm[:], set(e.Checksum.Type.String())
}

// standardClass is how listings call the default storage class.
const standardClass = "STANDARD"

// owners makes one Owner for each account of a page.
type owners struct {
	owner  func(account string) *api.Owner
	bucket *store.Bucket
	seen   map[string]*api.Owner
}

func (o owners) of(account string) *api.Owner {
	if o.seen == nil {
		return nil
	}
	account = ownerOf(o.bucket, account)
	owner, ok := o.seen[account]
	if !ok {
		owner = o.owner(account)
		o.seen[account] = owner
	}
	return owner
}

// owner is an account as answers show it.
func (s *Service) owner(ctx context.Context, account string) *api.Owner {
	return &api.Owner{ID: set(s.canonicalID(account)), DisplayName: s.displayName(ctx, account)}
}

// accountNames is what an Accounts may tell beside: what accounts are called.
type accountNames interface {
	AccountName(account string) string
}

// displayName is an account's name as answers show it to callers who signed. AWS
// sent it until November 2025, and clients from before look for it.
func (s *Service) displayName(ctx context.Context, account string) *string {
	if s.names == nil || !caller.From(ctx).Identity.Signed() {
		return nil
	}
	return set(s.names.AccountName(account))
}

// objects fills a page with objects.
func (s *Service) objects(r *store.Reader, b *store.Bucket, l *listing, add func(*store.Entry)) error {
	if l.limit == 0 {
		return nil
	}
	return r.ListObjects(b.ID, l.Listing, func(e *store.Entry) error {
		if err := l.take(e.Key); err != nil {
			return err
		}
		add(e)
		return nil
	}, l.group)
}

// contents is a page of objects, with the optional attributes that are asked for.
func (s *Service) contents(r *store.Reader, b *store.Bucket, l *listing, es *entries, optional []string) (page []api.Object, err error) {
	restores := newRestoreStatuses(optional)
	err = s.objects(r, b, l, func(e *store.Entry) {
		restores.note(e, nil, len(page))
		page = append(page, es.object(e))
	})
	if err != nil {
		return nil, err
	}
	return page, restores.fill(s, r, b, func(i int, status *api.RestoreStatus) { page[i].RestoreStatus = status })
}
