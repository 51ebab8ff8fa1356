package directory

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/totp"
)

// What is wrong with a code.
var (
	ErrMFADevice = errors.New("directory: not an enabled MFA device of the caller")
	ErrMFACode   = errors.New("directory: wrong MFA code")
)

// How a device's codes are taken. Steps are of 30 seconds.
const (
	mfaWindow       = 2  // steps a code may be old, or ahead of its time
	mfaResyncWindow = 20 // steps that a device's clock may be wrong when it is synchronized
	mfaFree         = 5  // wrong codes in a row until the device has to wait
	mfaLongestWait  = time.Hour
)

// MFADevice is a virtual MFA device: a seed that its owner's app has too. It is
// nobody's until it is enabled for a user.
type MFADevice struct {
	Entity        // its ID is not used
	Sealed []byte `json:"sealed"` // the seed
	// Owner is the unique id of the user whose device it is, or the account's id for
	// its root user; empty until it is enabled.
	Owner   string    `json:"owner,omitempty"`
	Enabled time.Time `json:"enabled,omitzero"`
	// Step is the number of the last code that was taken: it and those before it
	// are not taken again. Drift is by how many steps the device's clock is ahead.
	Step  int64 `json:"step,omitempty"`
	Drift int64 `json:"drift,omitempty"`
	// Failures counts the wrong codes since the last right one, Failed is when the
	// last of them came.
	Failures int       `json:"failures,omitempty"`
	Failed   time.Time `json:"failed,omitzero"`
}

// Place implements Resource: paths and names together are unique, without regard
// to the names' case. A path is there as a hash, so that places fit into markers.
func (m *MFADevice) Place() (k ResourceKind, account, name string) {
	name = strings.ToLower(m.Name)
	if m.Path != "/" {
		sum := sha256.Sum256([]byte(m.Path))
		name += "/" + base64.RawURLEncoding.EncodeToString(sum[:8])
	}
	return KindMFADevice, m.Account, name
}

// ARN is arn:aws:iam::ACCOUNT:mfa/PATH/NAME, which is also the serial number.
func (m *MFADevice) ARN() string { return "arn:aws:iam::" + m.Account + ":mfa" + m.Path + m.Name }

// MFADevice is the account's device with the serial number. ErrNotFound: there
// is none.
func (t *ReadTx) MFADevice(account, serial string) (*MFADevice, error) {
	at, ok := strings.CutPrefix(serial, "arn:aws:iam::"+account+":mfa/")
	if !ok {
		return nil, ErrNotFound
	}
	cut := strings.LastIndexByte(at, '/') + 1
	m, err := FindResource(t, &MFADevice{Entity: Entity{Account: account, Path: "/" + at[:cut], Name: at[cut:]}})
	if err == nil && m.ARN() != serial {
		return nil, ErrNotFound
	}
	return m, err
}

// CreateMFADevice adds a device with a random seed, which is returned here and
// never again.
func (t *Tx) CreateMFADevice(m *MFADevice) (seed []byte, err error) {
	seed = make([]byte, 40)
	if err := t.Random(seed); err != nil {
		return nil, err
	}
	m.Created, m.Sealed = t.d.now(), t.Seal(seed, "mfa seed", m.ARN())
	return seed, t.CreateResource(m)
}

// seed opens the device's seed.
func (m *MFADevice) seed(t *ReadTx) ([]byte, error) { return t.Unseal(m.Sealed, "mfa seed", m.ARN()) }

// Waits tells whether the device takes no code at the time, right or wrong: so
// many came that were wrong. Five are free; then it waits for a minute after
// each, twice as long each time, up to an hour.
func (m *MFADevice) Waits(at time.Time) bool {
	if m.Failures < mfaFree {
		return false
	}
	wait := min(mfaLongestWait, time.Minute<<min(m.Failures-mfaFree, 10))
	return at.Before(m.Failed.Add(wait))
}

func (m *MFADevice) failed(at time.Time) {
	m.Failures++
	m.Failed = at
}

