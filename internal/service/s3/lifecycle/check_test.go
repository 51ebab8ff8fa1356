package lifecycle

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/wire"
)

func p[T any](v T) *T { return &v }

// rule is an enabled rule for all objects, changed by each function.
func rule(change ...func(*api.LifecycleRule)) api.LifecycleRule {
	r := api.LifecycleRule{ID: p("id"), Status: p("Enabled"), Filter: &api.LifecycleRuleFilter{}}
	for _, f := range change {
		f(&r)
	}
	return r
}

func expire(days int32) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) { r.Expiration = &api.LifecycleExpiration{Days: &days} }
}

func expireOn(date string) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) { r.Expiration = &api.LifecycleExpiration{Date: p(at(date))} }
}

func expiredMarkers(r *api.LifecycleRule) {
	r.Expiration = &api.LifecycleExpiration{ExpiredObjectDeleteMarker: p(true)}
}

func move(days int32, class string) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) {
		r.Transitions = append(r.Transitions, api.Transition{Days: &days, StorageClass: &class})
	}
}

func moveOn(date, class string) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) {
		r.Transitions = append(r.Transitions, api.Transition{Date: p(at(date)), StorageClass: &class})
	}
}

func noncurrent(days, newer int32) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) {
		r.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NoncurrentDays: &days}
		if newer != 0 {
			r.NoncurrentVersionExpiration.NewerNoncurrentVersions = &newer
		}
	}
}

func moveNoncurrent(days int32, class string) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) {
		r.NoncurrentVersionTransitions = append(r.NoncurrentVersionTransitions,
			api.NoncurrentVersionTransition{NoncurrentDays: &days, StorageClass: &class})
	}
}

func abort(days int32) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) {
		r.AbortIncompleteMultipartUpload = &api.AbortIncompleteMultipartUpload{DaysAfterInitiation: &days}
	}
}

func filtered(f api.LifecycleRuleFilter) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) { r.Filter = &f }
}

func prefixed(prefix string) func(*api.LifecycleRule) {
	return filtered(api.LifecycleRuleFilter{Prefix: &prefix})
}

func and(a api.LifecycleRuleAndOperator) func(*api.LifecycleRule) {
	return filtered(api.LifecycleRuleFilter{And: &a})
}

func first(prefix string) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) { r.Filter, r.Prefix = nil, &prefix }
}

func id(id string) func(*api.LifecycleRule) {
	return func(r *api.LifecycleRule) { r.ID = &id }
}

func tag(key, value string) api.Tag { return api.Tag{Key: &key, Value: &value} }

