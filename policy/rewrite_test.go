package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/policy"
)

func TestRewritePrincipals(t *testing.T) {
	const src = `{ "Version" : "2012-10-17",
	  "Statement": [ {"Sid":"a b","Effect":"Allow","Principal":{"AWS":["u\/1","*"],"Service":"s"},"Action":"s3:*","Resource":"x\"<y",
	    "Condition":{"NumericLessThan":{"s3:max-keys": 1.50}} },
	  {"NotPrincipal":{"AWS":"u/1"},"Effect":"Deny","Action":"*","Resource":"*"}, {"Principal":"*","Effect":"Deny","Action":"*","Resource":"*"} ] }`
	const want = `{"Version":"2012-10-17","Statement":[{"Sid":"a b","Effect":"Allow","Principal":{"AWS":["AIDA<1>","*"],"Service":"s"},` +
		`"Action":"s3:*","Resource":"x\"<y","Condition":{"NumericLessThan":{"s3:max-keys":1.50}}},{"NotPrincipal":{"AWS":"AIDA<1>"},` +
		`"Effect":"Deny","Action":"*","Resource":"*"},{"Principal":"*","Effect":"Deny","Action":"*","Resource":"*"}]}`
	var asked []string
	got, err := policy.RewritePrincipals([]byte(src), func(typ, value string) (string, error) {
		asked = append(asked, typ+"="+value)
		return strings.Replace(value, "u/1", "AIDA<1>", 1), nil
	})
	if err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s\n%v", got, want, err)
	}
	if s := strings.Join(asked, " "); s != "AWS=u/1 Service=s AWS=u/1" {
		t.Errorf("asked %s", s)
	}
	fail := errors.New("no such principal")
	if _, err := policy.RewritePrincipals([]byte(src), func(string, string) (string, error) { return "", fail }); !errors.Is(err, fail) {
		t.Errorf("error of fn: %v", err)
	}
	var perr *policy.ParseError
	if _, err := policy.RewritePrincipals([]byte(`{}`), nil); !errors.As(err, &perr) || perr.Problem != policy.ProblemMissingStatement {
		t.Errorf("no statement: %v", err)
	}
}

func TestPositionsAndSizes(t *testing.T) {
	doc, err := policy.Parse([]byte("{\n \"Statement\": [\n  {\"Effect\":\"Allow\"},\n  {\"Effect\":\"Deny\"}]}"))
	if err != nil {
		t.Fatal(err)
	}
	second := doc.Statements[1]
	if second.Start.Line != 4 || second.Start.Column != 3 || second.End.Line != 4 || second.End.Column != 20 {
		t.Errorf("second statement at %+v to %+v", second.Start, second.End)
	}
	if n := policy.Size([]byte("{ \"a b\" :\n\"é\\\" \" }")); n != len(`{"a b":"é\" "}`)-1 {
		t.Errorf("Size = %d", n)
	}
	if err := policy.CheckManagedSize([]byte(`"` + strings.Repeat("x", policy.MaxManaged) + `"`)); err == nil || !strings.Contains(err.Error(), "Cannot exceed quota for PolicySize: 6144") {
		t.Errorf("CheckManagedSize: %v", err)
	}
	if err := policy.CheckCharacters([]byte("{\"\u0100\"}"), "policyDocument"); err == nil {
		t.Error("CheckCharacters took U+0100")
	}
	if err := policy.CheckCharacters([]byte("{\"\u00ff\t\"}\n"), "policyDocument"); err != nil {
		t.Error(err)
	}
}

func TestContextKeys(t *testing.T) {
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}",` +
		`"Condition":{"StringLike":{"s3:prefix":"${aws:userid, 'x'}","AWS:UserName":"y"}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(policy.ContextKeys(doc), " "); got != "aws:username s3:prefix aws:userid" {
		t.Errorf("keys: %s", got)
	}
}

func TestPublic(t *testing.T) {
	const b = `"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"`
	for statement, want := range map[string]bool{
		`"Principal":"*",` + b:                                                                                                          true,
		`"Principal":{"AWS":["111111111111","*"]},` + b:                                                                                 true,
		`"Principal":{"AWS":"111111111111"},` + b:                                                                                       false,
		`"Principal":{"Service":"logging.s3.amazonaws.com"},` + b:                                                                       false,
		`"Principal":"*",` + b + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`:                                             false,
		`"Principal":"*",` + b + `,"Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/1"]}}`:                               true,
		`"Principal":"*",` + b + `,"Condition":{"IpAddress":{"aws:SourceIp":"2001::/16"}}`:                                              true,
		`"Principal":"*",` + b + `,"Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`:                                          true,
		`"Principal":"*",` + b + `,"Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`:                                            false,
		`"Principal":"*",` + b + `,"Condition":{"StringLike":{"aws:SourceVpce":"vpce-*"}}`:                                              true,
		`"Principal":"*",` + b + `,"Condition":{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}`:                                    true,
		`"Principal":"*",` + b + `,"Condition":{"ForAllValues:StringEquals":{"aws:SourceVpce":"vpce-1"}}`:                               true,
		`"Principal":"*",` + b + `,"Condition":{"StringLike":{"aws:userid":"AROAX:*"}}`:                                                 true,
		`"Principal":"*",` + b + `,"Condition":{"StringEquals":{"aws:UserAgent":"x"}}`:                                                  true,
		`"Principal":"*",` + b + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`:                                           false,
		`"Principal":"*",` + b + `,"Condition":{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:111111111111:accesspoint/*"}}`: false,
		`"Principal":"*",` + b + `,"Condition":{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:*:accesspoint/x"}}`:            true,
	} {
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + statement + `},{"Effect":"Deny","Principal":"*",` + b + `}]}`
		if got := must(t, text).Public(); got != want {
			t.Errorf("%s: %v", statement, got)
		}
	}
}
