package lifecycle

import (
	"strconv"
	"strings"
	"unicode/utf8"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// Limits of a configuration.
const (
	maxRules  = 1000
	maxID     = 255  // characters
	maxPrefix = 1024 // bytes
	maxSize   = 1 << 40 * 1000
)

// MaxNewer is the most noncurrent versions that a rule can retain.
const MaxNewer = 100

// Check is the error that S3 answers to a configuration that there cannot be, nil
// for one that there can. Rules without an id are left without one.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
func (c *Configuration) Check() error {
	if len(c.Rules) == 0 || len(c.Rules) > maxRules {
		return api.MalformedXML()
	}
	ids := map[string]bool{}
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.Status == nil || *r.Status != "Enabled" && *r.Status != "Disabled" {
			return api.MalformedXML()
		}
		id := text(r.ID)
		switch {
		case utf8.RuneCountInString(id) > maxID:
			return invalid("ID", id, "ID length should not exceed allowed limit of 255")
		case id != "" && ids[id]:
			return invalid("ID", id, "Rule ID must be unique. Found same ID for more than one rule")
		}
		ids[id] = true
		if err := checkForm(r, &c.Rules[0]); err != nil {
			return err
		}
		if err := checkRule(r); err != nil {
			return err
		}
	}
	if d := c.TransitionDefaultMinimumObjectSize; d != nil && *d != AllClasses128K && *d != VariesByClass {
		return api.InvalidRequest("Invalid TransitionDefaultMinimumObjectSize found: " + *d)
	}
	if c.Rules[0].Filter == nil {
		return c.checkOverlap()
	}
	return nil
}

func invalid(name, value, message string) error { return api.InvalidArgument(name, value, message) }

// checkForm keeps the first form of rules, with a prefix, and the second, with a
// filter, apart.
func checkForm(r, first *api.LifecycleRule) error {
	switch {
	case r.Filter == nil && r.Prefix == nil:
		return api.MalformedXML()
	case r.Filter != nil && first.Filter == nil:
		return api.InvalidRequest("Filter element can only be used in Lifecycle V2.")
	case r.Prefix != nil && first.Filter != nil:
		return api.InvalidRequest("Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.")
	}
	return nil
}

// checkOverlap refuses rules of the first form that do the same to the same
// objects. Those of the second form may.
func (c *Configuration) checkOverlap() error {
	for i := range c.Rules {
		for j := range i {
			a, b := &c.Rules[j], &c.Rules[i]
			p, q := text(a.Prefix), text(b.Prefix)
			if !strings.HasPrefix(p, q) && !strings.HasPrefix(q, p) {
				continue
			}
			what := ""
			switch {
			case a.Expiration != nil && b.Expiration != nil:
				what = "Expiration"
			case a.Transitions != nil && b.Transitions != nil:
				what = "Transition"
			case a.NoncurrentVersionExpiration != nil && b.NoncurrentVersionExpiration != nil:
				what = "NoncurrentVersionExpiration"
			case a.NoncurrentVersionTransitions != nil && b.NoncurrentVersionTransitions != nil:
				what = "NoncurrentVersionTransition"
			}
			switch {
			case what == "":
			case p == q:
				return api.InvalidRequest("Found two rules with same prefix '" + p + "' for same action type '" + what + "'")
			default:
				return api.InvalidRequest("Found overlapping prefixes '" + p + "' and '" + q + "' for same action type '" + what + "'")
			}
		}
	}
	return nil
}

