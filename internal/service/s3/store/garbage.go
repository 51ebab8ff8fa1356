package store

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/sallyport/sallyport/internal/blob"
)

// garbageKind is what a garbage row says to take away. The numbers are stored
// and never change.
type garbageKind uint8

const (
	garbageData    garbageKind = 1 + iota // a blob, or all that a manifest lists
	garbageParts                          // the parts left of an upload that ended
	garbageUploads                        // the uploads of a deleted bucket
	garbageMarker                         // a completed upload's marker
)

const garbageFormat = 1

type garbage struct {
	kind   garbageKind
	bucket BucketID
	id     ID       // of the data or upload
	data   DataKind // for garbageData
	blob   blob.ID  // for garbageData
	key    string   // for garbageMarker
	after  time.Duration
}

func appendGarbage(b []byte, g *garbage) []byte {
	b = append(b, garbageFormat, byte(g.kind), byte(g.data))
	b = binary.BigEndian.AppendUint64(b, uint64(g.bucket))
	b = append(b, g.id[:]...)
	b = appendString(b, g.blob)
	return appendString(b, g.key)
}

func decodeGarbage(row []byte) (g garbage, err error) {
	d := decoder{rest: row}
	d.format(garbageFormat)
	g.kind, g.data = garbageKind(d.byte()), DataKind(d.byte())
	if b := d.fixed(8); b != nil {
		g.bucket = BucketID(binary.BigEndian.Uint64(b))
	}
	g.id = d.id()
	g.blob = blob.ID(d.string())
	g.key = d.string()
	return g, d.end("garbage")
}

// discard notes something to take away.
func (t *Txn) discard(g garbage) error {
	id := g.id
	if id.IsZero() {
		id = NewID(t.now)
	}
	due := t.now.Add(g.after)
	t.dropped = t.dropped || g.after == 0
	return t.txn.Put(garbageKey(uint64(due.UnixNano()), id, g.kind), appendGarbage(nil, &g))
}

// drop removes a reference to data. A row goes at once, since whoever reads it
// has it in memory; anything else becomes garbage.
func (t *Txn) drop(b BucketID, d *Data) error {
	switch d.Kind {
	case NoData:
		return nil
	case InlineData:
		return t.txn.Delete(dataKey(d.ID))
	default:
		return t.discard(garbage{kind: garbageData, bucket: b, id: d.ID, data: d.Kind, blob: d.Blob})
	}
}

// pins counts the readers in this process of data that is not in their memory.
type pins struct {
	mu   sync.Mutex
	held map[ID]int
}

func (p *pins) add(id ID) {
	p.mu.Lock()
	p.held[id]++
	p.mu.Unlock()
}

func (p *pins) remove(id ID) {
	p.mu.Lock()
	if p.held[id]--; p.held[id] <= 0 {
		delete(p.held, id)
	}
	p.mu.Unlock()
}

func (p *pins) has(id ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held[id] > 0
}
