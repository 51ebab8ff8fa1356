package kvtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func modelTests() []test {
	return []test{{"Model", testModel}}
}

func durableTests() []test {
	return []test{
		{"Reopen", testReopen},
		{"ModelReopen", testModelReopen},
	}
}

// model does random things to a store and to a map, and compares.
type model struct {
	rng  *rand.Rand
	data map[string]string
}

var errRollback = errors.New("rolled back on purpose")

func newModel(seed uint64) *model {
	return &model{rand.New(rand.NewPCG(seed, 99)), map[string]string{}}
}

// key is short and of few different bytes, so that keys meet and nest.
func (m *model) key() []byte {
	k := make([]byte, 1+m.rng.IntN(3))
	for i := range k {
		k[i] = []byte{0, 1, 'a', 'b', 0xfe, 0xff}[m.rng.IntN(6)]
	}
	return k
}

func (m *model) value() string {
	return strings.Repeat(fmt.Sprint(m.rng.IntN(1000)), m.rng.IntN(50))
}

func (m *model) rangeOf() kv.Range {
	rg := kv.Range{Start: m.key(), End: m.key(), Reverse: m.rng.IntN(2) == 0}
	switch m.rng.IntN(4) {
	case 0:
		rg.Start = []byte{}
	case 1:
		rg.End = nil
	case 2:
		rg.End = kv.PrefixEnd(rg.Start)
	}
	return rg
}

// read compares one random read with data.
func (m *model) read(r kv.Reader, data map[string]string) error {
	if m.rng.IntN(2) == 0 {
		k := string(m.key())
		got, ok, err := lookup(r, k)
		if want, in := data[k]; err != nil || ok != in || got != want {
			return fmt.Errorf("Get(%q) = %q, %v, %w; want %q, %v", k, got, ok, err, want, in)
		}
		return nil
	}
	rg := m.rangeOf()
	got, err := scan(r, rg)
	if err != nil {
		return err
	}
	if want := expected(sorted(data), rg); !slices.Equal(got, want) {
		return fmt.Errorf("Scan [%q, %q) reverse %v:\n got %q\nwant %q", rg.Start, rg.End, rg.Reverse, got, want)
	}
	return nil
}

func sorted(data map[string]string) []pair {
	var out []pair
	for _, k := range slices.Sorted(maps.Keys(data)) {
		out = append(out, pair{k, data[k]})
	}
	return out
}

// txn does up to 20 random things and sometimes fails at the end. It returns
// the data as they are if it does not.
func (m *model) txn(tx kv.Txn) (map[string]string, error) {
	data := maps.Clone(m.data)
	for range m.rng.IntN(20) {
		var err error
		switch k := m.key(); m.rng.IntN(6) {
		case 0, 1, 2:
			v := m.value()
			data[string(k)] = v
			err = tx.Put(k, []byte(v))
		case 3:
			delete(data, string(k))
			err = tx.Delete(k)
		default:
			err = m.read(tx, data)
		}
		if err != nil {
			return nil, err
		}
	}
	if m.rng.IntN(6) == 0 {
		return nil, errRollback
	}
	return data, nil
}

func (m *model) step(t *testing.T, st kv.Store) {
	t.Helper()
	ctx := context.Background()
	if m.rng.IntN(3) == 0 {
		if err := st.View(ctx, func(r kv.Reader) error {
			for range 5 {
				if err := m.read(r, m.data); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return
	}
	var data map[string]string
	err := tryUpdate(st, func(tx kv.Txn) (err error) {
		data, err = m.txn(tx)
		return err
	})
	switch {
	case err == nil:
		m.data = data
	case !errors.Is(err, errRollback):
		t.Fatal(err)
	}
}

func testModel(t *testing.T, s *suite) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			st := s.store(t)
			m := newModel(seed)
			for range 150 {
				m.step(t, st)
			}
			wantPairs(t, dump(t, st), sorted(m.data)...)
		})
	}
}

func testModelReopen(t *testing.T, s *suite) {
	st := s.store(t)
	m := newModel(1000)
	for range 5 {
		for range 40 {
			m.step(t, st)
		}
		st = s.reopen(t, st)
		wantPairs(t, dump(t, st), sorted(m.data)...)
	}
}

func testReopen(t *testing.T, s *suite) {
	st := s.store(t)
	pairs := manyPairs()
	put(t, st, pairs...)
	update(t, st, func(tx kv.Txn) error { return tx.Delete([]byte(pairs[0].key)) })
	st = s.reopen(t, st)
	wantPairs(t, dump(t, st), pairs[1:]...)
	put(t, st, pairs[0])
	st = s.reopen(t, st)
	wantPairs(t, dump(t, st), pairs...)
}
