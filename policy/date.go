package policy

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// parseDate reads what AWS takes for a date, in milliseconds since 1970: whole epoch seconds, or ISO 8601 from the year
// alone ("2026", if a T or a minus says that it is no epoch) to fractions of a second with Z or an offset of hours or
// hours and minutes east (or west). Without offset it is UTC. Years are -292275054 to 292278993, as AWS's; what lies
// outside of 64 bits is held at their ends.
func parseDate(s string) (ms int64, ok bool) {
	if !strings.ContainsAny(s, "tT-") {
		sec, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return 0, false
		}
		if sec > math.MaxInt64/1000 {
			return math.MaxInt64, true
		}
		return sec * 1000, true
	}
	day, clock, _ := strings.Cut(strings.ToLower(s), "t")
	year, month, dom, ok := parseDay(day)
	if !ok {
		return 0, false
	}
	offset, ok := parseClock(clock)
	if !ok {
		return 0, false
	}
	if year < -200_000_000 {
		return math.MinInt64, true
	}
	if year > 200_000_000 {
		return math.MaxInt64, true
	}
	t := time.Date(year, time.Month(month), dom, 0, 0, 0, 0, time.UTC)
	return t.Unix()*1000 + offset, true
}

func parseDay(s string) (year, month, day int, ok bool) {
	s, negative := strings.CutPrefix(s, "-")
	parts := strings.Split(s, "-")
	if len(parts) > 3 {
		return 0, 0, 0, false
	}
	year, ok = parseDigits(parts[0], 0, 292_278_993)
	if negative {
		year = -year
	}
	if !ok || year < -292_275_054 {
		return 0, 0, 0, false
	}
	month, day = 1, 1
	if len(parts) > 1 {
		if month, ok = parseDigits(parts[1], 1, 12); !ok {
			return 0, 0, 0, false
		}
	}
	if len(parts) > 2 {
		if day, ok = parseDigits(parts[2], 1, 31); !ok {
			return 0, 0, 0, false
		}
	}
	return year, month, day, true
}

// parseClock reads hours[:minutes[:seconds[.fraction]]][zone] in lower case as milliseconds since midnight UTC.
func parseClock(s string) (ms int64, ok bool) {
	if s == "" {
		return 0, true
	}
	s, zone, ok := cutZone(s)
	if !ok {
		return 0, false
	}
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	fraction := ""
	if len(parts) == 3 {
		parts[2], fraction, _ = strings.Cut(parts[2], ".")
	}
	limits := [3]int{23, 59, 59}
	units := [3]int64{3_600_000, 60_000, 1000}
	for i, p := range parts {
		n, ok := parseDigits(p, 0, limits[i])
		if !ok {
			return 0, false
		}
		ms += int64(n) * units[i]
	}
	if fraction != "" {
		if _, ok := parseDigits(fraction, 0, 999_999_999); !ok || len(fraction) > 9 {
			return 0, false
		}
		n, _ := strconv.Atoi((fraction + "00")[:3])
		ms += int64(n)
	}
	return ms - zone, true
}

// cutZone takes the zone off a time of day and answers it in milliseconds east of Greenwich.
func cutZone(s string) (clock string, zone int64, ok bool) {
	if rest, found := strings.CutSuffix(s, "z"); found {
		return rest, 0, true
	}
	at := strings.LastIndexAny(s, "+-")
	if at < 0 {
		return s, 0, true
	}
	hours, minutes, more := strings.Cut(s[at+1:], ":")
	h, ok := parseDigits(hours, 0, 23)
	if !ok || len(hours) != 2 {
		return "", 0, false
	}
	m := 0
	if more {
		if m, ok = parseDigits(minutes, 0, 59); !ok || len(minutes) != 2 {
			return "", 0, false
		}
	}
	zone = int64(h)*3_600_000 + int64(m)*60_000
	if s[at] == '-' {
		zone = -zone
	}
	return s[:at], zone, true
}

func parseDigits(s string, low, high int) (int, bool) {
	if s == "" || len(s) > 10 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= low && n <= high
}
