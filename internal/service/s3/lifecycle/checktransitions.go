package lifecycle

import (
	"math"
	"slices"
	"strconv"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func checkDate(t *time.Time) error {
	if t.UTC().Truncate(24*time.Hour).Equal(*t) && t.Year() <= 9999 {
		return nil
	}
	return invalid("Date", t.UTC().Format(time.RFC3339), "'Date' must be at midnight GMT")
}

// infrequent is how many days objects must have been in a class before they move
// to one for infrequent access, and in that before they move on.
const infrequent = 30

func isInfrequent(class string) bool { return class == "STANDARD_IA" || class == "ONEZONE_IA" }

// step is a transition of either kind: at a day, or a date as days since 1970.
type step struct {
	class string
	at    int64
}

// steps are the transitions of a rule, current or noncurrent.
type steps struct {
	action string // by AWS's name
	unit   string // Days, Date or NoncurrentDays
	filter string // which objects, for errors
	all    []step
}

func checkTransitions(r *api.LifecycleRule) error {
	s := steps{action: "Transition", unit: "Days", filter: named(r)}
	days, dates := 0, 0
	for i := range r.Transitions {
		t := &r.Transitions[i]
		if t.StorageClass == nil || count(t.Days != nil, t.Date != nil) != 1 {
			return api.MalformedXML()
		}
		if t.Date != nil {
			if err := checkDate(t.Date); err != nil {
				return err
			}
			s.unit = "Date"
			dates++
			s.all = append(s.all, step{*t.StorageClass, t.Date.Unix() / (24 * 60 * 60)})
			continue
		}
		if err := s.checkDays(*t.StorageClass, *t.Days); err != nil {
			return err
		}
		days++
		s.all = append(s.all, step{*t.StorageClass, int64(*t.Days)})
	}
	if days > 0 && dates > 0 {
		return api.InvalidRequest("Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for " + s.filter)
	}
	if err := s.check(); err != nil {
		return err
	}
	e := r.Expiration
	if e == nil || days+dates == 0 || e.Days == nil && e.Date == nil {
		return nil
	}
	if (e.Date != nil) != (dates > 0) {
		return api.InvalidRequest("Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for " + s.filter)
	}
	if e.Date != nil {
		return s.before(e.Date.Unix()/(24*60*60), "Expiration")
	}
	return s.before(int64(*e.Days), "Expiration")
}

func checkNoncurrentTransitions(r *api.LifecycleRule) error {
	s := steps{action: "NoncurrentVersionTransition", unit: "NoncurrentDays", filter: named(r)}
	for i := range r.NoncurrentVersionTransitions {
		t := &r.NoncurrentVersionTransitions[i]
		switch {
		case t.StorageClass == nil || t.NoncurrentDays == nil:
			return api.MalformedXML()
		case t.NewerNoncurrentVersions != nil && r.Filter == nil:
			return api.InvalidRequest("NewerNoncurrentVersions element can only be used in Lifecycle V2.")
		}
		if err := s.checkDays(*t.StorageClass, *t.NoncurrentDays); err != nil {
			return err
		}
		if err := checkNewer(t.NewerNoncurrentVersions, s.action); err != nil {
			return err
		}
		s.all = append(s.all, step{*t.StorageClass, int64(*t.NoncurrentDays)})
	}
	if err := s.check(); err != nil {
		return err
	}
	if e := r.NoncurrentVersionExpiration; e != nil {
		return s.before(int64(*e.NoncurrentDays), "NoncurrentVersionExpiration")
	}
	return nil
}

// named is how errors name the objects of a rule.
func named(r *api.LifecycleRule) string {
	f := filterOf(r)
	if r.Filter == nil {
		return "prefix '" + f.prefix + "'"
	}
	return "filter '(prefix=" + f.prefix + ")'"
}

func (s *steps) checkDays(class string, days int32) error {
	value := strconv.Itoa(int(days))
	switch {
	case place(class) < 0:
		return api.MalformedXML()
	case days < 0:
		return invalid(s.unit, value, "'"+s.unit+"' in "+s.action+" action must be nonnegative")
	case isInfrequent(class) && days < infrequent:
		return invalid(s.unit, value, "'"+s.unit+"' in "+s.action+" action must be greater than or equal to "+
			strconv.Itoa(infrequent)+" for storageClass '"+class+"'")
	}
	return nil
}

// check refuses a class that comes twice, and classes that do not follow one
// another in the order in which objects can move.
func (s *steps) check() error {
	ordered := slices.Clone(s.all)
	slices.SortStableFunc(ordered, func(a, b step) int { return place(a.class) - place(b.class) })
	for i := range ordered {
		if place(ordered[i].class) < 0 {
			return api.MalformedXML()
		}
		if i == 0 {
			continue
		}
		from, to := ordered[i-1], ordered[i]
		gap := int64(1)
		if isInfrequent(from.class) {
			gap = infrequent
		}
		switch {
		case from.class == to.class:
			return api.InvalidRequest("'StorageClass' must be different for '" + s.action + "' actions in same 'Rule' with " + s.filter)
		case to.at < from.at+1 || !leads(from.class, to.class):
			return invalid(s.unit, s.shown(to.at), "'"+s.unit+"' in the '"+s.action+"' action for StorageClass '"+to.class+"' for "+s.filter+
				" must be greater than "+s.filter+" in the '"+s.action+"' action for StorageClass '"+from.class+"'")
		case to.at < from.at+gap:
			return invalid(s.unit, s.shown(to.at), "'"+s.unit+"' in the '"+s.action+"' action for StorageClass '"+to.class+"' for "+s.filter+
				" must be "+strconv.Itoa(infrequent)+" days more than '"+s.filter+"' in the '"+s.action+"' action for StorageClass '"+from.class+"'")
		}
	}
	return nil
}

func (s *steps) shown(at int64) string {
	if s.unit == "Date" {
		return time.Unix(at*24*60*60, 0).UTC().Format(time.RFC3339)
	}
	return strconv.FormatInt(at, 10)
}

// before refuses an expiration that does not come after every transition.
func (s *steps) before(end int64, action string) error {
	last := int64(math.MinInt64)
	for _, t := range s.all {
		last = max(last, t.at)
	}
	if end > last {
		return nil
	}
	order := "greater"
	if s.unit == "Date" {
		order = "later"
	}
	return invalid(s.unit, s.shown(end), "'"+s.unit+"' in the "+action+" action for "+s.filter+" must be "+order+
		" than '"+s.unit+"' in the "+s.action+" action")
}
