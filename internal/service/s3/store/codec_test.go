package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/checksum"
)

func fullAttributes() Attributes {
	return Attributes{
		Encryption: SSES3,
		Headers: Headers{ContentType: "text/plain", ContentEncoding: "gzip", ContentLanguage: "en",
			ContentDisposition: "inline", CacheControl: "no-cache", Expires: "0", WebsiteRedirect: "/x"},
		Metadata: map[string]string{"a": "1", "b": ""},
		Tags:     []Tag{{"k", "v"}, {"l", ""}},
		ACL:      []byte{1},
	}
}

func fullObject() *Object {
	return &Object{
		Entry: Entry{Key: "k", DeleteMarker: true, Size: 1 << 42, ETag: ETag{[16]byte{1, 2}, 7},
			Modified: time.UnixMilli(1_700_000_000_123).UTC(), Owner: "111111111111", StorageClass: "GLACIER_IR",
			Checksum: Checksum{checksum.CRC32, checksum.Composite, []byte{1, 2, 3, 4}}},
		Attributes: fullAttributes(),
		Sequence:   9, Version: ID{3}, NullSequence: 8,
		Data: Data{ID{4}, BlobData, "blobid", []byte("wrapped")},
	}
}

func TestRecords(t *testing.T) {
	for _, o := range []*Object{{}, fullObject()} {
		got, err := decodeObject(o.Key, appendObject(nil, o))
		if err != nil || !reflect.DeepEqual(got, o) {
			t.Errorf("%+v\n%+v\n%v", got, o, err)
		}
	}
	for _, b := range []*Bucket{{}, {ID: 5, Name: "n", Account: "1", Created: time.UnixMilli(7).UTC(), Region: "r", Ownership: ObjectWriter,
		PublicAccessBlock: &PublicAccessBlock{true, false, true, false}, Versioning: VersioningSuspended, Policy: []byte("{}"), Generation: 3, Tags: []Tag{{"k", "v"}, {"l", ""}}, ABAC: true,
		ACL: EncodeACL([]Grant{{GranteeAllUsers, PermissionRead, ""}}), RequesterPays: true, MFADelete: MFADeleteDisabled}} {
		got, err := decodeBucket(b.Name, appendBucket(nil, b))
		if err != nil || !reflect.DeepEqual(got, b) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	u := &Upload{Key: "k", ID: ID{1}, Initiated: time.UnixMilli(7).UTC(), Initiator: Initiator{"1", "2", "3"}, Owner: "o",
		StorageClass: "c", Algorithm: checksum.SHA256, Type: checksum.Composite, DataKey: []byte{1}, Attributes: fullAttributes()}
	if got, err := decodeUpload("k", ID{1}, appendUpload(nil, u)); err != nil || !reflect.DeepEqual(got, u) {
		t.Errorf("%+v, %v", got, err)
	}
	p := &Part{3, 5, [16]byte{1}, time.UnixMilli(7).UTC(), Checksum{Algorithm: checksum.CRC32C, Value: []byte("1234")}, Data{ID: ID{1}, Kind: InlineData}}
	if got, err := decodePart(3, appendPart(nil, p)); err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("%+v, %v", got, err)
	}
	m, err := decodeManifest(appendManifest(nil, []*Part{p, p}))
	if err != nil || m.Size() != 10 || m.At(4) != 0 || m.At(5) != 1 || !reflect.DeepEqual(&m.Parts[1], p) {
		t.Errorf("%+v, %v", m, err)
	}
	g := garbage{kind: garbageMarker, bucket: 4, id: ID{1}, data: PartsData, blob: "b", key: "k"}
	if got, err := decodeGarbage(appendGarbage(nil, &g)); err != nil || got != g {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOlderBucketRow(t *testing.T) {
	b := &Bucket{ID: 5, Name: "n", Account: "1", Region: "r", Policy: []byte("{}"), Generation: 3}
	row := appendBucket(nil, b)
	row[0] = bucketFormatPlain
	if got, err := decodeBucket("n", row); err != nil || !reflect.DeepEqual(got, b) {
		t.Errorf("%+v, %v", got, err)
	}
	for name, bad := range map[string][]byte{
		"a setting in a row without": append(row[:len(row):len(row)], settingABAC, 0),
		"a setting that is unknown":  append(appendBucket(nil, b), 99, 0),
		"a setting cut short":        append(appendBucket(nil, b), settingTags, 3, 1),
		"tags cut short":             append(appendBucket(nil, b), settingTags, 2, 1, 'k'),
		"a format that is unknown":   {99},
	} {
		if _, err := decodeBucket("n", bad); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTruncatedRecords(t *testing.T) {
	row := appendObject(nil, fullObject())
	for n := range row {
		if _, err := decodeObject("k", row[:n]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d of %d bytes: %v", n, len(row), err)
		}
	}
	if _, err := decodeObject("k", append(row, 0)); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestIDs(t *testing.T) {
	now := time.Unix(1_700_000_000, 5).UTC()
	id := NewID(now)
	if got, ok := ParseID(id.String()); !ok || got != id || !id.Time().Equal(now) {
		t.Errorf("%v, %v, %v", got, ok, id.Time())
	}
	for _, bad := range []string{"", "null", id.String()[1:], id.String() + "A", id.String()[:21] + "!", "AAAAAAAAAAAAAAAAAAAAA="} {
		if _, ok := ParseID(bad); ok {
			t.Errorf("%q is an id", bad)
		}
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(appendObject(nil, fullObject()))
	f.Add(appendBucket(nil, &Bucket{PublicAccessBlock: &PublicAccessBlock{}}))
	f.Add(appendUpload(nil, &Upload{Attributes: fullAttributes()}))
	f.Add(appendManifest(nil, []*Part{{Number: 1}, {Number: 2}}))
	f.Add(appendGarbage(nil, &garbage{}))
	f.Fuzz(func(t *testing.T, row []byte) {
		if o, err := decodeObject("k", row); err == nil {
			if again, err := decodeObject("k", appendObject(nil, o)); err != nil || !reflect.DeepEqual(o, again) {
				t.Errorf("%+v\n%+v\n%v", o, again, err)
			}
		}
		if m, err := decodeManifest(row); err == nil && m.Size() > MaxObject {
			t.Error(m.Size())
		}
		decodeBucket("b", row)
		decodeUpload("k", ID{}, row)
		decodePart(1, row)
		decodeGarbage(row)
		var e Entry
		d := decoder{rest: row}
		d.entry(&e)
	})
}

func BenchmarkDecodeEntry(b *testing.B) {
	o := fullObject()
	o.StorageClass = ""
	row := appendObject(nil, o)
	var e Entry
	b.ReportAllocs()
	for b.Loop() {
		d := decoder{rest: row}
		d.entry(&e)
		if d.bad {
			b.Fatal("bad")
		}
	}
}

func BenchmarkDecodeObject(b *testing.B) {
	row := appendObject(nil, fullObject())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeObject("k", row); err != nil {
			b.Fatal(err)
		}
	}
}
