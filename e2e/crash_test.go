package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/sallyport/sallyport/internal/kv/postgres/pgtest"
)

// crashRounds is how often the server is killed, and crashOps how many
// acknowledged writes of a round are waited for before it is.
const (
	crashRounds = 6
	crashOps    = 150
	crashKeys   = 12 // of each writer
)

// gone stands for an object that is not there.
const gone = ""

// TestKilledUnderLoad kills the server in the midst of writes, again and again:
// what was acknowledged is there, whole, and what was not is the old or the new.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args func(t *testing.T) []string
	}{
		{"on the embedded store", func(*testing.T) []string { return nil }},
		{"on PostgreSQL", func(t *testing.T) []string { return []string{"--meta", pgtest.Start(t)} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := c.args(t)
			s := startServer(t, args...)
			h := newCrashHistory(t, s)
			for round := range crashRounds {
				h.round(round)
				s.start()
				h.check()
				h.versioning(round)
			}
			s.stop()
			scrub := s.sallyport(append([]string{"scrub", "--data", s.dir}, args...)...).ok(t)
			if !strings.Contains("\n"+scrub.stdout, "\n0 damaged;") {
				t.Errorf("scrub says:\n%s%s", scrub.stdout, scrub.stderr)
			}
			s.start()
			h.check()
		})
	}
}

// crashHistory is what the clients of a server know of what it stores.
type crashHistory struct {
	t      *testing.T
	s      *server
	bucket string
	keys   credentials
	writer []*crashWriter
}

// crashWriter is one client. Only it writes its keys, so it knows of each what may
// be there: the last acknowledged text, or one that was sent after it and never
// answered.
type crashWriter struct {
	name     string
	rng      *rand.Rand
	may      map[string]map[string]bool // key → digests of what may be there, gone for nothing
	users    map[string]bool            // user → whether its making was acknowledged
	versions []crashVersion             // acknowledged with an id: nothing takes them away
	attempts int
}

type crashVersion struct{ key, id, digest string }

func newCrashHistory(t *testing.T, s *server) *crashHistory {
	h := &crashHistory{t: t, s: s, bucket: "crash", keys: s.profileKeys("green")}
	makeBucket(t, s.s3(h.keys), h.bucket)
	for i := range 6 {
		w := &crashWriter{name: fmt.Sprintf("w%d", i), rng: rand.New(rand.NewPCG(1, uint64(i))), may: map[string]map[string]bool{}, users: map[string]bool{}}
		for k := range crashKeys {
			w.may[fmt.Sprintf("%s/k%02d", w.name, k)] = map[string]bool{gone: true}
		}
		h.writer = append(h.writer, w)
	}
	return h
}

// round writes until enough was acknowledged, kills the server while the writers
// go on, and returns when all of them have met the dead server.
func (h *crashHistory) round(round int) {
	h.t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	client := h.s.s3(h.keys, func(o *s3.Options) { o.HTTPClient = plainBodies(&http.Client{Transport: transport}) })
	directory := h.s.iam(h.keys)
	acknowledged := make(chan struct{}, 1<<16)
	var writers sync.WaitGroup
	for _, w := range h.writer {
		writers.Go(func() {
			for w.step(h.t, client, directory, h.bucket) {
				acknowledged <- struct{}{}
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		writers.Wait()
		close(ended)
	}()
	// Each round ends after another number of writes, so that the kill meets
	// every kind of moment.
	for range crashOps + 7*round {
		select {
		case <-acknowledged:
		case <-ended: // all of them met an error, which check and answered report
		}
	}
	h.s.kill()
	<-ended
}

// versioning changes the bucket's state on the way: there are objects from before
// it was enabled, versions, and null versions again.
func (h *crashHistory) versioning(round int) {
	h.t.Helper()
	state, ok := map[int]types.BucketVersioningStatus{1: types.BucketVersioningStatusEnabled, 3: types.BucketVersioningStatusSuspended}[round]
	if !ok {
		return
	}
	must(h.s.s3(h.keys).PutBucketVersioning(h.t.Context(), &s3.PutBucketVersioningInput{Bucket: &h.bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: state}}))(h.t)
}

// checkVersions reads the versions that were acknowledged last, and some others.
func (h *crashHistory) checkVersions(c *s3.Client) {
	h.t.Helper()
	for _, w := range h.writer {
		for i, v := range w.versions {
			if i < len(w.versions)-3 && w.rng.IntN(20) > 0 {
				continue
			}
			out, err := c.GetObject(h.t.Context(), &s3.GetObjectInput{Bucket: &h.bucket, Key: &v.key, VersionId: &v.id})
			if err != nil {
				h.t.Errorf("version %s of %s: %v", v.id, v.key, err)
				continue
			}
			data, err := io.ReadAll(out.Body)
			out.Body.Close()
			if err != nil || payloadHash(data) != v.digest {
				h.t.Errorf("version %s of %s holds other bytes: %v", v.id, v.key, err)
			}
		}
	}
}

// step does one thing and notes what may be stored now. It returns false once the
// server does not answer.
func (w *crashWriter) step(t *testing.T, c *s3.Client, directory *iam.Client, bucket string) bool {
	w.attempts++
	key := fmt.Sprintf("%s/k%02d", w.name, w.rng.IntN(crashKeys))
	var err error
	var after string
	switch n := w.rng.IntN(20); {
	case n < 3:
		after = gone
		w.may[key][after] = true
		_, err = c.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	case n == 3:
		name := fmt.Sprintf("%s-%d", w.name, w.attempts)
		w.users[name] = false
		if _, err = directory.CreateUser(context.Background(), &iam.CreateUserInput{UserName: &name}); err == nil {
			w.users[name] = true
			return true
		}
		return w.answered(t, err)
	case n == 4:
		data := noise(fmt.Sprint(w.name, w.attempts), 5<<20+w.rng.IntN(1<<20))
		after = payloadHash(data)
		w.may[key][after] = true
		err = putInParts(c, bucket, key, data)
	default:
		size := []int{0, w.rng.IntN(300), w.rng.IntN(32 << 10), 32<<10 + w.rng.IntN(64<<10), w.rng.IntN(600 << 10)}[w.rng.IntN(5)]
		data := noise(fmt.Sprint(w.name, w.attempts), size)
		after = payloadHash(data)
		w.may[key][after] = true
		var out *s3.PutObjectOutput
		out, err = c.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data)})
		if err == nil && aws.ToString(out.VersionId) != "" && *out.VersionId != "null" {
			w.versions = append(w.versions, crashVersion{key, *out.VersionId, after})
		}
	}
	if err != nil {
		return w.answered(t, err)
	}
	w.may[key] = map[string]bool{after: true}
	return true
}

