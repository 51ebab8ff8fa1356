package authz_test

import (
	"os"
	"slices"
	"testing"
)

// TestCases plays every case of the committed file, and of the file that SALLYPORT_CASES names.
func TestCases(t *testing.T) {
	files := slices.Clone(caseFiles)
	if more := os.Getenv("SALLYPORT_CASES"); more != "" {
		files = append(files, more)
	}
	for _, file := range files {
		cases, err := LoadCases(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(cases) == 0 {
			t.Fatalf("%s holds no cases", file)
		}
		for _, c := range cases {
			t.Run(c.ID, func(t *testing.T) { check(t, c) })
		}
	}
}

func check(t *testing.T, c *Case) {
	got, err := Play(c)
	if err != nil {
		t.Fatal(err)
	}
	if got.Expect() != c.Expect || got.Reason != c.Reason {
		t.Errorf("%s: want %s %s, got %s %s", c.Why, c.Expect, c.Reason, got.Expect(), got.Reason)
	}
	if c.Error == nil {
		return
	}
	if got.Status != c.Error.Status || got.Code != c.Error.Code {
		t.Errorf("want %d %s, got %d %s", c.Error.Status, c.Error.Code, got.Status, got.Code)
	}
	if c.Error.Message != "" && got.Message != c.Error.Message {
		t.Errorf("want message %q, got %q", c.Error.Message, got.Message)
	}
}
