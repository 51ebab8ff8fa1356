package kvtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func scanTests() []test {
	return []test{
		{"ScanRanges", testScanRanges},
		{"ScanPrefix", testScanPrefix},
		{"ScanMany", testScanMany},
		{"ScanLargeValues", testScanLargeValues},
		{"ScanStop", testScanStop},
		{"ScanCallbackError", testScanCallbackError},
		{"ScanNested", testScanNested},
		{"ScanNestedFromManyRows", testScanNestedMany},
	}
}

// inOrder are keys whose order tells bytes from anything else: signs, lengths,
// terminators and UTF-8.
var inOrder = []string{"\x00", "\x00\x00", "\x00\xff", "\x01", "A", "B", "a", "a\x00", "a\x00b", "a\x01", "aa", "ab", "a\xff", "a\xff\xff", "b", "é", "日", "\xfe\xff", "\xff", "\xff\x00", "\xff\xff"}

func orderedPairs() []pair {
	var out []pair
	for i, k := range inOrder {
		out = append(out, pair{k, fmt.Sprint(i)})
	}
	return out
}

// inBoth runs fn on a View, on an Update that wrote nothing, and on an Update
// that wrote everything itself.
func inBoth(t *testing.T, s *suite, pairs []pair, fn func(t *testing.T, r kv.Reader) error) {
	t.Helper()
	st := s.store(t)
	put(t, st, pairs...)
	t.Run("View", func(t *testing.T) {
		view(t, st, func(r kv.Reader) error { return fn(t, r) })
	})
	t.Run("Update", func(t *testing.T) {
		update(t, st, func(tx kv.Txn) error { return fn(t, tx) })
	})
	t.Run("OwnWrites", func(t *testing.T) {
		update(t, s.store(t), func(tx kv.Txn) error {
			for _, p := range slices.Backward(pairs) {
				if err := putAll(tx, p); err != nil {
					return err
				}
			}
			return fn(t, tx)
		})
	})
}

func testScanRanges(t *testing.T, s *suite) {
	pairs := orderedPairs()
	bounds := make([][]byte, 0, len(inOrder)+5)
	bounds = append(bounds, nil, []byte{}, []byte("\x00\x00\x00"), []byte("aaa"), []byte("\xff\xff\xff"))
	for _, k := range inOrder {
		bounds = append(bounds, []byte(k))
	}
	inBoth(t, s, pairs, func(t *testing.T, r kv.Reader) error {
		for i, start := range bounds {
			// Every bound as a start and as an end, without the full product.
			for _, end := range [][]byte{nil, bounds[(i*7+3)%len(bounds)], bounds[(i*5+8)%len(bounds)], start} {
				for _, reverse := range []bool{false, true} {
					rg := kv.Range{Start: start, End: end, Reverse: reverse}
					got, err := scan(r, rg)
					if err != nil {
						return err
					}
					if want := expected(pairs, rg); !slices.Equal(got, want) {
						t.Errorf("Scan [%q, %q) reverse %v:\n got %q\nwant %q", start, end, reverse, got, want)
					}
				}
			}
		}
		return nil
	})
}

// expected is what a scan of sorted pairs gives.
func expected(sorted []pair, rg kv.Range) []pair {
	var out []pair
	for _, p := range sorted {
		if p.key >= string(rg.Start) && (rg.End == nil || p.key < string(rg.End)) {
			out = append(out, p)
		}
	}
	if rg.Reverse {
		slices.Reverse(out)
	}
	return out
}

func testScanPrefix(t *testing.T, s *suite) {
	pairs := orderedPairs()
	inBoth(t, s, pairs, func(t *testing.T, r kv.Reader) error {
		for _, prefix := range append(inOrder, "", "a\xff\xff\xff", "zz") {
			for _, reverse := range []bool{false, true} {
				rg := kv.Prefix([]byte(prefix))
				rg.Reverse = reverse
				got, err := scan(r, rg)
				if err != nil {
					return err
				}
				var want []pair
				for _, p := range pairs {
					if strings.HasPrefix(p.key, prefix) {
						want = append(want, p)
					}
				}
				if reverse {
					slices.Reverse(want)
				}
				if !slices.Equal(got, want) {
					t.Errorf("Scan prefix %q reverse %v:\n got %q\nwant %q", prefix, reverse, got, want)
				}
			}
		}
		return nil
	})
}

