package policy_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/policy"
)

// holds tells whether a condition of one operator and value holds for a request's value.
func holds(t *testing.T, operator, want, got string) bool {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Version": policy.Version2012, "Statement": map[string]any{
		"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": map[string]any{operator: map[string]any{"a:b": want}}}})
	if err != nil {
		t.Fatal(err)
	}
	return allows(t, string(text), "s3:x", "*", values("a:b", got))
}

// FuzzArnLike compares ArnLike with its plain meaning: six parts, each matched for itself.
func FuzzArnLike(f *testing.F) {
	f.Add("arn:aws:iam::*:role/?*", "arn:aws:iam::111111111111:role/a/b")
	f.Add("arn:*:s3:::b", "arn:aws:s3:::b:c")
	f.Add("*", "arn:aws:s3:::b")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		pattern, s = strings.ToValidUTF8(pattern, ""), strings.ToValidUTF8(s, "")
		if len(pattern) > 40 || len(s) > 40 || strings.Count(pattern, "*") > 6 || strings.Contains(pattern, "${") {
			return
		}
		p, v := strings.SplitN(pattern, ":", 6), strings.SplitN(s, ":", 6)
		want := len(p) == 6 && len(v) == 6
		for i := 0; want && i < 6; i++ {
			want = naive([]rune(p[i]), []rune(v[i]))
		}
		for operator, want := range map[string]bool{"ArnLike": want, "ArnEquals": want, "ArnNotLike": !want, "ArnNotEquals": !want} {
			if got := holds(t, operator, pattern, s); got != want {
				t.Fatalf("%q %s %q: %v", s, operator, pattern, got)
			}
		}
	})
}

// FuzzDate: of two dates one is before the other or they are the same, as the standard library says where it reads both; a
// text that is no date is neither.
func FuzzDate(f *testing.F) {
	f.Add("2026-04-01T12:00:00Z", "2026-04-01T14:00:00+02:00")
	f.Add("1775044800", "2026-04-01")
	f.Add("2026-04-01T12:00:00.5Z", "soon")
	f.Fuzz(func(t *testing.T, a, b string) {
		less, same, more := holds(t, "DateLessThan", b, a), holds(t, "DateEquals", b, a), holds(t, "DateGreaterThan", b, a)
		told := 0
		for _, yes := range []bool{less, same, more} {
			if yes {
				told++
			}
		}
		if told > 1 || holds(t, "DateLessThanEquals", b, a) != (less || same) || holds(t, "DateGreaterThanEquals", b, a) != (more || same) ||
			holds(t, "DateNotEquals", b, a) == same || holds(t, "DateGreaterThan", a, b) != less {
			t.Fatalf("%q and %q: before %v, same %v, after %v", a, b, less, same, more)
		}
		x, err1 := time.Parse(time.RFC3339, a)
		y, err2 := time.Parse(time.RFC3339, b)
		if err1 != nil || err2 != nil || strings.Contains(a+b, ",") || len(a) > 29 || len(b) > 29 { // at most nine digits of fraction
			return
		}
		if want := x.UnixMilli() - y.UnixMilli(); less != (want < 0) || same != (want == 0) || more != (want > 0) {
			t.Fatalf("%q and %q: before %v, same %v, after %v", a, b, less, same, more)
		}
	})
}

// FuzzIPAddress compares IpAddress with a comparison of bits.
func FuzzIPAddress(f *testing.F) {
	f.Add("10.0.0.0/8", "10.1.2.3")
	f.Add("2001:db8::/33", "2001:db8:8000::1")
	f.Add("::ffff:10.0.0.0/104", "10.0.0.1")
	f.Add("0.0.0.0/0", "::1")
	f.Fuzz(func(t *testing.T, block, address string) {
		got := holds(t, "IpAddress", block, address)
		if holds(t, "NotIpAddress", block, address) == got {
			t.Fatalf("%q in %q and not in it: %v", address, block, got)
		}
		a, err := netip.ParseAddr(address)
		if err != nil || a.Zone() != "" {
			if got {
				t.Fatalf("%q in %q", address, block)
			}
			return
		}
		net, err := netip.ParsePrefix(block)
		if err != nil {
			one, err := netip.ParseAddr(block)
			if want := err == nil && one.Zone() == "" && one.Unmap() == a.Unmap(); got != want {
				t.Fatalf("%q in %q: %v", address, block, got)
			}
			return
		}
		if net.Addr().Is4In6() {
			return // which of the two families such a block is of is a matter of its length
		}
		if want := sameBits(net, a.Unmap()); got != want {
			t.Fatalf("%q in %q: %v", address, block, got)
		}
	})
}

func sameBits(net netip.Prefix, a netip.Addr) bool {
	if net.Addr().Is4() != a.Is4() {
		return false
	}
	x, y := net.Addr().AsSlice(), a.AsSlice()
	for i := range net.Bits() {
		if (x[i/8]^y[i/8])>>(7-i%8)&1 != 0 {
			return false
		}
	}
	return true
}
