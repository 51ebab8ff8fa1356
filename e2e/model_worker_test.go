package e2e

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// plainClient sends signed requests, none of them twice.
type plainClient struct {
	endpoint string
	keys     sigv4.Credentials
	http     *http.Transport
}

func newPlainClient(s *server, profile string) *plainClient {
	k := s.profileKeys(profile)
	return &plainClient{s.endpoint, sigv4.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey},
		&http.Transport{DisableCompression: true}}
}

// send returns an error where there is no whole answer. Headers come in pairs.
func (c *plainClient) send(method, target string, body []byte, headers ...string) (*answer, error) {
	req, err := http.NewRequest(method, c.endpoint+target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	sigv4.Sign(req, c.keys, "us-east-1", "s3", sigv4.HashPayload(body), time.Now())
	resp, err := c.http.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return &answer{resp, data}, nil
}

// outcome is an answer's status and code. Some failures are found in the body of a
// 200; the bodies of objects are not looked into.
func (a *answer) outcome() refusal {
	if a.Request.Method == "GET" && a.StatusCode == 200 || a.Request.Method == "HEAD" {
		return refusal{status: a.StatusCode}
	}
	return refusal{a.StatusCode, a.failure().Code}
}

// neverArrived tells whether a request met no server at all.
func neverArrived(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// target is the path of a key, or of a bucket, with a query.
func target(bucket, key string, query ...string) string {
	path := "/" + bucket
	if key != "" {
		path += "/" + strings.ReplaceAll(url.QueryEscape(key), "+", "%20")
		path = strings.ReplaceAll(path, "%2F", "/")
	}
	q := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		if query[i+1] != "" || query[i] != "versionId" {
			q.Set(query[i], query[i+1])
		}
	}
	return path + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// modelSlot is a key of one worker's in a bucket and what it holds.
type modelSlot struct {
	bucket *modelBucket
	key    string
	now    modelKey
	unsure []modelKey // what it may hold as well, after a request that was not answered
	gone   []string   // versions that were removed
	log    []string   // what was done to it, for who reads of a failure
}

func (s *modelSlot) note(format string, args ...any) {
	if len(s.log) == 40 {
		s.log = s.log[1:]
	}
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

// modelUpload is a multipart upload that a worker has begun.
type modelUpload struct {
	slot  *modelSlot
	id    string
	as    modelVersion // tags, ACL and lock of the object to be
	parts [][]byte
}

// modelWorker is a client with keys that only it writes, so that it knows of each
// what it holds.
type modelWorker struct {
	t             *testing.T
	name          string
	rng           *rand.Rand
	client, other *plainClient // of the bucket's account, and of another
	ids           [2]string    // canonical ids of the two
	slots         []*modelSlot
	upload        *modelUpload
	attempts      int
}

// fail reports what went wrong with a key.
func (w *modelWorker) fail(s *modelSlot, format string, args ...any) {
	w.t.Errorf("%s/%s: %s\n  it held:%s\n  its history:\n    %s", s.bucket.name, s.key, fmt.Sprintf(format, args...), s.now, strings.Join(s.log, "\n    "))
}

// attempt is one request about a key.
type attempt struct {
	what     string // for the history
	as       *plainClient
	method   string
	query    []string // pairs, beside the key
	header   []string
	body     []byte
	refused  refusal
	status   int                       // of success
	next     modelKey                  // what the key holds after success
	made     bool                      // success makes the first version of next, and tells its id
	succeeds func(*answer) (wrong any) // looks at a success
}

// try sends a request, compares the answer with what it is to be, and notes what
// the key holds. It returns false where the server does not answer.
func (w *modelWorker) try(s *modelSlot, a *attempt) bool {
	s.note("%s", a.what)
	client := a.as
	if client == nil {
		client = w.client
	}
	ans, err := client.send(a.method, target(s.bucket.name, s.key, a.query...), a.body, a.header...)
	if err != nil {
		s.note("  no answer: %v", err)
		if a.refused == (refusal{}) && !neverArrived(err) {
			s.unsure = append(s.unsure, a.next)
		}
		return false
	}
	want := a.refused
	if want.status == 0 {
		want.status = a.status
	}
	if a.method == "HEAD" {
		want.code = ""
	}
	if got := ans.outcome(); got != want {
		w.fail(s, "%s: answered %v, not %v\n%s", a.what, got, want, shorten(string(ans.body)))
		return true
	}
	if a.refused != (refusal{}) {
		return true
	}
	if a.made {
		a.next = slices.Clone(a.next)
		if err := w.named(s, &a.next[0], ans.Header); err != nil {
			w.fail(s, "%s: %v", a.what, err)
		}
		s.note("  made %s", a.next[0])
	}
	if a.succeeds != nil {
		if wrong := a.succeeds(ans); wrong != nil {
			w.fail(s, "%s: %v", a.what, wrong)
		}
	}
	s.now = a.next
	return true
}

// named gives a version the id that its making was answered with.
func (w *modelWorker) named(s *modelSlot, v *modelVersion, h http.Header) error {
	id := h.Get("X-Amz-Version-Id")
	switch {
	case s.bucket.versioning == "" && id != "", s.bucket.versioning == "Suspended" && id != "null",
		s.bucket.versioning == "Enabled" && (len(id) < 10 || s.now.index(id) >= 0):
		return fmt.Errorf("the version is %q", id)
	case s.bucket.versioning == "Enabled":
		v.id = id
	}
	return nil
}

func (w *modelWorker) one(n int) bool { return w.rng.IntN(n) == 0 }

// pick is one of the worker's keys.
func (w *modelWorker) pick() *modelSlot { return w.slots[w.rng.IntN(len(w.slots))] }

// version names a version of a key: "" for the current one, or one of those that
// are there, the newest of them more often, or one that is not any more.
func (w *modelWorker) version(s *modelSlot) string {
	switch n := w.rng.IntN(10); {
	case n < 4 || n < 9 && len(s.now) == 0:
		return ""
	case n < 6:
		return s.now[0].id
	case n < 9:
		return s.now[w.rng.IntN(len(s.now))].id
	case len(s.gone) > 0:
		return s.gone[w.rng.IntN(len(s.gone))]
	}
	return "null"
}

// bytes makes bytes, of sizes around the one up to which they are kept with the
// metadata.
func (w *modelWorker) bytes() []byte {
	sizes := []int{0, 1 + w.rng.IntN(300), 1 + w.rng.IntN(300), 32<<10 - 1 + w.rng.IntN(3), w.rng.IntN(100 << 10)}
	return noise(fmt.Sprint(w.name, w.attempts), sizes[w.rng.IntN(len(sizes))])
}

func md5Of(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

func contentMD5(data []byte) []string {
	sum := md5.Sum(data)
	return []string{"Content-Md5", base64.StdEncoding.EncodeToString(sum[:])}
}

// lockTimes are when retentions end, in a future that no run of the test sees.
var lockTimes = []string{"2097-01-01T00:00:00Z", "2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z"}

// retention draws a mode and a time. Governance comes more often, since nothing
// ends the other.
func (w *modelWorker) retention() (mode, until string) {
	mode = "GOVERNANCE"
	if w.one(8) {
		mode = "COMPLIANCE"
	}
	return mode, lockTimes[w.rng.IntN(len(lockTimes))]
}

// describe draws tags, an ACL and a lock for an object to be and returns the
// headers that ask for them.
func (w *modelWorker) describe(b *modelBucket, v *modelVersion, lock bool) (headers []string) {
	if w.one(3) {
		v.tag = fmt.Sprint(w.attempts)
		headers = append(headers, "X-Amz-Tagging", "n="+v.tag)
	}
	if w.one(3) {
		v.shared = true
		headers = append(headers, w.grants(true)...)
	}
	if lock && b.lock && w.one(3) {
		v.mode, v.until = w.retention()
		headers = append(headers, "X-Amz-Object-Lock-Mode", v.mode, "X-Amz-Object-Lock-Retain-Until-Date", v.until)
	}
	if lock && b.lock && w.one(6) {
		v.hold = true
		headers = append(headers, "X-Amz-Object-Lock-Legal-Hold", "ON")
	}
	return headers
}

func (w *modelWorker) grants(shared bool) []string {
	headers := []string{"X-Amz-Grant-Full-Control", `id="` + w.ids[0] + `"`}
	if shared {
		headers = append(headers, "X-Amz-Grant-Read", `id="`+w.ids[1]+`"`)
	}
	return headers
}

// condition draws a condition for a write, most often none.
func (w *modelWorker) condition(k modelKey) (header []string, refused refusal) {
	switch n := w.rng.IntN(10); {
	case n < 2:
		return []string{"If-None-Match", "*"}, k.write("", true)
	case n < 5:
		return w.ifMatch(k)
	}
	return nil, refusal{}
}

func (w *modelWorker) ifMatch(k modelKey) (header []string, refused refusal) {
	tag := md5Of([]byte("another"))
	if len(k) > 0 && !w.one(4) {
		tag = k[w.rng.IntN(min(len(k), 2))].etag
	}
	if tag == "" { // a marker has none
		tag = md5Of(nil)
	}
	return []string{"If-Match", `"` + tag + `"`}, k.write(tag, false)
}

// bypass draws whether a request bypasses governance.
func (w *modelWorker) bypass(b *modelBucket) (bool, []string) {
	if !b.lock || w.one(2) {
		return false, nil
	}
	return true, []string{"X-Amz-Bypass-Governance-Retention", "true"}
}
