package record

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/sallyport/sallyport/authz"
)

// Decided is what was decided in the course of one request.
type Decided struct {
	RequestID string
	Time      time.Time
	Principal *authz.Principal // nil: anonymous
	Service   string           // package name of the API
	Operation string
	Status    int
	ErrorCode string
	First     Asked   // the zero value if nothing was asked
	More      []Asked // questions after the first
	Omitted   int     // questions that were not kept
	Held      int     // bytes that it keeps in memory beside what it shows
}

// Asked is one question and its answer.
type Asked struct {
	Action   string
	Resource string // ARN
	Kind     authz.ResourceKind
	Owner    string // account
	Reason   authz.Reason
	Allowed  bool
	Doors    [2]authz.Door // the caller's and the resource's
	// Identity and Resource are the statements that allowed.
	IdentityHit, ResourceHit Hit
	// Refused is nil for what was allowed.
	Refused *Refused
}

// Hit is a statement without the policy around it, which it would keep in
// memory.
type Hit struct {
	Source       *authz.Source // nil: none
	Sid          string
	Number       int32 // from 0
	Line, Column int32
}

// Refused is a refusal as it was asked: deciding it again, with a trace, gives
// the same answer. Both parts are the log's own and never change.
type Refused struct {
	Request   authz.Request
	Documents authz.Documents
}

// HitOf is h without its policy.
func HitOf(h authz.Hit) Hit {
	if h.Statement == nil {
		return Hit{}
	}
	at := h.Statement.Doc.Start
	return Hit{Source: h.Source, Sid: h.Statement.Doc.Sid, Number: int32(h.Statement.Number), Line: int32(at.Line), Column: int32(at.Column)}
}

// All calls yield with each question.
func (d *Decided) All(yield func(*Asked) bool) {
	if d.First.Action != "" && !yield(&d.First) {
		return
	}
	for i := range d.More {
		if !yield(&d.More[i]) {
			return
		}
	}
}

// DecisionLog keeps the decisions of the last requests in memory, by request id.
// It is bounded in number, bytes and age; the oldest go first. It is safe for
// concurrent use.
type DecisionLog struct {
	age    time.Duration
	shards [shards]decisionShard
}

const shards = 16

// NewDecisionLog keeps at most count requests, about bytes bytes, and none
// longer than age.
func NewDecisionLog(count, bytes int, age time.Duration) *DecisionLog {
	l := &DecisionLog{age: age}
	for i := range l.shards {
		s := &l.shards[i]
		s.capacity, s.limit = max(count/shards, 1), bytes/shards
		s.index, s.shared = map[requestKey]uint64{}, map[*authz.Document]int{}
	}
	return l
}

// requestKey is a request id in the form in which it is looked up: the 16
// characters of S3's, or the 16 bytes of a UUID.
type requestKey [16]byte

func keyOf(id string) (k requestKey, ok bool) {
	switch len(id) {
	case 16:
		copy(k[:], id)
		return k, true
	case 36:
		n, err := hex.Decode(k[:], []byte(strings.ReplaceAll(id, "-", "")))
		return k, err == nil && n == len(k)
	}
	return k, false
}

func (l *DecisionLog) shard(k *requestKey) *decisionShard {
	return &l.shards[binary.LittleEndian.Uint64(k[8:])*0x9e3779b97f4a7c15>>60]
}

// Add keeps d. What d points to must not change any more.
func (l *DecisionLog) Add(d *Decided) {
	k, ok := keyOf(d.RequestID)
	if !ok {
		return
	}
	size := d.size()
	s := l.shard(&k)
	s.mu.Lock()
	defer s.mu.Unlock()
	for range 4 { // a few at a time: no request pays for all that has grown old
		if s.count == 0 || d.Time.Sub(s.oldest().Time) <= l.age {
			break
		}
		s.drop()
	}
	s.add(k, d, size)
}

// Find is the decisions of the request with the id, if they are still there at
// the time.
func (l *DecisionLog) Find(id string, now time.Time) (*Decided, bool) {
	k, ok := keyOf(id)
	if !ok {
		return nil, false
	}
	s := l.shard(&k)
	s.mu.Lock()
	defer s.mu.Unlock()
	seq, ok := s.index[k]
	if !ok {
		return nil, false
	}
	d := s.ring[seq%uint64(len(s.ring))].decided // a copy
	if d.RequestID != id || now.Sub(d.Time) > l.age {
		return nil, false
	}
	return &d, true
}

// Len is the number of requests that are kept.
func (l *DecisionLog) Len() (n int) {
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		n += s.count
		s.mu.Unlock()
	}
	return n
}