// answered tells whether an error came from a server that lives, which is a
// failure of its own.
func (w *crashWriter) answered(t *testing.T, err error) bool {
	if code := errorCode(err); !strings.HasPrefix(code, "no answer: ") {
		t.Errorf("%s was answered with %s: %v", w.name, code, err)
	}
	return false
}

func putInParts(c *s3.Client, bucket, key string, data []byte) error {
	ctx := context.Background()
	up, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return err
	}
	var parts []types.CompletedPart
	for i, part := range [][]byte{data[:5<<20], data[5<<20:]} {
		n := aws.Int32(int32(i + 1))
		out, err := c.UploadPart(ctx, &s3.UploadPartInput{Bucket: &bucket, Key: &key, UploadId: up.UploadId, PartNumber: n, Body: bytes.NewReader(part)})
		if err != nil {
			return err
		}
		parts = append(parts, types.CompletedPart{PartNumber: n, ETag: out.ETag})
	}
	_, err = c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: &key, UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	return err
}

// check compares everything that is stored with what may be there.
func (h *crashHistory) check() {
	h.t.Helper()
	c := h.s.s3(h.keys)
	listed := map[string]types.Object{}
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: &h.bucket, MaxKeys: aws.Int32(17)})
	for pages.HasMorePages() {
		for _, o := range must(pages.NextPage(h.t.Context()))(h.t).Contents {
			listed[*o.Key] = o
		}
	}
	for _, w := range h.writer {
		for _, key := range slices.Sorted(maps.Keys(w.may)) {
			digest := h.read(c, key, listed)
			if !w.may[key][digest] {
				h.t.Errorf("%s holds %q, which is none of the %d texts it may hold", key, digest, len(w.may[key]))
			}
			w.may[key] = map[string]bool{digest: true} // what it is now, it stays
		}
	}
	if len(listed) > 0 {
		h.t.Errorf("listed and not there, or never written: %q", slices.Sorted(maps.Keys(listed)))
	}
	h.checkVersions(c)
	h.checkUsers()
	if h.t.Failed() {
		h.t.FailNow()
	}
}

// read returns the digest of what a key holds, and takes it off the listing once
// both agree.
func (h *crashHistory) read(c *s3.Client, key string, listed map[string]types.Object) string {
	out, err := c.GetObject(h.t.Context(), &s3.GetObjectInput{Bucket: &h.bucket, Key: &key})
	if errorCode(err) == "NoSuchKey" {
		return gone
	}
	if err != nil {
		h.t.Fatalf("%s: %v", key, err)
	}
	data, err := io.ReadAll(out.Body)
	out.Body.Close()
	if err != nil {
		h.t.Fatalf("%s: %v", key, err)
	}
	if o, ok := listed[key]; ok && *o.Size == int64(len(data)) && *o.ETag == *out.ETag {
		delete(listed, key)
	} else {
		h.t.Errorf("%s has %d bytes and %s, the listing says %+v", key, len(data), *out.ETag, o)
	}
	return payloadHash(data)
}

func (h *crashHistory) checkUsers() {
	h.t.Helper()
	directory := h.s.iam(h.keys)
	there := map[string]bool{}
	pages := iam.NewListUsersPaginator(directory, &iam.ListUsersInput{})
	for pages.HasMorePages() {
		for _, u := range must(pages.NextPage(h.t.Context()))(h.t).Users {
			there[*u.UserName] = true
			must(directory.GetUser(h.t.Context(), &iam.GetUserInput{UserName: u.UserName}))(h.t)
		}
	}
	for _, w := range h.writer {
		for name, acknowledged := range w.users {
			if acknowledged && !there[name] {
				h.t.Errorf("user %s was made and is gone", name)
			}
			w.users[name] = there[name]
			delete(there, name)
		}
	}
	if len(there) > 0 {
		h.t.Errorf("users that nobody made: %q", slices.Sorted(maps.Keys(there)))
	}
}
