package kvtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func concurrentTests() []test {
	return []test{
		{"ViewSeesAcknowledged", testViewSeesAcknowledged},
		{"TransfersKeepTheSum", testTransfers},
	}
}

// testViewSeesAcknowledged has readers that learn of an update only from its
// acknowledgement and must then find it, and must never see time go backwards.
func testViewSeesAcknowledged(t *testing.T, s *suite) {
	st := s.store(t)
	const writers, readers, each = 3, 3, 100
	var acked [writers]atomic.Int64
	var done atomic.Int64
	race(t, 1, func(int) []func() error {
		var fns []func() error
		for w := range writers {
			fns = append(fns, func() error {
				defer done.Add(1)
				for i := 1; i <= each; i++ {
					if err := tryUpdate(st, func(tx kv.Txn) error {
						return putAll(tx, pair{strconv.Itoa(w), strconv.Itoa(i)})
					}); err != nil {
						return err
					}
					acked[w].Store(int64(i))
				}
				return nil
			})
		}
		for range readers {
			fns = append(fns, func() error {
				var seen [writers]int64
				for done.Load() < writers {
					if err := checkAcknowledged(st, acked[:], seen[:]); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return fns
	})
}

func checkAcknowledged(st kv.Store, acked []atomic.Int64, seen []int64) error {
	for w := range acked {
		seen[w] = max(seen[w], acked[w].Load())
	}
	return st.View(context.Background(), func(r kv.Reader) error {
		for w := range acked {
			v, _, err := lookup(r, strconv.Itoa(w))
			if err != nil {
				return err
			}
			n := int64(0)
			if v != "" {
				if n, err = strconv.ParseInt(v, 10, 64); err != nil {
					return err
				}
			}
			if n < seen[w] {
				return fmt.Errorf("a view saw %d of writer %d after %d was acknowledged or seen", n, w, seen[w])
			}
			seen[w] = n
		}
		return nil
	})
}

// testTransfers moves amounts between accounts while readers add them up.
func testTransfers(t *testing.T, s *suite) {
	st := s.store(t)
	const accounts, total, workers, each = 10, 1000, 4, 50
	account := func(i int) string { return fmt.Sprintf("account/%02d", i) }
	for i := range accounts {
		put(t, st, pair{account(i), strconv.Itoa(total / accounts)})
	}
	var done atomic.Int64
	race(t, 1, func(int) []func() error {
		var fns []func() error
		for w := range workers {
			fns = append(fns, func() error {
				defer done.Add(1)
				rng := rand.New(rand.NewPCG(uint64(w), 7))
				for range each {
					from, to := rng.IntN(accounts), rng.IntN(accounts)
					if err := tryUpdate(st, transfer(account(from), account(to), rng.IntN(30))); err != nil {
						return err
					}
				}
				return nil
			}, func() error {
				for done.Load() < workers {
					if err := st.View(context.Background(), func(r kv.Reader) error { return checkSum(r, total, accounts) }); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return append(fns, func() error { // the sum is right inside an Update, too
			for done.Load() < workers {
				if err := tryUpdate(st, func(tx kv.Txn) error { return checkSum(tx, total, accounts) }); err != nil {
					return err
				}
			}
			return nil
		})
	})
	view(t, st, func(r kv.Reader) error { return checkSum(r, total, accounts) })
}

func transfer(from, to string, amount int) func(kv.Txn) error {
	return func(tx kv.Txn) error {
		for _, change := range []struct {
			key string
			by  int
		}{{from, -amount}, {to, amount}} {
			v, _, err := lookup(tx, change.key)
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(v)
			if err != nil {
				return err
			}
			if err := putAll(tx, pair{change.key, strconv.Itoa(n + change.by)}); err != nil {
				return err
			}
		}
		return nil
	}
}

// checkSum adds up what a scan shows and checks that Get shows the same.
func checkSum(r kv.Reader, total, accounts int) error {
	pairs, err := scan(r, kv.Prefix([]byte("account/")))
	if err != nil {
		return err
	}
	sum := 0
	for _, p := range pairs {
		n, err := strconv.Atoi(p.value)
		if err != nil {
			return err
		}
		sum += n
		if v, _, err := lookup(r, p.key); err != nil || v != p.value {
			return fmt.Errorf("%w: scan saw %s = %s and Get %s in one state", err, p.key, p.value, v)
		}
	}
	if sum != total || len(pairs) != accounts {
		return fmt.Errorf("%d accounts hold %d, want %d holding %d", len(pairs), sum, accounts, total)
	}
	return nil
}
