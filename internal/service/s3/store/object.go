package store

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/checksum"
)

// ETag is an object's entity tag: the MD5 of its bytes, or of its parts' MD5s
// when Parts is not 0.
type ETag struct {
	MD5   [16]byte
	Parts int
}

// String is the tag as AWS shows it, in its quotes.
func (e ETag) String() string { return `"` + e.Bare() + `"` }

// Bare is the tag without quotes.
func (e ETag) Bare() string {
	const digits = "0123456789abcdef"
	b := make([]byte, 0, 40)
	for _, c := range e.MD5 {
		b = append(b, digits[c>>4], digits[c&15])
	}
	if e.Parts > 0 {
		b = append(b, '-')
		b = strconv.AppendInt(b, int64(e.Parts), 10)
	}
	return string(b)
}

// Checksum is an object's or part's checksum; none if Algorithm is
// checksum.None.
type Checksum struct {
	Algorithm checksum.Algorithm
	Type      checksum.Type
	Value     []byte
}

// Entry is what a listing tells of an object.
type Entry struct {
	Key          string
	DeleteMarker bool
	Size         int64
	ETag         ETag
	Modified     time.Time // in seconds
	Owner        string    // the account that owns the object, 12 digits, or Anonymous
	StorageClass string    // empty for STANDARD
	Checksum     Checksum
}

// Encryption is how an object is encrypted. The numbers are stored and never
// change.
type Encryption uint8

// The encryptions: under the account's default key, and under a key that the
// customer brings with each request as well.
const (
	SSES3 Encryption = 1
	SSEC  Encryption = 2
)

// Headers are the system headers that are stored with an object and sent back
// with it as they came.
type Headers struct {
	ContentType, ContentEncoding, ContentLanguage, ContentDisposition, CacheControl, Expires string
	// WebsiteRedirect is x-amz-website-redirect-location.
	WebsiteRedirect string
}

func (h *Headers) fields() [7]*string {
	return [...]*string{&h.ContentType, &h.ContentEncoding, &h.ContentLanguage, &h.ContentDisposition,
		&h.CacheControl, &h.Expires, &h.WebsiteRedirect}
}

// Tag is an object tag.
type Tag struct{ Key, Value string }

// Attributes is what a writer says about an object besides its bytes.
type Attributes struct {
	Encryption Encryption
	Headers    Headers
	Metadata   map[string]string // x-amz-meta- headers, names in lower case
	Tags       []Tag
	ACL        []byte // an encoded ACL, nil for the owner's full control alone
	Settings
}

// DataKind is where an object's bytes are. The numbers are stored and never
// change.
type DataKind uint8

// The kinds: no bytes at all, a row beside the object's, a blob, or parts that a
// manifest row lists.
const (
	NoData DataKind = iota
	InlineData
	BlobData
	PartsData
)

// Data refers to sealed bytes.
type Data struct {
	ID   ID
	Kind DataKind
	Blob blob.ID // for BlobData
	Key  []byte  // the data key, wrapped under the bucket account's key; nil in a part
}

// Object is one version of an object.
type Object struct {
	Entry
	Attributes
	// Sequence orders the versions of an object. Version is zero for the null
	// version. NullSequence, in a current version, is the sequence of the older
	// version that is the null version, 0 when there is none.
	Sequence     uint64
	Version      ID
	NullSequence uint64
	Data         Data
	// Latest tells that it is the current version. It is not stored: where the row
	// lies says it.
	Latest bool
}

// Formats of an object's row. The second has settings at its end.
const (
	objectFormat         = 1
	objectFormatSettings = 2
)

const flagDeleteMarker = 1

// appendObject writes what a listing needs first.
func appendObject(b []byte, o *Object) []byte {
	format := byte(objectFormat)
	if !o.Settings.empty() {
		format = objectFormatSettings
	}
	b = append(b, format)
	b = appendEntry(b, o)
	b = binary.AppendUvarint(b, o.Sequence)
	b = append(b, o.Version[:]...)
	b = binary.AppendUvarint(b, o.NullSequence)
	b = appendData(b, &o.Data)
	b = appendAttributes(b, &o.Attributes)
	return appendSettings(b, &o.Settings)
}

