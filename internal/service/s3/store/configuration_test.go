package store

import (
	"errors"
	"testing"
	"time"
)

func TestConfigurations(t *testing.T) {
	f := newFixture(t)
	generation := f.bucket.Generation
	put := func(kind Kind, id, document string) {
		t.Helper()
		if err := f.Update(f.ctx, func(t *Txn) error { return t.PutConfiguration(f.bucket, kind, id, []byte(document)) }); err != nil {
			t.Fatal(err)
		}
	}
	bucket := func() (b *Bucket) {
		t.Helper()
		if err := f.View(f.ctx, func(r *Reader) (err error) { b, err = r.Bucket("bucket"); return err }); err != nil {
			t.Fatal(err)
		}
		return b
	}
	read := func(kind Kind, id string) (document []byte, err error) {
		b := bucket()
		err = f.View(f.ctx, func(r *Reader) error { document, err = r.Configuration(b, kind, id); return err })
		return document, err
	}
	if _, err := read(CORS, ""); !errors.Is(err, ErrNoSuchConfiguration) {
		t.Fatalf("no configuration: %v", err)
	}
	put(CORS, "", "old")
	put(CORS, "", "new")
	put(Inventory, "b", "second")
	put(Inventory, "a", "first")
	if got, err := read(CORS, ""); err != nil || string(got) != "new" {
		t.Fatalf("got %q, %v", got, err)
	}
	if b := bucket(); b.Generation != generation+4 || !b.Has(CORS) || b.Has(Website) {
		t.Errorf("generation %d after four changes of %d, CORS %v, website %v", b.Generation, generation, b.Has(CORS), b.Has(Website))
	}
	if _, err := read(Inventory, "c"); !errors.Is(err, ErrNoSuchConfiguration) {
		t.Errorf("another id: %v", err)
	}
	var ids []string
	err := f.View(f.ctx, func(r *Reader) error {
		err := r.ScanConfigurations(bucket(), Inventory, "a", func(id string, document []byte) error {
			ids = append(ids, id+"="+string(document))
			return nil
		})
		return errors.Join(err, r.ScanConfigured(Inventory, 0, func(b BucketID, id string, document []byte) error {
			if b != f.bucket.ID {
				t.Errorf("bucket %d", b)
			}
			ids = append(ids, id+"="+string(document))
			return nil
		}))
	})
	if want := []string{"b=second", "a=first", "b=second"}; err != nil || len(ids) != 3 || ids[0] != want[0] || ids[1] != want[1] || ids[2] != want[2] {
		t.Errorf("scanned %q, %v", ids, err)
	}
	drop := func(kind Kind, id string) error {
		return f.Update(f.ctx, func(t *Txn) error {
			b, err := t.Bucket("bucket")
			if err != nil {
				return err
			}
			return t.DeleteConfiguration(b, kind, id)
		})
	}
	if err := drop(Inventory, "a"); err != nil || !bucket().Has(Inventory) {
		t.Errorf("one of two is left: %v", err)
	}
	if err := drop(Inventory, "a"); !errors.Is(err, ErrNoSuchConfiguration) {
		t.Errorf("deleted again: %v", err)
	}
	if err := drop(Inventory, "b"); err != nil || bucket().Has(Inventory) {
		t.Errorf("none is left: %v", err)
	}
}

