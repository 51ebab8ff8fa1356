package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
)

// requestIDs makes the ids of one request from one read of randomness. S3 has
// ids of its own form; the other services use UUIDs.
type requestIDs struct {
	s3   string // x-amz-request-id, 16 characters
	host string // x-amz-id-2
	uuid string // x-amzn-RequestId
}

const idAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func newRequestIDs() requestIDs {
	var b [80]byte
	rand.Read(b[:])
	var id [16]byte
	for i := range id {
		id[i] = idAlphabet[b[i]&31]
	}
	u := b[16:32]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	var text [36]byte
	hex.Encode(text[:], u[:4])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	hex.Encode(text[9:], u[4:6])
	hex.Encode(text[14:], u[6:8])
	hex.Encode(text[19:], u[8:10])
	hex.Encode(text[24:], u[10:])
	return requestIDs{s3: string(id[:]), host: base64.StdEncoding.EncodeToString(b[32:]), uuid: string(text[:])}
}
