package main

import (
	"math"
	"strings"
	"testing"
)

func TestWriteTable(t *testing.T) {
	var b strings.Builder
	err := writeTable(&b, []string{"<op", "ops/s", "µs"}, [][]string{{"get", "1,234", "5"}, {"delete", "9", "12.0"}})
	want := `| op     | ops/s |   µs |
|:-------|------:|-----:|
| get    | 1,234 |    5 |
| delete |     9 | 12.0 |
`
	if err != nil || b.String() != want {
		t.Errorf("got %v\n%s", err, b.String())
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.00", 1.234: "1.23", 12.34: "12.3", 99.96: "100.0", 123.5: "124",
		1234: "1,234", 1234567.4: "1,234,567", math.Inf(1): "–", math.NaN(): "–",
	} {
		if got := number(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}

func TestSizeNamesReadBack(t *testing.T) {
	for _, n := range []int{1, 1000, 1 << 10, 64 << 10, 1 << 20, 16 << 20, 1<<20 + 1} {
		if got, err := parseSizes(sizeName(n)); err != nil || len(got) != 1 || got[0] != n {
			t.Errorf("%d is named %q, which reads as %v, %v", n, sizeName(n), got, err)
		}
	}
}
