package policy

import (
	"bytes"
	"encoding/base64"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// number is a decimal: exact where it is an integer of 64 bits.
type number struct {
	exact bool
	i     int64
	f     float64
}

func parseNumber(s string) (number, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return number{exact: true, i: i, f: float64(i)}, true
	}
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return number{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return number{}, false
	}
	return number{f: f}, true
}

func (n number) compare(m number) int {
	if n.exact && m.exact {
		return compareInt(n.i, m.i)
	}
	switch {
	case n.f < m.f:
		return -1
	case n.f > m.f:
		return 1
	}
	return 0
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// fits tells whether a comparison's outcome (request value against policy value) is what the operator asks for.
func (o order) fits(outcome int) bool {
	switch o {
	case orderLess:
		return outcome < 0
	case orderLessEqual:
		return outcome <= 0
	case orderGreater:
		return outcome > 0
	case orderGreaterEqual:
		return outcome >= 0
	}
	return outcome == 0
}

func (c *condition) matchNumber(v *Value) bool {
	n := number{exact: true, i: v.num, f: float64(v.num)}
	switch v.kind {
	case valueInt:
	case valueTime:
		n.i = floorDiv(v.num, 1000)
		n.f = float64(n.i)
	default:
		var ok bool
		if n, ok = parseNumber(v.text()); !ok {
			return false
		}
	}
	for _, want := range c.numbers {
		if c.op.order.fits(n.compare(want)) {
			return true
		}
	}
	return false
}

func (c *condition) matchDate(v *Value) bool {
	ms := v.num
	if v.kind != valueTime {
		var ok bool
		if ms, ok = parseDate(v.text()); !ok {
			return false
		}
	}
	for _, want := range c.dates {
		if c.op.order.fits(compareInt(ms, want)) {
			return true
		}
	}
	return false
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func parseBool(s string) (value, ok bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, false
}

func boolOf(v *Value) (value, ok bool) {
	if v.kind == valueBool {
		return v.num != 0, true
	}
	return parseBool(v.text())
}

func truthIndex(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parseBinary decodes base64, padded or not.
func parseBinary(s string) ([]byte, bool) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return b, err == nil
}

func (c *condition) matchBinary(s string) bool {
	b, ok := parseBinary(s)
	if !ok {
		return false
	}
	for _, want := range c.binary {
		if bytes.Equal(b, want) {
			return true
		}
	}
	return false
}

// parsePrefix reads a CIDR block or a single address; bits past the prefix are cut off.
func parsePrefix(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		a, ok := parseAddr(s)
		if !ok {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

func parseAddr(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

func (c *condition) matchIP(s string) bool {
	a, ok := parseAddr(s)
	if !ok {
		return false
	}
	for i := range c.prefixes {
		if c.prefixes[i].Contains(a) {
			return true
		}
	}
	return false
}
