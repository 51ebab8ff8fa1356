package replication

import (
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// Subject is what of a version bears on whether it is replicated.
type Subject struct {
	Key          string
	Tags         map[string]string
	DeleteMarker bool
	// Replica is a version that replication itself has made.
	Replica bool
	// Modified is a change of tags, ACL or lock, not of the bytes.
	Modified bool
}

// Route is one way that an object takes.
type Route struct {
	RuleID string
	// Bucket is the name of the destination bucket, Account its owner as the rule
	// says it, "" where it says nothing.
	Bucket, Account string
	StorageClass    string // "" for that of the source
	// OwnerOverride gives the replica to the owner of the destination bucket.
	OwnerOverride bool
	// Timed is a rule with Replication Time Control, Observed one with metrics.
	Timed, Observed bool
}

// Bucket is the name in the ARN of a bucket, "" if it is none.
func Bucket(arn string) string {
	name, ok := strings.CutPrefix(arn, "arn:aws:s3:::")
	if !ok || strings.ContainsAny(name, "/:*?") {
		return ""
	}
	return name
}

// Routes are the ways that a version takes: for each destination that of the
// enabled rule with the highest priority.
func Routes(c *api.ReplicationConfiguration, s *Subject) []Route {
	var routes []Route
	var priorities []int32
	for i := range c.Rules {
		r := &c.Rules[i]
		if !applies(r, s) {
			continue
		}
		route := routeOf(r)
		priority := value(r.Priority)
		known := false
		for j := range routes {
			if routes[j].Bucket != route.Bucket {
				continue
			}
			known = true
			if priority > priorities[j] {
				routes[j], priorities[j] = route, priority
			}
		}
		if !known {
			routes, priorities = append(routes, route), append(priorities, priority)
		}
	}
	return routes
}

func routeOf(r *api.ReplicationRule) Route {
	d := r.Destination
	return Route{
		RuleID: value(r.ID), Bucket: Bucket(value(d.Bucket)), Account: value(d.Account), StorageClass: value(d.StorageClass),
		OwnerOverride: d.AccessControlTranslation != nil && value(d.AccessControlTranslation.Owner) == "Destination",
		Observed:      d.Metrics != nil && value(d.Metrics.Status) == enabled,
		Timed:         d.ReplicationTime != nil && value(d.ReplicationTime.Status) == enabled,
	}
}

const enabled = "Enabled"

func applies(r *api.ReplicationRule, s *Subject) bool {
	switch {
	case value(r.Status) != enabled, !selects(r, s):
		return false
	case s.DeleteMarker:
		return !s.Replica && marks(r)
	case s.Replica:
		return s.Modified && r.SourceSelectionCriteria != nil && r.SourceSelectionCriteria.ReplicaModifications != nil &&
			value(r.SourceSelectionCriteria.ReplicaModifications.Status) == enabled
	}
	return true
}

// marks tells whether a rule replicates delete markers: those of the first schema
// do unless they say otherwise.
func marks(r *api.ReplicationRule) bool {
	if r.DeleteMarkerReplication != nil {
		return value(r.DeleteMarkerReplication.Status) == enabled
	}
	return r.Filter == nil
}

func selects(r *api.ReplicationRule, s *Subject) bool {
	prefix, tags := Filter(r)
	if !strings.HasPrefix(s.Key, prefix) {
		return false
	}
	for _, t := range tags {
		if v, ok := s.Tags[value(t.Key)]; !ok || v != value(t.Value) {
			return false
		}
	}
	return true
}

// Filter is what a rule selects by: a prefix, and tags of which an object must
// have all.
func Filter(r *api.ReplicationRule) (prefix string, tags []api.Tag) {
	f := r.Filter
	switch {
	case f == nil:
		return value(r.Prefix), nil
	case f.And != nil:
		return value(f.And.Prefix), f.And.Tags
	case f.Tag != nil:
		return "", []api.Tag{*f.Tag}
	}
	return value(f.Prefix), nil
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
