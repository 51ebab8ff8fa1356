package linklocal

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestRotatingSharesOneFetch: who comes while a value is fetched waits for it.
func TestRotatingSharesOneFetch(t *testing.T) {
	var fetches atomic.Int32
	release := make(chan struct{})
	r := &Rotating[int]{
		Fetch: func(context.Context, *int) (*int, error) {
			<-release
			return new(int(fetches.Add(1))), nil
		},
		Life: func(*int) (due, end time.Time) { return time.Now().Add(time.Hour), time.Now().Add(time.Hour) },
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if v, err := r.Get(t.Context()); err != nil || *v != 1 {
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Get(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not wait gets %v", err)
	}
	close(release)
	all.Wait()
	if n := fetches.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

// TestRotatingHasNoPatience: a fetch that hangs keeps nobody from a value that is
// still good.
func TestRotatingHasNoPatience(t *testing.T) {
	now := time.Unix(1000, 0)
	hang := make(chan struct{})
	defer close(hang)
	first := true
	r := &Rotating[int]{
		Fetch: func(context.Context, *int) (*int, error) {
			if first {
				first = false
				return new(7), nil
			}
			<-hang
			return nil, errors.New("late")
		},
		Life:     func(*int) (due, end time.Time) { return now, now.Add(time.Hour) },
		Clock:    func() time.Time { return now },
		Patience: time.Nanosecond,
	}
	for range 3 {
		if v, err := r.Get(t.Context()); err != nil || *v != 7 {
			t.Fatalf("got %v, %v", v, err)
		}
	}
}
