package ec2

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

const account = "111111111111"

// world is a service whose clock is moved by hand.
type world struct {
	*Service
	t     testing.TB
	at    time.Time
	asked []string // actions and ARNs that operations asked for themselves
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	store := memory.New()
	dir, err := directory.Open(t.Context(), store, seal.NewKey(), directory.Options{
		Clock: func() time.Time { return w.at }, PollInterval: time.Hour, FlushInterval: time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dir.Close(); err != nil {
			t.Error(err)
		}
		store.Close()
	})
	if _, err := dir.EnsureAccount(t.Context(), "green", account); err != nil {
		t.Fatal(err)
	}
	w.Service = New(dir, "us-east-1")
	return w
}

func (w *world) ctx() context.Context {
	return caller.With(w.t.Context(), &caller.Info{
		Identity: &policy.Caller{Kind: policy.CallerRoot, Account: account}, Time: w.at,
		Decide: func(_ context.Context, action string, target *caller.Target) error {
			w.asked = append(w.asked, action+" "+target.Resource.ARN)
			return nil
		},
	})
}

func (w *world) anyImage(architecture string) string {
	w.t.Helper()
	for _, i := range w.images {
		if i.architecture == architecture && i.imdsV2 {
			return i.id
		}
	}
	w.t.Fatal("no image")
	return ""
}

// request is a launch of n instances; change changes it.
func (w *world) request(n int32, change func(*api.RunInstancesInput)) *api.RunInstancesInput {
	in := &api.RunInstancesInput{ImageId: new(w.anyImage("x86_64")), MinCount: &n, MaxCount: &n}
	if change != nil {
		change(in)
	}
	return in
}

func (w *world) launch(n int32, change func(*api.RunInstancesInput)) []string {
	w.t.Helper()
	out, err := w.RunInstances(w.ctx(), w.request(n, change))
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []string
	for _, i := range out.Instances {
		ids = append(ids, *i.InstanceId)
	}
	return ids
}

// wants fails the test unless err has the code and the text.
func wants(t testing.TB, name string, err error, code, text string) {
	t.Helper()
	var e *wire.Error
	if !errors.As(err, &e) || e.Code != code || !strings.Contains(e.Message, text) {
		t.Errorf("%s: %v, want %s with %q", name, err, code, text)
	}
}

func filter(name string, values ...string) api.Filter { return api.Filter{Name: &name, Values: values} }
