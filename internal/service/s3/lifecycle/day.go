package lifecycle

import "time"

// Day is how long a day is: 24 hours, but for who wants to see rules at work
// without waiting for days. It is at least a millisecond.
type Day time.Duration

// ADay is the Day that AWS has.
const ADay = Day(24 * time.Hour)

// after is the time a number of days after t, rounded up to the beginning of a
// day: to midnight UTC where a day has 24 hours.
func (d Day) after(t time.Time, days int32) time.Time {
	length := int64(time.Duration(d) / time.Millisecond)
	end := t.UnixMilli() + int64(days)*length
	if over := end % length; over > 0 {
		end += length - over
	}
	return time.UnixMilli(end).UTC()
}
