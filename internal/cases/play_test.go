package cases

import "testing"

// TestMoreCases plays the cases that were written from the specification besides
// its own, which package authz plays. Package live plays both through a server.
func TestMoreCases(t *testing.T) {
	list, err := Load("testdata/more-cases.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 150 {
		t.Errorf("%d cases", len(list))
	}
	seen := map[string]bool{}
	for _, c := range list {
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
		got, err := Play(c)
		if err != nil {
			t.Errorf("%s (%s): %v", c.ID, c.Why, err)
		} else if how := c.Differs(got); how != "" {
			t.Errorf("%s (%s): %s", c.ID, c.Why, how)
		}
	}
}

// TestPlayRefusesWhatItCannotRead wants an error for a document that is none.
func TestPlayRefusesWhatItCannotRead(t *testing.T) {
	c := &Case{
		Accounts: map[string]*Account{"111111111111": {Buckets: map[string]*Bucket{"b": {Policy: []byte(`{"Statement":7}`)}}}},
		Request:  Request{Principal: "anonymous", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"},
	}
	if r, err := Play(c); err == nil {
		t.Errorf("%+v", r)
	}
}