func (m *MFADevice) took(step int64) { m.Step, m.Failures, m.Failed = step, 0, time.Time{} }

// SynchronizeMFA takes two codes that follow one another, by which a device shows
// that it has the seed and what its clock says. It tells whether they are right,
// and changes the device, which the caller writes, in either case. A device that
// is enabled already may be as wrong as ten minutes.
func (t *Tx) SynchronizeMFA(m *MFADevice, code1, code2 string, at time.Time) (right bool, err error) {
	seed, err := m.seed(&t.ReadTx)
	if err != nil {
		return false, err
	}
	window, now := int64(mfaWindow), totp.Step(at)
	if m.Owner != "" {
		window = mfaResyncWindow
	}
	step, right := totp.FindPair(seed, code1, code2, now-window, now+window)
	if !right || step <= m.Step {
		m.failed(at)
		return false, nil
	}
	m.took(step)
	if m.Drift = step - now; m.Drift >= -mfaWindow && m.Drift <= mfaWindow {
		m.Drift = 0 // as far as codes are taken anyway
	}
	return true, nil
}

// CheckMFA tells whether the code is one that the owner's device shows at the
// time and that was not used. It stays unused. The owner is a user's unique id,
// or the account's id for its root user. The errors are ErrMFADevice and
// ErrMFACode; wrong codes are counted.
func (d *Directory) CheckMFA(ctx context.Context, account, owner, serial, code string, at time.Time) error {
	return d.tryMFA(ctx, account, owner, serial, code, at, func(*MFADevice, int64) bool { return false })
}

// UseMFA is CheckMFA, after which the code is used. Of two that use it at once
// one succeeds.
func (d *Directory) UseMFA(ctx context.Context, account, owner, serial, code string, at time.Time) error {
	return d.tryMFA(ctx, account, owner, serial, code, at, func(m *MFADevice, step int64) bool {
		m.took(step)
		return true
	})
}

// tryMFA looks a code up. right changes the device that showed it and tells
// whether it is to be written.
func (d *Directory) tryMFA(ctx context.Context, account, owner, serial, code string, at time.Time, right func(*MFADevice, int64) bool) error {
	var verdict error
	err := d.Update(ctx, func(tx *Tx) error {
		verdict = nil
		m, err := tx.MFADevice(account, serial)
		if errors.Is(err, ErrNotFound) || err == nil && (m.Owner != owner || owner == "") {
			verdict = ErrMFADevice
			return nil
		}
		if err != nil {
			return err
		}
		if verdict = ErrMFACode; m.Waits(at) {
			return nil
		}
		seed, err := m.seed(&tx.ReadTx)
		if err != nil {
			return err
		}
		now := totp.Step(at) + m.Drift
		step, found := totp.Find(seed, code, now-mfaWindow, now+mfaWindow)
		switch {
		case !found:
			m.failed(at)
			return tx.PutResource(m)
		case step <= m.Step: // somebody's who saw it, or sent twice: no guess
			return nil
		}
		if verdict = nil; right(m, step) {
			return tx.PutResource(m)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return verdict
}

// EnableMFA makes the device, whose codes were taken, one of the owner's.
func (t *Tx) EnableMFA(m *MFADevice, owner string) error {
	c, err := t.UserCredentials(m.Account, owner)
	if err != nil {
		return err
	}
	m.Owner, m.Enabled = owner, t.d.now()
	c.MFA = append(c.MFA, m.ARN())
	slices.Sort(c.MFA)
	return errors.Join(t.SetUserCredentials(c), t.PutResource(m))
}

// DeactivateMFA takes the device from its owner. It can be enabled again.
func (t *Tx) DeactivateMFA(m *MFADevice) error {
	c, err := t.UserCredentials(m.Account, m.Owner)
	if err != nil {
		return err
	}
	c.MFA = slices.DeleteFunc(c.MFA, func(serial string) bool { return serial == m.ARN() })
	m.Owner, m.Enabled, m.Drift = "", time.Time{}, 0
	return errors.Join(t.SetUserCredentials(c), t.PutResource(m))
}
