package main

import "testing"

func TestCheckListen(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:4566": true, "localhost:1": true, "[::1]:1": true, "127.9.9.9:1": true,
		"0.0.0.0:4566": false, ":4566": false, "10.0.0.1:1": false, "example.com:1": false, "nonsense": false,
	} {
		if got := checkListen(address, false) == nil; got != want {
			t.Errorf("%s: allowed is %v, want %v", address, got, want)
		}
	}
	if err := checkListen("0.0.0.0:1", true); err != nil {
		t.Error(err)
	}
}

func TestParseAccounts(t *testing.T) {
	got, err := parseAccounts([]string{"a", "b:111122223333"})
	if err != nil || len(got) != 2 || got[0] != (namedAccount{"a", ""}) || got[1] != (namedAccount{"b", "111122223333"}) {
		t.Fatalf("%v, %v", got, err)
	}
	for _, bad := range []string{"", ":111122223333", "a:1", "a:", "a b", "a]"} {
		if _, err := parseAccounts([]string{bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
