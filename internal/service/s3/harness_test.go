package s3

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/blob"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/kv"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

const (
	owner    = "111111111111"
	stranger = "222222222222"
)

type accountKey struct{ seal.Key }

func (k accountKey) AccountKey(context.Context, string) (seal.Key, error) { return k.Key, nil }

type canonical struct{}

func (canonical) CanonicalID(account string) string { return strings.Repeat("c", 52) + account }

func (canonical) AccountByCanonicalID(_ context.Context, id string) (string, error) {
	account, ok := strings.CutPrefix(id, strings.Repeat("c", 52))
	if !ok || account != owner && account != stranger {
		return "", nil
	}
	return account, nil
}

func (canonical) AccountByEmail(_ context.Context, email string) (string, error) {
	return map[string]string{"owner@example.com": owner, "stranger@example.com": stranger}[email], nil
}

// fixture is the service on memory with one bucket.
type fixture struct {
	*Service
	t   testing.TB
	ctx context.Context // of the bucket owner's root

	mu     sync.Mutex
	now    time.Time
	denied map[string]bool // actions that Authorize refuses
}

func newFixture(t testing.TB) *fixture {
	return fixtureOn(t, kvmemory.New(), blobmemory.New(), seal.NewKey())
}

func fixtureOn(t testing.TB, k kv.Store, b blob.Store, key seal.Key) *fixture {
	f := &fixture{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), denied: map[string]bool{}}
	st := store.New(store.Options{KV: k, Blobs: b, Keys: accountKey{key}, Now: f.clock})
	f.Service = New(Options{Store: st, Accounts: canonical{}, Region: "us-east-1", Authorize: f.ask})
	f.ctx = as(t.Context(), owner)
	f.makeBucket("bucket", store.BucketOwnerEnforced)
	return f
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) ask(_ context.Context, action string, b *store.Bucket, key string) error {
	if f.denied[action] {
		return api.AccessDenied("")
	}
	return nil
}

// as is a context of an account's root user, of nobody if account is empty.
func as(ctx context.Context, account string) context.Context {
	who := &policy.Caller{}
	if account != "" {
		who = &policy.Caller{Kind: policy.CallerRoot, Account: account, ARN: "arn:aws:iam::" + account + ":root"}
	}
	return caller.With(ctx, &caller.Info{Identity: who, SourceIP: netip.MustParseAddr("127.0.0.1")})
}

func (f *fixture) makeBucket(name string, o store.Ownership) {
	f.t.Helper()
	err := f.store.Update(f.ctx, func(t *store.Txn) error {
		if _, err := t.Bucket(name); err == nil {
			return nil
		}
		return t.CreateBucket(&store.Bucket{Name: name, Account: owner, Region: "us-east-1", Ownership: o})
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func p[T any](v T) *T { return &v }

// body is a request body with trailers, as the layers below hand it on.
type body struct {
	io.Reader
	trailers map[string]string
}

func (b body) Trailer(name string) (string, bool) { v, ok := b.trailers[name]; return v, ok }

func (b body) Announced() (names []string) {
	for name := range maps.Keys(b.trailers) {
		names = append(names, name)
	}
	return names
}

func bodyOf(data []byte) wire.Body { return wire.NewBody(bytes.NewReader(data)) }

func putInput(key string, data []byte) *api.PutObjectInput {
	return &api.PutObjectInput{Bucket: p("bucket"), Key: &key, Body: bodyOf(data), ContentLength: p(int64(len(data)))}
}

func (f *fixture) put(key string, data []byte) *api.PutObjectOutput {
	f.t.Helper()
	out, err := f.PutObject(f.ctx, putInput(key, data))
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

func getInput(key string) *api.GetObjectInput {
	return &api.GetObjectInput{Bucket: p("bucket"), Key: &key}
}

// get reads what GetObject answers to its end.
func (f *fixture) get(in *api.GetObjectInput) (*api.GetObjectOutput, []byte) {
	f.t.Helper()
	out, err := f.GetObject(f.ctx, in)
	if err != nil {
		f.t.Fatal(err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	if int64(len(data)) != *out.ContentLength {
		f.t.Errorf("%d bytes, but the length is %d", len(data), *out.ContentLength)
	}
	return out, data
}

func (f *fixture) object(key string) []byte {
	f.t.Helper()
	_, data := f.get(getInput(key))
	return data
}

// absent checks that nothing is stored under a key.
func (f *fixture) absent(key string) {
	f.t.Helper()
	_, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: &key})
	wantError(f.t, err, "NoSuchKey", "")
}

// wantError checks an error's code and, unless it is empty, a piece of its text
// or its fields.
func wantError(t testing.TB, err error, code, text string) {
	t.Helper()
	var e *wire.Error
	if !errors.As(err, &e) {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	all := e.Message
	for _, f := range e.Fields {
		all += "\n" + f.Name + "=" + f.Value
	}
	if e.Code != code || !strings.Contains(all, text) {
		t.Errorf("got %d %s %q, want %s %q", e.Status, e.Code, all, code, text)
	}
	if e.Status < 300 {
		t.Errorf("%s has status %d", e.Code, e.Status)
	}
}

// random is n bytes that look random, the same for the same seed.
func random(seed uint64, n int) []byte {
	b := make([]byte, n+8)
	for i := 0; i < n; i += 8 {
		seed += 0x9e3779b97f4a7c15
		x := seed
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		binary.LittleEndian.PutUint64(b[i:], x^x>>31)
	}
	return b[:n]
}
