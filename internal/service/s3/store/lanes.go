package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// Lane divides a queue whose tasks must not wait for those of others, such as
// what goes to one destination. It is not 0.
type Lane uint64

func lanesKey(q Queue) key.Key { return key.New(35, space, tagLane, byte(q)) }

func laneKey(q Queue, lane Lane) key.Key { return lanesKey(q).Uint64(uint64(lane)) }

func laneTaskKey(q Queue, lane Lane, due uint64, id ID) key.Key {
	return append(laneKey(q, lane).Uint64(due), id[:]...)
}

// EnqueueIn is Enqueue into a lane of a queue.
func (t *Txn) EnqueueIn(q Queue, lane Lane, due time.Time, payload []byte) error {
	if due.IsZero() {
		due = t.now
	}
	k := Task{Queue: q, Lane: lane, Due: due, ID: NewID(t.now)}
	t.queued[q] = true
	return t.txn.Put(k.key(), append([]byte{taskFormat}, payload...))
}

// Lanes lists the lanes of a queue in which there are tasks, due or not.
func (r *Reader) Lanes(q Queue) (lanes []Lane, err error) {
	rng := kv.Prefix(lanesKey(q))
	for rng.Start != nil {
		found := false
		err := r.kv.Scan(rng, func(k, _ []byte) error {
			if len(k) < 11 {
				return fmt.Errorf("%w: lane", ErrCorrupt)
			}
			lane := Lane(binary.BigEndian.Uint64(k[3:11]))
			lanes, found = append(lanes, lane), true
			rng.Start = kv.PrefixEnd(laneKey(q, lane))
			return kv.Stop
		})
		if err != nil || !found {
			return lanes, err
		}
	}
	return lanes, nil
}

// ScanLane is ScanQueue on one lane: it calls fn for each task that is due at a
// time, the oldest first; those due at the same time in the order in which they
// were made.
func (r *Reader) ScanLane(q Queue, lane Lane, at time.Time, fn func(*Task) error) error {
	rng := kv.Range{Start: laneKey(q, lane), End: laneTaskKey(q, lane, uint64(at.UnixNano())+1, ID{})}
	return r.kv.Scan(rng, func(k, row []byte) error {
		if len(k) != 35 || len(row) == 0 || row[0] != taskFormat {
			return fmt.Errorf("%w: task", ErrCorrupt)
		}
		task := &Task{Queue: q, Lane: lane, Due: time.Unix(0, int64(binary.BigEndian.Uint64(k[11:19]))).UTC()}
		copy(task.ID[:], k[19:])
		task.Payload = append(task.Payload, row[1:]...)
		return fn(task)
	})
}

// CountLanes counts the tasks of a queue with lanes, due or not, up to a limit.
func (r *Reader) CountLanes(q Queue, limit int) (n int, err error) {
	err = r.kv.Scan(kv.Prefix(lanesKey(q)), func(_, _ []byte) error {
		if n++; n >= limit {
			return kv.Stop
		}
		return nil
	})
	return n, err
}
