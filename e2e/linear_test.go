package e2e

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/sallyport/sallyport/internal/kv/postgres/pgtest"
)

// Linearizability: what clients of one key see is as if each request had happened
// at one moment between its being sent and its being answered. porcupine looks for
// such moments.

// linearInput is one request about a key. Each is known by its number, which the
// bytes of what it writes begin with.
type linearInput struct {
	kind      linearKind
	n         int // of the request
	of        int // of the write that If-Match or a removal means
	versioned bool
}

type linearKind int

const (
	linearPut     linearKind = iota
	linearPutNew             // If-None-Match: *
	linearPutOver            // If-Match of a write
	linearGet
	linearDelete
	linearRemove // of the version that a write made
	linearList   // ListObjectVersions
)

// linearOutput is what a request was answered with.
type linearOutput struct {
	unknown bool   // it was not answered: it happened, or did not
	status  int    // of the answer
	saw     string // by a get, the number of the write; by a list, those of all versions
}

// linearStep is what a request may leave of a key: nothing where it cannot have
// been answered so. The state is the numbers of the writes that made the versions,
// the newest first; those of delete markers are negative.
func linearStep(state string, in linearInput, out linearOutput) []any {
	after, status, saw := linearApply(state, in)
	switch {
	case out.unknown:
		return []any{state, after}
	case out.status == 409 && (in.kind == linearPutNew || in.kind == linearPutOver): // they met another write
		return []any{state}
	case out.status != status || out.saw != saw:
		return nil
	case status >= 300:
		return []any{state}
	}
	return []any{after}
}

// linearApply is what a request does, one at a time.
func linearApply(state string, in linearInput) (after string, status int, saw string) {
	versions := strings.Fields(state)
	there := len(versions) > 0 && versions[0][0] != '-'
	number, of := strconv.Itoa(in.n), strconv.Itoa(in.of)
	put := func(number string) string {
		if !in.versioned {
			versions = nil
		}
		return strings.Join(slices.Insert(versions, 0, number), " ")
	}
	switch in.kind {
	case linearPutNew:
		if there {
			return state, 412, ""
		}
	case linearPutOver:
		if !there {
			return state, 404, ""
		}
		if versions[0] != of {
			return state, 412, ""
		}
	case linearGet:
		if !there {
			return state, 404, ""
		}
		return state, 200, versions[0]
	case linearList:
		return state, 200, linearListed(versions)
	case linearDelete:
		if !in.versioned {
			return "", 204, ""
		}
		return put("-" + number), 204, ""
	case linearRemove:
		return strings.Join(slices.DeleteFunc(versions, func(v string) bool { return v == of }), " "), 204, ""
	}
	return put(number), 200, ""
}

// linearListed is how a list shows versions. It does not tell whose a marker is.
func linearListed(versions []string) string {
	shown := slices.Clone(versions)
	for i, v := range shown {
		if v[0] == '-' {
			shown[i] = "marker"
		}
	}
	return fmt.Sprint(shown)
}

func linearDescribe(input, output any) string {
	in, out := input.(linearInput), output.(linearOutput)
	what := []string{"put %d", "put %d if there is nothing", "put %d over %d", "get %d", "delete %d", "%d removes %d", "list %d"}[in.kind]
	args := []any{in.n, in.of}[:strings.Count(what, "%")]
	if out.unknown {
		return fmt.Sprintf(what+" → no answer", args...)
	}
	return fmt.Sprintf(what+" → %d %s", append(args, out.status, out.saw)...)
}

var linearModel = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{""} },
	Step: func(state, input, output any) []any {
		return linearStep(state.(string), input.(linearInput), output.(linearOutput))
	},
	DescribeOperation: linearDescribe,
}).ToModel()

// linearKey is one key that all clients use, and its history.
type linearKey struct {
	bucket, key string
	versioned   bool

	mu      sync.Mutex
	history []porcupine.Operation
	pending []int          // operations that were not answered, by their place in history
	written []int          // the last writes that somebody knows of
	ids     map[int]string // of the versions they made
	numbers map[string]int // of writes, by their entity tags
}

