package directory

import (
	"testing"
	"time"
)

// access is what the principal used, as it is stored.
func (w *world) access(t testing.TB, principal string) (used map[string]Access) {
	t.Helper()
	w.view(t, func(tx *ReadTx) error {
		rec, err := tx.ServiceAccess(acctA, principal)
		if err == nil {
			used = rec.Used
		}
		return err
	})
	return used
}

func TestAccessesAreWritten(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	u := newUser(acctA, "/", "u")
	key, _ := w.userKey(t, u)
	cred, err := w.Credentials(t.Context(), key, "")
	if err != nil {
		t.Fatal(err)
	}
	w.Accessed(cred, "s3", "", "eu-west-1")
	w.Accessed(cred, "iam", "iam:GetUser", "")
	if n := len(w.access(t, u.ID)); n != 0 {
		t.Errorf("%d written at once", n)
	}
	for range 2 {
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	again := openOn(t, w.store, w.clock)
	used := again.access(t, u.ID)
	if len(used) != 3 || used["s3"].Region != "eu-west-1" || !used["iam:GetUser"].Time.Equal(w.clock.Now()) {
		t.Errorf("written %v", used)
	}
	// Within a minute a time stays, another service is added and later ones count.
	w.clock.Advance(time.Second)
	w.Accessed(cred, "s3", "", "eu-west-1")
	w.clock.Advance(time.Minute)
	w.Accessed(cred, "iam", "", "")
	w.Accessed(cred, "sts", "", "")
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := w.clock.Now()
	used = again.access(t, u.ID)
	if len(used) != 4 || !used["iam"].Time.Equal(now) || !used["sts"].Time.Equal(now) {
		t.Errorf("then %v", used)
	}
	// What was used goes with the user, and does not come back.
	w.clock.Advance(time.Hour)
	w.Accessed(cred, "s3", "", "")
	w.update(t, func(tx *Tx) error {
		if err := tx.DeleteAccessKey(key); err != nil {
			return err
		}
		u, err := tx.User(acctA, "u")
		if err != nil {
			return err
		}
		return tx.DeleteUser(u)
	})
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if used := w.access(t, u.ID); len(used) != 0 {
		t.Errorf("left behind: %v", used)
	}
}

func TestAccessesByManyAtOnce(t *testing.T) {
	a := newAccesses()
	done := make(chan bool)
	for g := range 4 {
		go func() {
			for i := range 200 {
				a.mark(acctA, "AIDA", string(rune('a'+i%20)), time.Unix(int64(i*600), 0), "r")
				if g == 0 && i%50 == 0 {
					for _, b := range a.take() {
						for what, last := range b.taken {
							b.marks[what].written.Store(last)
						}
					}
				}
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
}

func BenchmarkAccessed(b *testing.B) {
	a, at := newAccesses(), time.Unix(1, 0)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			a.mark(acctA, "AIDA", "s3", at, "us-east-1")
		}
	})
}
