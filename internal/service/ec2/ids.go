package ec2

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"github.com/sallyport/sallyport/internal/directory"
)

// newID is an id of EC2's long form: the prefix and 17 hexadecimal digits.
func newID(t *directory.Tx, prefix string) (string, error) {
	var b [8]byte
	if err := t.Random(b[:]); err != nil {
		return "", err
	}
	return prefix + "-0" + hex.EncodeToString(b[:]), nil
}

// derivedID is the id of what is there without having been made, always the same
// for the same names.
func derivedID(prefix string, names ...string) string {
	h := sha256.New()
	for _, n := range names {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	return prefix + "-0" + hex.EncodeToString(h.Sum(nil))[:16]
}

var idPattern = regexp.MustCompile(`^[0-9a-f]{8}([0-9a-f]{9})?$`)

// checkID refuses what does not look like an id with the prefix.
func checkID(id, prefix, code string) error {
	if len(id) > len(prefix) && id[:len(prefix)] == prefix && id[len(prefix)] == '-' && idPattern.MatchString(id[len(prefix)+1:]) {
		return nil
	}
	return malformed(code, id, prefix)
}

func checkInstanceIDs(ids []string) error {
	for _, id := range ids {
		if err := checkID(id, "i", "InvalidInstanceID.Malformed"); err != nil {
			return err
		}
	}
	return nil
}
