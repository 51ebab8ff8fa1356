package main

import "testing"

func TestParseProfile(t *testing.T) {
	const text = "[first]\naws_access_key_id = A\naws_secret_access_key = B\n\n[bench]\naws_access_key_id=C\naws_secret_access_key = D=/+\n[last]\naws_access_key_id = E\n"
	if got, err := parseProfile(text, "bench"); err != nil || got != (credentials{"C", "D=/+"}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, profile := range []string{"last", "missing"} {
		if got, err := parseProfile(text, profile); err == nil {
			t.Errorf("%s: got %v", profile, got)
		}
	}
}