// manyPairs is more than any engine fetches at once.
func manyPairs() []pair {
	out := make([]pair, 0, 5000)
	for i := range 5000 {
		out = append(out, pair{fmt.Sprintf("key/%05d", i), fmt.Sprint("value ", i)})
	}
	return out
}

func testScanMany(t *testing.T, s *suite) {
	pairs := manyPairs()
	inBoth(t, s, pairs, func(t *testing.T, r kv.Reader) error {
		for _, rg := range []kv.Range{{}, {Reverse: true}, {Start: []byte("key/00100"), End: []byte("key/04900")}, {Start: []byte("key/00100"), End: []byte("key/04900"), Reverse: true}} {
			got, err := scan(r, rg)
			if err != nil {
				return err
			}
			if want := expected(pairs, rg); !slices.Equal(got, want) {
				t.Errorf("Scan [%q, %q) reverse %v gave %d pairs, want %d in order", rg.Start, rg.End, rg.Reverse, len(got), len(want))
			}
		}
		return nil
	})
}

func testScanLargeValues(t *testing.T, s *suite) {
	var pairs []pair
	for i := range 40 {
		pairs = append(pairs, pair{fmt.Sprintf("%03d", i), strings.Repeat(string(rune('a'+i%26)), 256<<10+i)})
	}
	inBoth(t, s, pairs, func(t *testing.T, r kv.Reader) error {
		got, err := scan(r, kv.Range{})
		if err == nil && !slices.Equal(got, pairs) {
			t.Errorf("got %d pairs, want %d as they were put", len(got), len(pairs))
		}
		return err
	})
}

func testScanStop(t *testing.T, s *suite) {
	inBoth(t, s, manyPairs(), func(t *testing.T, r kv.Reader) error {
		for _, stopAt := range []int{1, 2, 100, 3000} {
			n := 0
			err := r.Scan(kv.Range{}, func(k, v []byte) error {
				if n++; n == stopAt {
					return kv.Stop
				}
				return nil
			})
			if err != nil || n != stopAt {
				t.Errorf("stopped at %d: %d calls, error %v", stopAt, n, err)
			}
		}
		_, err := r.Get([]byte("key/00000")) // the reader is as good as before
		return err
	})
}

func testScanCallbackError(t *testing.T, s *suite) {
	mine := errors.New("mine")
	inBoth(t, s, manyPairs(), func(t *testing.T, r kv.Reader) error {
		n := 0
		err := r.Scan(kv.Range{}, func(k, v []byte) error {
			if n++; n == 3 {
				return mine
			}
			return nil
		})
		wantErr(t, "Scan", err, mine)
		if n != 3 {
			t.Errorf("%d calls, want 3", n)
		}
		_, err = r.Get([]byte("key/00000"))
		return err
	})
}

func testScanNested(t *testing.T, s *suite) {
	pairs := orderedPairs()
	inBoth(t, s, pairs, func(t *testing.T, r kv.Reader) error {
		i := 0
		return r.Scan(kv.Range{}, func(k, v []byte) error {
			if got, ok, err := lookup(r, string(k)); err != nil || !ok || got != string(v) {
				t.Errorf("Get(%q) in a scan = %q, %v, %v; want %q", k, got, ok, err, v)
			}
			inner, err := scan(r, kv.Range{Start: k, Reverse: true})
			if err != nil {
				return err
			}
			if want := expected(pairs[i:], kv.Range{Reverse: true}); !slices.Equal(inner, want) {
				t.Errorf("scan in a scan from %q: %q, want %q", k, inner, want)
			}
			if string(k) != pairs[i].key || string(v) != pairs[i].value {
				t.Errorf("pair %d is %q=%q after a nested scan, want %q", i, k, v, pairs[i])
			}
			i++
			return nil
		})
	})
}

func testScanNestedMany(t *testing.T, s *suite) {
	pairs := manyPairs()
	inBoth(t, s, pairs, func(t *testing.T, r kv.Reader) error {
		var got []pair
		err := r.Scan(kv.Range{}, func(k, v []byte) error {
			if len(got)%500 == 0 {
				if _, err := r.Get([]byte("key/04999")); err != nil {
					return err
				}
			}
			got = append(got, pair{string(k), string(v)})
			return nil
		})
		if !slices.Equal(got, pairs) {
			t.Errorf("got %d pairs, want %d in order", len(got), len(pairs))
		}
		return err
	})
}
