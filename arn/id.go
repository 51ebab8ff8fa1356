package arn

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
)

// Prefix is the four letters that a unique id begins with and that tell what it names.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids.
type Prefix string

// Prefixes of unique ids.
const (
	PrefixUser            Prefix = "AIDA"
	PrefixRole            Prefix = "AROA"
	PrefixGroup           Prefix = "AGPA"
	PrefixInstanceProfile Prefix = "AIPA"
	PrefixManagedPolicy   Prefix = "ANPA"
	PrefixPolicyVersion   Prefix = "ANVA"
	PrefixAccessKey       Prefix = "AKIA"
	PrefixTemporaryKey    Prefix = "ASIA"
	PrefixBearerToken     Prefix = "ABIA"
	PrefixContextKey      Prefix = "ACCA"
	PrefixPublicKey       Prefix = "APKA"
	PrefixCertificate     Prefix = "ASCA"
)

// Lengths in characters of the ids made here.
const (
	UniqueIDLen    = 21
	AccessKeyIDLen = 20
	SecretKeyLen   = 40
	CanonicalIDLen = 64
)

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewUniqueID makes the id of a user, role, group, instance profile, policy … from random: the prefix and 17 characters
// of A–Z and 2–7 (85 bits). The error is random's.
func NewUniqueID(p Prefix, random io.Reader) (string, error) {
	var raw [11]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("arn: unique id: %w", err)
	}
	return string(p) + encoding.EncodeToString(raw[:])[:UniqueIDLen-len(p)], nil
}

// NewAccessKeyID makes an access key id of account: the prefix and 16 characters that hold, as AWS's do, a set bit, the
// 40 bits of the account's number and then randomness (39 bits; the caller makes sure that the id is not yet taken).
// AccountOfKey reads the account back. Errors: an account that is not twelve digits; random's.
func NewAccessKeyID(p Prefix, account string, random io.Reader) (string, error) {
	if !ValidAccountID(account) {
		return "", fmt.Errorf("arn: access key id: %q is no account id", account)
	}
	n, err := strconv.ParseUint(account, 10, 64)
	if err != nil {
		return "", fmt.Errorf("arn: access key id: %w", err)
	}
	var raw [10]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("arn: access key id: %w", err)
	}
	head := 1<<63 | n<<23 | binary.BigEndian.Uint64(raw[:8])&(1<<23-1)
	binary.BigEndian.PutUint64(raw[:8], head)
	return string(p) + encoding.EncodeToString(raw[:]), nil
}

// AccountOfKey reads the account out of an access key id. ok is false for what is not an access key id or holds none (a
// number of more than twelve digits, or an id from before AWS encoded accounts).
func AccountOfKey(id string) (account string, ok bool) {
	if len(id) != AccessKeyIDLen || (id[:4] != string(PrefixAccessKey) && id[:4] != string(PrefixTemporaryKey)) {
		return "", false
	}
	raw, err := encoding.DecodeString(id[4:])
	if err != nil || raw[0]&0x80 == 0 {
		return "", false
	}
	n := binary.BigEndian.Uint64(raw[:8]) << 1 >> 24
	if n > 999_999_999_999 {
		return "", false
	}
	return fmt.Sprintf("%012d", n), true
}

// NewSecretAccessKey makes a secret access key: 40 characters of the base64 alphabet, 240 bits of random.
func NewSecretAccessKey(random io.Reader) (string, error) {
	var raw [30]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("arn: secret key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(raw[:]), nil
}

// NewCanonicalID makes an account's canonical user id: 64 hexadecimal digits.
func NewCanonicalID(random io.Reader) (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("arn: canonical id: %w", err)
	}
	return hex.EncodeToString(raw[:]), nil
}

// NewAccountID makes a twelve-digit account id that does not begin with 0.
func NewAccountID(random io.Reader) (string, error) {
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("arn: account id: %w", err)
	}
	return strconv.FormatUint(100_000_000_000+binary.BigEndian.Uint64(raw[:])%900_000_000_000, 10), nil
}

// AnonymousCanonicalID is the canonical user id that AWS gives to callers who do not sign.
const AnonymousCanonicalID = "65a011a29cdf8ec533ec3d1ccaae921c"

// ValidCanonicalID tells whether s has the form of a canonical user id (64 lower-case hexadecimal digits).
func ValidCanonicalID(s string) bool {
	if len(s) != CanonicalIDLen {
		return false
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// IsUniqueID tells whether s has the form of a unique id with prefix p: the prefix and at least 12 further characters of
// A–Z and 0–9, 128 characters at most. Wider than what NewUniqueID makes, since AWS documents only that much.
func IsUniqueID(p Prefix, s string) bool {
	if len(s) < 16 || len(s) > 128 || s[:4] != string(p) {
		return false
	}
	for i := 4; i < len(s); i++ {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'A' || s[i] > 'Z') {
			return false
		}
	}
	return true
}
