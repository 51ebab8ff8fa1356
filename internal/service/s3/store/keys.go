package store

import (
	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// space begins every key of this package; the byte after it is the kind of row.
const space = 's'

const (
	tagBucket        = 'b'
	tagBucketID      = 'i'
	tagAccount       = 'a'
	tagObject        = 'o'
	tagVersion       = 'v'
	tagData          = 'd'
	tagUpload        = 'u'
	tagCompleted     = 'c'
	tagPart          = 'p'
	tagReference     = 'r'
	tagGarbage       = 'g'
	tagConfiguration = 'x'
	tagTask          = 'q'
	tagLane          = 'e'
	tagLease         = 'l'
	tagProgress      = 'w'
)

func bucketKey(name string) key.Key {
	return key.New(2+len(name), space, tagBucket).Raw(name)
}

func bucketIDKey(id BucketID) key.Key {
	return key.New(10, space, tagBucketID).Uint64(uint64(id))
}

func accountKey(account, name string) key.Key {
	return key.New(4+len(account)+len(name), space, tagAccount).Str(account).Raw(name)
}

func objectKey(b BucketID, name string) key.Key {
	return key.New(10+len(name), space, tagObject).Uint64(uint64(b)).Raw(name)
}

// versionsKey begins the keys of the older versions of one object.
func versionsKey(b BucketID, name string) key.Key {
	return key.New(20+len(name), space, tagVersion).Uint64(uint64(b)).Str(name)
}

func versionKey(b BucketID, name string, seq uint64) key.Key {
	return versionsKey(b, name).Uint64Desc(seq)
}

func dataKey(id ID) key.Key {
	return append(key.New(18, space, tagData), id[:]...)
}

func uploadKey(b BucketID, name string, id ID) key.Key {
	return append(key.New(28+len(name), space, tagUpload).Uint64(uint64(b)).Str(name), id[:]...)
}

func completedKey(b BucketID, name string, id ID) key.Key {
	return append(key.New(28+len(name), space, tagCompleted).Uint64(uint64(b)).Str(name), id[:]...)
}

func partsKey(upload ID) key.Key {
	return append(key.New(26, space, tagPart), upload[:]...)
}

func partKey(upload ID, number int) key.Key {
	return partsKey(upload).Uint64(uint64(number))
}

func referenceKey(id blob.ID) key.Key {
	return key.New(2+len(id), space, tagReference).Raw(string(id))
}

func garbageKey(at uint64, id ID, kind garbageKind) key.Key {
	return append(key.New(27, space, tagGarbage).Uint64(at), append(id[:], byte(kind))...)
}

// parseID takes an ID at the end of a key.
func parseID(p *key.Parser) (id ID, err error) {
	rest := p.RawBytes()
	if err := p.End(); err != nil {
		return ID{}, err
	}
	if len(rest) != len(id) {
		return ID{}, key.ErrMalformed
	}
	copy(id[:], rest)
	return id, nil
}
