package iam

import (
	"context"
	"log/slog"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

const (
	acctA = "111111111111"
	acctB = "222222222222"

	allowAll  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	readOne   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}`
	trustEC2  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	adminARN  = "arn:aws:iam::aws:policy/AdministratorAccess"
	readerARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a service with two accounts. Its clock stands.
type world struct {
	*Service
	t   testing.TB
	dir *directory.Directory
	ctx context.Context // of account A's root user
	// refuse is an action and an ARN that operations may not go on with.
	refuse string
	asked  string // tag keys of the last question
}

func newWorld(t testing.TB, change ...func(*Quotas)) *world {
	t.Helper()
	store := memory.New()
	dir, err := directory.Open(t.Context(), store, seal.NewKey(), directory.Options{
		Clock: func() time.Time { return start }, PollInterval: time.Hour, FlushInterval: time.Hour,
		Logger: slog.New(slog.DiscardHandler),
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
	for id, name := range map[string]string{acctA: "green", acctB: "blue"} {
		if _, err := dir.EnsureAccount(t.Context(), name, id); err != nil {
			t.Fatal(err)
		}
	}
	q := DefaultQuotas()
	for _, fn := range change {
		fn(&q)
	}
	w := &world{Service: New(dir, Options{Quotas: &q}), t: t, dir: dir}
	w.ctx = w.root(acctA)
	return w
}

func (w *world) as(c policy.Caller) context.Context {
	return caller.With(w.t.Context(), &caller.Info{
		Identity: &c, Time: start,
		Decide: func(_ context.Context, action string, target *caller.Target) error {
			w.asked = keys(target, "aws:RequestTag/k", "aws:TagKeys")
			if w.refuse == action+" "+target.Resource.ARN {
				return api.AccessDenied("no " + w.refuse)
			}
			return nil
		},
	})
}

func (w *world) root(account string) context.Context {
	return w.as(policy.Caller{Kind: policy.CallerRoot, Account: account, ARN: directory.RootARN(account)})
}

// asUser is a request by a user of account A that exists.
func (w *world) asUser(name string) context.Context {
	u := must(w.GetUser(w.ctx, &api.GetUserInput{UserName: &name})).User
	return w.as(policy.Caller{Kind: policy.CallerUser, Account: acctA, ARN: *u.Arn, UniqueID: *u.UserId, UserName: name})
}

// asSession is a request by a session of a role of account A.
func (w *world) asSession() context.Context {
	return w.as(policy.Caller{Kind: policy.CallerSession, Account: acctA, ARN: "arn:aws:sts::" + acctA + ":assumed-role/R/s"})
}

func (w *world) user(name string) *api.User {
	w.t.Helper()
	return must(w.CreateUser(w.ctx, &api.CreateUserInput{UserName: &name})).User
}

func (w *world) group(name string) *api.Group {
	w.t.Helper()
	return must(w.CreateGroup(w.ctx, &api.CreateGroupInput{GroupName: &name})).Group
}

func (w *world) role(name string) *api.Role {
	w.t.Helper()
	return must(w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: new(trustEC2)})).Role
}

func (w *world) policy(name string) *api.Policy {
	w.t.Helper()
	return must(w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: &name, PolicyDocument: new(readOne)})).Policy
}

// must is the value of a call that a test cannot do without.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// refused checks that err is the AWS error.
func refused(t testing.TB, err error, status int, code, message string) {
	t.Helper()
	e, ok := wire.AsError(err)
	if !ok {
		t.Fatalf("got %v, want %s: %s", err, code, message)
	}
	if e.Code != code || e.Message != message || e.Status != status {
		t.Errorf("got  %d %s: %s\nwant %d %s: %s", e.Status, e.Code, e.Message, status, code, message)
	}
}

// same compares and tells both.
func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// race runs fn n times at once and counts how often it succeeded.
func race(n int, fn func(i int) error) (succeeded int, failures []error) {
	errs := make(chan error, n)
	for i := range n {
		go func() {
			errs <- fn(i)
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			failures = append(failures, err)
		} else {
			succeeded++
		}
	}
	return succeeded, failures
}
