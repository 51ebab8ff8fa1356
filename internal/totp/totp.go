package totp

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"time"
)

const (
	period = 30        // seconds that a password is shown
	modulo = 1_000_000 // six digits
)

// Step is the number of the password that is shown at the time.
func Step(at time.Time) int64 { return at.Unix() / period }

// Code is the password of six digits with the number.
//
// https://www.rfc-editor.org/rfc/rfc6238
func Code(seed []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, seed)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fff_ffff
	return fmt.Sprintf("%06d", n%modulo)
}

// Find is the last of the numbers first to last whose password is the code. It
// takes as long whether there is one or not.
func Find(seed []byte, code string, first, last int64) (step int64, found bool) {
	for n := first; n <= last; n++ {
		if subtle.ConstantTimeCompare([]byte(Code(seed, n)), []byte(code)) == 1 {
			step, found = n, true
		}
	}
	return step, found
}

// FindPair is the number of the second of two passwords that follow one another,
// looked for among the numbers first to last.
func FindPair(seed []byte, code1, code2 string, first, last int64) (step int64, found bool) {
	for n := first; n <= last; n++ {
		one := subtle.ConstantTimeCompare([]byte(Code(seed, n-1)), []byte(code1))
		two := subtle.ConstantTimeCompare([]byte(Code(seed, n)), []byte(code2))
		if one&two == 1 {
			step, found = n, true
		}
	}
	return step, found
}