func appendEntry(b []byte, o *Object) []byte {
	var flags byte
	if o.DeleteMarker {
		flags |= flagDeleteMarker
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(o.Size))
	b = append(b, o.ETag.MD5[:]...)
	b = binary.AppendUvarint(b, uint64(o.ETag.Parts))
	b = appendTime(b, o.Modified)
	b = appendString(b, o.Owner)
	b = appendString(b, o.StorageClass)
	return appendChecksum(b, &o.Checksum)
}

func appendChecksum(b []byte, c *Checksum) []byte {
	b = append(b, byte(c.Algorithm), byte(c.Type))
	return append(b, c.Value...)
}

func appendData(b []byte, d *Data) []byte {
	b = append(b, byte(d.Kind))
	b = append(b, d.ID[:]...)
	b = appendString(b, d.Blob)
	return appendString(b, d.Key)
}

func appendAttributes(b []byte, a *Attributes) []byte {
	b = append(b, byte(a.Encryption))
	for _, f := range a.Headers.fields() {
		b = appendString(b, *f)
	}
	b = binary.AppendUvarint(b, uint64(len(a.Metadata)))
	if len(a.Metadata) > 0 {
		for _, name := range slices.Sorted(maps.Keys(a.Metadata)) {
			b = appendString(b, name)
			b = appendString(b, a.Metadata[name])
		}
	}
	b = binary.AppendUvarint(b, uint64(len(a.Tags)))
	for _, t := range a.Tags {
		b = appendString(b, t.Key)
		b = appendString(b, t.Value)
	}
	return appendString(b, a.ACL)
}

// entry reads the first part of an object's row into e, keeping e's strings
// where the row says the same. The checksum aliases the row.
func (d *decoder) entry(e *Entry) {
	if format := d.byte(); format != objectFormat && format != objectFormatSettings {
		d.fail()
	}
	flags := d.byte()
	if flags > flagDeleteMarker {
		d.fail()
	}
	e.DeleteMarker = flags&flagDeleteMarker != 0
	e.Size = d.int()
	copy(e.ETag.MD5[:], d.fixed(len(e.ETag.MD5)))
	e.ETag.Parts = int(min(d.uvarint(), 1<<20))
	e.Modified = d.time()
	e.Owner = d.same(e.Owner)
	e.StorageClass = d.same(e.StorageClass)
	e.Checksum = d.checksum()
}

func (d *decoder) checksum() (c Checksum) {
	c.Algorithm, c.Type = checksum.Algorithm(d.byte()), checksum.Type(d.byte())
	if !c.Algorithm.Valid() || c.Type > checksum.Composite {
		d.fail()
		return Checksum{}
	}
	if c.Algorithm != checksum.None {
		c.Value = d.fixed(c.Algorithm.Size())
	}
	return c
}

func (d *decoder) data() (v Data) {
	v.Kind = DataKind(d.byte())
	if v.Kind > PartsData {
		d.fail()
	}
	v.ID = d.id()
	v.Blob = blob.ID(d.string())
	v.Key = d.bytes()
	return v
}

func (d *decoder) attributes(a *Attributes) {
	a.Encryption = Encryption(d.byte())
	for _, f := range a.Headers.fields() {
		*f = d.string()
	}
	if n := d.count(2); n > 0 {
		a.Metadata = make(map[string]string, n)
		for range n {
			name := d.string()
			a.Metadata[name] = d.string()
		}
	}
	if n := d.count(2); n > 0 {
		a.Tags = make([]Tag, 0, n)
		for range n {
			name := d.string()
			a.Tags = append(a.Tags, Tag{name, d.string()})
		}
	}
	a.ACL = d.bytes()
}

// hasSettings tells whether an object's row has settings at its end.
func hasSettings(row []byte) bool { return len(row) > 0 && row[0] == objectFormatSettings }

// decodeObject reads a row, which the object aliases.
func decodeObject(name string, row []byte) (*Object, error) {
	d := decoder{rest: row}
	o := &Object{}
	o.Key = name
	d.entry(&o.Entry)
	o.Sequence = d.uvarint()
	o.Version = d.id()
	o.NullSequence = d.uvarint()
	o.Data = d.data()
	d.attributes(&o.Attributes)
	if hasSettings(row) {
		d.settingsOf(&o.Settings)
	}
	if err := d.end("object"); err != nil {
		return nil, err
	}
	return o, nil
}
