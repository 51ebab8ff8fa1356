package tree_test

import (
	"fmt"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/kv/internal/tree"
)

type pair struct{ key, value string }

func collect(t tree.Tree, start, end []byte, reverse bool) []pair {
	var out []pair
	t.Scan(start, end, reverse, func(k, v []byte) bool {
		out = append(out, pair{string(k), string(v)})
		return true
	})
	return out
}

func expect(model map[string]string, start, end []byte, reverse bool) []pair {
	var out []pair
	for _, k := range slices.Sorted(maps.Keys(model)) {
		if k >= string(start) && (end == nil || k < string(end)) {
			out = append(out, pair{k, model[k]})
		}
	}
	if reverse {
		slices.Reverse(out)
	}
	return out
}

func TestAgainstModelAndOldVersionsStay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	model := map[string]string{}
	edit := tree.Tree{}.Edit(maphash.MakeSeed())
	type version struct {
		tree tree.Tree
		want map[string]string
	}
	var versions []version
	for i := range 5000 {
		k := fmt.Sprint(rng.IntN(500))
		if rng.IntN(3) == 0 {
			edit.Delete([]byte(k))
			delete(model, k)
		} else {
			v := fmt.Sprint(i)
			edit.Put([]byte(k), []byte(v))
			model[k] = v
		}
		if i%100 == 0 {
			versions = append(versions, version{edit.Freeze(), maps.Clone(model)})
		}
	}
	for i, v := range versions {
		for _, r := range []struct{ start, end []byte }{{nil, nil}, {[]byte("2"), nil}, {nil, []byte("3")}, {[]byte("15"), []byte("42")}, {[]byte("5"), []byte("4")}} {
			for _, reverse := range []bool{false, true} {
				got, want := collect(v.tree, r.start, r.end, reverse), expect(v.want, r.start, r.end, reverse)
				if !slices.Equal(got, want) {
					t.Fatalf("version %d, [%s, %s) reverse %v:\n got %v\nwant %v", i, r.start, r.end, reverse, got, want)
				}
			}
		}
		for n := range 500 {
			k := fmt.Sprint(n)
			got, ok := v.tree.Get([]byte(k))
			want, in := v.want[k]
			if ok != in || string(got) != want {
				t.Fatalf("version %d: Get(%s) = %q, %v; want %q, %v", i, k, got, ok, want, in)
			}
		}
	}
}

func TestScanStops(t *testing.T) {
	edit := tree.Tree{}.Edit(maphash.MakeSeed())
	for i := range 100 {
		edit.Put([]byte{byte(i)}, nil)
	}
	for _, reverse := range []bool{false, true} {
		n := 0
		edit.Freeze().Scan(nil, nil, reverse, func(k, v []byte) bool {
			n++
			return n < 7
		})
		if n != 7 {
			t.Errorf("reverse %v: visited %d, want 7", reverse, n)
		}
	}
}