// knows notes the id of the version that a write made.
func (k *linearKey) knows(n int, id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.written = append(k.written, n); len(k.written) > 4 {
		k.written = k.written[1:]
	}
	if id != "" {
		k.ids[n] = id
	}
}

// linearTest is clients of the same keys on one or more servers.
type linearTest struct {
	t     *testing.T
	large bool // some objects are longer than what is kept with the metadata
	begun time.Time
	keys  []*linearKey
	last  atomic.Int64 // number of a request
}

func newLinearTest(t *testing.T, s *server) *linearTest {
	l := &linearTest{t: t, begun: time.Now()}
	for _, b := range linearBuckets {
		makeBucket(t, s.s3(s.profileKeys("green")), b.name)
		if b.versioning != "" {
			setVersioning(t, s, &b, b.versioning)
		}
	}
	l.renew()
	return l
}

var linearBuckets = []modelBucket{{name: "linear-plain"}, {name: "linear-versions", versioning: "Enabled"}}

// renew ends the history of the keys there are and begins with others.
func (l *linearTest) renew() {
	l.t.Helper()
	l.settle()
	l.check()
	if l.t.Failed() {
		l.t.FailNow()
	}
	l.keys = nil
	for _, b := range linearBuckets {
		for i := range 2 {
			l.keys = append(l.keys, &linearKey{bucket: b.name, key: fmt.Sprintf("%d-%d", l.last.Load(), i), versioned: b.versioning != "",
				ids: map[int]string{}, numbers: map[string]int{}})
		}
	}
}

// data is what a write writes.
func (l *linearTest) data(n int) []byte {
	size := n % 100
	if l.large && n%5 == 0 {
		size = 40_000
	}
	return append(fmt.Appendln(nil, n), noise(strconv.Itoa(n), size)...)
}

// draw is the next request of a client.
func (l *linearTest) draw(rng *rand.Rand) (*linearKey, linearInput) {
	k := l.keys[rng.IntN(len(l.keys))]
	in := linearInput{n: int(l.last.Add(1)), versioned: k.versioned}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.written) > 0 {
		in.of = k.written[rng.IntN(len(k.written))]
	}
	switch n := rng.IntN(20); {
	case n < 5:
		in.kind = linearPut
	case n < 7:
		in.kind = linearPutNew
	case n < 10 && in.of > 0:
		in.kind, in.of = linearPutOver, k.written[len(k.written)-1]
	case n < 12:
		in.kind = linearDelete
	case n < 15 && k.ids[in.of] != "":
		in.kind = linearRemove
	case n < 17:
		in.kind = linearList
	default:
		in.kind = linearGet
	}
	if in.kind <= linearPutOver {
		k.numbers[md5Of(l.data(in.n))] = in.n
	}
	return k, in
}

// ask sends a request.
func (l *linearTest) ask(c *plainClient, k *linearKey, in linearInput) (*answer, error) {
	at := target(k.bucket, k.key)
	switch in.kind {
	case linearPutNew:
		return c.send("PUT", at, l.data(in.n), "If-None-Match", "*")
	case linearPutOver:
		return c.send("PUT", at, l.data(in.n), "If-Match", md5Of(l.data(in.of)))
	case linearGet:
		return c.send("GET", at, nil)
	case linearList:
		return c.send("GET", target(k.bucket, "", "versions", "", "prefix", k.key), nil)
	case linearDelete:
		return c.send("DELETE", at, nil)
	case linearRemove:
		k.mu.Lock()
		id := k.ids[in.of]
		k.mu.Unlock()
		return c.send("DELETE", target(k.bucket, k.key, "versionId", id), nil)
	}
	return c.send("PUT", at, l.data(in.n))
}

