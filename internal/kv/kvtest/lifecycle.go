package kvtest

import (
	"context"
	"errors"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func contextTests() []test {
	return []test{
		{"ContextEndedBefore", testContextEndedBefore},
		{"ContextEndsInUpdate", testContextEndsInUpdate},
		{"ContextEndsInScan", testContextEndsInScan},
		{"ContextEndsWaiting", testContextEndsWaiting},
	}
}

func closeTests() []test {
	return []test{
		{"CloseRefuses", testCloseRefuses},
		{"CloseWaits", testCloseWaits},
	}
}

func testContextEndedBefore(t *testing.T, s *suite) {
	st := s.store(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := st.Update(ctx, func(tx kv.Txn) error { return putAll(tx, pair{"a", "1"}) })
	wantErr(t, "Update", err, context.Canceled)
	err = st.View(ctx, func(r kv.Reader) error {
		_, err := scan(r, kv.Range{})
		return err
	})
	wantErr(t, "View", err, context.Canceled)
	wantPairs(t, dump(t, st))
}

func testContextEndsInUpdate(t *testing.T, s *suite) {
	st := s.store(t)
	mine := errors.New("mine")
	ctx, cancel := context.WithCancelCause(context.Background())
	err := st.Update(ctx, func(tx kv.Txn) error {
		if err := putAll(tx, pair{"a", "1"}); err != nil {
			return err
		}
		cancel(mine)
		return nil
	})
	wantErr(t, "Update", err, context.Canceled)
	wantPairs(t, dump(t, st))
	put(t, st, pair{"a", "2"})
	wantPairs(t, dump(t, st), pair{"a", "2"})
}

func testContextEndsInScan(t *testing.T, s *suite) {
	st := s.store(t)
	pairs := manyPairs()
	put(t, st, pairs...)
	for _, in := range []string{"View", "Update"} {
		ctx, cancel := context.WithCancel(context.Background())
		n := 0
		read := func(r kv.Reader) error {
			return r.Scan(kv.Range{}, func(k, v []byte) error {
				n++
				cancel()
				return nil
			})
		}
		var err error
		if in == "View" {
			err = st.View(ctx, read)
		} else {
			err = st.Update(ctx, func(tx kv.Txn) error { return read(tx) })
		}
		wantErr(t, in, err, context.Canceled)
		if n == len(pairs) {
			t.Errorf("%s: the scan went on to the end", in)
		}
	}
}

// testContextEndsWaiting ends the context of an update while another update is
// held inside its function: it must return before the other does.
func testContextEndsWaiting(t *testing.T, s *suite) {
	st := s.store(t)
	inside, release := make(chan struct{}, 1), make(chan struct{})
	held := make(chan error)
	go func() {
		held <- tryUpdate(st, func(tx kv.Txn) error {
			select {
			case inside <- struct{}{}:
			default:
			}
			<-release
			return putAll(tx, pair{"a", "1"})
		})
	}()
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	waiting := make(chan error)
	go func() {
		waiting <- st.Update(ctx, func(tx kv.Txn) error { return putAll(tx, pair{"b", "1"}) })
	}()
	cancel()
	// An engine that lets both run may have been done before the cancellation.
	if err := <-waiting; err != nil {
		wantErr(t, "Update", err, context.Canceled)
	}
	close(release)
	if err := <-held; err != nil {
		t.Errorf("the other Update: %v", err)
	}
}

func testCloseRefuses(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a", "1"})
	if err := st.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	ctx := context.Background()
	ran := false
	wantErr(t, "View", st.View(ctx, func(kv.Reader) error { ran = true; return nil }), kv.ErrClosed)
	wantErr(t, "Update", st.Update(ctx, func(kv.Txn) error { ran = true; return nil }), kv.ErrClosed)
	wantErr(t, "Close", st.Close(), kv.ErrClosed)
	if ran {
		t.Error("a closed store ran a function")
	}
}

func testCloseWaits(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a", "1"})
	ctx := context.Background()
	inside, release := make(chan struct{}, 2), make(chan struct{})
	results := make(chan error, 2)
	go func() {
		results <- st.View(ctx, func(r kv.Reader) error {
			inside <- struct{}{}
			<-release
			_, err := r.Get([]byte("a"))
			return err
		})
	}()
	go func() {
		results <- st.Update(ctx, func(tx kv.Txn) error {
			inside <- struct{}{}
			<-release
			return putAll(tx, pair{"a", "2"})
		})
	}()
	<-inside
	<-inside
	closed := make(chan error, 1)
	go func() { closed <- st.Close() }()
	for { // until Close has begun
		err := st.View(ctx, func(kv.Reader) error { return nil })
		if errors.Is(err, kv.ErrClosed) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-closed:
		t.Fatalf("Close returned %v while functions were running", err)
	default:
	}
	close(release)
	for range 2 {
		if err := <-results; err != nil {
			t.Errorf("what ran when Close was called: %v", err)
		}
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
}
