package policy_test

import (
	"testing"

	"github.com/sallyport/sallyport/policy"
)

// TestDates compares pairs of dates; -1, 0 and 1 say how the first lies to the second, 9 that one of them is no date.
func TestDates(t *testing.T) {
	const never = 9
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"2026-04-01T12:00:00Z", "1775044800", 0},
		{"2026-04-01T12:00Z", "1775044800", 0},
		{"2026-04-01T12Z", "1775044800", 0},
		{"2026-04-01t12:00:00z", "1775044800", 0},
		{"2026-04-01T12:00:00", "1775044800", 0},
		{"2026-04-01T14:30:00+02:30", "1775044800", 0},
		{"2026-04-01T14+02", "1775044800", 0},
		{"2026-04-01T10:00:00-02:00", "1775044800", 0},
		{"2026-04-01T12:00:00.5Z", "1775044800", 1},
		{"2026-04-01T12:00:00.5Z", "2026-04-01T12:00:00.500000000Z", 0},
		{"2026-04-01T12:00:00.05Z", "2026-04-01T12:00:00.5Z", -1},
		{"2026T", "2026-01-01", 0},
		{"2026-04", "2026-04-01", 0},
		{"2026-04-02", "2026-04-01T23:59:59Z", 1},
		{"-0001-01-01", "0", -1},
		{"-292275054-01-01", "-200000000-01-01", -1},
		{"292278993-01-01", "2026-04-01", 1},
		{"-250000000-01-01", "-240000000-01-01", 0}, // beyond 64 bits of milliseconds and room to spare: held at the end
		{"9223372036854775807", "2026-04-01", 1},
		{"250000000-01-01", "9223372036854775807", 0},
		{"-292275055-01-01", "2026-04-01", never},
		{"292278994-01-01", "2026-04-01", never},
		{"2026-13-01", "2026-04-01", never},
		{"2026-00-01", "2026-04-01", never},
		{"2026-04-32", "2026-04-01", never},
		{"2026-04-00", "2026-04-01", never},
		{"2026-04-01-01", "2026-04-01", never},
		{"x-04-01", "2026-04-01", never},
		{"2026-04-01T24:00:00Z", "2026-04-01", never},
		{"2026-04-01T12:60:00Z", "2026-04-01", never},
		{"2026-04-01T12:00:60Z", "2026-04-01", never},
		{"2026-04-01T12:00:00:00Z", "2026-04-01", never},
		{"2026-04-01T12:00:00.Z", "1775044800", 0},
		{"2026-04-01T12:00:00.xZ", "2026-04-01", never},
		{"2026-04-01T12:00:00.1234567890Z", "2026-04-01", never},
		{"2026-04-01T12:00:00+2:00", "2026-04-01", never},
		{"2026-04-01T12:00:00+24:00", "2026-04-01", never},
		{"2026-04-01T12:00:00+02:60", "2026-04-01", never},
		{"2026-04-01T12:00:00+02:0", "2026-04-01", never},
		{"2026-04-01T12:00:00+x", "2026-04-01", never},
		{"2026-04-01T12:00:00.0000000001Z", "2026-04-01", never},
		{"2026-+4-01", "2026-04-01", never},
		{"00000002026-04-01", "2026-04-01", never},
		{"soon", "2026-04-01", never},
		{"", "2026-04-01", never},
		{"1.5", "2026-04-01", never},
		{"99999999999999999999", "2026-04-01", never},
	} {
		for operator, want := range map[string]bool{"DateLessThan": c.want == -1, "DateEquals": c.want == 0, "DateGreaterThan": c.want == 1} {
			if got := holds(t, operator, c.b, c.a); got != want {
				t.Errorf("%s %s %s: %v", c.a, operator, c.b, got)
			}
			if got := holds(t, operator, c.a, c.b); c.want == never && got {
				t.Errorf("%s %s %s", c.b, operator, c.a)
			}
		}
	}
}

