package policy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/policy"
)

// FuzzParse: what is parsed is JSON for the standard library too, can be compiled or fails cleanly, and can be asked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"${a, 'b'}*?","Condition":{"StringLike":{"a":["b"]}}}}`))
	f.Add([]byte(`{"Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":["1","*"]},"NotAction":[],"NotResource":["a:b:c:d:e:${x:y}"]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		for kind := policy.Identity; kind <= policy.Endpoint; kind++ {
			_, _ = policy.Validate(src, kind, policy.Options{Resource: "arn:aws:s3:::b"})
		}
		doc, err := policy.Parse(src)
		if err != nil {
			return
		}
		if !json.Valid(src) {
			t.Fatalf("parsed what is not JSON: %q", src)
		}
		same, err := policy.RewritePrincipals(src, func(_, v string) (string, error) { return v, nil })
		if err != nil || string(same) != string(policy.Compact(src)) {
			t.Fatalf("rewriting nothing gave %q, %v", same, err)
		}
		p, err := policy.Compile(doc)
		if err != nil {
			return
		}
		caller := policy.Caller{Kind: policy.CallerUser, Account: "111111111111"}
		q := policy.MakeQuery(policy.MakeAction("s3:GetObject"), "arn:aws:s3:::b/k", &caller)
		q.Request = values("a", "b", "aws:TagKeys", []string{"a", "b"})
		for _, mode := range []policy.Mode{policy.IgnorePrincipal, policy.AskPrincipal, policy.AskPrincipalIfAny} {
			o := p.Evaluate(&q, mode)
			denied := false
			for _, s := range p.Explain(&q, mode) {
				denied = denied || (s.Matched && s.Statement.Denies())
			}
			if denied != (o.Deny != nil) {
				t.Fatalf("Evaluate and Explain differ on %q", src)
			}
		}
	})
}

// naive is the meaning of a pattern with * and ?, written as plainly as can be.
func naive(p, s []rune) bool {
	switch {
	case len(p) == 0:
		return len(s) == 0
	case p[0] == '*':
		return naive(p[1:], s) || (len(s) > 0 && naive(p, s[1:]))
	}
	return len(s) > 0 && (p[0] == '?' || p[0] == s[0]) && naive(p[1:], s[1:])
}

// FuzzLike compares StringLike with its plain meaning.
func FuzzLike(f *testing.F) {
	f.Add("a*b?c", "aXXbYc")
	f.Add("**a*", "aaa")
	f.Add("é?*", "éé")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		pattern, s = strings.ToValidUTF8(pattern, ""), strings.ToValidUTF8(s, "")
		if len(pattern) > 12 || len(s) > 16 || strings.Contains(pattern, "${") {
			return
		}
		text, err := json.Marshal(map[string]any{"Version": policy.Version2012, "Statement": map[string]any{
			"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": map[string]any{"StringLike": map[string]any{"a:b": pattern}}}})
		if err != nil {
			t.Fatal(err)
		}
		want := naive([]rune(pattern), []rune(s))
		if got := allows(t, string(text), "s3:x", "*", values("a:b", s)); got != want {
			t.Fatalf("%q like %q: %v", s, pattern, got)
		}
	})
}

// TestIndex: a long document, which is indexed, answers as its statements one by one.
func TestIndex(t *testing.T) {
	var list []string
	for i := range 40 {
		effect := []string{"Allow", "Allow", "Deny"}[i%3]
		principal := []string{`"*"`, `{"AWS":"arn:aws:iam::111111111111:user/u%d"}`, `{"AWS":"111111111111"}`, `{"Service":"s%d.amazonaws.com"}`}[i%4]
		if strings.Contains(principal, "%d") {
			principal = fmt.Sprintf(principal, i%7)
		}
		action := []string{`"s3:GetObject"`, `["s3:Put*","s3:DeleteObject"]`, `"*"`, `"s3:ListBucket"`, `"s3:PutObject"`}[i%5]
		resource := []string{`"*"`, `"arn:aws:s3:::b/p%d/*"`, `["arn:aws:s3:::b/p%d/x","arn:aws:s3:::b/q*"]`}[i%3]
		if strings.Contains(resource, "%d") {
			resource = fmt.Sprintf(resource, i%6)
		}
		list = append(list, fmt.Sprintf(`{"Effect":%q,"Principal":%s,"Action":%s,"Resource":%s}`, effect, principal, action, resource))
	}
	whole := must(t, `{"Statement":[`+strings.Join(list, ",")+`]}`)
	var single []*policy.Policy
	for _, s := range list {
		single = append(single, must(t, `{"Statement":[`+s+`]}`))
	}
	asked, granted := 0, 0
	for user := range 8 {
		for _, action := range []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:PutObjectAcl"} {
			for _, resource := range []string{"arn:aws:s3:::b", "arn:aws:s3:::b/p1/x", "arn:aws:s3:::b/p2/x", "arn:aws:s3:::b/p5/y", "arn:aws:s3:::b/q", "*"} {
				caller := policy.Caller{Kind: policy.CallerUser, Account: "111111111111", ARN: fmt.Sprintf("arn:aws:iam::111111111111:user/u%d", user)}
				if user == 7 {
					caller = policy.Caller{Kind: policy.CallerService, ARN: "s3.amazonaws.com"}
				}
				q := policy.MakeQuery(policy.MakeAction(action), resource, &caller)
				var deny bool
				var grants policy.Grants
				for _, p := range single {
					o := p.Evaluate(&q, policy.AskPrincipal)
					deny, grants = deny || o.Deny != nil, grants|o.Grants
				}
				o := whole.Evaluate(&q, policy.AskPrincipal)
				if (o.Deny != nil) != deny || (!deny && o.Grants != grants) {
					t.Errorf("%s %s %s: deny %v grants %d, want %v %d", caller.ARN, action, resource, o.Deny != nil, o.Grants, deny, grants)
				}
				asked++
				if !deny && grants != 0 {
					granted++
				}
			}
		}
	}
	if granted == 0 || granted == asked {
		t.Errorf("%d of %d granted: the test tells nothing", granted, asked)
	}
}
