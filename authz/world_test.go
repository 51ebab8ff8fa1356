package authz_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/cases"
	"github.com/sallyport/sallyport/policy"
)

var worldSeed = flag.Uint64("seed", 1, "seed of the random worlds")

const (
	defaultDecisions  = 50_000
	decisionsPerWorld = 100
)

// TestRandomWorlds compares Decide with the second evaluator on random worlds: SALLYPORT_WORLDS decisions, from -seed on. Of
// each kind of disagreement the first is shown, made as small as it gets; TestMutation, whose mutants are to disagree, wants
// none shown.
func TestRandomWorlds(t *testing.T) {
	n := defaultDecisions
	if s := os.Getenv("SALLYPORT_WORLDS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	allowed, failures, reasons, kinds := 0, 0, map[string]int{}, map[string]int{}
	for i := range n / decisionsPerWorld {
		if failures > 100 {
			break
		}
		m := newMaker(*worldSeed, uint64(i))
		c := m.world()
		ours, theirs := map[string]*policy.Policy{}, map[string]*refPolicy{}
		for range decisionsPerWorld {
			c.Request = m.request()
			got, want, agree := compare(c, ours, theirs)
			reasons[got.Reason]++
			if got.Allowed {
				allowed++
			}
			if agree {
				continue
			}
			failures++
			kind := fmt.Sprintf("%v %s against %v %v", got.Allowed, got.Reason, want.allow, want.reasons)
			if kinds[kind]++; kinds[kind] == 1 && len(kinds) <= 10 && os.Getenv("MUTANT") == "" {
				t.Errorf("seed %d world %d: Decide says %v %s, the reference %v %v\n%s", *worldSeed, i,
					got.Allowed, got.Reason, want.allow, want.reasons, shrink(c).report())
			}
		}
	}
	t.Logf("%d decisions, %d allowed, %d disagreements; %v", n, allowed, failures, reasons)
	if failures > 0 {
		t.Fatalf("%d of %d decisions differ: %v", failures, n, kinds)
	}
	if allowed < n/10 || allowed > n*9/10 {
		t.Errorf("%d of %d allowed: the worlds tell nothing", allowed, n)
	}
}

// compare decides a case by both evaluators. The reasons count as well. A body policy that validation refuses says nothing.
func compare(c *Case, ours map[string]*policy.Policy, theirs map[string]*refPolicy) (Result, refAnswer, bool) {
	got, err := cases.PlayWith(c, ours)
	if err != nil {
		panic(err)
	}
	want := refDecide(c, theirs)
	if strings.HasPrefix(got.Reason, "malformed_policy:") || strings.HasPrefix(want.reasons[0], "malformed_policy:") {
		return got, want, true
	}
	return got, want, got.Allowed == want.allow && (slices.Contains(want.reasons, got.Reason) || want.reasons[0] == anyReason)
}