// TestUnreadableValues: what an operator cannot read matches nothing, not even what it cannot read either.
func TestUnreadableValues(t *testing.T) {
	for _, c := range [][3]string{
		{"Bool", "yes", "yes"}, {"Bool", "yes", "false"}, {"Bool", "false", "maybe"}, {"Bool", "", ""}, {"Bool", "true", "1"},
		{"BinaryEquals", "?", ""}, {"BinaryEquals", "?", "?"}, {"BinaryEquals", "", "?"},
		{"NumericEquals", "ten", "ten"}, {"NumericEquals", "0", "ten"}, {"NumericEquals", "ten", "0"}, {"NumericEquals", "0", ""}, {"NumericEquals", "0", "-"}, {"NumericEquals", ".", "0"}, {"NumericLessThan", "1", "inf"},
		{"NumericEquals", "0x10", "16"}, {"NumericEquals", "1_0", "10"}, {"NumericEquals", "1e999", "1e999"}, {"NumericGreaterThan", "-Inf", "1"},
		{"IpAddress", "nonsense", "10.0.0.1"}, {"IpAddress", "0.0.0.0/0", "nonsense"}, {"IpAddress", "10.0.0.1/33", "10.0.0.1"}, {"IpAddress", "fe80::1%eth0", "fe80::1"},
		{"IpAddress", "fe80::/10", "fe80::1%eth0"}, {"IpAddress", "010.0.0.1", "10.0.0.1"}, {"IpAddress", "::/0", "10.0.0.1"}, {"IpAddress", "0.0.0.0/0", "::1"},
		{"ArnLike", "arn:aws:s3", "arn:aws::::s3"}, {"ArnLike", "arn:*:*:*:*:*", "arn"}, {"ArnLike", "arn:*:*:*:*:*", "arn:a:b:c:d"}, {"ArnLike", "*", "*"},
	} {
		if holds(t, c[0], c[1], c[2]) {
			t.Errorf("%q %s %q", c[2], c[0], c[1])
		}
	}
	for _, name := range []string{"maybe", ""} {
		for _, v := range []*policy.Values{values("a:b", "x"), values()} {
			if allows(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"a:b":"`+name+`"}}}}`, "s3:x", "*", v) {
				t.Errorf("Null %q", name)
			}
		}
	}
}

// TestVariablesInConditions: a variable without a value matches nothing, and several each have their own.
func TestVariablesInConditions(t *testing.T) {
	for _, c := range []struct {
		condition string
		v         *policy.Values
		want      bool
	}{
		{`"StringEqualsIgnoreCase":{"a:b":"${aws:username}"}`, values("a:b", ""), false},
		{`"StringNotEqualsIgnoreCase":{"a:b":"${aws:username}"}`, values("a:b", ""), true},
		{`"StringEqualsIgnoreCase":{"a:b":"x${aws:username}y"}`, values("a:b", "XAY", "aws:username", "a"), true},
		{`"ArnLike":{"a:b":"arn:aws:iam::1:user/${aws:username}"}`, values("a:b", "arn:aws:iam::1:user/"), false},
		{`"ArnLike":{"a:b":"arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}"}`, values("a:b", "arn:aws:iam::1:user/a", "aws:PrincipalAccount", "1", "aws:username", "a"), true},
		{`"ArnLike":{"a:b":"arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}"}`, values("a:b", "arn:aws:iam::1:user/1", "aws:PrincipalAccount", "1", "aws:username", "a"), false},
		{`"ArnLike":{"a:b":"${aws:PrincipalTag/x}"}`, values("a:b", "arn:aws::::s3", "aws:PrincipalTag/x", "arn:aws:s3"), false},
		{`"StringLike":{"a:b":"${aws:username}/${s3:prefix}*"}`, values("a:b", "a/bc", "aws:username", "a", "s3:prefix", "b"), true},
		{`"StringLike":{"a:b":"${aws:username}/${s3:prefix}*"}`, values("a:b", "a/ac", "aws:username", "a", "s3:prefix", "b"), false},
	} {
		text := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{` + c.condition + `}}}`
		if got := allows(t, text, "s3:x", "*", c.v); got != c.want {
			t.Errorf("%s: %v", c.condition, got)
		}
	}
}

func TestUnknownOperator(t *testing.T) {
	for _, op := range []string{"StringFoo", "", "ForAllValues:", "ForSomeValues:StringEquals", "NullIfExists", "ForAnyValue:Null", "IfExists"} {
		if _, err := policy.Load([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"` + op + `":{"a:b":"x"}}}}`)); err == nil {
			t.Errorf("%q is an operator", op)
		}
	}
}
