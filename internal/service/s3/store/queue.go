package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// Queue is a queue of work that follows from changes. The numbers are stored and
// never change.
type Queue uint8

// The queues.
const (
	NotificationQueue Queue = 1
	ReplicationQueue  Queue = 2
	AccessLogQueue    Queue = 3
	queues                  = 4
)

// Task is a piece of work in a queue. A task is done at least once: whoever does
// it takes it out afterwards, and may crash in between.
type Task struct {
	Queue   Queue
	Lane    Lane      // 0 in a queue without lanes
	Due     time.Time // not to be done before
	ID      ID
	Payload []byte
}

const taskFormat = 1

func taskKey(q Queue, due uint64, id ID) key.Key {
	return append(key.New(27, space, tagTask, byte(q)).Uint64(due), id[:]...)
}

func (k *Task) key() key.Key {
	if k.Lane != 0 {
		return laneTaskKey(k.Queue, k.Lane, uint64(k.Due.UnixNano()), k.ID)
	}
	return taskKey(k.Queue, uint64(k.Due.UnixNano()), k.ID)
}

// Enqueue puts work into a queue, to be done from due on; the zero time means at
// once. It becomes visible with the transaction's other writes.
func (t *Txn) Enqueue(q Queue, due time.Time, payload []byte) error {
	if due.IsZero() {
		due = t.now
	}
	k := Task{Queue: q, Due: due, ID: NewID(t.now)}
	t.queued[q] = true
	return t.txn.Put(k.key(), append([]byte{taskFormat}, payload...))
}

// Dequeue takes a task out of its queue; one that is not there any more is not an
// error.
func (t *Txn) Dequeue(k *Task) error { return t.txn.Delete(k.key()) }

// Requeue puts a task off until due, with what its payload is by now.
func (t *Txn) Requeue(k *Task, due time.Time) error {
	if err := t.Dequeue(k); err != nil {
		return err
	}
	later := *k
	later.Due = due
	return t.txn.Put(later.key(), append([]byte{taskFormat}, k.Payload...))
}

// ScanQueue calls fn for each task that is due at a time, the oldest first, until
// fn returns an error; kv.Stop ends it without one. The task is fn's to keep.
func (r *Reader) ScanQueue(q Queue, at time.Time, fn func(*Task) error) error {
	rng := kv.Range{Start: key.New(3, space, tagTask, byte(q)), End: taskKey(q, uint64(at.UnixNano())+1, ID{})}
	return r.kv.Scan(rng, func(k, row []byte) error {
		if len(k) != 27 || len(row) == 0 || row[0] != taskFormat {
			return fmt.Errorf("%w: task", ErrCorrupt)
		}
		task := &Task{Queue: q, Due: time.Unix(0, int64(binary.BigEndian.Uint64(k[3:11]))).UTC()}
		copy(task.ID[:], k[11:])
		task.Payload = append(task.Payload, row[1:]...)
		return fn(task)
	})
}

// Queued is signalled when this process has put work into a queue.
func (s *Store) Queued(q Queue) <-chan struct{} { return s.work[q] }
