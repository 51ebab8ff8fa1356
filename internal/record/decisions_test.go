package record

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

var then = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func decided(id string, at time.Time) *Decided {
	return &Decided{RequestID: id, Time: at, First: Asked{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Allowed: true}}
}

func s3ID(n int) string { return fmt.Sprintf("%016d", n) }

func uuid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

func TestDecisionsAreFoundByID(t *testing.T) {
	l := NewDecisionLog(1000, 1<<20, time.Hour)
	for i := range 50 {
		l.Add(decided(s3ID(i), then))
		l.Add(decided(uuid(i), then))
	}
	for i := range 50 {
		for _, id := range []string{s3ID(i), uuid(i)} {
			if d, ok := l.Find(id, then); !ok || d.RequestID != id {
				t.Errorf("%s: %v %v", id, d, ok)
			}
		}
	}
	for _, id := range []string{"", "x", s3ID(50), uuid(50), strings.Repeat("z", 36), strings.Repeat("-", 36), "0000000000000000000"} {
		if _, ok := l.Find(id, then); ok {
			t.Errorf("found %q", id)
		}
	}
	if l.Len() != 100 {
		t.Errorf("holds %d", l.Len())
	}
}

func TestDecisionsAreBoundedInNumber(t *testing.T) {
	l := NewDecisionLog(160, 1<<30, time.Hour)
	for i := range 10_000 {
		l.Add(decided(s3ID(i), then))
		if l.Len() > 160 {
			t.Fatalf("holds %d after %d", l.Len(), i)
		}
	}
	if _, ok := l.Find(s3ID(9_999), then); !ok {
		t.Error("the last is gone")
	}
	if _, ok := l.Find(s3ID(0), then); ok {
		t.Error("the first is still there")
	}
	l.Add(decided(s3ID(9_999), then)) // an id that comes twice
	if d, ok := l.Find(s3ID(9_999), then); !ok || d.First.Action == "" {
		t.Error("lost by coming twice")
	}
}

func TestDecisionsAreBoundedInBytes(t *testing.T) {
	const limit = 1 << 20
	l := NewDecisionLog(1_000_000, limit, time.Hour)
	for i := range 5_000 {
		values := new(policy.Values)
		values.Set(policy.KeyUserAgent, strings.Repeat("x", 8<<10))
		d := decided(s3ID(i), then)
		d.First.Refused = &Refused{Request: authz.Request{Context: values}}
		l.Add(d)
	}
	if n := l.Len(); n == 0 || n > limit/(8<<10) {
		t.Errorf("holds %d requests of more than 8 KiB in 1 MiB", n)
	}
}

// TestPoliciesCountOnce: a thousand refusals by one large policy keep one large
// policy; a thousand large policies do not all stay.
func TestPoliciesCountOnce(t *testing.T) {
	statement := `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/` + strings.Repeat("x", 4000) + `"}`
	load := func() *authz.Document {
		p, err := policy.Load([]byte(`{"Statement":[` + statement + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		return &authz.Document{Policy: p}
	}
	const limit = 4 << 20
	shared := load()
	for name, c := range map[string]struct {
		doc  func() *authz.Document
		kept func(n int) bool
	}{
		"one":  {func() *authz.Document { return shared }, func(n int) bool { return n == 1000 }},
		"many": {load, func(n int) bool { return n < limit/shared.Size()+1 }},
	} {
		l := NewDecisionLog(100_000, limit, time.Hour)
		for i := range 1000 {
			d := decided(s3ID(i), then)
			d.First.Refused = &Refused{Documents: authz.Documents{Resource: c.doc()}}
			l.Add(d)
		}
		if !c.kept(l.Len()) {
			t.Errorf("%s: holds %d", name, l.Len())
		}
		for i := range l.shards {
			for l.shards[i].count > 0 {
				l.shards[i].drop()
			}
			if s := &l.shards[i]; s.bytes != 0 || len(s.shared) != 0 || len(s.index) != 0 {
				t.Errorf("%s: empty, and holds %d bytes, %d policies, %d ids", name, s.bytes, len(s.shared), len(s.index))
			}
		}
	}
}

func TestDecisionsGrowOld(t *testing.T) {
	l := NewDecisionLog(1000, 1<<20, time.Minute)
	l.Add(decided(s3ID(1), then))
	if _, ok := l.Find(s3ID(1), then.Add(time.Minute)); !ok {
		t.Error("gone too soon")
	}
	if _, ok := l.Find(s3ID(1), then.Add(time.Minute+1)); ok {
		t.Error("there too long")
	}
	for i := range 200 {
		l.Add(decided(s3ID(i+2), then.Add(time.Hour)))
	}
	if n := l.Len(); n != 200 {
		t.Errorf("holds %d", n)
	}
}

func TestDecisionsFromManyRequestsAtOnce(t *testing.T) {
	l := NewDecisionLog(500, 1<<20, time.Hour)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				l.Add(decided(s3ID(g*1000+i), then))
				l.Find(s3ID(i), then)
			}
		})
	}
	wg.Wait()
	if n := l.Len(); n == 0 || n > 512 {
		t.Errorf("holds %d", n)
	}
}

func BenchmarkDecisionLogAdd(b *testing.B) {
	l := NewDecisionLog(100_000, 64<<20, time.Hour)
	ids := make([]string, 1<<18)
	for i := range ids {
		ids[i] = s3ID(i)
	}
	d := *decided("", then)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.RequestID = ids[i&(len(ids)-1)]
		l.Add(&d)
	}
}
