package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// task is a message on its way, as it is queued: the JSON of its fields, a line
// feed, and the message.
type task struct {
	ARN      string `json:"arn"`
	Order    string `json:"order"` // messages with the same are sent one after the other
	Made     int64  `json:"made"`  // milliseconds since 1970
	Attempts int    `json:"attempts,omitempty"`
	From     Sender `json:"from,omitempty"`
	body     []byte
}

var errTask = errors.New("notify: malformed task")

func (k *task) encode() []byte {
	head, _ := json.Marshal(k)
	return append(append(head, '\n'), k.body...)
}

func parseTask(payload []byte) (*task, error) {
	head, body, ok := bytes.Cut(payload, []byte{'\n'})
	k := &task{body: body}
	if !ok || json.Unmarshal(head, k) != nil || k.Attempts < 0 {
		return nil, errTask
	}
	return k, nil
}

// laneOf is a destination's lane in the queue.
func laneOf(name string) store.Lane {
	sum := sha256.Sum256([]byte(name))
	return store.Lane(binary.BigEndian.Uint64(sum[:8]) | 1)
}

// Enqueue queues a message for a destination in the transaction of the change
// that it tells of. Messages about one key of a bucket are sent in the order in
// which they were queued, as long as none of them fails.
func Enqueue(t *store.Txn, name string, bucket store.BucketID, key string, now time.Time, body []byte) error {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, uint64(bucket)), key...))
	k := task{ARN: name, Order: hex.EncodeToString(sum[:8]), Made: now.UnixMilli(), body: body}
	return t.EnqueueIn(store.NotificationQueue, laneOf(name), time.Time{}, k.encode())
}

// EnqueueFrom queues a message for a destination that is not about an object.
// Messages of the same order are sent as those about one key are.
func EnqueueFrom(t *store.Txn, from Sender, name, order string, now time.Time, body []byte) error {
	sum := sha256.Sum256([]byte(order))
	k := task{ARN: name, Order: hex.EncodeToString(sum[:8]), Made: now.UnixMilli(), From: from, body: body}
	return t.EnqueueIn(store.NotificationQueue, laneOf(name), time.Time{}, k.encode())
}

// uuid writes an id in the form of a UUID.
func uuid(id store.ID) string {
	text := hex.EncodeToString(id[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
