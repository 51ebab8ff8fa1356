// Package seal is the encryption at rest: a master key wraps account keys, an
// account key wraps data keys, and a data key seals one stream of bytes.
//
// # Wrapping
//
// Wrap seals a short secret under a Key with XAES-256-GCM (c2sp.org): each
// wrapping draws a 192-bit random nonce and derives a key of its own, so that one
// Key may wrap as many secrets as there are. The layout is
//
//	1 byte    version, 1
//	8 bytes   id of the wrapping key
//	24 bytes  nonce
//	n bytes   ciphertext
//	16 bytes  tag
//
// The first nine bytes and the caller's context (AAD) are authenticated too. The
// context says what the secret is for, so that it opens nowhere else.
//
// # Streams
//
// A stream is cut into segments of 64 KiB, the last of 0 to 64 KiB (only that of
// an empty stream is empty). Each is sealed with AES-256-GCM and takes 16 bytes
// more. The nonce is
//
//	1 byte    version of the layout, 1
//	2 bytes   zero
//	8 bytes   number of the segment, big endian
//	1 byte    1 for the last segment, 0 for the others
//
// This is the STREAM construction: segments that are changed, swapped, dropped,
// repeated or appended do not open. It holds only while a data key is used for
// one stream and no other, ever: a second stream would repeat the nonces, and two
// texts sealed under one nonce give both away. Write again, draw again.
//
// A sealed stream has no header; where it came from, its length and its wrapped
// data key are for the caller to keep.
//
// # What is out of reach
//
// Memory is not locked, and Go may have copied what is cleared: who reads the
// memory of the process reads its keys. Nothing here prints one.
//
// seal must not know accounts, objects or stores, and imports nothing of the
// project.
package seal
