package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// Ownership is a bucket's object ownership. The numbers are stored and never
// change.
type Ownership uint8

// The settings; NoOwnership is a bucket whose ownership controls were deleted,
// which behaves as ObjectWriter.
const (
	NoOwnership Ownership = iota
	BucketOwnerEnforced
	BucketOwnerPreferred
	ObjectWriter
)

// String is AWS's name for the setting, empty for NoOwnership.
func (o Ownership) String() string {
	return [...]string{"", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"}[o&3]
}

// ParseOwnership finds a setting by AWS's name for it.
func ParseOwnership(s string) (Ownership, bool) {
	for o := BucketOwnerEnforced; o <= ObjectWriter; o++ {
		if o.String() == s {
			return o, true
		}
	}
	return NoOwnership, false
}

// Versioning is a bucket's versioning state. The numbers are stored and never
// change.
type Versioning uint8

// The states. A bucket never goes back to Unversioned.
const (
	Unversioned Versioning = iota
	VersioningEnabled
	VersioningSuspended
)

// MFADelete says whether versions are removed for good with an MFA code alone.
// The numbers are stored and never change.
type MFADelete uint8

// The states; a bucket begins with none.
const (
	MFADeleteEnabled  MFADelete = 1
	MFADeleteDisabled MFADelete = 2
)

// PublicAccessBlock is the four settings of a bucket.
type PublicAccessBlock struct {
	BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets bool
}

// Bucket is a bucket and its configuration.
type Bucket struct {
	ID      BucketID
	Name    string
	Account string // the owner, 12 digits
	Created time.Time
	Region  string
	// Ownership and PublicAccessBlock govern ACLs and public access;
	// PublicAccessBlock is nil when there is no such configuration.
	Ownership         Ownership
	PublicAccessBlock *PublicAccessBlock
	Versioning        Versioning
	// Policy is the bucket policy in its stored form, nil for none. Generation
	// grows with every change of the bucket's row, so that what was compiled from
	// it can be kept until it changes.
	Policy     []byte
	Generation uint64
	// Tags are the bucket's tags. ABAC says that they count in authorization.
	Tags []Tag
	ABAC bool
	// ACL is an encoded ACL, nil for the owner's full control alone. It is kept while
	// the owner is enforced, though it says nothing then.
	ACL []byte
	// RequesterPays lets other accounts in only if they say that they pay.
	RequesterPays bool
	// MFADelete is 0 for a bucket that was never told.
	MFADelete MFADelete
	// configured has a bit for each Kind of configuration that the bucket has.
	configured uint64
}

// Formats of a bucket's row. The second has settings after the policy.
const (
	bucketFormatPlain = 1
	bucketFormat      = 2
)

// Settings of a bucket's row that are not in every bucket: each is a byte for
// what it is and its value with the length before it. The numbers are stored and
// never change.
const (
	settingTags       = 1 // pairs of strings
	settingABAC       = 2 // no value
	settingACL        = 3 // an encoded ACL
	settingPays       = 4 // the requester pays; no value
	settingConfigured = 5 // which kinds of configuration there are, a bit each
	settingMFADelete  = 6 // MFA delete; a byte
)

func appendBucket(b []byte, k *Bucket) []byte {
	b = append(b, bucketFormat)
	b = binary.BigEndian.AppendUint64(b, uint64(k.ID))
	b = appendString(b, k.Account)
	b = appendTime(b, k.Created)
	b = appendString(b, k.Region)
	b = append(b, byte(k.Ownership), byte(k.Versioning), k.PublicAccessBlock.bits())
	b = binary.AppendUvarint(b, k.Generation)
	b = appendString(b, k.Policy)
	if len(k.Tags) > 0 {
		var pairs []byte
		for _, t := range k.Tags {
			pairs = appendString(appendString(pairs, t.Key), t.Value)
		}
		b = appendString(append(b, settingTags), pairs)
	}
	if k.ABAC {
		b = append(b, settingABAC, 0)
	}
	if k.ACL != nil {
		b = appendString(append(b, settingACL), k.ACL)
	}
	if k.RequesterPays {
		b = append(b, settingPays, 0)
	}
	if k.configured != 0 {
		b = appendString(append(b, settingConfigured), binary.AppendUvarint(nil, k.configured))
	}
	if k.MFADelete != 0 {
		b = append(b, settingMFADelete, 1, byte(k.MFADelete))
	}
	return b
}

// settings takes what follows the policy. What it does not know is of a newer
// program and fails.
func (d *decoder) settings(k *Bucket) {
	for len(d.rest) > 0 {
		switch what, value := d.byte(), (&decoder{rest: d.bytes()}); what {
		case settingTags:
			for len(value.rest) > 0 {
				k.Tags = append(k.Tags, Tag{value.string(), value.string()})
			}
			d.bad = d.bad || value.bad
		case settingABAC:
			k.ABAC = true
		case settingACL:
			k.ACL = value.rest
		case settingPays:
			k.RequesterPays = true
		case settingConfigured:
			k.configured = value.uvarint()
			d.bad = d.bad || value.bad || len(value.rest) > 0
		case settingMFADelete:
			k.MFADelete = MFADelete(value.byte())
			d.bad = d.bad || value.bad || len(value.rest) > 0 || k.MFADelete > MFADeleteDisabled
		default:
			d.fail()
		}
	}
}

func decodeBucket(name string, row []byte) (*Bucket, error) {
	d := decoder{rest: row}
	format := d.byte()
	if format != bucketFormat && format != bucketFormatPlain {
		d.fail()
	}
	k := &Bucket{Name: name}
	if id := d.fixed(8); id != nil {
		k.ID = BucketID(binary.BigEndian.Uint64(id))
	}
	k.Account = d.string()
	k.Created = d.time()
	k.Region = d.string()
	k.Ownership = Ownership(d.byte())
	k.Versioning = Versioning(d.byte())
	pab := d.byte()
	k.Generation = d.uvarint()
	k.Policy = d.bytes()
	if k.Ownership > ObjectWriter || k.Versioning > VersioningSuspended || pab > 31 {
		d.fail()
	}
	k.PublicAccessBlock = blockOf(pab)
	if format == bucketFormat {
		d.settings(k)
	}
	if err := d.end("bucket"); err != nil {
		return nil, err
	}
	return k, nil
}

// bits is the settings in one byte, 0 for none.
func (p *PublicAccessBlock) bits() byte {
	if p == nil {
		return 0
	}
	b := byte(16)
	for i, v := range []bool{p.BlockPublicAcls, p.IgnorePublicAcls, p.BlockPublicPolicy, p.RestrictPublicBuckets} {
		if v {
			b |= 1 << i
		}
	}
	return b
}

func blockOf(b byte) *PublicAccessBlock {
	if b&16 == 0 {
		return nil
	}
	return &PublicAccessBlock{b&1 != 0, b&2 != 0, b&4 != 0, b&8 != 0}
}

// Bucket reads a bucket by its name, or returns ErrNoSuchBucket: also for another
// one than the request found before, see Steady.
func (r *Reader) Bucket(name string) (*Bucket, error) {
	b, err := r.bucket(name)
	if err == nil && !r.steady.bucket(name, b.ID, !r.writes) {
		return nil, ErrNoSuchBucket
	}
	return b, err
}

func (r *Reader) bucket(name string) (*Bucket, error) {
	row, err := r.kv.Get(bucketKey(name))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNoSuchBucket
	}
	if err != nil {
		return nil, err
	}
	return decodeBucket(name, row)
}

