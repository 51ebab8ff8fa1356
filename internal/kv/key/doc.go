// Package key builds and parses the composed keys that the layers above store
// in a kv.Store.
//
// A key is a row of components. Two keys built from the same kinds of
// components compare, byte by byte, as their components compare one by one, and
// no component can run into the next whatever bytes it holds:
//
//	Byte        one byte as it is; a tag that keeps kinds of records apart
//	Str         any bytes, by byte order: 0x00 becomes 0x00 0xff, then 0x00 0x01 ends it
//	Uint64      eight bytes, big-endian, smallest first
//	Uint64Desc  the same with all bits inverted, largest first
//	Raw         the rest of the key as it is; only ever the last component
//
// Raw keeps the order of the bytes it is given and a prefix of them a prefix of
// the key, so an S3 object key as a raw tail lists in UTF-8 order and
// kv.Prefix works on it. StrPrefix does the latter for a Str component.
//
// Building, with one allocation when the capacity suffices:
//
//	k := key.New(64, tagObject).Uint64(bucket).Raw(object)
//	err := r.Scan(kv.Prefix(key.New(64, tagObject).Uint64(bucket).Raw("photos/")), fn)
//
// Parsing, with one check at the end:
//
//	p := key.Parse(k)
//	tag, bucket, object := p.Byte(), p.Uint64(), p.Raw()
//	if err := p.End(); err != nil { … }
//
// A Key is a []byte and is passed where one is wanted. As with append, two keys
// grown from one shared prefix may share memory: grow the second from
// prefix.Clone().
//
// key must not know what the components mean.
package key