func TestADeletedBucketTakesItsConfigurationsAlong(t *testing.T) {
	f := newFixture(t)
	err := f.Update(f.ctx, func(t *Txn) error {
		if err := t.PutConfiguration(f.bucket, Metrics, "id", []byte("x")); err != nil {
			return err
		}
		b, err := t.Bucket("bucket")
		if err != nil {
			return err
		}
		return t.DeleteBucket(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = f.View(f.ctx, func(r *Reader) error {
		return r.ScanConfigured(Metrics, 0, func(BucketID, string, []byte) error { return errors.New("left over") })
	})
	if err != nil {
		t.Error(err)
	}
}

func TestQueues(t *testing.T) {
	f := newFixture(t)
	later := f.clock.Add(time.Hour)
	err := f.Update(f.ctx, func(t *Txn) error {
		return errors.Join(t.Enqueue(NotificationQueue, later, []byte("later")),
			t.Enqueue(NotificationQueue, time.Time{}, []byte("now")), t.Enqueue(ReplicationQueue, time.Time{}, []byte("other")))
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-f.Queued(NotificationQueue):
	default:
		t.Error("nobody was told of the work")
	}
	due := func(at time.Time) (tasks []*Task) {
		err := f.View(f.ctx, func(r *Reader) error {
			return r.ScanQueue(NotificationQueue, at, func(k *Task) error { tasks = append(tasks, k); return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		return tasks
	}
	tasks := due(f.clock.Add(time.Second))
	if len(tasks) != 1 || string(tasks[0].Payload) != "now" {
		t.Fatalf("due now: %v", tasks)
	}
	again := f.clock.Add(2 * time.Hour)
	tasks[0].Payload = []byte("tried")
	if err := f.Update(f.ctx, func(t *Txn) error { return t.Requeue(tasks[0], again) }); err != nil {
		t.Fatal(err)
	}
	if tasks = due(again); len(tasks) != 2 || string(tasks[0].Payload) != "later" || string(tasks[1].Payload) != "tried" || !tasks[1].Due.Equal(again) {
		t.Fatalf("after putting one off: %v", tasks)
	}
	if err := f.Update(f.ctx, func(t *Txn) error { return errors.Join(t.Dequeue(tasks[0]), t.Dequeue(tasks[1]), t.Dequeue(tasks[1])) }); err != nil {
		t.Fatal(err)
	}
	if tasks = due(again); len(tasks) != 0 {
		t.Errorf("left: %v", tasks)
	}
}

func TestLeases(t *testing.T) {
	f := newFixture(t)
	lease := func(holder string) error { return f.Lease(f.ctx, "work", holder, time.Minute) }
	if err := errors.Join(lease("a"), lease("a")); err != nil {
		t.Fatal(err)
	}
	if err := lease("b"); !errors.Is(err, ErrLeased) {
		t.Errorf("held by another: %v", err)
	}
	if err := f.Release(f.ctx, "work", "b"); err != nil || !errors.Is(lease("b"), ErrLeased) {
		t.Errorf("released by another: %v", err)
	}
	if err := errors.Join(f.Release(f.ctx, "work", "a"), lease("b")); err != nil {
		t.Errorf("released: %v", err)
	}
	f.clock = f.clock.Add(2 * time.Minute)
	if err := lease("a"); err != nil {
		t.Errorf("expired: %v", err)
	}
}

func TestSettingsOfRows(t *testing.T) {
	f := newFixture(t)
	all := Settings{
		Lock:        Lock{Mode: Compliance, Until: time.UnixMilli(1_900_000_000_000).UTC(), Hold: HoldOff},
		Replication: ReplicationFailed,
		Restore:     Restore{Requested: time.UnixMilli(1_800_000_000_000).UTC(), Expires: time.UnixMilli(1_800_000_001_000).UTC()},
	}
	o := &Object{Entry: Entry{Key: "k", Owner: account}, Attributes: Attributes{Encryption: SSES3, Settings: all}}
	got, err := decodeObject("k", appendObject(nil, o))
	if err != nil || got.Lock != all.Lock || got.Replication != all.Replication || got.Restore != all.Restore {
		t.Errorf("object: %+v, %v", got, err)
	}
	u, err := decodeUpload("k", ID{}, appendUpload(nil, &Upload{Key: "k", Attributes: Attributes{Settings: all}}))
	if err != nil || u.Lock != all.Lock {
		t.Errorf("upload: %+v, %v", u, err)
	}
	if row := appendObject(nil, &Object{}); row[0] != objectFormat {
		t.Errorf("an object without settings has format %d", row[0])
	}
	unknown := append(appendObject(nil, o), 200, 0)
	if _, err := decodeObject("k", unknown); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a setting of a newer program: %v", err)
	}
	err = f.Update(f.ctx, func(t *Txn) error {
		if err := t.UpdateObject(f.bucket, o); err != nil {
			return err
		}
		a, err := t.ObjectAccess(f.bucket.ID, "k")
		if err == nil && a.Owner != account {
			err = errors.New(a.Owner)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
