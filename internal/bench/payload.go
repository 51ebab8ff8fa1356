package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
)

const (
	maxSize        = 16 << 20
	trailerPayload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	trailerChunk   = 64 << 10
)

// randomBytes are the same in every run and every process: incompressible, and
// what a GET must return.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// payload is what a PUT of one size sends: the way of protecting it is one of
// "unsigned", "signed" and "trailer".
type payload struct {
	plain, body []byte
	hash        string
	extra       []header
}

func newPayload(random []byte, size int, how string) *payload {
	p := &payload{plain: random[:size], body: random[:size], hash: unsignedPayload}
	switch how {
	case "signed":
		sum := sha256.Sum256(p.plain)
		p.hash = hex.EncodeToString(sum[:])
	case "trailer":
		p.hash, p.body, p.extra = trailerPayload, trailerBody(p.plain), trailerHeaders(size)
	}
	return p
}

func trailerHeaders(size int) []header {
	return []header{
		{"content-encoding", "aws-chunked"},
		{"x-amz-decoded-content-length", strconv.Itoa(size)},
		{"x-amz-trailer", "x-amz-checksum-crc32"},
	}
}

// trailerBody frames bytes as aws-chunked with a trailing CRC-32, as SDKs send
// them over TLS.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
func trailerBody(plain []byte) []byte {
	var b []byte
	for off := 0; off < len(plain); off += trailerChunk {
		chunk := plain[off:min(off+trailerChunk, len(plain))]
		b = fmt.Appendf(b, "%x\r\n", len(chunk))
		b = append(b, chunk...)
		b = append(b, "\r\n"...)
	}
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(plain))
	return fmt.Appendf(b, "0\r\nx-amz-checksum-crc32:%s\r\n\r\n", base64.StdEncoding.EncodeToString(sum))
}