// step sends a random request and notes it with its answer. It returns false where
// the server does not answer.
func (l *linearTest) step(c *plainClient, client int, rng *rand.Rand) bool {
	k, in := l.draw(rng)
	op := porcupine.Operation{ClientId: client, Input: in, Call: int64(time.Since(l.begun))}
	ans, err := l.ask(c, k, in)
	if neverArrived(err) {
		return false
	}
	out := linearOutput{unknown: err != nil}
	if err == nil {
		out.status, out.saw = ans.StatusCode, l.saw(k, in, ans)
		if in.kind <= linearPutOver && out.status == 200 {
			k.knows(in.n, ans.Header.Get("X-Amz-Version-Id"))
		}
	}
	op.Output, op.Return = out, int64(time.Since(l.begun))
	k.mu.Lock()
	defer k.mu.Unlock()
	if out.unknown {
		k.pending = append(k.pending, len(k.history))
	}
	k.history = append(k.history, op)
	return err == nil
}

// saw is what a read shows, as the numbers of writes.
func (l *linearTest) saw(k *linearKey, in linearInput, a *answer) string {
	number := func(tag string) string {
		k.mu.Lock()
		defer k.mu.Unlock()
		return strconv.Itoa(k.numbers[strings.Trim(tag, `"`)])
	}
	switch {
	case in.kind == linearGet && a.StatusCode == 200:
		n := number(a.Header.Get("ETag"))
		if !strings.HasPrefix(string(a.body), n+"\n") || md5Of(a.body) != strings.Trim(a.Header.Get("ETag"), `"`) {
			return "other bytes than of " + n
		}
		return n
	case in.kind == linearList && a.StatusCode == 200:
		var p page
		if err := xml.Unmarshal(a.body, &p); err != nil || p.IsTruncated {
			return "no list: " + string(a.body)
		}
		var versions []string
		for _, e := range p.Entries {
			switch e.XMLName.Local {
			case "Version":
				versions = append(versions, number(e.ETag))
			case "DeleteMarker":
				versions = append(versions, "-")
			}
		}
		return linearListed(versions)
	}
	return ""
}

// settle ends what was not answered: whoever did it is no more.
func (l *linearTest) settle() {
	for _, k := range l.keys {
		for _, i := range k.pending {
			k.history[i].Return = int64(time.Since(l.begun))
		}
		k.pending = nil
	}
}

// check looks for an order of what was done to each key.
func (l *linearTest) check() {
	for _, k := range l.keys {
		result, info := porcupine.CheckOperationsVerbose(linearModel, k.history, 0)
		if result == porcupine.Ok {
			continue
		}
		// The longest order that was found, and what was under way where it ends.
		var longest []porcupine.Operation
		for _, order := range info.PartialLinearizationsOperations()[0] {
			if len(order) > len(longest) {
				longest = order
			}
		}
		var text strings.Builder
		line := func(op porcupine.Operation) {
			fmt.Fprintf(&text, "\n  [%d %d] client %d: %s", op.Call, op.Return, op.ClientId, linearDescribe(op.Input, op.Output))
		}
		ordered := map[int]bool{}
		for i, op := range longest {
			if ordered[op.Input.(linearInput).n] = true; i >= len(longest)-12 {
				line(op)
			}
		}
		text.WriteString("\nand then one of")
		left := slices.DeleteFunc(slices.Clone(k.history), func(op porcupine.Operation) bool { return ordered[op.Input.(linearInput).n] })
		slices.SortFunc(left, func(x, y porcupine.Operation) int { return cmp.Compare(x.Call, y.Call) })
		for _, op := range left[:min(8, len(left))] {
			line(op)
		}
		l.t.Errorf("%s/%s: no order explains its %d requests, this far and no further:%s", k.bucket, k.key, len(k.history), text.String())
	}
}

// linearOps is how many requests are answered before a server is killed.
const linearOps = 300

// clients are the steps of four clients, on one server after the other.
func (l *linearTest) clients(seed int, keys *server, servers ...*server) (steps []func() bool) {
	for i := range 4 {
		c := newPlainClient(keys, "green")
		c.endpoint = servers[i%len(servers)].endpoint
		rng := rand.New(rand.NewPCG(uint64(seed), uint64(i)))
		steps = append(steps, func() bool { return l.step(c, i, rng) })
	}
	return steps
}

