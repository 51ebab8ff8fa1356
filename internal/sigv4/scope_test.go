package sigv4

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	want := time.Date(2026, 11, 28, 16, 8, 42, 0, time.UTC)
	for _, text := range []string{
		"20261128T160842Z",
		"Sat, 28 Nov 2026 16:08:42 GMT",
		"Sat, 28 Nov 2026 16:08:42 UTC",
		"Sat, 28 Nov 2026 16:08:42 +0000",
		"Sat, 28 Nov 2026 17:08:42 +0100",
		"Saturday, 28-Nov-26 16:08:42 GMT",
		"Sat Nov 28 16:08:42 2026",
	} {
		if got, ok := ParseDate(text); !ok || !got.Equal(want) {
			t.Errorf("%s is read as %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "yesterday", "Sat, 28 Nov 2026 16:08:42 PST", "Sat, 28 Nov 2026 16:08:42", "20261128T160842", "2026-11-28"} {
		if got, ok := ParseDate(text); ok {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}
