package store

import (
	"bytes"
	"errors"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// VersionEntry is what a listing tells of a version.
type VersionEntry struct {
	Entry
	Version  ID
	Sequence uint64
	Latest   bool
}

// A listing of versions reads so many rows of each kind at once: few where it
// jumps, more the longer it goes straight on.
const (
	fewVersions  = 16
	mostVersions = 256
)

// ListVersions is ListObjects for all the versions, delete markers too. They are
// ordered by key and then from the newest to the oldest. Of the versions of the
// key After those with a sequence below before are listed: none for 0. Only one
// batch of rows is held.
func (r *Reader) ListVersions(b BucketID, l Listing, before uint64, item func(*VersionEntry) error, group func(prefix string) error) error {
	m := versionMerge{Listing: l, bucket: b, before: before, item: item, group: group}
	m.current = rows{r: r.kv, rng: kv.Prefix(objectKey(b, l.Prefix)), name: objectName}
	m.apart = rows{r: r.kv, name: versionName,
		rng: kv.Prefix(key.New(12+len(l.Prefix), space, tagVersion).Uint64(uint64(b)).StrPrefix(l.Prefix))}
	if l.After != "" {
		m.current.seek(objectKey(b, l.After).Byte(0))
		m.apart.seek(kv.PrefixEnd(versionsKey(b, l.After)))
	}
	if p := l.skipped(); p != "" {
		m.before = 0
		m.skip(p)
	}
	err := m.rest(r)
	if err == nil {
		err = m.run()
	}
	if errors.Is(err, kv.Stop) {
		return nil
	}
	return err
}

// versionMerge lists the rows of current and of other versions as one.
type versionMerge struct {
	Listing
	bucket         BucketID
	before         uint64
	current, apart rows
	item           func(*VersionEntry) error
	group          func(prefix string) error

	entry VersionEntry
	last  []byte // the key listed last, of which no other version is the latest
	// newest is the sequence of the current version of the key After.
	newest uint64
}

// rest lists what is left of the key After.
func (m *versionMerge) rest(r *Reader) error {
	if m.before == 0 || m.After == "" || !bytes.HasPrefix([]byte(m.After), []byte(m.Prefix)) {
		return nil
	}
	o, err := r.Object(m.bucket, m.After)
	if errors.Is(err, ErrNoSuchObject) {
		return nil
	}
	if err != nil {
		return err
	}
	name := []byte(m.After)
	m.newest = o.Sequence
	defer func() { m.newest = 0 }()
	if !o.DeleteMarker && o.Sequence < m.before {
		row, err := r.kv.Get(objectKey(m.bucket, m.After))
		if err != nil {
			return err
		}
		if err := m.list(name, row, false); err != nil {
			return err
		}
	}
	older := rows{r: r.kv, name: versionName, rng: kv.Prefix(versionsKey(m.bucket, m.After))}
	older.seek(versionKey(m.bucket, m.After, m.before-1))
	for {
		_, row, err := older.next()
		if err != nil || row == nil {
			return err
		}
		if err := m.list(name, row, false); err != nil {
			return err
		}
		older.take()
	}
}

func (m *versionMerge) run() error {
	for {
		name, row, err := m.current.next()
		if err != nil {
			return err
		}
		apart, apartRow, err := m.apart.next()
		if err != nil {
			return err
		}
		from, latest := &m.current, true
		switch order := bytes.Compare(name, apart); {
		case row == nil && apartRow == nil:
			return nil
		case row == nil, apartRow != nil && order > 0:
			from, name, row = &m.apart, apart, apartRow
			latest = !bytes.Equal(name, m.last)
		}
		if n := m.common(name); n > 0 {
			prefix := string(name[:n])
			if err := m.group(prefix); err != nil {
				return err
			}
			m.skip(prefix)
			continue
		}
		if err := m.list(name, row, latest); err != nil {
			return err
		}
		m.last = append(m.last[:0], name...)
		from.take()
	}
}

// skip goes on after all keys that begin with a prefix.
func (m *versionMerge) skip(prefix string) {
	m.current.seek(kv.PrefixEnd(objectKey(m.bucket, prefix)))
	m.apart.seek(kv.PrefixEnd(key.New(12+len(prefix), space, tagVersion).Uint64(uint64(m.bucket)).StrPrefix(prefix)))
}

func (m *versionMerge) list(name, row []byte, latest bool) error {
	d := decoder{rest: row}
	e := &m.entry
	d.entry(&e.Entry)
	e.Sequence = d.uvarint()
	e.Version = d.id()
	if d.bad {
		return corruptKey(key.ErrMalformed)
	}
	e.Key, e.Latest = string(name), latest || m.newest != 0 && e.Sequence == m.newest
	return m.item(e)
}

func versionName(k []byte) ([]byte, error) {
	p := key.Parse(k)
	p.Expect(space, tagVersion)
	p.Uint64()
	name := p.Bytes()
	p.Uint64Desc()
	if err := p.End(); err != nil {
		return nil, corruptKey(err)
	}
	return name, nil
}

// rows reads a range row by row, a batch at a time.
type rows struct {
	r     kv.Reader
	rng   kv.Range
	name  func(k []byte) ([]byte, error)
	batch []listedRow
	size  int  // how many rows the last batch had room for
	done  bool // nothing is left behind the batch
}

type listedRow struct{ key, name, row []byte }

// next is the row that is next to be taken, nil at the end.
func (s *rows) next() (name, row []byte, err error) {
	if len(s.batch) == 0 && !s.done {
		if err := s.read(); err != nil {
			return nil, nil, err
		}
	}
	if len(s.batch) == 0 {
		return nil, nil, nil
	}
	return s.batch[0].name, s.batch[0].row, nil
}

func (s *rows) take() { s.batch = s.batch[1:] }

func (s *rows) read() error {
	s.done = true
	s.size = min(max(2*s.size, fewVersions), mostVersions)
	err := s.r.Scan(s.rng, func(k, row []byte) error {
		name, err := s.name(k)
		if err != nil {
			return err
		}
		s.batch = append(s.batch, listedRow{bytes.Clone(k), bytes.Clone(name), bytes.Clone(row)})
		if len(s.batch) == s.size {
			s.done = false
			return kv.Stop
		}
		return nil
	})
	if !s.done {
		s.rng.Start = append(bytes.Clone(s.batch[len(s.batch)-1].key), 0)
	}
	return err
}

// seek goes on with the first row whose key is start or comes after it.
func (s *rows) seek(start []byte) {
	for len(s.batch) > 0 && bytes.Compare(s.batch[0].key, start) < 0 {
		s.take()
	}
	if len(s.batch) == 0 {
		s.size = 0
	}
	s.rng.Start = later(s.rng.Start, start)
}