// decisionShard is a ring of entries in the order of their coming.
type decisionShard struct {
	mu       sync.Mutex
	capacity int
	limit    int // bytes
	ring     []decisionEntry
	next     uint64 // number of the entry to come; its place is next modulo len(ring)
	count    int
	bytes    int
	index    map[requestKey]uint64
	// shared counts for how many entries a policy is kept. Its size counts once.
	shared map[*authz.Document]int
}

type decisionEntry struct {
	key     requestKey
	size    int
	decided Decided
}

func (s *decisionShard) oldest() *Decided {
	return &s.ring[(s.next-uint64(s.count))%uint64(len(s.ring))].decided
}

func (s *decisionShard) add(k requestKey, d *Decided, size int) {
	if _, ok := s.index[k]; ok {
		return // ids are random: only a broken source of them repeats itself
	}
	if s.count == s.capacity {
		s.drop()
	}
	if s.count == len(s.ring) {
		s.grow()
	}
	s.ring[s.next%uint64(len(s.ring))] = decisionEntry{key: k, size: size, decided: *d}
	s.index[k] = s.next
	s.next++
	s.count++
	s.bytes += size
	s.hold(d, 1)
	for s.bytes > s.limit && s.count > 0 {
		s.drop()
	}
}

// grow doubles the ring, which begins small: a server that nobody asks needs no
// room for a hundred thousand decisions.
func (s *decisionShard) grow() {
	bigger := make([]decisionEntry, min(max(2*len(s.ring), 16), s.capacity))
	for i := s.next - uint64(s.count); i < s.next; i++ {
		bigger[i%uint64(len(bigger))] = s.ring[i%uint64(len(s.ring))]
	}
	s.ring = bigger
}

func (s *decisionShard) drop() {
	e := &s.ring[(s.next-uint64(s.count))%uint64(len(s.ring))]
	delete(s.index, e.key)
	s.bytes -= e.size
	s.count--
	s.hold(&e.decided, -1)
	*e = decisionEntry{}
}

// hold counts the policies that an entry's refusals keep in memory.
func (s *decisionShard) hold(d *Decided, n int) {
	for a := range d.All {
		if a.Refused == nil {
			continue
		}
		a.Refused.policies(func(doc *authz.Document) {
			before := s.shared[doc]
			if after := before + n; after > 0 {
				s.shared[doc] = after
			} else {
				delete(s.shared, doc)
			}
			if before == 0 && n > 0 {
				s.bytes += doc.Size()
			} else if before > 0 && before+n == 0 {
				s.bytes -= doc.Size()
			}
		})
	}
}

// policies calls fn with each policy. Documents are shared by all requests that
// they bear on, so that their addresses tell them apart.
func (r *Refused) policies(fn func(*authz.Document)) {
	d := &r.Documents
	for _, doc := range [...]*authz.Document{d.Boundary, d.Endpoint, d.Resource, d.AccessPoint} {
		if doc != nil {
			fn(doc)
		}
	}
	for _, list := range [...][]authz.Document{d.Identity, d.Session} {
		for i := range list {
			fn(&list[i])
		}
	}
	for _, levels := range [...][]authz.Level{d.SCPs, d.RCPs, d.ObjectOwnerRCPs, d.AccessPointRCPs} {
		for _, level := range levels {
			for i := range level {
				fn(&level[i])
			}
		}
	}
}

// size is about how many bytes an entry takes beside the policies.
func (d *Decided) size() int {
	n := int(unsafe.Sizeof(decisionEntry{})) + len(d.RequestID) + len(d.First.Resource) + d.Held
	for i := range d.More {
		n += int(unsafe.Sizeof(d.More[i])) + len(d.More[i].Resource)
	}
	for a := range d.All {
		if a.Refused != nil {
			n += a.Refused.size()
		}
	}
	return n
}

func (r *Refused) size() int {
	n := int(unsafe.Sizeof(*r)) + r.Request.NewPolicy.Size() + r.Request.Resource.Tags.Size() +
		len(r.Request.ExpectedBucketOwner)
	if r.Request.Context != nil {
		n += r.Request.Context.Size()
	}
	if x := r.Documents.S3; x != nil {
		n += int(unsafe.Sizeof(*x)) + len(x.ACL)*int(unsafe.Sizeof(authz.Grant{}))
		if x.Object != nil {
			n += int(unsafe.Sizeof(*x.Object)) + x.Object.Tags.Size() + len(x.Object.ACL)*int(unsafe.Sizeof(authz.Grant{}))
		}
	}
	return n
}