func checkRule(r *api.LifecycleRule) error {
	if err := checkFilter(r.Filter); err != nil {
		return err
	}
	f := filterOf(r)
	if err := f.check(); err != nil {
		return err
	}
	if r.Expiration == nil && r.NoncurrentVersionExpiration == nil && r.AbortIncompleteMultipartUpload == nil &&
		len(r.Transitions) == 0 && len(r.NoncurrentVersionTransitions) == 0 {
		return api.InvalidRequest("At least one action needs to be specified in a rule")
	}
	for _, check := range []func() error{
		func() error { return checkExpiration(r.Expiration, &f) },
		func() error { return checkNoncurrent(r.NoncurrentVersionExpiration, r.Filter == nil) },
		func() error { return checkAbort(r.AbortIncompleteMultipartUpload, &f) },
		func() error { return checkTransitions(r) },
		func() error { return checkNoncurrentTransitions(r) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkFilter refuses filters of more than one predicate, and an And of less than
// two.
func checkFilter(f *api.LifecycleRuleFilter) error {
	if f == nil {
		return nil
	}
	if count(f.Prefix != nil, f.Tag != nil, f.ObjectSizeGreaterThan != nil, f.ObjectSizeLessThan != nil, f.And != nil) > 1 {
		return api.MalformedXML()
	}
	if a := f.And; a != nil && len(a.Tags)+count(a.Prefix != nil, a.ObjectSizeGreaterThan != nil, a.ObjectSizeLessThan != nil) < 2 {
		return api.MalformedXML()
	}
	return nil
}

func count(given ...bool) (n int) {
	for _, is := range given {
		if is {
			n++
		}
	}
	return n
}

// Limits of a tag, in characters.
const (
	maxTagKey   = 128
	maxTagValue = 256
)

func (f *filter) check() error {
	if len(f.prefix) > maxPrefix {
		return api.InvalidRequest("The maximum size of a prefix is " + strconv.Itoa(maxPrefix) + ".")
	}
	tags := f.tags
	if f.tag != nil {
		tags = []api.Tag{*f.tag}
	}
	seen := map[string]bool{}
	for i := range tags {
		t := &tags[i]
		switch {
		case t.Key == nil || t.Value == nil:
			return api.MalformedXML()
		case *t.Key == "" || utf8.RuneCountInString(*t.Key) > maxTagKey:
			return api.InvalidTag("The TagKey you have provided is invalid", *t.Key)
		case utf8.RuneCountInString(*t.Value) > maxTagValue:
			return api.InvalidTag("The TagValue you have provided is invalid", *t.Key)
		case seen[*t.Key]:
			return api.InvalidRequest("Duplicate Tag Keys are not allowed.")
		}
		seen[*t.Key] = true
	}
	switch {
	case f.over != nil && (*f.over < 0 || *f.over > maxSize):
		return api.InvalidRequest("'ObjectSizeGreaterThan' should be between 0 and " + strconv.Itoa(maxSize) + ".")
	case f.less != nil && (*f.less < 1 || *f.less > maxSize):
		return api.InvalidRequest("'ObjectSizeLessThan' should be between 1 and " + strconv.Itoa(maxSize) + ".")
	case f.over != nil && f.less != nil && *f.over >= *f.less:
		return api.InvalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
	}
	return nil
}

// forKeys refuses filters by anything but keys for an action that knows nothing
// else.
func (f *filter) forKeys(action string) error {
	switch {
	case f.tagged():
		return api.InvalidRequest(action + " cannot be specified with Tags.")
	case f.sized():
		return api.InvalidRequest(action + " cannot be specified with Object Size.")
	}
	return nil
}

// positive refuses days and counts below one.
func positive(n int32, name, action string) error {
	if n > 0 {
		return nil
	}
	return invalid(name, strconv.Itoa(int(n)), "'"+name+"' for "+action+" action must be a positive integer")
}

func checkExpiration(e *api.LifecycleExpiration, f *filter) error {
	switch {
	case e == nil:
		return nil
	case count(e.Days != nil, e.Date != nil, e.ExpiredObjectDeleteMarker != nil) != 1:
		return api.MalformedXML()
	case e.Days != nil:
		return positive(*e.Days, "Days", "Expiration")
	case e.Date != nil:
		return checkDate(e.Date)
	}
	return f.forKeys("ExpiredObjectDeleteMarker")
}

func checkNoncurrent(e *api.NoncurrentVersionExpiration, firstForm bool) error {
	const action = "NoncurrentVersionExpiration"
	switch {
	case e == nil:
		return nil
	case e.NewerNoncurrentVersions != nil && firstForm:
		return api.InvalidRequest("NewerNoncurrentVersions element can only be used in Lifecycle V2.")
	case e.NoncurrentDays == nil:
		return api.MalformedXML()
	}
	if err := positive(*e.NoncurrentDays, "NoncurrentDays", action); err != nil {
		return err
	}
	return checkNewer(e.NewerNoncurrentVersions, action)
}

func checkNewer(n *int32, action string) error {
	const name = "NewerNoncurrentVersions"
	switch {
	case n == nil:
		return nil
	case *n > MaxNewer:
		return invalid(name, strconv.Itoa(int(*n)), "'"+name+"' for "+action+" action must not exceed "+strconv.Itoa(MaxNewer))
	}
	return positive(*n, name, action)
}

func checkAbort(a *api.AbortIncompleteMultipartUpload, f *filter) error {
	const action = "AbortIncompleteMultipartUpload"
	switch {
	case a == nil:
		return nil
	case a.DaysAfterInitiation == nil:
		return api.MalformedXML()
	}
	if err := f.forKeys(action); err != nil {
		return err
	}
	return positive(*a.DaysAfterInitiation, "DaysAfterInitiation", action)
}
