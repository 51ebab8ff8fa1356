package disk

import (
	"errors"
	"testing"
	"testing/synctest"
)

func TestGroupSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, runs := make(chan error), 0
		g := newGroupSync(func() error {
			runs++
			return <-begin
		})
		results := make(chan error, 100)
		wait := func(n int) {
			for range n {
				go func() { results <- g.wait() }()
			}
			synctest.Wait()
		}
		collect := func(n int, want error) {
			t.Helper()
			synctest.Wait()
			if len(results) != n {
				t.Errorf("%d callers returned, want %d", len(results), n)
			}
			for range len(results) {
				if err := <-results; !errors.Is(err, want) {
					t.Errorf("%v, want %v", err, want)
				}
			}
		}
		wait(1)
		wait(10) // came while the first run was on: it may not have seen what they wrote
		begin <- nil
		collect(1, nil)
		begin <- nil
		collect(10, nil)
		if runs != 2 {
			t.Errorf("%d runs for 11 callers, want 2", runs)
		}
		wait(1)
		wait(5)
		begin <- errOwn
		collect(6, errOwn) // those who waited for the next run fail without one
		wait(1)
		collect(1, errOwn)
		if runs != 3 || !g.failed() {
			t.Errorf("%d runs, failed %v", runs, g.failed())
		}
	})
}
