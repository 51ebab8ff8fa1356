package replication

import (
	"slices"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func p[T any](v T) *T { return &v }

func rule(id, bucket string, priority int32, change func(*api.ReplicationRule)) api.ReplicationRule {
	r := api.ReplicationRule{
		ID: &id, Status: p("Enabled"), Priority: &priority, Filter: &api.ReplicationRuleFilter{},
		Destination:             &api.Destination{Bucket: p("arn:aws:s3:::" + bucket)},
		DeleteMarkerReplication: &api.DeleteMarkerReplication{Status: p("Disabled")},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func TestRoutes(t *testing.T) {
	prefixed := func(prefix string) func(*api.ReplicationRule) {
		return func(r *api.ReplicationRule) { r.Filter.Prefix = &prefix }
	}
	tagged := func(r *api.ReplicationRule) {
		r.Filter.And = &api.ReplicationRuleAndOperator{Prefix: p("a/"), Tags: []api.Tag{{Key: p("k"), Value: p("v")}, {Key: p("l"), Value: p("")}}}
	}
	first := func(r *api.ReplicationRule) {
		r.Filter, r.Priority, r.DeleteMarkerReplication, r.Prefix = nil, nil, nil, p("old/")
	}
	c := &api.ReplicationConfiguration{Rules: []api.ReplicationRule{
		rule("low", "one", 1, prefixed("a/")),
		rule("high", "one", 2, prefixed("a/b")),
		rule("other", "two", 1, prefixed("a/")),
		rule("off", "three", 9, func(r *api.ReplicationRule) { r.Status = p("Disabled") }),
		rule("tags", "four", 1, tagged),
		rule("tag", "five", 1, func(r *api.ReplicationRule) { r.Filter.Tag = &api.Tag{Key: p("t"), Value: p("1")} }),
		rule("markers", "six", 1, func(r *api.ReplicationRule) {
			r.Filter.Prefix, r.DeleteMarkerReplication.Status = p("m/"), p("Enabled")
		}),
		rule("first", "seven", 0, first),
		rule("both ways", "eight", 0, func(r *api.ReplicationRule) {
			r.Filter.Prefix = p("sync/")
			r.SourceSelectionCriteria = &api.SourceSelectionCriteria{ReplicaModifications: &api.ReplicaModifications{Status: p("Enabled")}}
		}),
	}}
	for _, test := range []struct {
		subject Subject
		want    []string
	}{
		{Subject{Key: "a/x"}, []string{"low one", "other two"}},
		{Subject{Key: "a/bc"}, []string{"high one", "other two"}},
		{Subject{Key: "none"}, nil},
		{Subject{Key: "a/x", Tags: map[string]string{"k": "v"}}, []string{"low one", "other two"}},
		{Subject{Key: "a/x", Tags: map[string]string{"k": "v", "l": ""}}, []string{"low one", "other two", "tags four"}},
		{Subject{Key: "none", Tags: map[string]string{"t": "1"}}, []string{"tag five"}},
		{Subject{Key: "none", Tags: map[string]string{"t": "2"}}, nil},
		{Subject{Key: "a/x", DeleteMarker: true}, nil},
		{Subject{Key: "m/x", DeleteMarker: true}, []string{"markers six"}},
		{Subject{Key: "m/x", DeleteMarker: true, Replica: true}, nil},
		{Subject{Key: "old/x"}, []string{"first seven"}},
		{Subject{Key: "old/x", DeleteMarker: true}, []string{"first seven"}},
		{Subject{Key: "sync/x", Replica: true}, nil},
		{Subject{Key: "sync/x", Replica: true, Modified: true}, []string{"both ways eight"}},
		{Subject{Key: "a/x", Replica: true, Modified: true}, nil},
	} {
		var got []string
		for _, r := range Routes(c, &test.subject) {
			got = append(got, r.RuleID+" "+r.Bucket)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v: %q, want %q", test.subject, got, test.want)
		}
	}
}

func TestRouteSaysWhatTheRuleSays(t *testing.T) {
	c := &api.ReplicationConfiguration{Rules: []api.ReplicationRule{rule("r", "b", 1, func(r *api.ReplicationRule) {
		d := r.Destination
		d.Account, d.StorageClass = p("222222222222"), p("GLACIER_IR")
		d.AccessControlTranslation = &api.AccessControlTranslation{Owner: p("Destination")}
		d.ReplicationTime, d.Metrics = &api.ReplicationTime{Status: p("Enabled")}, &api.Metrics{Status: p("Enabled")}
	})}}
	want := Route{RuleID: "r", Bucket: "b", Account: "222222222222", StorageClass: "GLACIER_IR", OwnerOverride: true, Timed: true, Observed: true}
	if got := Routes(c, &Subject{Key: "k"}); len(got) != 1 || got[0] != want {
		t.Errorf("got %+v", got)
	}
}

func TestBucket(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:s3:::b": "b", "arn:aws:s3:::b/key": "", "arn:aws:s3:::*": "", "b": "", "arn:aws:s3:us-east-1:1:b": "", "": "",
	} {
		if got := Bucket(arn); got != want {
			t.Errorf("%q: %q", arn, got)
		}
	}
}