// BucketByID reads a bucket by its id, or returns ErrNoSuchBucket.
func (r *Reader) BucketByID(id BucketID) (*Bucket, error) {
	name, err := r.kv.Get(bucketIDKey(id))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNoSuchBucket
	}
	if err != nil {
		return nil, err
	}
	return r.Bucket(string(name))
}

// ScanBuckets calls fn for each bucket of an account in name order, beginning
// with the first whose name is from or later, until fn returns an error; kv.Stop
// ends it without one.
func (r *Reader) ScanBuckets(account, from string, fn func(*Bucket) error) error {
	all := kv.Prefix(accountKey(account, ""))
	all.Start = accountKey(account, from)
	return r.kv.Scan(all, func(k, _ []byte) error {
		p := key.Parse(k)
		p.Expect(space, tagAccount)
		p.Bytes()
		name := p.Raw()
		if err := p.End(); err != nil {
			return corruptKey(err)
		}
		b, err := r.bucket(name)
		if err != nil {
			return err
		}
		return fn(b)
	})
}

// ScanAllBuckets calls fn for each bucket of every account in name order.
func (r *Reader) ScanAllBuckets(fn func(*Bucket) error) error {
	return r.kv.Scan(kv.Prefix(bucketKey("")), func(k, row []byte) error {
		b, err := decodeBucket(string(k[2:]), append([]byte(nil), row...))
		if err != nil {
			return err
		}
		return fn(b)
	})
}

// CreateBucket writes a new bucket, giving it its ID, its Created time and its
// first Generation; ErrBucketExists if the name is taken.
func (t *Txn) CreateBucket(b *Bucket) error {
	switch _, err := t.kv.Get(bucketKey(b.Name)); {
	case err == nil:
		return ErrBucketExists
	case !errors.Is(err, kv.ErrNotFound):
		return err
	}
	b.ID, b.Created, b.Generation = newBucketID(), t.Now(), 1
	if _, err := t.kv.Get(bucketIDKey(b.ID)); !errors.Is(err, kv.ErrNotFound) {
		return errors.Join(errors.New("store: bucket id taken"), err)
	}
	if err := t.txn.Put(bucketIDKey(b.ID), []byte(b.Name)); err != nil {
		return err
	}
	if err := t.txn.Put(accountKey(b.Account, b.Name), nil); err != nil {
		return err
	}
	return t.txn.Put(bucketKey(b.Name), appendBucket(nil, b))
}

// UpdateBucket changes the configuration of a bucket: change is given the row as
// it is now and what it leaves is written with the next Generation.
func (t *Txn) UpdateBucket(name string, change func(*Bucket) error) (*Bucket, error) {
	b, err := t.Bucket(name)
	if err != nil {
		return nil, err
	}
	if err := change(b); err != nil {
		return nil, err
	}
	b.Generation++
	return b, t.txn.Put(bucketKey(name), appendBucket(nil, b))
}

// DeleteBucket removes an empty bucket. Multipart uploads in progress do not
// keep it: as on AWS they go with it. ErrBucketNotEmpty if there is an object or
// an older version.
func (t *Txn) DeleteBucket(b *Bucket) error {
	for _, tag := range []byte{tagObject, tagVersion} {
		err := t.kv.Scan(kv.Prefix(key.New(10, space, tag).Uint64(uint64(b.ID))), func(_, _ []byte) error {
			return ErrBucketNotEmpty
		})
		if err != nil {
			return err
		}
	}
	if err := t.deleteConfigurations(b); err != nil {
		return err
	}
	for _, k := range []key.Key{bucketKey(b.Name), bucketIDKey(b.ID), accountKey(b.Account, b.Name)} {
		if err := t.txn.Delete(k); err != nil {
			return err
		}
	}
	return t.discard(garbage{kind: garbageUploads, bucket: b.ID})
}