// at reads a time, or a date at midnight.
func at(s string) time.Time {
	if !strings.Contains(s, "T") {
		s += "T00:00:00Z"
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

const malformed = "MalformedXML"

func TestCheck(t *testing.T) {
	oneTag := filtered(api.LifecycleRuleFilter{Tag: p(tag("a", "b"))})
	sized := filtered(api.LifecycleRuleFilter{ObjectSizeGreaterThan: p(int64(500))})
	for _, c := range []struct {
		name  string
		rules []api.LifecycleRule
		want  string // code and text, "" if it is fine
	}{
		{"everything", []api.LifecycleRule{rule(expire(400), move(30, "STANDARD_IA"), move(60, "GLACIER"), move(200, "DEEP_ARCHIVE"),
			noncurrent(100, 3), moveNoncurrent(30, "STANDARD_IA"), moveNoncurrent(60, "GLACIER"), abort(7))}, ""},
		{"no rules", nil, malformed},
		{"1,001 rules", make([]api.LifecycleRule, 1001), malformed},
		{"no status", []api.LifecycleRule{rule(expire(1), func(r *api.LifecycleRule) { r.Status = nil })}, malformed},
		{"unknown status", []api.LifecycleRule{rule(expire(1), func(r *api.LifecycleRule) { r.Status = p("enabled") })}, malformed},
		{"no action", []api.LifecycleRule{rule()}, "InvalidRequest At least one action needs to be specified in a rule"},
		{"long id", []api.LifecycleRule{rule(expire(1), id(strings.Repeat("x", 256)))}, "InvalidArgument ID length should not exceed allowed limit of 255"},
		{"longest id", []api.LifecycleRule{rule(expire(1), id(strings.Repeat("é", 255)))}, ""},
		{"one id twice", []api.LifecycleRule{rule(expire(1)), rule(expire(1))}, "InvalidArgument Rule ID must be unique. Found same ID for more than one rule"},
		{"no id twice", []api.LifecycleRule{rule(expire(1), id("")), rule(expire(1), id(""))}, ""},
		{"neither filter nor prefix", []api.LifecycleRule{rule(expire(1), func(r *api.LifecycleRule) { r.Filter = nil })}, malformed},
		{"both forms in a rule", []api.LifecycleRule{rule(expire(1), func(r *api.LifecycleRule) { r.Prefix = p("") })},
			"InvalidRequest Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."},
		{"a prefix after a filter", []api.LifecycleRule{rule(expire(1)), rule(expire(1), id("b"), first(""))},
			"InvalidRequest Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."},
		{"a filter after a prefix", []api.LifecycleRule{rule(expire(1), first("")), rule(expire(1), id("b"))},
			"InvalidRequest Filter element can only be used in Lifecycle V2."},
		{"overlapping prefixes", []api.LifecycleRule{rule(expire(1), first("")), rule(expire(2), id("b"), first("a"))},
			"InvalidRequest Found overlapping prefixes '' and 'a' for same action type 'Expiration'"},
		{"one prefix twice", []api.LifecycleRule{rule(move(1, "GLACIER"), first("a")), rule(move(2, "GLACIER"), id("b"), first("a"))},
			"InvalidRequest Found two rules with same prefix 'a' for same action type 'Transition'"},
		{"overlapping prefixes, other actions", []api.LifecycleRule{rule(expire(9), first("a")), rule(move(2, "GLACIER"), id("b"), first("a"))}, ""},
		{"overlapping filters", []api.LifecycleRule{rule(expire(1)), rule(expire(2), id("b"), prefixed("a"))}, ""},

		{"two predicates", []api.LifecycleRule{rule(expire(1), filtered(api.LifecycleRuleFilter{Prefix: p("a"), Tag: p(tag("a", "b"))}))}, malformed},
		{"an And of one", []api.LifecycleRule{rule(expire(1), and(api.LifecycleRuleAndOperator{Prefix: p("a")}))}, malformed},
		{"an And of no prefix and one", []api.LifecycleRule{rule(expire(1), and(api.LifecycleRuleAndOperator{Prefix: p(""), Tags: []api.Tag{tag("a", "b")}}))}, ""},
		{"an And of two tags", []api.LifecycleRule{rule(expire(1), and(api.LifecycleRuleAndOperator{Tags: []api.Tag{tag("a", "b"), tag("b", "b")}}))}, ""},
		{"one tag key twice", []api.LifecycleRule{rule(expire(1), and(api.LifecycleRuleAndOperator{Tags: []api.Tag{tag("a", "b"), tag("a", "c")}}))},
			"InvalidRequest Duplicate Tag Keys are not allowed."},
		{"a long tag key", []api.LifecycleRule{rule(expire(1), filtered(api.LifecycleRuleFilter{Tag: p(tag(strings.Repeat("k", 129), ""))}))}, "InvalidTag"},
		{"a long tag value", []api.LifecycleRule{rule(expire(1), filtered(api.LifecycleRuleFilter{Tag: p(tag("k", strings.Repeat("v", 257)))}))}, "InvalidTag"},
		{"a tag without a value", []api.LifecycleRule{rule(expire(1), filtered(api.LifecycleRuleFilter{Tag: &api.Tag{Key: p("k")}}))}, malformed},
		{"a long prefix", []api.LifecycleRule{rule(expire(1), prefixed(strings.Repeat("p", 1025)))}, "InvalidRequest The maximum size of a prefix is 1024."},
		{"smaller than nothing", []api.LifecycleRule{rule(expire(1), filtered(api.LifecycleRuleFilter{ObjectSizeLessThan: p(int64(0))}))},
			"InvalidRequest 'ObjectSizeLessThan' should be between 1 and 1099511627776000."},
		{"greater than less than nothing", []api.LifecycleRule{rule(expire(1), filtered(api.LifecycleRuleFilter{ObjectSizeGreaterThan: p(int64(-1))}))},
			"InvalidRequest 'ObjectSizeGreaterThan' should be between 0 and 1099511627776000."},
		{"no size between", []api.LifecycleRule{rule(expire(1), and(api.LifecycleRuleAndOperator{ObjectSizeGreaterThan: p(int64(5)), ObjectSizeLessThan: p(int64(5))}))},
			"InvalidRequest 'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."},

		{"an empty expiration", []api.LifecycleRule{rule(func(r *api.LifecycleRule) { r.Expiration = &api.LifecycleExpiration{} })}, malformed},
		{"days and date", []api.LifecycleRule{rule(func(r *api.LifecycleRule) {
			r.Expiration = &api.LifecycleExpiration{Days: p(int32(1)), Date: p(at("2030-01-01"))}
		})}, malformed},
		{"days and marker", []api.LifecycleRule{rule(func(r *api.LifecycleRule) {
			r.Expiration = &api.LifecycleExpiration{Days: p(int32(1)), ExpiredObjectDeleteMarker: p(false)}
		})}, malformed},
		{"zero days", []api.LifecycleRule{rule(expire(0))}, "InvalidArgument 'Days' for Expiration action must be a positive integer"},
		{"negative days", []api.LifecycleRule{rule(expire(-1))}, "InvalidArgument 'Days' for Expiration action must be a positive integer"},
		{"not midnight", []api.LifecycleRule{rule(expireOn("2030-01-01T00:00:01Z"))}, "InvalidArgument 'Date' must be at midnight GMT"},
		{"midnight elsewhere", []api.LifecycleRule{rule(expireOn("2030-01-01T00:00:00+01:00"))}, "InvalidArgument 'Date' must be at midnight GMT"},
		{"midnight by another clock", []api.LifecycleRule{rule(expireOn("2030-01-01T01:00:00+01:00"))}, ""},
		{"markers by tag", []api.LifecycleRule{rule(expiredMarkers, oneTag)}, "InvalidRequest ExpiredObjectDeleteMarker cannot be specified with Tags."},
		{"markers by size", []api.LifecycleRule{rule(expiredMarkers, sized)}, "InvalidRequest ExpiredObjectDeleteMarker cannot be specified with Object Size."},
		{"markers by prefix", []api.LifecycleRule{rule(expiredMarkers, prefixed("a"))}, ""},

		{"zero noncurrent days", []api.LifecycleRule{rule(noncurrent(0, 0))}, "InvalidArgument 'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer"},
		{"no noncurrent days", []api.LifecycleRule{rule(func(r *api.LifecycleRule) {
			r.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NewerNoncurrentVersions: p(int32(1))}
		})}, malformed},
		{"negative newer", []api.LifecycleRule{rule(noncurrent(1, -1))}, "InvalidArgument 'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be a positive integer"},
		{"too many newer", []api.LifecycleRule{rule(noncurrent(1, 101))}, "InvalidArgument"},
		{"newer in the first form", []api.LifecycleRule{rule(noncurrent(1, 1), first(""))}, "InvalidRequest NewerNoncurrentVersions element can only be used in Lifecycle V2."},

		{"abort by tag", []api.LifecycleRule{rule(abort(1), oneTag)}, "InvalidRequest AbortIncompleteMultipartUpload cannot be specified with Tags."},
		{"abort by tags", []api.LifecycleRule{rule(abort(1), and(api.LifecycleRuleAndOperator{Tags: []api.Tag{tag("a", "b"), tag("b", "b")}}))},
			"InvalidRequest AbortIncompleteMultipartUpload cannot be specified with Tags."},
		{"abort by size", []api.LifecycleRule{rule(abort(1), sized)}, "InvalidRequest AbortIncompleteMultipartUpload cannot be specified with Object Size."},
		{"abort at once", []api.LifecycleRule{rule(abort(0))}, "InvalidArgument 'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer"},
		{"abort never", []api.LifecycleRule{rule(func(r *api.LifecycleRule) {
			r.AbortIncompleteMultipartUpload = &api.AbortIncompleteMultipartUpload{}
		})}, malformed},

		{"archived at once", []api.LifecycleRule{rule(move(0, "GLACIER"))}, ""},
		{"negative transition", []api.LifecycleRule{rule(move(-1, "GLACIER"))}, "InvalidArgument 'Days' in Transition action must be nonnegative"},
		{"too early", []api.LifecycleRule{rule(move(29, "ONEZONE_IA"))},
			"InvalidArgument 'Days' in Transition action must be greater than or equal to 30 for storageClass 'ONEZONE_IA'"},
		{"noncurrent too early", []api.LifecycleRule{rule(moveNoncurrent(29, "STANDARD_IA"))},
			"InvalidArgument 'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"},
		{"no class", []api.LifecycleRule{rule(func(r *api.LifecycleRule) { r.Transitions = []api.Transition{{Days: p(int32(1))}} })}, malformed},
		{"an unknown class", []api.LifecycleRule{rule(move(1, "STANDARD"))}, malformed},
		{"neither days nor date", []api.LifecycleRule{rule(func(r *api.LifecycleRule) { r.Transitions = []api.Transition{{StorageClass: p("GLACIER")}} })}, malformed},
		{"transition not at midnight", []api.LifecycleRule{rule(moveOn("2030-01-01T12:00:00Z", "GLACIER"))}, "InvalidArgument 'Date' must be at midnight GMT"},
		{"one class twice", []api.LifecycleRule{rule(move(1, "GLACIER"), move(2, "GLACIER"), prefixed("a"))},
			"InvalidRequest 'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '(prefix=a)'"},
		{"transitions by days and date", []api.LifecycleRule{rule(move(1, "GLACIER"), moveOn("2030-01-01", "DEEP_ARCHIVE"))},
			"InvalidRequest Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for filter '(prefix=)'"},
		{"expiration by date, transition by days", []api.LifecycleRule{rule(move(1, "GLACIER"), expireOn("2030-01-01"))},
			"InvalidRequest Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '(prefix=)'"},
		{"markers, transition by date", []api.LifecycleRule{rule(moveOn("2030-01-01", "GLACIER"), expiredMarkers)}, ""},
		{"the wrong order", []api.LifecycleRule{rule(move(40, "STANDARD_IA"), move(30, "GLACIER"))}, "InvalidArgument 'Days' in the 'Transition' action for StorageClass 'GLACIER'"},
		{"no way", []api.LifecycleRule{rule(move(40, "ONEZONE_IA"), move(80, "GLACIER_IR"))}, "InvalidArgument"},
		{"too soon after", []api.LifecycleRule{rule(move(30, "STANDARD_IA"), move(59, "GLACIER"))}, "InvalidArgument 'Days' in the 'Transition' action for StorageClass 'GLACIER' for filter '(prefix=)' must be 30 days more than"},
		{"just after", []api.LifecycleRule{rule(move(0, "GLACIER"), move(1, "DEEP_ARCHIVE"))}, ""},
		{"expired first", []api.LifecycleRule{rule(move(30, "GLACIER"), expire(30))},
			"InvalidArgument 'Days' in the Expiration action for filter '(prefix=)' must be greater than 'Days' in the Transition action"},
		{"expired by date first", []api.LifecycleRule{rule(moveOn("2030-01-02", "GLACIER"), expireOn("2030-01-02"))},
			"InvalidArgument 'Date' in the Expiration action for filter '(prefix=)' must be later than 'Date' in the Transition action"},
		{"noncurrent expired first", []api.LifecycleRule{rule(moveNoncurrent(5, "GLACIER"), noncurrent(5, 0))},
			"InvalidArgument 'NoncurrentDays' in the NoncurrentVersionExpiration action for filter '(prefix=)' must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action"},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkError(t, (&Configuration{Rules: c.rules}).Check(), c.want)
		})
	}
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var e *wire.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want %s", err, want)
	}
	if got := fmt.Sprint(e.Code, " ", e.Message); !strings.HasPrefix(got, want) || e.Status != 400 {
		t.Errorf("got %d %s, want %s", e.Status, got, want)
	}
}

func TestCheckMinimumSize(t *testing.T) {
	for value, want := range map[string]string{
		AllClasses128K: "", VariesByClass: "", "none": "InvalidRequest Invalid TransitionDefaultMinimumObjectSize found: none",
	} {
		checkError(t, (&Configuration{Rules: []api.LifecycleRule{rule(expire(1))}, TransitionDefaultMinimumObjectSize: &value}).Check(), want)
	}
}
