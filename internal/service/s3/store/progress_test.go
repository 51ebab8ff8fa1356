package store

import (
	"testing"
)

func TestProgress(t *testing.T) {
	f := newFixture(t)
	read := func(worker string) (note []byte) {
		t.Helper()
		err := f.View(t.Context(), func(r *Reader) (err error) {
			note, err = r.Progress(worker)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return note
	}
	if note := read("a"); note != nil {
		t.Errorf("%q before anything was noted", note)
	}
	for _, note := range []string{"one", ""} {
		if err := f.Update(t.Context(), func(t *Txn) error { return t.SetProgress("a", []byte(note)) }); err != nil {
			t.Fatal(err)
		}
		if got := read("a"); got == nil || string(got) != note {
			t.Errorf("%q, want %q", got, note)
		}
	}
	if note := read("ab"); note != nil {
		t.Errorf("another worker noted %q", note)
	}
}
