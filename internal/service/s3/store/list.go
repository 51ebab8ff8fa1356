package store

import (
	"bytes"
	"strings"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// Listing says which keys of a bucket are listed: those that begin with Prefix
// and come after After. With a Delimiter, keys that have it behind the prefix are
// not listed one by one: what they have in common up to and including the first
// delimiter is, once. The common prefix that After is, or lies in, is left out.
type Listing struct {
	Prefix, Delimiter, After string
}

// common is how many bytes of name are a common prefix, 0 if it is listed itself.
func (l *Listing) common(name []byte) int {
	if l.Delimiter == "" {
		return 0
	}
	i := bytes.Index(name[len(l.Prefix):], []byte(l.Delimiter))
	if i < 0 {
		return 0
	}
	return len(l.Prefix) + i + len(l.Delimiter)
}

// skipped is the common prefix that After is or lies in, "" if there is none.
func (l *Listing) skipped() string {
	if l.Delimiter == "" || !strings.HasPrefix(l.After, l.Prefix) {
		return ""
	}
	return l.After[:l.common([]byte(l.After))]
}

// seekAfter is how many rows of a common prefix are stepped over before the rest
// of them is skipped by a new scan, which costs about as much.
const seekAfter = 32

// walk runs through the rows of a listing.
type walk struct {
	Listing
	rows kv.Range
	// name is the key in a row's key; past is the first row key behind all names
	// that begin with a prefix.
	name  func(k []byte) ([]byte, error)
	past  func(prefix string) []byte
	item  func(k, name, row []byte) error
	group func(prefix string) error

	current []byte // the common prefix being stepped over
	stepped int
	again   []byte // where to scan on
}

func (w *walk) run(r kv.Reader) error {
	if p := w.skipped(); p != "" {
		w.rows.Start = later(w.rows.Start, w.past(p))
	}
	for {
		w.again = nil
		if err := r.Scan(w.rows, w.row); err != nil || w.again == nil {
			return err
		}
		w.rows.Start = w.again
	}
}

func later(a, b []byte) []byte {
	if bytes.Compare(a, b) < 0 {
		return b
	}
	return a
}

func (w *walk) row(k, row []byte) error {
	name, err := w.name(k)
	if err != nil {
		return err
	}
	if len(w.current) > 0 && bytes.HasPrefix(name, w.current) {
		if w.stepped++; w.stepped < seekAfter {
			return nil
		}
		w.again = w.past(string(w.current))
		return kv.Stop
	}
	if n := w.common(name); n > 0 {
		w.current, w.stepped = append(w.current[:0], name[:n]...), 0
		return w.group(string(w.current))
	}
	return w.item(k, name, row)
}

// ListObjects calls item for the current version of each object of a listing and
// group for each common prefix, all in the byte order of keys and prefixes, until
// one of them returns an error; kv.Stop ends it without one. Keys whose current
// version is a delete marker have no row here. The entry is item's only during
// the call, though its strings may be kept.
func (r *Reader) ListObjects(b BucketID, l Listing, item func(*Entry) error, group func(prefix string) error) error {
	w := walk{Listing: l, rows: kv.Prefix(objectKey(b, l.Prefix)), group: group, name: objectName}
	if l.After != "" {
		w.rows.Start = later(w.rows.Start, objectKey(b, l.After).Byte(0))
	}
	w.past = func(prefix string) []byte { return kv.PrefixEnd(objectKey(b, prefix)) }
	var e Entry
	w.item = func(_, name, row []byte) error {
		d := decoder{rest: row}
		d.entry(&e)
		if d.bad {
			return corruptKey(key.ErrMalformed)
		}
		e.Key = string(name)
		return item(&e)
	}
	return w.run(r.kv)
}

func objectName(k []byte) ([]byte, error) {
	if len(k) < objectPrefixLen {
		return nil, corruptKey(key.ErrMalformed)
	}
	return k[objectPrefixLen:], nil
}

// ListUploads is ListObjects for the uploads in progress. They are ordered by key
// and then by the time they were begun. Of the uploads of the key After those
// after the id after are listed: none for AllUploads.
func (r *Reader) ListUploads(b BucketID, l Listing, after ID, item func(*Upload) error, group func(prefix string) error) error {
	begin := func(prefix string) key.Key {
		return key.New(12+len(prefix), space, tagUpload).Uint64(uint64(b)).StrPrefix(prefix)
	}
	w := walk{Listing: l, rows: kv.Prefix(begin(l.Prefix)), group: group, name: uploadName}
	if l.After != "" {
		w.rows.Start = later(w.rows.Start, append(uploadKey(b, l.After, after), 0))
	}
	w.past = func(prefix string) []byte { return kv.PrefixEnd(begin(prefix)) }
	w.item = func(k, name, row []byte) error {
		var id ID
		copy(id[:], k[len(k)-len(id):])
		u, err := decodeUpload(string(name), id, bytes.Clone(row))
		if err != nil {
			return err
		}
		return item(u)
	}
	return w.run(r.kv)
}

func uploadName(k []byte) ([]byte, error) {
	p := key.Parse(k)
	p.Expect(space, tagUpload)
	p.Uint64()
	name := p.Bytes()
	if _, err := parseID(&p); err != nil {
		return nil, corruptKey(err)
	}
	return name, nil
}

// CountBuckets counts an account's buckets, but no further than limit.
func (r *Reader) CountBuckets(account string, limit int) (n int, err error) {
	err = r.kv.Scan(kv.Prefix(accountKey(account, "")), func(_, _ []byte) error {
		if n++; n >= limit {
			return kv.Stop
		}
		return nil
	})
	return n, err
}
