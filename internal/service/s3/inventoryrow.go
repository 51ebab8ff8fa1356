package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// inventoryRow is what an inventory tells of one object or version.
type inventoryRow struct {
	bucket *store.Bucket
	*store.Object
	latest bool
}

// inventoryColumn is a column of an inventory.
type inventoryColumn struct {
	name  string
	value func(s *Service, r *inventoryRow) string
}

// What every inventory has, and what one of all versions has beside. The version
// id of a null version is empty.
var (
	inventoryNames = []inventoryColumn{
		{"Bucket", func(_ *Service, r *inventoryRow) string { return r.bucket.Name }},
		{"Key", func(_ *Service, r *inventoryRow) string { return EncodedKey(r.Key) }},
	}
	inventoryVersions = []inventoryColumn{
		{"VersionId", func(_ *Service, r *inventoryRow) string {
			if r.Version.IsZero() {
				return ""
			}
			return r.Version.String()
		}},
		{"IsLatest", func(_ *Service, r *inventoryRow) string { return strconv.FormatBool(r.latest) }},
		{"IsDeleteMarker", func(_ *Service, r *inventoryRow) string { return strconv.FormatBool(r.DeleteMarker) }},
	}
)

// inventoryOptional are the columns that a configuration may ask for, in the order
// in which they stand whatever the order is that it names them in. Of delete
// markers only the first and the owner are told.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html#storage-inventory-contents
var inventoryOptional = []inventoryColumn{
	{"Size", ofObject(func(_ *Service, r *inventoryRow) string { return strconv.FormatInt(r.Size, 10) })},
	{"LastModifiedDate", func(_ *Service, r *inventoryRow) string { return inventoryTime(r.Modified) }},
	{"ETag", ofObject(func(_ *Service, r *inventoryRow) string { return strings.Trim(r.ETag.String(), `"`) })},
	{"StorageClass", ofObject(func(_ *Service, r *inventoryRow) string { return shownClass(r.StorageClass) })},
	{"IsMultipartUploaded", ofObject(func(_ *Service, r *inventoryRow) string { return strconv.FormatBool(r.ETag.Parts > 0) })},
	{"ReplicationStatus", ofObject(func(_ *Service, r *inventoryRow) string { return r.Replication.String() })},
	{"EncryptionStatus", ofObject(func(_ *Service, r *inventoryRow) string {
		if r.Encryption == store.SSEC {
			return "SSE-C"
		}
		return "SSE-S3"
	})},
	{"ObjectLockRetainUntilDate", ofObject(func(_ *Service, r *inventoryRow) string { return inventoryTime(r.Until) })},
	{"ObjectLockMode", ofObject(func(_ *Service, r *inventoryRow) string { return r.Mode.String() })},
	{"ObjectLockLegalHoldStatus", ofObject(func(_ *Service, r *inventoryRow) string {
		if r.Hold == store.HoldOn {
			return "On"
		}
		return "Off"
	})},
	{"IntelligentTieringAccessTier", ofObject(func(_ *Service, r *inventoryRow) string {
		if r.StorageClass == "INTELLIGENT_TIERING" {
			return "FREQUENT"
		}
		return ""
	})},
	{"BucketKeyStatus", ofObject(func(*Service, *inventoryRow) string { return "DISABLED" })},
	{"ChecksumAlgorithm", ofObject(func(_ *Service, r *inventoryRow) string {
		if r.Checksum.Algorithm == checksum.None {
			return ""
		}
		return r.Checksum.Algorithm.String()
	})},
	{"ObjectAccessControlList", ofObject((*Service).inventoryACL)},
	{"ObjectOwner", func(s *Service, r *inventoryRow) string { return s.canonicalID(ownerOf(r.bucket, r.Owner)) }},
	{"LifecycleExpirationDate", ofObject((*Service).inventoryExpiration)},
}

func ofObject(value func(*Service, *inventoryRow) string) func(*Service, *inventoryRow) string {
	return func(s *Service, r *inventoryRow) string {
		if r.DeleteMarker {
			return ""
		}
		return value(s, r)
	}
}

// inventoryColumns are the columns that a configuration asks for.
func inventoryColumns(c *api.InventoryConfiguration) []inventoryColumn {
	columns := slices.Clone(inventoryNames)
	if allVersions(c) {
		columns = append(columns, inventoryVersions...)
	}
	for _, o := range inventoryOptional {
		if slices.Contains(c.OptionalFields, o.name) {
			columns = append(columns, o)
		}
	}
	return columns
}

func allVersions(c *api.InventoryConfiguration) bool { return value(c.IncludedObjectVersions) == "All" }

// inventoryTime is how inventories show times, nothing for none.
func inventoryTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// shownClass is a storage class as it is shown: STANDARD by its name too.
func shownClass(class string) string {
	if class == "" {
		return "STANDARD"
	}
	return class
}

// EncodedKey is a key as inventories and logs show it: every byte that is neither
// a letter, a digit, a slash nor one of "-._~" in percent-encoding, so that a key
// never ends a field.
func EncodedKey(key string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
	n := 0
	for i := range len(key) {
		if strings.IndexByte(plain, key[i]) < 0 {
			n++
		}
	}
	if n == 0 {
		return key
	}
	b := make([]byte, 0, len(key)+2*n)
	for i := range len(key) {
		if c := key[i]; strings.IndexByte(plain, c) >= 0 {
			b = append(b, c)
		} else {
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return string(b)
}

const upperHex = "0123456789ABCDEF"

// objectACL is the document of an ACL in an inventory.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/objectacl.html
type objectACLDocument struct {
	Version string           `json:"version"`
	Status  string           `json:"status"`
	Grants  []objectACLGrant `json:"grants"`
}

type objectACLGrant struct {
	CanonicalID string `json:"canonicalId,omitempty"`
	URI         string `json:"uri,omitempty"`
	Type        string `json:"type"`
	Permission  string `json:"permission"`
}

// inventoryACL is an object's ACL, JSON in Base64.
func (s *Service) inventoryACL(r *inventoryRow) string {
	owner := ownerOf(r.bucket, r.Owner)
	row := r.ACL
	if r.bucket.Ownership == store.BucketOwnerEnforced {
		row = nil
	}
	doc := objectACLDocument{Version: "2022-11-10", Status: "AVAILABLE", Grants: []objectACLGrant{}}
	grants, err := storedACL(row, owner)
	if err != nil {
		doc.Status = "UNAVAILABLE"
	}
	for _, g := range s.shown(context.Background(), grants) {
		doc.Grants = append(doc.Grants, objectACLGrant{CanonicalID: value(g.Grantee.ID), URI: value(g.Grantee.URI),
			Type: value(g.Grantee.Type), Permission: value(g.Permission)})
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(text)
}

// inventoryExpiration is when the lifecycle of the bucket ends the object, if it is
// the current version.
func (s *Service) inventoryExpiration(r *inventoryRow) string {
	c := s.rules(context.Background(), r.bucket)
	if c == nil || !r.latest {
		return ""
	}
	l := ruled(r.Object, s.store.Now())
	at, _, ok := c.Expiry(&l, s.day)
	if !ok || at.Year() > 9999 {
		return ""
	}
	return inventoryTime(at)
}

func hexMD5(sum []byte) string { return hex.EncodeToString(sum) }
