package store

import "time"

// Settings of an object's or upload's row that few objects have stand at its
// end: each is a byte for what it is and its value with the length before it.
// The numbers are stored and never change. A row without settings has the format
// that had none.
const (
	settingRetention   = 1 // a byte for the mode, the time
	settingLegalHold   = 2 // 1 for ON, 0 for OFF
	settingCustomerKey = 3 // reserved
	settingKMSKey      = 4 // reserved
	settingReplication = 5 // the replication status, a byte
	settingRestore     = 6 // when the restored copy was asked for and when it goes
)

// LockMode is how an object's retention is guarded. The numbers are stored and
// never change.
type LockMode uint8

// The modes.
const (
	NoLock     LockMode = 0
	Governance LockMode = 1
	Compliance LockMode = 2
)

// String is AWS's name for the mode, empty for NoLock.
func (m LockMode) String() string {
	return [...]string{"", "GOVERNANCE", "COMPLIANCE", ""}[m&3]
}

// LegalHold is whether an object is under legal hold.
type LegalHold uint8

// The states: HoldOff is a hold that was lifted, which is told apart from none.
const (
	NoHold LegalHold = iota
	HoldOff
	HoldOn
)

// Lock is what keeps a version from being removed.
type Lock struct {
	Mode  LockMode
	Until time.Time // of Mode
	Hold  LegalHold
}

// ReplicationStatus is what became of an object's replication. The numbers are
// stored and never change.
type ReplicationStatus uint8

// The states.
const (
	NotReplicated ReplicationStatus = iota
	ReplicationPending
	ReplicationCompleted
	ReplicationFailed
	Replica
)

// String is AWS's name for the status, empty for NotReplicated.
func (s ReplicationStatus) String() string {
	return [...]string{"", "PENDING", "COMPLETED", "FAILED", "REPLICA", "", "", ""}[s&7]
}

// Restore is a temporary copy of an archived object.
type Restore struct {
	Requested, Expires time.Time
}

// Settings is what few objects have.
type Settings struct {
	Lock
	Replication ReplicationStatus
	Restore     Restore
}

func (s *Settings) empty() bool {
	return s.Lock == Lock{} && s.Replication == NotReplicated && s.Restore == Restore{}
}

func appendSettings(b []byte, s *Settings) []byte {
	if s.Mode != NoLock {
		b = appendString(append(b, settingRetention), appendTime([]byte{byte(s.Mode)}, s.Until))
	}
	if s.Hold != NoHold {
		b = appendString(append(b, settingLegalHold), []byte{byte(s.Hold - HoldOff)})
	}
	if s.Replication != NotReplicated {
		b = appendString(append(b, settingReplication), []byte{byte(s.Replication)})
	}
	if s.Restore != (Restore{}) {
		b = appendString(append(b, settingRestore), appendTime(appendTime(nil, s.Restore.Requested), s.Restore.Expires))
	}
	return b
}

// settingsOf takes what is left of a row. What it does not know is of a newer
// program and fails.
func (d *decoder) settingsOf(s *Settings) {
	for len(d.rest) > 0 {
		what, value := d.byte(), decoder{rest: d.bytes()}
		switch what {
		case settingRetention:
			s.Mode, s.Until = LockMode(value.byte()), value.time()
			value.bad = value.bad || s.Mode == NoLock || s.Mode > Compliance
		case settingLegalHold:
			s.Hold = HoldOff
			if value.bool() {
				s.Hold = HoldOn
			}
		case settingReplication:
			s.Replication = ReplicationStatus(value.byte())
			value.bad = value.bad || s.Replication > Replica
		case settingRestore:
			s.Restore = Restore{value.time(), value.time()}
		default:
			value.bad = true
		}
		if value.bad || len(value.rest) > 0 {
			d.fail()
		}
	}
}
