package sigv4

import "net/http"

// Payload is how a body is to be verified.
type Payload uint8

// The kinds of payload.
const (
	Unsigned              Payload = iota // not by its signature
	Hashed                               // by its SHA-256, in one piece
	SignedChunks                         // aws-chunked, each chunk signed
	SignedChunksTrailer                  // the same, and signed trailing headers
	UnsignedChunksTrailer                // aws-chunked, unsigned, with trailing headers
)

const (
	unsignedPayload = "UNSIGNED-PAYLOAD"
	streamSigned    = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	streamTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	streamUnsigned  = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	stream4A        = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
	stream4ATrailer = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"

	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// Chunked reports whether the body is framed as aws-chunked.
func (p Payload) Chunked() bool { return p >= SignedChunks }

// setPayload reads a value of x-amz-content-sha256.
func (req *Request) setPayload(value string) error {
	req.PayloadHash = value
	switch value {
	case unsignedPayload:
		req.Payload = Unsigned
	case streamSigned:
		req.Payload = SignedChunks
	case streamTrailer:
		req.Payload = SignedChunksTrailer
	case streamUnsigned:
		req.Payload = UnsignedChunksTrailer
	case stream4A, stream4ATrailer:
		return unsupported4A("x-amz-content-sha256")
	default:
		if !isHash(value) {
			return fail(KindPayloadHash, http.StatusBadRequest, "InvalidArgument",
				"x-amz-content-sha256 must be "+unsignedPayload+", "+streamUnsigned+", "+streamSigned+", "+
					streamTrailer+", "+stream4A+", "+stream4ATrailer+" or a valid sha256 value.",
				Field{"ArgumentName", "x-amz-content-sha256"}, Field{"ArgumentValue", value})
		}
		req.Payload = Hashed
	}
	return nil
}

// anonymousPayload lets an unsigned request say how its body is framed. It cannot
// carry signed chunks: there is no signature that they could follow.
func (req *Request) anonymousPayload() error {
	value, ok := firstValue(req.http.Header, "X-Amz-Content-Sha256")
	if !ok {
		return nil
	}
	if err := req.setPayload(value); err != nil {
		return err
	}
	if req.Payload == SignedChunks || req.Payload == SignedChunksTrailer {
		return MissingToken(S3)
	}
	return nil
}

func isHash(s string) bool {
	if len(s) != len(emptyHash) {
		return false
	}
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return true
}
