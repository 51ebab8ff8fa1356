package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/policy"
)

// TestOutcome: which statement an outcome names, in a short document and in a long one, which is indexed.
func TestOutcome(t *testing.T) {
	const bob = `{"AWS":"arn:aws:iam::111111111111:user/bob"}`
	statement := func(effect, principal string) string {
		return fmt.Sprintf(`{"Effect":%q,"Principal":%s,"Action":"s3:GetObject","Resource":"*"}`, effect, principal)
	}
	account, direct, nobody := statement("Allow", `{"AWS":"111111111111"}`), statement("Allow", bob), statement("Allow", `{"AWS":"222222222222"}`)
	everybody, deny := statement("Allow", `"*"`), statement("Deny", `"*"`)
	const both = policy.GrantDirect | policy.GrantAccount
	for _, c := range []struct {
		statements []string
		allow      int // -1: none
		deny       int
		grants     policy.Grants
	}{
		{[]string{nobody}, -1, -1, 0},
		{[]string{nobody, account, account}, 1, -1, policy.GrantAccount},
		{[]string{account, direct, direct}, 1, -1, both},
		{[]string{account, everybody, direct}, 1, -1, both},
		{[]string{direct, account, everybody}, 0, -1, both},
		{[]string{everybody, direct}, 0, -1, policy.GrantDirect},
		{[]string{direct, everybody}, 0, -1, policy.GrantDirect},
		{[]string{direct, deny, deny}, 0, 1, policy.GrantDirect},
	} {
		for _, filler := range []int{0, 60} {
			list := c.statements
			for range filler {
				list = append(list[:len(list):len(list)], nobody)
			}
			p := must(t, `{"Statement":[`+strings.Join(list, ",")+`]}`)
			caller := policy.Caller{Kind: policy.CallerUser, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/bob"}
			q := policy.MakeQuery(policy.MakeAction("s3:GetObject"), "arn:aws:s3:::b/k", &caller)
			o := p.Evaluate(&q, policy.AskPrincipal)
			if number(o.Deny) != c.deny || c.deny < 0 && (number(o.Allow) != c.allow || o.Grants != c.grants) {
				t.Errorf("%v and %d more: allow %d, deny %d, grants %b", c.statements, filler, number(o.Allow), number(o.Deny), o.Grants)
			}
		}
	}
}

func number(s *policy.Statement) int {
	if s == nil {
		return -1
	}
	return s.Number
}

// TestModes: statements with and without principals, and who they mean where principals are asked and where not.
func TestModes(t *testing.T) {
	user := &policy.Caller{Kind: policy.CallerUser, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/bob"}
	provider := &policy.Caller{Kind: policy.CallerProvider, ARN: "arn:aws:iam::111111111111:oidc-provider/x"}
	service := &policy.Caller{Kind: policy.CallerService, ARN: "x.amazonaws.com"}
	const ignore, ask, ifAny = policy.IgnorePrincipal, policy.AskPrincipal, policy.AskPrincipalIfAny
	for _, c := range []struct {
		statement string
		caller    *policy.Caller
		mode      policy.Mode
		want      bool // that it matches
	}{
		{`"Effect":"Allow"`, user, ignore, true},
		{`"Effect":"Allow"`, user, ask, false},
		{`"Effect":"Allow"`, user, ifAny, true},
		{`"Effect":"Deny"`, user, ask, true},
		{`"Effect":"Deny"`, nil, ask, true},
		{`"Effect":"Allow","Principal":"*"`, user, ask, true},
		{`"Effect":"Allow","Principal":"*"`, nil, ask, false},
		{`"Effect":"Deny","Principal":"*"`, nil, ask, false},
		{`"Effect":"Allow","Principal":"*"`, nil, ignore, true},
		{`"Effect":"Allow","Principal":"*"`, provider, ask, false},
		{`"Effect":"Allow","Principal":"*"`, provider, ifAny, true},
		{`"Effect":"Deny","Principal":"*"`, provider, ask, true},
		{`"Effect":"Allow","Principal":{"AWS":"222222222222"}`, user, ifAny, false},
		{`"Effect":"Deny","Principal":{"AWS":"222222222222"}`, user, ifAny, false},
		{`"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/x"}`, provider, ask, true},
		{`"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/y"}`, provider, ask, false},
		{`"Effect":"Allow","NotPrincipal":{"AWS":"222222222222"}`, user, ask, false},
		{`"Effect":"Deny","NotPrincipal":{"AWS":"222222222222"}`, user, ask, true},
		{`"Effect":"Deny","NotPrincipal":"*"`, user, ask, false},
		{`"Effect":"Deny","Principal":{"Service":"*"}`, service, ask, true},
		{`"Effect":"Deny","Principal":{"Service":"*"}`, user, ask, false},
		{`"Effect":"Allow","Principal":{"Service":"*"}`, service, ask, false},
		{`"Effect":"Deny","Principal":{"Federated":"*"}`, provider, ask, true},
		{`"Effect":"Deny","Principal":{"Federated":"*"}`, user, ask, false},
		{`"Effect":"Deny","Principal":{"CanonicalUser":"*"}`, user, ask, true},
		{`"Effect":"Deny","Principal":{"CanonicalUser":"*"}`, service, ask, false},
	} {
		p := must(t, `{"Statement":{`+c.statement+`,"Action":"*","Resource":"*"}}`)
		q := policy.MakeQuery(policy.MakeAction("s3:GetObject"), "arn:aws:s3:::b/k", c.caller)
		o := p.Evaluate(&q, c.mode)
		if got := o.Allow != nil || o.Deny != nil; got != c.want {
			t.Errorf("%s, mode %d: %v", c.statement, c.mode, got)
		}
	}
}

// TestPlainQuery: a query need not be made by MakeQuery.
func TestPlainQuery(t *testing.T) {
	p := must(t, `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::*/k","arn:*:s3:::b/*","k*:*:*:*:*:*"]}}`)
	for resource, want := range map[string]bool{"arn:aws:s3:::c/k": true, "arn:aws:s3:::b/x": true, "arn:aws:s3:::c/x": false, "k": false} {
		q := policy.Query{Action: policy.MakeAction("s3:GetObject"), Resource: resource}
		if got := p.Evaluate(&q, policy.IgnorePrincipal).Allow != nil; got != want {
			t.Errorf("%s: %v", resource, got)
		}
	}
}

// TestKindsOfCallers: a principal names callers of its own kind alone, even if another's strings are the same.
func TestKindsOfCallers(t *testing.T) {
	const x = "arn:aws:iam::111111111111:"
	const sts = "arn:aws:sts::111111111111:"
	for _, c := range []struct {
		principal string
		right     policy.CallerKind
		caller    policy.Caller
	}{
		{`{"AWS":"` + x + `user/u"}`, policy.CallerUser, policy.Caller{ARN: x + "user/u"}},
		{`{"AWS":"AIDAEXAMPLE0001ALICE0"}`, policy.CallerUser, policy.Caller{UniqueID: "AIDAEXAMPLE0001ALICE0"}},
		{`{"AWS":"` + x + `user/u"}`, policy.CallerFederated, policy.Caller{IssuerARN: x + "user/u"}},
		{`{"AWS":"AIDAEXAMPLE0001ALICE0"}`, policy.CallerFederated, policy.Caller{IssuerID: "AIDAEXAMPLE0001ALICE0"}},
		{`{"AWS":"` + x + `role/r"}`, policy.CallerSession, policy.Caller{PrincipalARN: x + "role/r"}},
		{`{"AWS":"AROAEXAMPLE000001APP0"}`, policy.CallerSession, policy.Caller{UniqueID: "AROAEXAMPLE000001APP0"}},
		{`{"AWS":"` + sts + `assumed-role/r/s"}`, policy.CallerSession, policy.Caller{ARN: sts + "assumed-role/r/s"}},
		{`{"AWS":"` + sts + `federated-user/f"}`, policy.CallerFederated, policy.Caller{ARN: sts + "federated-user/f"}},
		{`{"Service":"x.amazonaws.com"}`, policy.CallerService, policy.Caller{ARN: "x.amazonaws.com"}},
		{`{"Federated":"` + x + `oidc-provider/p"}`, policy.CallerProvider, policy.Caller{ARN: x + "oidc-provider/p"}},
	} {
		p := must(t, `{"Statement":{"Effect":"Allow","Principal":`+c.principal+`,"Action":"*","Resource":"*"}}`)
		for kind := policy.CallerAnonymous; kind <= policy.CallerProvider; kind++ {
			caller := c.caller
			caller.Kind, caller.Account = kind, "999999999999"
			q := policy.MakeQuery(policy.MakeAction("s3:GetObject"), "arn:aws:s3:::b/k", &caller)
			if got := p.Evaluate(&q, policy.AskPrincipal).Allow != nil; got != (kind == c.right) {
				t.Errorf("%s and kind %d: %v", c.principal, kind, got)
			}
		}
	}
	for principal, caller := range map[string]policy.Caller{
		`{"AWS":"111111111111"}`: {Account: "111111111111"}, `{"CanonicalUser":"c"}`: {CanonicalID: "c"}, `{"CanonicalUser":""}`: {Kind: policy.CallerUser},
	} {
		p := must(t, `{"Statement":{"Effect":"Allow","Principal":`+principal+`,"Action":"*","Resource":"*"}}`)
		for _, kind := range []policy.CallerKind{caller.Kind, policy.CallerService} {
			caller.Kind = kind
			q := policy.MakeQuery(policy.MakeAction("s3:GetObject"), "arn:aws:s3:::b/k", &caller)
			if p.Evaluate(&q, policy.AskPrincipal).Allow != nil {
				t.Errorf("%s names %+v", principal, caller)
			}
		}
	}
}

// TestNotPrincipal: only who is listed in all forms is spared.
func TestNotPrincipal(t *testing.T) {
	const root, role, session = "arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:role/r", "arn:aws:sts::111111111111:assumed-role/r/s"
	const user = "arn:aws:iam::111111111111:user/u"
	assumed := policy.Caller{Kind: policy.CallerSession, Account: "111111111111", ARN: session, PrincipalARN: role}
	alice := policy.Caller{Kind: policy.CallerUser, Account: "111111111111", ARN: user}
	bounded := alice
	bounded.HasBoundary = true
	for _, c := range []struct {
		caller policy.Caller
		list   []string
		spared bool
	}{
		{assumed, []string{root, role, session}, true},
		{assumed, []string{role, session}, false},
		{assumed, []string{root, session}, false},
		{assumed, []string{root, role}, false},
		{assumed, []string{session}, false},
		{alice, []string{root, user}, true},
		{alice, []string{user}, false},
		{alice, []string{root}, false},
		{bounded, []string{root, user}, false},
		{policy.Caller{Kind: policy.CallerRoot, Account: "111111111111", ARN: root}, []string{root}, true},
		{policy.Caller{Kind: policy.CallerRoot, Account: "111111111111", ARN: root}, []string{user}, false},
		{policy.Caller{}, []string{root}, false},
	} {
		p := must(t, `{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["`+strings.Join(c.list, `","`)+`"]},"Action":"*","Resource":"*"}}`)
		q := policy.MakeQuery(policy.MakeAction("s3:GetObject"), "arn:aws:s3:::b/k", &c.caller)
		if got := p.Evaluate(&q, policy.AskPrincipal).Deny == nil; got != c.spared {
			t.Errorf("%s and %v: spared %v", c.caller.ARN, c.list, got)
		}
	}
}

// TestLongDocument: the index of a long document finds statements by whatever stands before their first wildcard.
func TestLongDocument(t *testing.T) {
	for _, resource := range []string{"*", "arn:aws:s3:::b/k", "arn:aws:s3:::b/*", "arn:*:s3:::b/*", "arn:aws:s3:*:*:b/k", "arn:aws:s3:::*", "arn:aws:s3:::?/k"} {
		list := []string{fmt.Sprintf(`{"Effect":"Allow","Action":"s3:GetObject","Resource":[%q]}`, resource)}
		for i := range 80 {
			list = append(list, fmt.Sprintf(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b%d/*"}`, i))
		}
		p := must(t, `{"Statement":[`+strings.Join(list, ",")+`]}`)
		q := policy.MakeQuery(policy.MakeAction("s3:GetObject"), "arn:aws:s3:::b/k", nil)
		if o := p.Evaluate(&q, policy.IgnorePrincipal); number(o.Allow) != 0 {
			t.Errorf("%s is not found", resource)
		}
	}
}
