package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/sallyport/sallyport/internal/kv/postgres/pgtest"
)

// modelOps is how many requests are answered in a round before the server is
// killed; each round has some more.
const modelOps = 350

// fromEnvironment is a number that `make soak-model` sets.
func fromEnvironment(t *testing.T, name string, normal int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return normal
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s is %q", name, text)
	}
	return n
}

// modelRounds is how often a server is killed, and modelSeed what the random
// sequences begin with.
func modelRounds(t *testing.T) int { return fromEnvironment(t, "SALLYPORT_MODEL_ROUNDS", 6) }
func modelSeed(t *testing.T) int {
	seed := fromEnvironment(t, "SALLYPORT_MODEL_SEED", 1)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again with SALLYPORT_MODEL_SEED=%d; what the kills meet differs from run to run", seed)
		}
	})
	return seed
}

// untilKilled lets workers step until so many steps were answered, kills the
// server in the midst of the next ones, and returns when all workers have ended.
// Those on a server that lives end after their step.
func untilKilled(s *server, ops int, steps []func() bool) {
	answered := make(chan struct{}, 1<<16)
	over, ended := make(chan struct{}), make(chan struct{})
	var workers sync.WaitGroup
	for _, step := range steps {
		workers.Go(func() {
			for step() {
				select {
				case <-over:
					return
				case answered <- struct{}{}:
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(ended)
	}()
	for range ops {
		select {
		case <-answered:
		case <-ended:
		}
	}
	s.kill()
	close(over)
	<-ended
}

// TestBucketsAreAsInModel does random things to buckets without versions, with
// them and with Object Lock, from several clients, kills the server in the midst
// of it, again and again, and compares all that it answers and holds with a model.
func TestBucketsAreAsInModel(t *testing.T) {
	t.Parallel()
	t.Run("on the embedded store", func(t *testing.T) {
		t.Parallel()
		bucketsAsInModel(t, modelRounds(t))
	})
	t.Run("on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		bucketsAsInModel(t, (modelRounds(t)+1)/2, "--meta", pgtest.Start(t))
	})
}

func bucketsAsInModel(t *testing.T, rounds int, args ...string) {
	s := startServer(t, args...)
	buckets := modelBuckets(t, s)
	workers := modelWorkers(t, s, buckets)
	var steps []func() bool
	for _, w := range workers {
		steps = append(steps, func() bool { return !t.Failed() && w.step() })
	}
	check := func() {
		var all sync.WaitGroup
		for _, w := range workers {
			all.Go(func() { w.check(buckets) })
		}
		if all.Wait(); t.Failed() {
			t.FailNow()
		}
	}
	for round := range rounds {
		untilKilled(s, modelOps+round%50, steps)
		s.start()
		check()
		setVersioning(t, s, buckets[1], []string{"Enabled", "Suspended"}[round%2])
		setVersioning(t, s, buckets[2], []string{"Suspended", "Enabled"}[round%2])
	}
	s.stop()
	scrub := s.sallyport(append([]string{"scrub", "--data", s.dir}, args...)...).ok(t)
	if !strings.Contains("\n"+scrub.stdout, "\n0 damaged;") {
		t.Errorf("scrub says:\n%s%s", scrub.stdout, scrub.stderr)
	}
	s.start()
	check()
}

// modelWorkers are clients, each with keys of its own in all buckets.
func modelWorkers(t *testing.T, s *server, buckets []*modelBucket) (workers []*modelWorker) {
	seed := modelSeed(t)
	for i := range 4 {
		w := &modelWorker{t: t, name: fmt.Sprint("w", i), rng: rand.New(rand.NewPCG(uint64(seed), uint64(i))),
			client: newPlainClient(s, "green"), other: newPlainClient(s, "blue"),
			ids: [2]string{s.canonicalID(t, "green"), s.canonicalID(t, "blue")}}
		for n, b := range buckets {
			for _, key := range []string{"a", "a/b", "ä &+b"}[:min(n+1, 3)] {
				w.slots = append(w.slots, &modelSlot{bucket: b, key: w.name + "/" + key})
			}
		}
		workers = append(workers, w)
	}
	return workers
}

// modelBuckets makes the buckets, in which writers own their objects and ACLs
// count. Two of them change their versioning as the test goes on.
func modelBuckets(t *testing.T, s *server) []*modelBucket {
	c := s.s3(s.profileKeys("green"))
	buckets := []*modelBucket{{name: "model-plain"}, {name: "model-versions"}, {name: "model-suspended"},
		{name: "model-locked", versioning: "Enabled", lock: true}}
	for _, b := range buckets {
		must(c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &b.name, ObjectOwnership: types.ObjectOwnershipObjectWriter,
			ObjectLockEnabledForBucket: aws.Bool(b.lock)}))(t)
	}
	return buckets
}

func setVersioning(t *testing.T, s *server, b *modelBucket, state string) {
	t.Helper()
	b.versioning = state
	must(s.s3(s.profileKeys("green")).PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &b.name,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatus(state)}}))(t)
}
