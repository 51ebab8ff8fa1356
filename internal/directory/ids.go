package directory

import (
	"io"

	"github.com/sallyport/sallyport/arn"
)

func (d *Directory) newID(k Kind) (string, error) {
	prefix := arn.PrefixManagedPolicy
	switch k {
	case KindUser:
		prefix = arn.PrefixUser
	case KindGroup:
		prefix = arn.PrefixGroup
	case KindRole:
		prefix = arn.PrefixRole
	}
	return arn.NewUniqueID(prefix, d.opt.Rand)
}

// newKeyPair makes an access key id that names the account, and a secret.
func (d *Directory) newKeyPair(p arn.Prefix, account string) (id, secret string, err error) {
	if id, err = arn.NewAccessKeyID(p, account, d.opt.Rand); err != nil {
		return "", "", err
	}
	secret, err = arn.NewSecretAccessKey(d.opt.Rand)
	return id, secret, err
}

const lowerAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789"

// lowerID is the prefix and n random lower-case letters and digits, as the ids
// of organizations are made.
func (d *Directory) lowerID(prefix string, n int) (string, error) {
	out := []byte(prefix)
	var b [1]byte
	for len(out) < len(prefix)+n {
		if _, err := io.ReadFull(d.opt.Rand, b[:]); err != nil {
			return "", err
		}
		if int(b[0]) < 256/len(lowerAlphabet)*len(lowerAlphabet) { // every letter as likely
			out = append(out, lowerAlphabet[int(b[0])%len(lowerAlphabet)])
		}
	}
	return string(out), nil
}

// NewRequestID makes the id car-… of a CreateAccount request.
func (t *Tx) NewRequestID() (string, error) { return t.d.lowerID("car-", 32) }

// NewUniqueID makes the unique id of something that is no user, group, role or
// policy: AIPA… of an instance profile, ASCA… of a certificate.
func (t *Tx) NewUniqueID(p arn.Prefix) (string, error) { return arn.NewUniqueID(p, t.d.opt.Rand) }

// NewLowerID is the prefix and n random lower-case letters and digits.
func (t *Tx) NewLowerID(prefix string, n int) (string, error) { return t.d.lowerID(prefix, n) }

// Random fills b from the directory's source of randomness.
func (t *Tx) Random(b []byte) error {
	_, err := io.ReadFull(t.d.opt.Rand, b)
	return err
}
