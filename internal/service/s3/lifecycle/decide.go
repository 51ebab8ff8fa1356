package lifecycle

import (
	"slices"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// Tag is an object's tag.
type Tag struct{ Key, Value string }

// Object is what the rules ask of one version of an object.
type Object struct {
	Key          string
	Size         int64
	Tags         []Tag
	AnyTags      bool   // Tags is not known: whatever a rule asks for is there
	StorageClass string // empty for STANDARD
	Created      time.Time
	DeleteMarker bool
	// Alone says of a delete marker that there is no other version of its key.
	Alone bool
	// Noncurrent versions were covered by another one at a time, and Newer
	// noncurrent versions of the key are newer.
	Noncurrent bool
	Covered    time.Time
	Newer      int
	// Locked keeps a version from being removed for good. Unreplicated, of what is
	// still to be copied to other buckets or could not be, keeps it as it is.
	Locked, Unreplicated bool
}

func (o *Object) has(t *api.Tag) bool {
	return o.AnyTags || slices.Contains(o.Tags, Tag{text(t.Key), text(t.Value)})
}

// Verb is what happens to a version.
type Verb uint8

// The verbs. Expire ends a current version as a DeleteObject without a version id
// would: by a delete marker where the bucket has had versioning, for good
// elsewhere.
const (
	Keep Verb = iota
	Expire
	Remove // for good
	Transition
)

// Action is what a rule has done.
type Action struct {
	Verb         Verb
	StorageClass string // of Transition
	Rule         string // its id
}

// Decide is what is to be done to a version at a time, in a bucket that has had
// versioning or not. Where several rules apply at once, removing for good comes
// before a transition, and that before a delete marker; of several transitions the
// one to the cheapest class counts.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html
func (c *Configuration) Decide(o *Object, at time.Time, versioned bool, day Day) Action {
	if o.Unreplicated {
		return Action{}
	}
	d := decision{o: o, at: at, day: day, least: text(c.TransitionDefaultMinimumObjectSize)}
	for i := range c.Rules {
		r := &c.Rules[i]
		f := filterOf(r)
		if !enabled(r) || !f.matches(o) || o.DeleteMarker && f.tagged() {
			continue
		}
		switch {
		case o.Noncurrent:
			d.noncurrent(r, &f)
		case o.DeleteMarker:
			d.marker(r)
		default:
			d.current(r, &f)
		}
	}
	switch {
	case d.remove.Verb == Remove, d.remove.Verb == Expire && !versioned:
		return d.remove
	case d.move.Verb == Transition:
		return d.move
	}
	return d.remove
}

// decision gathers what the rules want.
type decision struct {
	o            *Object
	at           time.Time
	day          Day
	least        string
	remove, move Action
}

func (d *decision) due(t time.Time) bool { return !t.After(d.at) }

func (d *decision) end(v Verb, r *api.LifecycleRule) {
	if d.remove.Verb == Keep {
		d.remove = Action{Verb: v, Rule: text(r.ID)}
	}
}

func (d *decision) current(r *api.LifecycleRule, f *filter) {
	if t, ok := d.day.expiry(r, d.o.Created); ok && d.due(t) {
		d.end(Expire, r)
	}
	for i := range r.Transitions {
		t := &r.Transitions[i]
		switch {
		case t.Date != nil && d.due(*t.Date), t.Days != nil && d.due(d.day.after(d.o.Created, *t.Days)):
			d.transition(r, f, text(t.StorageClass))
		}
	}
}

// expiry is when a rule ends current versions that were made at a time.
func (d Day) expiry(r *api.LifecycleRule, created time.Time) (time.Time, bool) {
	switch e := r.Expiration; {
	case e == nil:
	case e.Date != nil:
		return *e.Date, true
	case e.Days != nil:
		return d.after(created, *e.Days), true
	}
	return time.Time{}, false
}

// marker ends a delete marker that hides nothing: at once where a rule says so,
// or when it is of the age at which objects end.
func (d *decision) marker(r *api.LifecycleRule) {
	if !d.o.Alone || r.Expiration == nil || d.o.Locked {
		return
	}
	t, ok := d.day.expiry(r, d.o.Created)
	if ok && d.due(t) || r.Expiration.ExpiredObjectDeleteMarker != nil && *r.Expiration.ExpiredObjectDeleteMarker {
		d.end(Remove, r)
	}
}

func (d *decision) noncurrent(r *api.LifecycleRule, f *filter) {
	if e := r.NoncurrentVersionExpiration; e != nil && !d.o.Locked && d.covered(e.NoncurrentDays, e.NewerNoncurrentVersions) {
		d.end(Remove, r)
	}
	if d.o.DeleteMarker {
		return
	}
	for i := range r.NoncurrentVersionTransitions {
		t := &r.NoncurrentVersionTransitions[i]
		if d.covered(t.NoncurrentDays, t.NewerNoncurrentVersions) {
			d.transition(r, f, text(t.StorageClass))
		}
	}
}

// covered tells whether the version has been noncurrent for so many days, with so
// many newer noncurrent versions.
func (d *decision) covered(days, newer *int32) bool {
	return days != nil && d.due(d.day.after(d.o.Covered, *days)) && (newer == nil || d.o.Newer >= int(*newer))
}

// smallest is the least size of objects that move to other classes where no filter
// speaks of sizes.
const smallest = 128 << 10

func (d *decision) transition(r *api.LifecycleRule, f *filter, class string) {
	archive := class == "GLACIER" || class == "DEEP_ARCHIVE"
	if !f.sized() && d.o.Size < smallest && !(archive && d.least == VariesByClass) {
		return
	}
	if !leads(d.o.StorageClass, class) || d.move.Verb == Transition && rank(d.move.StorageClass) >= rank(class) {
		return
	}
	d.move = Action{Verb: Transition, StorageClass: class, Rule: text(r.ID)}
}

// rank orders the classes by which one a transition prefers: the cheapest, but
// INTELLIGENT_TIERING before all that are not archives.
func rank(class string) int {
	return slices.Index([]string{"STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE"}, class)
}

// classes are the storage classes in the order in which objects may move through
// them.
var classes = [...]string{"STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"}

func place(class string) int { return slices.Index(classes[:], class) }

// leads tells whether objects can move from one class to another.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
func leads(from, to string) bool {
	if from == "ONEZONE_IA" && to == "GLACIER_IR" {
		return false
	}
	return place(to) > place(from)
}

// Expiry is when the current version of an object will end, and the id of the rule
// that says so: the one that ends it first, and of several the first.
func (c *Configuration) Expiry(o *Object, day Day) (at time.Time, rule string, ok bool) {
	for i := range c.Rules {
		r := &c.Rules[i]
		f := filterOf(r)
		if !enabled(r) || !f.matches(o) {
			continue
		}
		if t, is := day.expiry(r, o.Created); is && (!ok || t.Before(at)) {
			at, rule, ok = t, text(r.ID), true
		}
	}
	return at, rule, ok
}

// Abort is when an upload of a key will be ended that was begun at a time, and the
// id of the rule that says so.
func (c *Configuration) Abort(key string, begun time.Time, day Day) (at time.Time, rule string, ok bool) {
	for i := range c.Rules {
		r := &c.Rules[i]
		f := filterOf(r)
		a := r.AbortIncompleteMultipartUpload
		if !enabled(r) || a == nil || a.DaysAfterInitiation == nil || !f.matches(&Object{Key: key}) {
			continue
		}
		if t := day.after(begun, *a.DaysAfterInitiation); !ok || t.Before(at) {
			at, rule, ok = t, text(r.ID), true
		}
	}
	return at, rule, ok
}
