package lifecycle

import (
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func config(rules ...api.LifecycleRule) *Configuration { return &Configuration{Rules: rules} }

const big = 1 << 20

func TestDaysEndAtMidnight(t *testing.T) {
	for _, c := range []struct {
		from string
		days int32
		want string
	}{
		// AWS's own example: made at 10:30, three days.
		{"2014-01-15T10:30:00Z", 3, "2014-01-19T00:00:00Z"},
		{"2014-01-15T00:00:00Z", 3, "2014-01-18T00:00:00Z"},
		{"2014-01-15T00:00:01Z", 0, "2014-01-16T00:00:00Z"},
		{"2014-01-15T23:59:59Z", 1, "2014-01-17T00:00:00Z"},
		{"2024-02-28T12:00:00Z", 1, "2024-03-01T00:00:00Z"},
		{"2014-01-15T23:30:00-01:00", 1, "2014-01-18T00:00:00Z"},
	} {
		if got := ADay.after(at(c.from), c.days); !got.Equal(at(c.want)) {
			t.Errorf("%d days after %s is %s, want %s", c.days, c.from, got, c.want)
		}
	}
	if got := Day(10*time.Second).after(at("2014-01-15T10:30:03Z"), 2); !got.Equal(at("2014-01-15T10:30:30Z")) {
		t.Errorf("two short days end at %s", got)
	}
	if got := ADay.after(at("2014-01-15T10:30:03Z"), 1<<31-1); got.Year() < 5_000_000 {
		t.Errorf("the longest time ends at %s", got)
	}
}

// TestDecideCurrent is about current versions, of a megabyte made at noon on the
// first of January.
func TestDecideCurrent(t *testing.T) {
	logs, tagged := prefixed("logs/"), filtered(api.LifecycleRuleFilter{Tag: p(tag("tag1", "value1"))})
	disabled := func(r *api.LifecycleRule) { r.Status = p("Disabled") }
	for _, c := range []struct {
		name      string
		c         *Configuration
		o         Object
		at        string
		versioned bool
		want      Action
	}{
		{"the day before", config(rule(expire(2))), Object{}, "2026-01-03T23:59:59Z", false, Action{}},
		{"the day", config(rule(expire(2))), Object{}, "2026-01-04", false, Action{Expire, "", "id"}},
		{"the day, versioned", config(rule(expire(2))), Object{}, "2026-01-04", true, Action{Expire, "", "id"}},
		{"disabled", config(rule(expire(2), disabled)), Object{}, "2027-01-04", false, Action{}},
		{"before the date", config(rule(expireOn("2026-02-01"))), Object{}, "2026-01-31T23:59:59Z", false, Action{}},
		{"after the date", config(rule(expireOn("2026-02-01"))), Object{}, "2026-02-01", false, Action{Expire, "", "id"}},
		{"made after the date", config(rule(expireOn("2025-02-01"))), Object{}, "2026-01-01T12:00:00Z", false, Action{Expire, "", "id"}},
		{"in the first form", config(rule(expire(1), first("logs/"))), Object{Key: "logs/a"}, "2026-02-01", false, Action{Expire, "", "id"}},
		{"in the first form, another prefix", config(rule(expire(1), first("logs/"))), Object{Key: "log"}, "2026-02-01", false, Action{}},

		// AWS's examples of conflicts.
		{"1: transition", config(rule(expire(365)), rule(id("2"), move(30, "STANDARD_IA"), logs)), Object{Key: "logs/a"}, "2026-02-01", false,
			Action{Transition, "STANDARD_IA", "2"}},
		{"1: expiration", config(rule(expire(365)), rule(id("2"), move(30, "STANDARD_IA"), logs)), Object{Key: "logs/a", StorageClass: "STANDARD_IA"},
			"2027-01-02", false, Action{Expire, "", "id"}},
		{"2: the shorter expiration", config(rule(expire(365)), rule(id("2"), expire(30), logs)), Object{Key: "logs/a"}, "2026-02-01", true, Action{Expire, "", "2"}},
		{"3: the cheaper class", config(rule(move(30, "STANDARD_IA")), rule(id("2"), move(30, "GLACIER"), logs)), Object{Key: "logs/a"}, "2026-02-01", true,
			Action{Transition, "GLACIER", "2"}},
		{"4: by tags, transition", config(rule(move(1, "GLACIER"), tagged), rule(id("2"), expire(14), filtered(api.LifecycleRuleFilter{Tag: p(tag("tag2", "value2"))}))),
			Object{Tags: []Tag{{"tag1", "value1"}, {"tag2", "value2"}}}, "2026-01-03", false, Action{Transition, "GLACIER", "id"}},
		{"4: by tags, expiration", config(rule(move(1, "GLACIER"), tagged), rule(id("2"), expire(14), filtered(api.LifecycleRuleFilter{Tag: p(tag("tag2", "value2"))}))),
			Object{Tags: []Tag{{"tag1", "value1"}, {"tag2", "value2"}}, StorageClass: "GLACIER"}, "2026-01-16", false, Action{Expire, "", "2"}},

		{"removal before transition", config(rule(move(1, "GLACIER")), rule(id("2"), expire(1))), Object{}, "2026-01-03", false, Action{Expire, "", "2"}},
		{"transition before a marker", config(rule(move(1, "GLACIER")), rule(id("2"), expire(1))), Object{}, "2026-01-03", true, Action{Transition, "GLACIER", "id"}},
		{"the marker then", config(rule(move(1, "GLACIER")), rule(id("2"), expire(1))), Object{StorageClass: "GLACIER"}, "2026-01-03", true, Action{Expire, "", "2"}},
		{"tiering before what is no archive", config(rule(move(0, "GLACIER_IR")), rule(id("2"), move(0, "INTELLIGENT_TIERING"))), Object{}, "2026-01-03", true,
			Action{Transition, "INTELLIGENT_TIERING", "2"}},
		{"archive before tiering", config(rule(move(0, "GLACIER")), rule(id("2"), move(0, "INTELLIGENT_TIERING"))), Object{}, "2026-01-03", true,
			Action{Transition, "GLACIER", "id"}},
		{"no way back", config(rule(move(30, "STANDARD_IA"))), Object{StorageClass: "GLACIER"}, "2027-01-01", false, Action{}},
		{"no way across", config(rule(move(0, "GLACIER_IR"))), Object{StorageClass: "ONEZONE_IA"}, "2027-01-01", false, Action{}},
		{"not to where it is", config(rule(move(0, "GLACIER"))), Object{StorageClass: "GLACIER"}, "2027-01-01", false, Action{}},
		{"from reduced redundancy", config(rule(move(0, "GLACIER"))), Object{StorageClass: "REDUCED_REDUNDANCY"}, "2027-01-01", false, Action{Transition, "GLACIER", "id"}},
		{"transition by date", config(rule(moveOn("2026-02-01", "GLACIER"))), Object{}, "2026-02-01", false, Action{Transition, "GLACIER", "id"}},
		{"transition before its date", config(rule(moveOn("2026-02-01", "GLACIER"))), Object{}, "2026-01-31", false, Action{}},

		{"another tag", config(rule(expire(1), tagged)), Object{Tags: []Tag{{"tag1", "value2"}}}, "2027-01-01", false, Action{}},
		{"unknown tags", config(rule(expire(1), tagged)), Object{AnyTags: true}, "2027-01-01", false, Action{Expire, "", "id"}},
		{"one of two tags", config(rule(expire(1), and(api.LifecycleRuleAndOperator{Tags: []api.Tag{tag("a", ""), tag("b", "")}}))),
			Object{Tags: []Tag{{"a", ""}}}, "2027-01-01", false, Action{}},
		{"two tags", config(rule(expire(1), and(api.LifecycleRuleAndOperator{Tags: []api.Tag{tag("a", ""), tag("b", "")}}))),
			Object{Tags: []Tag{{"b", ""}, {"a", ""}}}, "2027-01-01", false, Action{Expire, "", "id"}},
		{"as great", config(rule(expire(1), filtered(api.LifecycleRuleFilter{ObjectSizeGreaterThan: p(int64(big))}))), Object{}, "2027-01-01", false, Action{}},
		{"greater", config(rule(expire(1), filtered(api.LifecycleRuleFilter{ObjectSizeGreaterThan: p(int64(big - 1))}))), Object{}, "2027-01-01", false, Action{Expire, "", "id"}},
		{"as small", config(rule(expire(1), filtered(api.LifecycleRuleFilter{ObjectSizeLessThan: p(int64(big))}))), Object{}, "2027-01-01", false, Action{}},
		{"smaller", config(rule(expire(1), filtered(api.LifecycleRuleFilter{ObjectSizeLessThan: p(int64(big + 1))}))), Object{}, "2027-01-01", false, Action{Expire, "", "id"}},
		{"not copied yet", config(rule(expire(1), move(0, "GLACIER"))), Object{Unreplicated: true}, "2027-01-01", true, Action{}},
		{"locked", config(rule(expire(1))), Object{Locked: true}, "2027-01-01", true, Action{Expire, "", "id"}},
		{"noncurrent rules", config(rule(noncurrent(1, 0), moveNoncurrent(0, "GLACIER"), expiredMarkers, abort(1))), Object{}, "2027-01-01", true, Action{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Size, c.o.Created = big, at("2026-01-01T12:00:00Z")
			if got := c.c.Decide(&c.o, at(c.at), c.versioned, ADay); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestSmallObjectsStay(t *testing.T) {
	sized := and(api.LifecycleRuleAndOperator{Prefix: p(""), ObjectSizeGreaterThan: p(int64(10))})
	for _, c := range []struct {
		name  string
		size  int64
		least string
		rule  api.LifecycleRule
		want  string
	}{
		{"just large enough", 128 << 10, AllClasses128K, rule(move(0, "GLACIER")), "GLACIER"},
		{"too small", 128<<10 - 1, AllClasses128K, rule(move(0, "GLACIER")), ""},
		{"too small without a word", 128<<10 - 1, "", rule(move(0, "GLACIER")), ""},
		{"an archive takes all", 1, VariesByClass, rule(move(0, "GLACIER")), "GLACIER"},
		{"a deep one too", 1, VariesByClass, rule(move(0, "DEEP_ARCHIVE")), "DEEP_ARCHIVE"},
		{"others do not", 128<<10 - 1, VariesByClass, rule(move(0, "GLACIER_IR")), ""},
		{"a filter says", 11, AllClasses128K, rule(move(0, "GLACIER_IR"), sized), "GLACIER_IR"},
	} {
		cfg := Configuration{Rules: []api.LifecycleRule{c.rule}, TransitionDefaultMinimumObjectSize: &c.least}
		o := Object{Size: c.size, Created: at("2026-01-01")}
		if got := cfg.Decide(&o, at("2026-06-01"), false, ADay); got.StorageClass != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// TestDecideNoncurrent is about versions made in the last year that were covered at
// noon on the first of January.
func TestDecideNoncurrent(t *testing.T) {
	for _, c := range []struct {
		name string
		c    *Configuration
		o    Object
		at   string
		want Action
	}{
		{"the day before", config(rule(noncurrent(1, 0))), Object{}, "2026-01-02T23:59:59Z", Action{}},
		{"the day", config(rule(noncurrent(1, 0))), Object{}, "2026-01-03", Action{Remove, "", "id"}},
		{"one of those to keep", config(rule(noncurrent(1, 3))), Object{Newer: 2}, "2027-01-03", Action{}},
		{"one more", config(rule(noncurrent(1, 3))), Object{Newer: 3}, "2026-01-03", Action{Remove, "", "id"}},
		{"one more, too early", config(rule(noncurrent(1, 3))), Object{Newer: 3}, "2026-01-02", Action{}},
		{"the rule that keeps less", config(rule(noncurrent(1, 3)), rule(id("2"), noncurrent(5, 0))), Object{}, "2026-01-07", Action{Remove, "", "2"}},
		{"a marker", config(rule(noncurrent(1, 0))), Object{DeleteMarker: true}, "2026-01-03", Action{Remove, "", "id"}},
		{"a marker does not move", config(rule(moveNoncurrent(0, "GLACIER"))), Object{DeleteMarker: true}, "2027-01-03", Action{}},
		{"locked", config(rule(noncurrent(1, 0))), Object{Locked: true}, "2027-01-03", Action{}},
		{"locked things move", config(rule(noncurrent(1, 0), moveNoncurrent(0, "GLACIER"))), Object{Locked: true}, "2027-01-03", Action{Transition, "GLACIER", "id"}},
		{"moved", config(rule(moveNoncurrent(30, "STANDARD_IA"))), Object{}, "2026-02-01", Action{Transition, "STANDARD_IA", "id"}},
		{"not moved yet", config(rule(moveNoncurrent(30, "STANDARD_IA"))), Object{}, "2026-01-31", Action{}},
		{"removed, not moved", config(rule(moveNoncurrent(0, "GLACIER")), rule(id("2"), noncurrent(1, 0))), Object{}, "2026-01-03", Action{Remove, "", "2"}},
		{"rules for current versions", config(rule(expire(1), move(0, "GLACIER"))), Object{}, "2027-01-03", Action{}},
		{"by prefix", config(rule(noncurrent(1, 0), prefixed("b"))), Object{Key: "a"}, "2027-01-03", Action{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Noncurrent, c.o.Size, c.o.Created, c.o.Covered = true, big, at("2025-01-01T12:00:00Z"), at("2026-01-01T12:00:00Z")
			if got := c.c.Decide(&c.o, at(c.at), true, ADay); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// TestDecideMarker is about current delete markers made at noon on the first of
// January.
func TestDecideMarker(t *testing.T) {
	for _, c := range []struct {
		name  string
		rule  api.LifecycleRule
		alone bool
		at    string
		want  Verb
	}{
		{"hides something", rule(expiredMarkers), false, "2027-01-01", Keep},
		{"hides nothing", rule(expiredMarkers), true, "2026-01-01T12:00:00Z", Remove},
		{"not asked for", rule(func(r *api.LifecycleRule) {
			r.Expiration = &api.LifecycleExpiration{ExpiredObjectDeleteMarker: p(false)}
		}), true, "2027-01-01", Keep},
		{"by age", rule(expire(1)), true, "2026-01-03", Remove},
		{"too young", rule(expire(1)), true, "2026-01-02", Keep},
		{"by age, hides something", rule(expire(1)), false, "2027-01-03", Keep},
		{"by date", rule(expireOn("2026-02-01")), true, "2026-02-01", Remove},
		{"has no tags", rule(expire(1), filtered(api.LifecycleRuleFilter{Tag: p(tag("a", "b"))})), true, "2027-01-01", Keep},
		{"has no size", rule(expire(1), filtered(api.LifecycleRuleFilter{ObjectSizeGreaterThan: p(int64(0))})), true, "2027-01-01", Keep},
		{"rules for others", rule(noncurrent(1, 0), move(0, "GLACIER")), true, "2027-01-01", Keep},
	} {
		o := Object{DeleteMarker: true, Alone: c.alone, Created: at("2026-01-01T12:00:00Z"), AnyTags: true}
		if got := config(c.rule).Decide(&o, at(c.at), true, ADay); got.Verb != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestExpiry(t *testing.T) {
	o := Object{Key: "logs/a", Created: at("2026-01-01T12:00:00Z")}
	for _, c := range []struct {
		name, want, id string
		c              *Configuration
	}{
		{"none", "", "", config(rule(expiredMarkers, noncurrent(1, 0), move(1, "GLACIER")))},
		{"one", "2026-01-03", "id", config(rule(expire(1)))},
		{"a date", "2026-02-01", "id", config(rule(expireOn("2026-02-01")))},
		{"the first to end it", "2026-01-03", "2", config(rule(expire(9)), rule(id("2"), expire(1)), rule(id("3"), expire(5)))},
		{"the first of two", "2026-01-03", "2", config(rule(id("2"), expire(1)), rule(id("1"), expire(1)))},
		{"of those that apply", "2026-01-04", "2", config(rule(expire(1), prefixed("x")), rule(id("2"), expire(2), prefixed("logs/")))},
		{"of those that are enabled", "", "", config(rule(expire(1), func(r *api.LifecycleRule) { r.Status = p("Disabled") }))},
	} {
		end, id, ok := c.c.Expiry(&o, ADay)
		if ok != (c.want != "") || id != c.id || ok && !end.Equal(at(c.want)) {
			t.Errorf("%s: %s by %q, %t", c.name, end, id, ok)
		}
	}
}

func TestAbort(t *testing.T) {
	c := config(rule(abort(7)), rule(id("2"), abort(3), prefixed("logs/")), rule(id("3"), expire(1)),
		rule(id("4"), abort(1), func(r *api.LifecycleRule) { r.Status = p("Disabled") }))
	begun := at("2026-01-01T12:00:00Z")
	if end, id, ok := c.Abort("logs/a", begun, ADay); !ok || id != "2" || !end.Equal(at("2026-01-05")) {
		t.Errorf("%s by %q, %t", end, id, ok)
	}
	if end, id, ok := c.Abort("a", begun, ADay); !ok || id != "id" || !end.Equal(at("2026-01-09")) {
		t.Errorf("%s by %q, %t", end, id, ok)
	}
	if !c.Aborts() || config(rule(expire(1))).Aborts() {
		t.Error("which rules abort")
	}
	if _, _, ok := config(rule(expire(1))).Abort("a", begun, ADay); ok {
		t.Error("an upload ends without a rule")
	}
}

func TestPrefix(t *testing.T) {
	disabled := func(r *api.LifecycleRule) { r.Status = p("Disabled") }
	for _, c := range []struct {
		c    *Configuration
		want string
		ok   bool
	}{
		{config(rule(prefixed("logs/a")), rule(prefixed("logs/b"))), "logs/", true},
		{config(rule(prefixed("logs/a")), rule(first("logs/ab"))), "logs/a", true},
		{config(rule(prefixed("logs/")), rule(and(api.LifecycleRuleAndOperator{Prefix: p("x")}))), "", true},
		{config(rule(prefixed("logs/")), rule(disabled)), "logs/", true},
		{config(rule(disabled)), "", false},
	} {
		if got, ok := c.c.Prefix(); got != c.want || ok != c.ok {
			t.Errorf("%q, %t, want %q", got, ok, c.want)
		}
	}
}
