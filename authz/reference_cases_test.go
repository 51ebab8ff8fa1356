package authz_test

import (
	"slices"
	"testing"
)

// caseFiles are played by both evaluators: the specification's cases, and what random worlds have found since.
var caseFiles = []string{"testdata/cases.json", "testdata/disagreements.json"}

// TestReferenceCases: the second evaluator answers the cases as they want it.
func TestReferenceCases(t *testing.T) {
	for _, file := range caseFiles {
		cases, err := LoadCases(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			got := refDecide(c, map[string]*refPolicy{})
			if got.allow != (c.Expect == "allow") || !slices.Contains(got.reasons, c.Reason) {
				t.Errorf("%s %s: want %s %s, got %v %v", c.ID, c.Why, c.Expect, c.Reason, got.allow, got.reasons)
			}
		}
	}
}
