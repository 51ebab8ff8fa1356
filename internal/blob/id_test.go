package blob

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestIDForm(t *testing.T) {
	id := NewIDs("").Next()
	if !id.Valid() || len(id) != 26 {
		t.Fatalf("%q is not valid", id)
	}
	for _, bad := range []ID{
		"", ".", "..", "/", ID(id[:25]), id + "0", id[:25] + "1",
		"../../../../../etc/passwd0", ID(strings.ToUpper(string(id[:25]))) + "A",
		"v" + id[1:], id[:12] + "/" + id[13:], id[:12] + "\x00" + id[13:], id[:12] + "z" + id[13:],
		id[:12] + "." + id[13:], id[:11] + "é" + id[13:],
	} {
		if bad.Valid() {
			t.Errorf("%q is valid", bad)
		}
	}
}

func TestIDsAscend(t *testing.T) {
	s := NewIDs("")
	var mu sync.Mutex
	var all []ID
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var mine []ID
			for range 2000 {
				mine = append(mine, s.Next())
			}
			if !slices.IsSorted(mine) {
				t.Error("ids of one caller do not ascend")
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 8000 {
		t.Errorf("%d of 8000 ids are unique", n)
	}
}

func TestIDsOutliveTheClock(t *testing.T) {
	future := makeID(1 << 62)
	s := NewIDs(future)
	if id := s.Next(); id <= future {
		t.Errorf("%s does not come after %s", id, future)
	}
	if a, b := makeID(s.tick(5)), makeID(s.tick(4)); a >= b || a <= future {
		t.Errorf("%s, %s: not ascending while the clock goes back", a, b)
	}
	if id := NewIDs("not an id").Next(); !id.Valid() {
		t.Errorf("%q is not valid", id)
	}
}
