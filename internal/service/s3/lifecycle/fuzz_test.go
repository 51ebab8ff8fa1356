package lifecycle

import (
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// FuzzDecide holds decisions to what must be so whatever the rules and the object
// are, and to one another: nothing is undone as time goes on.
func FuzzDecide(f *testing.F) {
	f.Add([]byte{1, 1, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0}, uint16(3), uint16(100))
	f.Add([]byte{7, 3, 2, 1, 4, 9, 1, 1, 200, 1, 1, 30}, uint16(40), uint16(400))
	f.Add([]byte{255, 30, 2, 40, 3, 50, 60, 1, 2, 3, 4, 5, 6, 7, 8}, uint16(0), uint16(9))
	f.Fuzz(func(t *testing.T, data []byte, created, passed uint16) {
		next := func() byte {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return b
		}
		o := Object{Key: []string{"", "a", "ab"}[next()%3], Size: int64(next()) << 10}
		flags := next()
		o.DeleteMarker, o.Alone, o.Noncurrent, o.Locked, o.Unreplicated = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0, flags&16 != 0
		if flags&32 != 0 {
			o.StorageClass = classes[int(next())%len(classes)]
		}
		o.Created = at("2026-01-01").Add(time.Duration(created) * time.Minute)
		o.Covered = o.Created.Add(time.Duration(next()) * time.Hour)
		o.Newer = int(next() % 8)
		var c Configuration
		for range 1 + next()%4 {
			c.Rules = append(c.Rules, anyRule(next))
		}
		if c.Check() != nil {
			return
		}
		versioned := flags&64 != 0 || o.Noncurrent || o.DeleteMarker
		now := o.Created.Add(time.Duration(passed) * time.Hour)
		a := c.Decide(&o, now, versioned, ADay)
		invariants(t, &o, a, now, versioned)
		if later := c.Decide(&o, now.Add(48*time.Hour), versioned, ADay); a.Verb == Remove && later.Verb != Remove {
			t.Errorf("%+v, and two days later %+v", a, later)
		}
		end, _, ok := c.Expiry(&o, ADay)
		if ok && !o.Noncurrent && !o.DeleteMarker && !o.Unreplicated && !versioned && (a.Verb == Expire) != !end.After(now) {
			t.Errorf("%+v at %s, but it ends at %s", a, now, end)
		}
	})
}

func invariants(t *testing.T, o *Object, a Action, now time.Time, versioned bool) {
	t.Helper()
	switch a.Verb {
	case Keep:
		if a != (Action{}) {
			t.Errorf("nothing by %+v", a)
		}
	case Expire:
		if o.Noncurrent || o.DeleteMarker {
			t.Error("expired what is not a current object")
		}
	case Remove:
		if o.Locked || !o.Noncurrent && !(o.DeleteMarker && o.Alone) || !versioned {
			t.Errorf("removed %+v", o)
		}
	case Transition:
		if o.DeleteMarker || !leads(o.StorageClass, a.StorageClass) {
			t.Errorf("moved %+v to %s", o, a.StorageClass)
		}
	}
	if a.Verb != Keep && (o.Unreplicated || a.Rule == "") {
		t.Errorf("%+v of %+v", a, o)
	}
	begun := o.Created
	if o.Noncurrent {
		begun = o.Covered
	}
	if a.Verb == Transition && now.Before(begun) {
		t.Errorf("%+v before its time", a)
	}
}

func anyRule(next func() byte) api.LifecycleRule {
	what := next()
	r := rule(id(string('a' + rune(next()%26))))
	prefix := []string{"", "a", "ab"}[next()%3]
	r.Filter.Prefix = &prefix
	if what&1 != 0 {
		expire(int32(next()))(&r)
	}
	if what&2 != 0 {
		move(int32(next()), classes[int(next())%len(classes)])(&r)
	}
	if what&4 != 0 {
		noncurrent(int32(next()), int32(next()%8))(&r)
	}
	if what&8 != 0 {
		moveNoncurrent(int32(next()), classes[int(next())%len(classes)])(&r)
	}
	if what&16 != 0 && what&1 == 0 {
		expiredMarkers(&r)
	}
	if what&32 != 0 {
		abort(int32(next()))(&r)
	}
	if what&64 != 0 {
		size := int64(next()) << 10
		r.Filter = &api.LifecycleRuleFilter{And: &api.LifecycleRuleAndOperator{Prefix: &prefix, ObjectSizeGreaterThan: &size}}
	}
	return r
}
