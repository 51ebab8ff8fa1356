package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
)

func TestLanes(t *testing.T) {
	f := newFixture(t)
	later := f.clock.Add(time.Hour)
	err := f.Update(f.ctx, func(t *Txn) error {
		for i, lane := range []Lane{7, 1<<64 - 1, 7, 3} {
			if err := t.EnqueueIn(NotificationQueue, lane, time.Time{}, fmt.Append(nil, i)); err != nil {
				return err
			}
		}
		return t.EnqueueIn(NotificationQueue, 5, later, []byte("later"))
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-f.Queued(NotificationQueue):
	default:
		t.Error("nobody was woken")
	}
	look := func(at time.Time, lane Lane) (tasks []*Task) {
		t.Helper()
		err := f.View(f.ctx, func(r *Reader) error {
			return r.ScanLane(NotificationQueue, lane, at, func(k *Task) error { tasks = append(tasks, k); return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		return tasks
	}
	lanes := func() (lanes []Lane, n, most int) {
		t.Helper()
		err := f.View(f.ctx, func(r *Reader) (err error) {
			if lanes, err = r.Lanes(NotificationQueue); err != nil {
				return err
			}
			if n, err = r.CountLanes(NotificationQueue, 100); err != nil {
				return err
			}
			most, err = r.CountLanes(NotificationQueue, 2)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return lanes, n, most
	}
	if got, n, most := lanes(); !slices.Equal(got, []Lane{3, 5, 7, 1<<64 - 1}) || n != 5 || most != 2 {
		t.Errorf("lanes %v with %d tasks, %d of 2", got, n, most)
	}
	if len(look(f.clock, 5)) != 0 || len(look(later, 5)) != 1 || len(look(f.clock, 3)) != 1 || len(look(f.clock, 4)) != 0 {
		t.Error("a lane has another's tasks, or what is not due")
	}
	seven := look(f.clock, 7)
	if len(seven) != 2 {
		t.Fatalf("lane 7 has %d", len(seven))
	}
	err = f.Update(f.ctx, func(t *Txn) error {
		if err := t.Requeue(seven[0], later); err != nil {
			return err
		}
		return t.Dequeue(seven[1])
	})
	if err != nil {
		t.Fatal(err)
	}
	if again := look(later, 7); len(look(f.clock, 7)) != 0 || len(again) != 1 || again[0].ID != seven[0].ID || !again[0].Due.Equal(later) {
		t.Errorf("put off: %+v", again)
	}
	if err := f.View(f.ctx, func(r *Reader) error {
		return r.ScanQueue(NotificationQueue, later, func(*Task) error { t.Error("the queue beside the lanes has a task"); return kv.Stop })
	}); err != nil {
		t.Fatal(err)
	}
}
