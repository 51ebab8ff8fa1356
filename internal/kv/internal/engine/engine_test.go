package engine_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/internal/engine"
)

func TestGateWaitsForThoseInside(t *testing.T) {
	g := engine.NewGate()
	if err := g.Enter(); err != nil {
		t.Fatal(err)
	}
	var left atomic.Bool
	closed := make(chan error)
	go func() {
		err := g.Close()
		if !left.Load() {
			err = errors.Join(err, errors.New("Close returned while a call was inside"))
		}
		closed <- err
	}()
	for g.Enter() == nil { // until Close has shut the gate
		g.Leave()
	}
	left.Store(true)
	g.Leave()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if err := g.Enter(); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("Enter after Close: %v", err)
	}
	if err := g.Close(); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
}

func TestGateUnderLoad(t *testing.T) {
	for range 100 {
		g := engine.NewGate()
		var inside atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for g.Enter() == nil {
					inside.Add(1)
					inside.Add(-1)
					g.Leave()
				}
			})
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		if n := inside.Load(); n != 0 {
			t.Fatalf("%d inside after Close", n)
		}
		wg.Wait()
	}
}

func TestLockGivesUpWithItsContext(t *testing.T) {
	l := engine.NewLock()
	ctx, cancel := context.WithCancel(t.Context())
	if err := l.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() { got <- l.Lock(ctx) }()
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("waiting Lock: %v", err)
	}
	l.Unlock()
	if err := l.Lock(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Lock with an ended context: %v", err)
	}
	if err := l.Lock(t.Context()); err != nil {
		t.Errorf("Lock after Unlock: %v", err)
	}
}

func TestMeter(t *testing.T) {
	var m engine.Meter
	key, value := make([]byte, kv.MaxKey), make([]byte, kv.MaxValue)
	if err := m.Put(append(key, 0), nil); !errors.Is(err, kv.ErrTooLarge) {
		t.Errorf("key over its limit: %v", err)
	}
	if err := m.Delete(append(key, 0)); !errors.Is(err, kv.ErrTooLarge) {
		t.Errorf("deleted key over its limit: %v", err)
	}
	for _, err := range []error{m.Put(nil, nil), m.Delete([]byte{}), engine.CheckKey(nil)} {
		if !errors.Is(err, kv.ErrEmptyKey) {
			t.Errorf("empty key: %v", err)
		}
	}
	if err := m.Put([]byte{0}, append(value, 0)); !errors.Is(err, kv.ErrTooLarge) {
		t.Errorf("value over its limit: %v", err)
	}
	for range kv.MaxTxn / kv.MaxValue {
		if err := m.Put([]byte{0}, value[1:]); err != nil {
			t.Fatalf("up to the limit: %v", err)
		}
	}
	if err := m.Delete([]byte{0}); !errors.Is(err, kv.ErrTooLarge) {
		t.Errorf("transaction over its limit: %v", err)
	}
}
