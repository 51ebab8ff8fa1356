package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/policy"
)

func must(t testing.TB, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Load([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// allows tells whether a policy of one Allow statement matches.
func allows(t testing.TB, text, action, resource string, v *policy.Values) bool {
	t.Helper()
	q := policy.MakeQuery(policy.MakeAction(action), resource, nil)
	q.Request = v
	return must(t, text).Evaluate(&q, policy.IgnorePrincipal).Allow != nil
}

func values(pairs ...any) *policy.Values {
	v := new(policy.Values)
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		switch x := pairs[i+1].(type) {
		case string:
			v.SetNamed(name, x)
		case []string:
			v.SetNamedList(name, x)
		}
	}
	return v
}

func TestActionAndResource(t *testing.T) {
	for _, c := range []struct {
		action, resource string // of the policy
		ask, on          string
		want             bool
	}{
		{"*", "*", "s3:GetObject", "arn:aws:s3:::b/k", true},
		{"S3:getobject", "*", "s3:GetObject", "arn:aws:s3:::b/k", true},
		{"s3:Get*Acl", "*", "s3:GetObjectAcl", "arn:aws:s3:::b/k", true},
		{"s3:Get*Acl", "*", "s3:GetObject", "arn:aws:s3:::b/k", false},
		{"s3:?etObject", "*", "s3:GetObject", "arn:aws:s3:::b/k", true},
		{"s3:?GetObject", "*", "s3:GetObject", "arn:aws:s3:::b/k", false},
		{"s3:*", "arn:aws:s3:::b", "s3:GetObject", "arn:aws:s3:::b/k", false},
		{"s3:*", "arn:aws:s3:::b*", "s3:GetObject", "arn:aws:s3:::bb/k", true},
		{"s3:*", "arn:aws:s3:::b/*", "s3:GetObject", "arn:aws:s3:::b/", true},
		{"s3:*", "arn:aws:s3:::b/?", "s3:GetObject", "arn:aws:s3:::b/é", true},
		{"s3:*", "arn:aws:s3:::b/??", "s3:GetObject", "arn:aws:s3:::b/é", false},
		{"s3:*", "arn:aws:s3:::b/*x*y", "s3:GetObject", "arn:aws:s3:::b/axbxcy", true},
		{"s3:*", "arn:aws:s3:::b/*x*y", "s3:GetObject", "arn:aws:s3:::b/axbxcyz", false},
		{"s3:*", "arn:aws:s3:::B/k", "s3:GetObject", "arn:aws:s3:::b/k", false},
		{"s3:*", "arn:aws:s3:*:*:b/*", "s3:GetObject", "arn:aws:s3:::b/k:l", true},
		// A wildcard in an early part does not reach over the colon into the name.
		{"s3:*", "arn:aws:s3:::*x:1:accesspoint/z", "s3:GetObject", "arn:aws:s3:us:x:1:accesspoint/z", false},
		{"s3:*", "arn:*:secret", "s3:GetObject", "arn:aws:s3:::b/k", false},
		{"s3:*", "arn:aws:s3:*", "s3:GetObject", "arn:aws:s3:::b/k", true},
		{"s3:*", "arn:aws:s3:::*", "s3:ListAllMyBuckets", "*", false},
		{"s3:*", "*", "s3:ListAllMyBuckets", "*", true},
	} {
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":%q,"Resource":%q}}`, c.action, c.resource)
		if got := allows(t, text, c.ask, c.on, nil); got != c.want {
			t.Errorf("%s on %s asked %s on %s: %v", c.action, c.resource, c.ask, c.on, got)
		}
	}
}

func TestVariables(t *testing.T) {
	const key = "aws:PrincipalTag/team"
	for _, c := range []struct {
		resource, on string
		v            *policy.Values
		want         bool
	}{
		{"arn:aws:s3:::b/${aws:PrincipalTag/team}/*", "arn:aws:s3:::b/red/x", values(key, "red"), true},
		{"arn:aws:s3:::b/${AWS:principaltag/TEAM}/*", "arn:aws:s3:::b/red/x", values(key, "red"), true},
		{"arn:aws:s3:::b/${aws:PrincipalTag/team}/*", "arn:aws:s3:::b/red/x", nil, false},
		{"arn:aws:s3:::b/${aws:PrincipalTag/team, 'red'}/*", "arn:aws:s3:::b/red/x", nil, true},
		{"arn:aws:s3:::b/${aws:PrincipalTag/team, 'red'}/*", "arn:aws:s3:::b/red/x", values(key, "blue"), false},
		{"arn:aws:s3:::b/${aws:PrincipalTag/team, 'a}b'}/*", "arn:aws:s3:::b/a}b/x", nil, true},
		{"arn:aws:s3:::b/${aws:PrincipalTag/team}/*", "arn:aws:s3:::b/red/x", values(key, "*"), false},
		{"arn:aws:s3:::b/${aws:PrincipalTag/team}/*", "arn:aws:s3:::b/*/x", values(key, "*"), true},
		{"arn:aws:s3:::b/a${*}b", "arn:aws:s3:::b/a*b", nil, true},
		{"arn:aws:s3:::b/a${*}b", "arn:aws:s3:::b/aXb", nil, false},
		{"arn:aws:s3:::b/a${?}${$}", "arn:aws:s3:::b/a?$", nil, true},
		{"arn:aws:s3:::b/${aws:TagKeys}", "arn:aws:s3:::b/a", values("aws:TagKeys", []string{"a"}), false},
		{"arn:aws:s3:::b/${aws:x", "arn:aws:s3:::b/${aws:x", nil, true},
	} {
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":%q}}`, c.resource)
		if got := allows(t, text, "s3:GetObject", c.on, c.v); got != c.want {
			t.Errorf("%s on %s: %v", c.resource, c.on, got)
		}
		old := strings.Replace(text, "2012", "2008", 1)
		if strings.Contains(c.resource, "${aws:PrincipalTag") && allows(t, old, "s3:GetObject", c.on, c.v) {
			t.Errorf("%s on %s: expanded under 2008", c.resource, c.on)
		}
	}
}

func TestConditions(t *testing.T) {
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	typed := new(policy.Values)
	typed.SetTime(policy.KeyCurrentTime, now)
	typed.SetTime(policy.KeyEpochTime, now)
	typed.SetInt(policy.KeyS3MaxKeys, 10)
	typed.SetBool(policy.KeySecureTransport, true)
	for _, c := range []struct {
		condition string
		v         *policy.Values
		want      bool
	}{
		{`"StringEquals":{"a:b":"X"}`, values("a:b", "X"), true},
		{`"StringEquals":{"a:b":"x"}`, values("a:b", "X"), false},
		{`"StringEquals":{"a:b":"*"}`, values("a:b", "X"), false},
		{`"StringEquals":{"a:b":"X"}`, nil, false},
		{`"StringEquals":{"a:b":[]}`, values("a:b", "X"), false},
		{`"StringNotEquals":{"a:b":[]}`, values("a:b", "X"), true},
		{`"StringNotEquals":{"a:b":["X","Y"]}`, values("a:b", "Y"), false},
		{`"StringNotEquals":{"a:b":"X"}`, nil, true},
		{`"StringEqualsIfExists":{"a:b":"X"}`, nil, true},
		{`"StringEqualsIfExists":{"a:b":"X"}`, values("a:b", "Y"), false},
		{`"StringEqualsIgnoreCase":{"a:b":"straßÉ"}`, values("a:b", "STRAßé"), true},
		{`"StringEqualsIgnoreCase":{"a:b":"${a:c}x"}`, values("a:b", "YX", "a:c", "y"), true},
		{`"StringEqualsIgnoreCase":{"a:b":"${a:c}x"}`, values("a:b", "x"), false},
		{`"StringNotEqualsIgnoreCase":{"a:b":"x"}`, values("a:b", "X"), false},
		{`"StringLike":{"a:b":["","h?me/*"]}`, values("a:b", "home/a"), true},
		{`"StringLike":{"a:b":["","h?me/*"]}`, values("a:b", ""), true},
		{`"StringNotLike":{"a:b":"h*"}`, values("a:b", "home"), false},
		{`"StringNotLike":{"a:b":"${a:missing}"}`, values("a:b", "home"), true},
		{`"StringLike":{"a:b":"${a:missing}"}`, values("a:b", "home"), false},
		{`"NumericEquals":{"a:b":"10"}`, values("a:b", "10.0"), true},
		{`"NumericEquals":{"s3:max-keys":10}`, typed, true},
		{`"NumericLessThan":{"a:b":"10"}`, values("a:b", "9"), true},
		{`"NumericLessThan":{"a:b":"10"}`, values("a:b", "ten"), false},
		{`"NumericNotEquals":{"a:b":"10"}`, values("a:b", "ten"), true},
		{`"NumericGreaterThanEquals":{"a:b":"9007199254740993"}`, values("a:b", "9007199254740992"), false},
		{`"NumericEquals":{"a:b":"0x10"}`, values("a:b", "0x10"), false},
		{`"NumericEquals":{"a:b":"NaN"}`, values("a:b", "NaN"), false},
		{`"DateLessThan":{"aws:CurrentTime":"2026-01-16T00:00:00Z"}`, typed, true},
		{`"DateLessThan":{"aws:CurrentTime":"2026-01-15T14:00:00+02:00"}`, typed, false},
		{`"DateLessThanEquals":{"aws:CurrentTime":"2026-01-15T14:00:00+02:00"}`, typed, true},
		{`"DateGreaterThan":{"aws:CurrentTime":"1700000000"}`, typed, true},
		{`"DateEquals":{"aws:CurrentTime":"2026-01-15T12:00:00Z"}`, values("aws:CurrentTime", "1768478400"), true},
		{`"DateGreaterThan":{"aws:CurrentTime":"2026"}`, values("aws:CurrentTime", "soon"), false},
		{`"DateNotEquals":{"aws:CurrentTime":"2026-01-15"}`, values("aws:CurrentTime", "soon"), true},
		{`"StringEquals":{"aws:CurrentTime":"2026-01-15T12:00:00Z"}`, typed, true},
		{`"NumericGreaterThan":{"aws:EpochTime":"1768478399"}`, typed, true},
		{`"Bool":{"aws:SecureTransport":"TRUE"}`, typed, true},
		{`"Bool":{"aws:SecureTransport":false}`, typed, false},
		{`"Bool":{"a:b":"true"}`, values("a:b", "yes"), false},
		{`"BinaryEquals":{"a:b":"QUI="}`, values("a:b", "QUI"), true},
		{`"BinaryEquals":{"a:b":"QUI="}`, values("a:b", "qui="), false},
		{`"IpAddress":{"aws:SourceIp":"203.0.113.5/24"}`, values("aws:SourceIp", "203.0.113.77"), true},
		{`"IpAddress":{"aws:SourceIp":"203.0.113.77"}`, values("aws:SourceIp", "203.0.113.77"), true},
		{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, values("aws:SourceIp", "::ffff:203.0.113.77"), true},
		{`"IpAddress":{"aws:SourceIp":"2001:DB8::/32"}`, values("aws:SourceIp", "2001:db8::1"), true},
		{`"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`, values("aws:SourceIp", "nowhere"), false},
		{`"NotIpAddress":{"aws:SourceIp":"0.0.0.0/0"}`, values("aws:SourceIp", "nowhere"), true},
		{`"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}`, nil, true},
		{`"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:111111111111:accesspoint/*"}`, values("aws:SourceArn", "arn:aws:s3:us-east-1:111111111111:accesspoint/a/b"), true},
		{`"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:111111111111:accesspoint/*"}`, values("aws:SourceArn", "arn:aws:s3:us-east-1:999999999999:x/y:111111111111:accesspoint/z"), false},
		{`"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::b*"}`, values("aws:SourceArn", "arn:aws:s3:::bucket"), true},
		{`"ArnLike":{"aws:SourceArn":"*"}`, values("aws:SourceArn", "no arn"), false},
		{`"ArnLike":{"aws:SourceArn":"*"}`, values("aws:SourceArn", "arn:aws:s3:::b"), false},
		{`"ArnNotLike":{"aws:SourceArn":"*"}`, values("aws:SourceArn", "no arn"), true},
		{`"ArnLike":{"aws:SourceArn":"arn:aws:iam::${aws:PrincipalAccount}:role/*"}`, values("aws:SourceArn", "arn:aws:iam::111111111111:role/x", "aws:PrincipalAccount", "111111111111"), true},
		{`"ArnLike":{"aws:SourceArn":"${aws:PrincipalArn}"}`, values("aws:SourceArn", "arn:aws:iam::1:role/x", "aws:PrincipalArn", "arn:aws:iam::1:role/x"), true},
		{`"ArnLike":{"aws:SourceArn":"${aws:PrincipalArn}"}`, values("aws:SourceArn", "arn:aws:iam::1:role/x", "aws:PrincipalArn", "arn:aws:iam::1:role/*"), false},
		{`"ArnNotEquals":{"aws:SourceArn":"arn:aws:s3:::b"}`, nil, true},
		{`"Null":{"a:b":"true"}`, nil, true},
		{`"Null":{"a:b":true}`, values("a:b", ""), false},
		{`"Null":{"a:b":"false"}`, values("a:b", ""), true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, values("aws:TagKeys", []string{"a", "b"}), true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, values("aws:TagKeys", []string{"a", "c"}), false},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, nil, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}`, values("aws:TagKeys", []string{}), true},
		{`"ForAllValues:StringNotEquals":{"aws:TagKeys":"c"}`, values("aws:TagKeys", []string{"a", "c"}), false},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`, values("aws:TagKeys", []string{"c", "b"}), true},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}`, nil, false},
		{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}`, nil, false},
		{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}`, values("aws:TagKeys", []string{"a", "b"}), true},
		{`"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`, nil, true},
		{`"StringEquals":{"aws:TagKeys":"a"}`, values("aws:TagKeys", []string{"a", "b"}), false},
		{`"StringEquals":{"A:B":"1","a:c":"2"}`, values("a:b", "1", "a:c", "2"), true},
		{`"StringEquals":{"a:b":"1"},"StringLike":{"a:c":"3*"}`, values("a:b", "1", "a:c", "2"), false},
		{`"StringEquals":{"s3:ExistingObjectTag/Env":"prod"}`, values("s3:ExistingObjectTag/env", "prod"), true},
		{`"Unheard":{}`, nil, true},
	} {
		text := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{` + c.condition + `}}}`
		if got := allows(t, text, "s3:GetObject", "arn:aws:s3:::b/k", c.v); got != c.want {
			t.Errorf("%s: %v", c.condition, got)
		}
	}
}

func TestListWithoutQualifierIsSafe(t *testing.T) {
	const text = `{"Statement":[{"Effect":"%s","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:TagKeys":"a"}}}]}`
	q := policy.MakeQuery(policy.MakeAction("s3:x"), "*", nil)
	q.Request = values("aws:TagKeys", []string{"a", "b"})
	if o := must(t, fmt.Sprintf(text, "Allow")).Evaluate(&q, policy.IgnorePrincipal); o.Allow != nil {
		t.Error("an Allow held with one of two values")
	}
	if o := must(t, fmt.Sprintf(text, "Deny")).Evaluate(&q, policy.IgnorePrincipal); o.Deny == nil {
		t.Error("a Deny did not hold with one of two values")
	}
}

func TestPrincipals(t *testing.T) {
	const a = "arn:aws:iam::111111111111:"
	user := policy.Caller{Kind: policy.CallerUser, Account: "111111111111", ARN: a + "user/p/u", PrincipalARN: a + "user/p/u", UniqueID: "AIDAAAAAAAAAAAAAAAAAA", CanonicalID: "c"}
	session := policy.Caller{Kind: policy.CallerSession, Account: "111111111111", ARN: "arn:aws:sts::111111111111:assumed-role/r/s",
		PrincipalARN: a + "role/p/r", UniqueID: "AROAAAAAAAAAAAAAAAAAA"}
	federated := policy.Caller{Kind: policy.CallerFederated, Account: "111111111111", ARN: "arn:aws:sts::111111111111:federated-user/f",
		PrincipalARN: "arn:aws:sts::111111111111:federated-user/f", IssuerARN: user.ARN, IssuerID: user.UniqueID}
	service := policy.Caller{Kind: policy.CallerService, ARN: "x.amazonaws.com"}
	provider := policy.Caller{Kind: policy.CallerProvider, ARN: a + "oidc-provider/t"}
	for _, c := range []struct {
		principal string
		caller    policy.Caller
		want      policy.Grants
	}{
		{`"*"`, policy.Caller{}, policy.GrantDirect},
		{`{"AWS":"*"}`, service, policy.GrantDirect},
		{`"*"`, provider, 0},
		{`{"Federated":"` + a + `oidc-provider/t"}`, provider, policy.GrantDirect},
		{`{"AWS":"111111111111"}`, user, policy.GrantAccount},
		{`{"AWS":"` + a + `root"}`, session, policy.GrantAccount},
		{`{"AWS":"arn:aws-cn:iam::111111111111:root"}`, user, 0},
		{`{"AWS":"222222222222"}`, user, 0},
		{`{"AWS":["222222222222","` + user.ARN + `"]}`, user, policy.GrantDirect},
		{`{"AWS":"` + strings.ToUpper(user.ARN[:3]) + user.ARN[3:] + `"}`, user, 0},
		{`{"AWS":"AIDAAAAAAAAAAAAAAAAAA"}`, user, policy.GrantDirect},
		{`{"AWS":"AIDABBBBBBBBBBBBBBBBB"}`, user, 0},
		{`{"AWS":"` + user.ARN + `"}`, federated, policy.GrantIssuer},
		{`{"AWS":"AIDAAAAAAAAAAAAAAAAAA"}`, federated, policy.GrantIssuer},
		{`{"AWS":"` + federated.ARN + `"}`, federated, policy.GrantDirect},
		{`{"AWS":"` + a + `role/p/r"}`, session, policy.GrantRole},
		{`{"AWS":"` + a + `role/r"}`, session, 0},
		{`{"AWS":"AROAAAAAAAAAAAAAAAAAA"}`, session, policy.GrantRole},
		{`{"AWS":"` + session.ARN + `"}`, session, policy.GrantDirect},
		{`{"AWS":["` + session.ARN + `","` + a + `role/p/r"]}`, session, policy.GrantDirect | policy.GrantRole},
		{`{"Service":"x.amazonaws.com"}`, service, policy.GrantDirect},
		{`{"Service":"*"}`, service, 0},
		{`{"CanonicalUser":"c"}`, user, policy.GrantAccount},
		{`{"AWS":"arn:aws:iam::111111111111:group/g"}`, user, 0},
	} {
		text := `{"Statement":[{"Effect":"Allow","Principal":` + c.principal + `,"Action":"*","Resource":"*"}]}`
		q := policy.MakeQuery(policy.MakeAction("s3:x"), "*", &c.caller)
		if got := must(t, text).Evaluate(&q, policy.AskPrincipal).Grants; got != c.want {
			t.Errorf("%s for %s: %d, want %d", c.principal, c.caller.ARN, got, c.want)
		}
	}
	bound := user
	bound.HasBoundary = true
	for _, c := range []struct {
		list   string
		caller policy.Caller
		hit    bool
	}{
		{`["` + user.ARN + `","111111111111"]`, user, false},
		{`["` + user.ARN + `","111111111111"]`, bound, true},
		{`["` + user.ARN + `"]`, user, true},
		{`["111111111111"]`, user, true},
		{`["111111111111"]`, policy.Caller{Kind: policy.CallerRoot, Account: "111111111111", ARN: a + "root"}, false},
		{`["` + session.ARN + `","` + a + `role/p/r","` + a + `root"]`, session, false},
		{`["` + a + `role/p/r","` + a + `root"]`, session, true},
		{`["111111111111"]`, policy.Caller{}, true},
		{`["111111111111"]`, service, true},
	} {
		text := `{"Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":` + c.list + `},"Action":"*","Resource":"*"}]}`
		q := policy.MakeQuery(policy.MakeAction("s3:x"), "*", &c.caller)
		if got := must(t, text).Evaluate(&q, policy.AskPrincipal).Deny != nil; got != c.hit {
			t.Errorf("NotPrincipal %s for %s: %v", c.list, c.caller.ARN, got)
		}
	}
}
