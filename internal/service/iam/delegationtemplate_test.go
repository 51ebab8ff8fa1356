package iam

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const templateARN = "arn:aws:iam::" + acctB + ":delegation-template/setup"

func TestDelegationTemplates(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		values templateValues
		want   string // the policy, or a part of the error
	}{
		"a string":                {`{"Statement": {"Resource": "arn:aws:s3:::@{bucketName}/*"}}`, templateValues{"bucketName": {"b"}}, `{"Statement":{"Resource":"arn:aws:s3:::b/*"}}`},
		"twice":                   {`{"A":"@{bucketName}-@{bucketName}"}`, templateValues{"bucketName": {"b"}}, `{"A":"b-b"}`},
		"a list":                  {`{"Resource":"a:@{names}"}`, templateValues{"names": {"x", "y"}}, `{"Resource":["a:x","a:y"]}`},
		"in a list":               {`{"Resource":["1","a:@{names}","2"]}`, templateValues{"names": {"x", "y"}}, `{"Resource":["1","a:x","a:y","2"]}`},
		"lists crossed":           {`{"Resource":["@{first}/@{second}"]}`, templateValues{"first": {"1", "2"}, "second": {"x", "y"}}, `{"Resource":["1/x","1/y","2/x","2/y"]}`},
		"scalars":                 {`{"A":true,"B":1.50,"C":null,"D":[false,{}]}`, nil, `{"A":true,"B":1.50,"C":null,"D":[false,{}]}`},
		"no JSON in a value":      {`{"A":"@{value}"}`, templateValues{"value": {`x","Effect":"Allow`}}, `{"A":"x\",\"Effect\":\"Allow"}`},
		"no parameter in a value": {`{"A":"@{value}"}`, templateValues{"value": {`@{other}`}}, `{"A":"@{other}"}`},
		"no value":                {`{"A":"@{value}"}`, nil, "parameter value has no value"},
		"unknown":                 {`{"A":"x"}`, templateValues{"value": {"v"}}, "the template has no parameter value"},
		"too long":                {`{"A":"@{value}"}`, templateValues{"value": {strings.Repeat("x", 2048)}}, "more than 2048 characters"},
		"far too long":            {`{"A":"@{v1234}@{v1234}@{v1234}"}`, templateValues{"v1234": slices.Repeat([]string{"x"}, 1000)}, "more than 2048 characters"},
	} {
		template, err := ParseDelegationTemplate(templateARN, []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, _, err := template.render(c.values)
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for _, bad := range []string{``, `[]`, `{`, `{}{}`, `{"A":"@{x"}`, `{"A":"@{}"}`, `{"@{x}":"A"}`, `{"Statement":[{"@Enabled":"x"}]}`, "{\"A\":\"\xff\"}", strings.Repeat(`{"A":`, 40) + "1" + strings.Repeat("}", 40), strings.Repeat(" ", 70_000)} {
		if _, err := ParseDelegationTemplate(templateARN, []byte(bad)); err == nil {
			t.Errorf("taken: %.60s", bad)
		}
	}
	for _, bad := range []string{"", "arn:aws:iam::partner:delegation-template/x", "arn:aws:iam::" + acctB + ":delegation-template/", "arn:aws:s3::" + acctB + ":delegation-template/x"} {
		if _, err := ParseDelegationTemplate(bad, []byte(`{}`)); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
}

func FuzzDelegationTemplate(f *testing.F) {
	f.Add(`{"Statement":[{"Resource":["a","b@{names}"],"Condition":{"StringEquals":{"iam:PermissionsBoundary":"@{names}"}}}]}`, `x"}`, "y")
	f.Add(`{"A":"@{a}","B":[[1,{}],null]}`, "", "")
	f.Fuzz(func(t *testing.T, text, first, second string) {
		template, err := ParseDelegationTemplate(templateARN, []byte(text))
		if err != nil {
			return
		}
		values := templateValues{}
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			values[m[1]] = []string{first, second}
		}
		policy, _, err := template.render(values)
		if err == nil && (!json.Valid([]byte(policy)) || utf8.RuneCountInString(policy) > maxRenderedPolicy) {
			t.Errorf("%q came of %q", policy, text)
		}
	})
}
