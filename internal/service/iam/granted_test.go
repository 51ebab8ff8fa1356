package iam

import (
	"fmt"
	"testing"
)

func TestServicesThatPoliciesGrant(t *testing.T) {
	statement := func(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }
	for _, c := range []struct {
		name, document string
		s3, iam        bool
		action         bool // iam:GetUser
	}{
		{"all", allowAll, true, true, true},
		{"nothing", `{`, false, false, false},
		{"some of one", statement(`{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}`), true, false, false},
		{"case", statement(`{"Effect":"Allow","Action":"IAM:getuser","Resource":"*"}`), false, true, true},
		{"other actions", statement(`{"Effect":"Allow","Action":"iam:Create*","Resource":"*"}`), false, true, false},
		{"all but one service", statement(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), true, false, false},
		{"all but some", statement(`{"Effect":"Allow","NotAction":"iam:Get*","Resource":"*"}`), true, true, false},
		{"denied whole", statement(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}`), true, false, false},
		{"denied in part", statement(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:Get*","Resource":"*"}`), true, true, false},
		{"denied under a condition", statement(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`), true, true, true},
		{"denied but one", statement(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}`), true, false, false},
		{"denied on one", statement(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::111111111111:user/u"}`), true, true, true},
	} {
		var g grants
		g.add(c.document)
		same(t, c.name, fmt.Sprint(g.service("s3"), g.service("iam"), g.action("iam:GetUser")), fmt.Sprint(c.s3, c.iam, c.action))
	}
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true}, {"*", "", true}, {"a*c", "abbc", true}, {"a*c", "abbd", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"*b*b", "abab", true}, {"*b*b", "aba", false}, {"A", "a", true}, {"a", "ab", false}, {"a**", "a", true},
	} {
		same(t, c.pattern+" "+c.name, like(c.pattern, c.name), c.want)
	}
}

func TestNamespacesHaveNames(t *testing.T) {
	if n := len(namespaces()); n < 300 {
		t.Errorf("%d services", n)
	}
	for namespace, name := range namespaces() {
		if name == "" || namespace == "" {
			t.Errorf("%q is %q", namespace, name)
		}
	}
	same(t, "S3", namespaces()["s3"], "Amazon S3")
}
