package e2e

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// round is one client's usual round of work with a server of its own. The settings
// that its test gives the client are those of docs/clients.md.
type round struct {
	*testing.T
	s    *server
	c    *s3.Client // green's, to prepare things and to look at what the client did
	home string     // the client's home directory
	env  []string
}

func newRound(t *testing.T, args ...string) *round {
	t.Helper()
	t.Parallel()
	r := &round{T: t, s: startServer(t, args...), home: t.TempDir()}
	r.c = r.s.s3(r.s.profileKeys("green"))
	r.env = append(cleanEnv(), "HOME="+r.home, "LC_ALL=C.UTF-8", "AWS_EC2_METADATA_DISABLED=true")
	return r
}

// host is the server's address without a scheme.
func (s *server) host() string {
	_, host, _ := strings.Cut(s.endpoint, "://")
	return host
}

// tool is the path of a client: of those that `make deps` builds, or of the machine's.
func tool(t testing.TB, name string) string {
	t.Helper()
	if path, err := filepath.Abs(filepath.Join("..", ".tools", name)); err == nil {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed (make deps installs it): %v", name, err)
	}
	return path
}

func (r *round) run(name string, args ...string) result {
	r.Helper()
	return r.with(nil, name, args...)
}

func (r *round) with(env []string, name string, args ...string) result {
	r.Helper()
	out := runCommand(r, append(slices.Clone(r.env), env...), "", tool(r, name), args...)
	out.args[0] = name
	return out
}

// path is a path in the client's home.
func (r *round) path(parts ...string) string {
	return filepath.Join(append([]string{r.home}, parts...)...)
}

func (r *round) write(path, text string) string {
	r.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.Fatal(err)
	}
	return path
}

// bigFile is a file of three parts, and a bit.
var bigFile = sync.OnceValue(func() string { return string(noise("a client's file", 12<<20+5)) })

const awkward = "a/b/ü +%&'.txt"

// tree is a folder to carry to and fro.
func (r *round) tree() string {
	r.Helper()
	for name, text := range map[string]string{"big": bigFile(), "empty": "", awkward: "awkward name", "c/y.txt": "why"} {
		r.write(r.path("tree", name), text)
		// Objects' times have seconds: a file of the same second may seem newer.
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(r.path("tree", name), old, old); err != nil {
			r.Fatal(err)
		}
	}
	return r.path("tree")
}

// same checks that two folders hold the same files.
func (r *round) same(a, b string) {
	r.Helper()
	want, got := digests(r.T, a), digests(r.T, b)
	if len(want) == 0 || !maps.Equal(want, got) {
		r.Fatalf("%s holds %v, and %s %v", a, slices.Sorted(maps.Keys(want)), b, slices.Sorted(maps.Keys(got)))
	}
}

// holds checks a file.
func (r *round) holds(path, want string) {
	r.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		r.Fatalf("%s has %d bytes %q, want %q (%v)", path, len(got), shorten(string(got)), shorten(want), err)
	}
}

// stored checks an object, whatever the client says of it.
func (r *round) stored(bucket, key, want string) *s3.HeadObjectOutput {
	r.Helper()
	if got, code := getText(r, r.c, bucket, key); code != "" || got != want {
		r.Fatalf("%s/%s has %d bytes %q, want %q (%s)", bucket, key, len(got), shorten(got), shorten(want), code)
	}
	return must(r.c.HeadObject(r.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key}))(r)
}

// inParts checks that an object was put together of parts.
func (r *round) inParts(bucket, key string) {
	r.Helper()
	out := must(r.c.HeadObject(r.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key}))(r)
	if !strings.Contains(aws.ToString(out.ETag), "-") {
		r.Fatalf("%s/%s has ETag %s, none of an object in parts", bucket, key, aws.ToString(out.ETag))
	}
}

func (r *round) keys(bucket string) []string {
	r.Helper()
	var keys []string
	for p := s3.NewListObjectsV2Paginator(r.c, &s3.ListObjectsV2Input{Bucket: &bucket}); p.HasMorePages(); {
		for _, o := range must(p.NextPage(r.Context()))(r).Contents {
			keys = append(keys, *o.Key)
		}
	}
	return keys
}

// gone checks that there is no such bucket.
func (r *round) gone(bucket string) {
	r.Helper()
	_, err := r.c.HeadBucket(r.Context(), &s3.HeadBucketInput{Bucket: &bucket})
	wantCode(r, err, "NotFound")
}

// manyKeys are more than one page of a listing.
const manyKeys = 1003

// many makes a bucket with small objects in ten folders.
func (r *round) many(bucket string) {
	r.Helper()
	makeBucket(r, r.c, bucket)
	var group sync.WaitGroup
	errs := make(chan error, manyKeys)
	for worker := range 16 {
		group.Go(func() {
			for i := worker; i < manyKeys; i += 16 {
				_, err := r.c.PutObject(r.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(fmt.Sprintf("folder %d/%04d", i%10, i)), Body: strings.NewReader("x")})
				errs <- err
			}
		})
	}
	group.Wait()
	for range manyKeys {
		if err := <-errs; err != nil {
			r.Fatal(err)
		}
	}
}

// share lets the root user of blue list and read a bucket of green's.
func (r *round) share(bucket string) {
	r.Helper()
	policy := policyJSON(allowTo(`{"AWS":"`+r.s.account("blue").id+`"}`, `["s3:ListBucket","s3:GetObject"]`,
		`["arn:aws:s3:::`+bucket+`","arn:aws:s3:::`+bucket+`/*"]`))
	if _, err := r.c.PutBucketPolicy(r.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy}); err != nil {
		r.Fatal(err)
	}
}

// fetch reads a URL that needs no more than itself.
func (r *round) fetch(url, want string) {
	r.Helper()
	if a := bare(r.T, "GET", strings.TrimSpace(url), "").succeeds(r, 200); string(a.body) != want {
		r.Fatalf("%s gives %q", url, shorten(string(a.body)))
	}
}

// says checks what a command printed.
func (r result) says(t testing.TB, texts ...string) result {
	t.Helper()
	r.ok(t)
	for _, text := range texts {
		if !strings.Contains(r.stdout, text) {
			t.Fatalf("%s\nsays nothing of %q: %s%s", r.line(), text, shorten(r.stdout), r.stderr)
		}
	}
	return r
}