// TestKeysAreLinearizable: clients that put, get, list and remove one another's
// objects, on a server that is killed in the midst of it.
func TestKeysAreLinearizable(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	l := newLinearTest(t, s)
	l.large = true
	steps := l.clients(modelSeed(t), s, s)
	for round := range modelRounds(t) {
		untilKilled(s, linearOps+round%50, steps)
		s.start()
		if l.settle(); round%4 == 3 {
			l.renew()
		}
	}
	l.renew()
}

// TestKeysAreLinearizableOnTwoGateways: the same through two gateways on one
// database, now the one killed, now the other. What a killed one has sent, the
// database may do at any time later.
func TestKeysAreLinearizableOnTwoGateways(t *testing.T) {
	t.Parallel()
	meta := pgtest.Start(t)
	first := startServer(t, "--meta", meta)
	second := startServer(t, "--meta", meta, "--master-key-file", filepath.Join(first.dir, "master.key"))
	l := newLinearTest(t, first)
	steps := l.clients(modelSeed(t), first, first, second)
	for round := range (modelRounds(t) + 1) / 2 {
		s := []*server{first, second}[round%2]
		untilKilled(s, linearOps+round%50, steps)
		if s.start(); round%4 == 3 {
			l.renew()
		}
	}
	l.renew()
}

// TestLinearModel: the model refuses what must not happen.
func TestLinearModel(t *testing.T) {
	put := func(n int) linearInput { return linearInput{kind: linearPut, n: n, versioned: true} }
	for _, c := range []struct {
		state string
		in    linearInput
		out   linearOutput
		want  []any
	}{
		{"", put(1), linearOutput{status: 200}, []any{"1"}},
		{"1", put(2), linearOutput{status: 200}, []any{"2 1"}},
		{"1", put(2), linearOutput{unknown: true}, []any{"1", "2 1"}},
		{"1", put(2), linearOutput{status: 500}, nil},
		{"1", linearInput{kind: linearPut, n: 2}, linearOutput{status: 200}, []any{"2"}},
		{"1", linearInput{kind: linearPutNew, n: 2}, linearOutput{status: 200}, nil},
		{"1", linearInput{kind: linearPutNew, n: 2}, linearOutput{status: 412}, []any{"1"}},
		{"-1", linearInput{kind: linearPutNew, n: 2, versioned: true}, linearOutput{status: 200}, []any{"2 -1"}},
		{"2 1", linearInput{kind: linearPutOver, n: 3, of: 1, versioned: true}, linearOutput{status: 200}, nil},
		{"2 1", linearInput{kind: linearPutOver, n: 3, of: 2, versioned: true}, linearOutput{status: 200}, []any{"3 2 1"}},
		{"2 1", linearInput{kind: linearPutOver, n: 3, of: 2, versioned: true}, linearOutput{status: 409}, []any{"2 1"}},
		{"2 1", linearInput{kind: linearGet, n: 3}, linearOutput{status: 200, saw: "1"}, nil},
		{"2 1", linearInput{kind: linearGet, n: 3}, linearOutput{status: 200, saw: "2"}, []any{"2 1"}},
		{"2 1", linearInput{kind: linearGet, n: 3}, linearOutput{status: 404}, nil},
		{"2 1", linearInput{kind: linearDelete, n: 3, versioned: true}, linearOutput{status: 204}, []any{"-3 2 1"}},
		{"2", linearInput{kind: linearDelete, n: 3}, linearOutput{status: 204}, []any{""}},
		{"2 1", linearInput{kind: linearRemove, n: 3, of: 2, versioned: true}, linearOutput{status: 204}, []any{"1"}},
		{"-2 1", linearInput{kind: linearList, n: 3}, linearOutput{status: 200, saw: "[marker 1]"}, []any{"-2 1"}},
	} {
		if got := linearStep(c.state, c.in, c.out); !slices.Equal(got, c.want) {
			t.Errorf("%q, %s: %q", c.state, linearDescribe(c.in, c.out), got)
		}
	}
}
