package arn_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/arn"
)

func TestParse(t *testing.T) {
	for _, good := range []struct {
		in   string
		want arn.ARN
	}{
		{"arn:aws:s3:::b/x:y/z", arn.ARN{Partition: "aws", Service: "s3", Resource: "b/x:y/z"}},
		{"arn:aws:iam::111111111111:user/a/b", arn.ARN{Partition: "aws", Service: "iam", Account: "111111111111", Resource: "user/a/b"}},
		{"arn:aws-cn:kms:cn-north-1:111111111111:key/k", arn.ARN{Partition: "aws-cn", Service: "kms", Region: "cn-north-1", Account: "111111111111", Resource: "key/k"}},
	} {
		got, err := arn.Parse(good.in)
		if err != nil || got != good.want {
			t.Errorf("Parse(%q) = %+v, %v", good.in, got, err)
		}
		if got.String() != good.in {
			t.Errorf("String() = %q, want %q", got.String(), good.in)
		}
	}
	for _, bad := range []string{"", "arn", "arn:aws:s3:::", "arn::s3:::b", "arn:aws::::b", "ARN:aws:s3:::b", "arn:aws:s3::b", "*"} {
		if _, err := arn.Parse(bad); !errors.Is(err, arn.ErrInvalid) {
			t.Errorf("Parse(%q): %v", bad, err)
		}
	}
}

func TestParsePrincipal(t *testing.T) {
	const a = "111111111111"
	for in, want := range map[string]arn.Principal{
		"arn:aws:iam::" + a + ":root":                            {Kind: arn.KindRoot, Partition: "aws", Account: a},
		"arn:aws:iam::" + a + ":user/alice":                      {Kind: arn.KindUser, Partition: "aws", Account: a, Path: "/", Name: "alice"},
		"arn:aws:iam::" + a + ":role/x/y/app":                    {Kind: arn.KindRole, Partition: "aws", Account: a, Path: "/x/y/", Name: "app"},
		"arn:aws:iam::" + a + ":group/devs":                      {Kind: arn.KindGroup, Partition: "aws", Account: a, Path: "/", Name: "devs"},
		"arn:aws:sts::" + a + ":assumed-role/app/s1":             {Kind: arn.KindAssumedRole, Partition: "aws", Account: a, Name: "app", Session: "s1"},
		"arn:aws:sts::" + a + ":federated-user/fred":             {Kind: arn.KindFederatedUser, Partition: "aws", Account: a, Name: "fred"},
		"arn:aws:iam::" + a + ":oidc-provider/tok.example.com/x": {Kind: arn.KindOIDCProvider, Partition: "aws", Account: a, Name: "tok.example.com/x"},
		"arn:aws:iam::" + a + ":saml-provider/idp":               {Kind: arn.KindSAMLProvider, Partition: "aws", Account: a, Name: "idp"},
	} {
		got, err := arn.ParsePrincipal(in)
		if err != nil || got != want {
			t.Errorf("ParsePrincipal(%q) = %+v, %v", in, got, err)
		}
		if got.String() != in {
			t.Errorf("String() = %q, want %q", got.String(), in)
		}
	}
	for _, bad := range []string{
		"arn:aws:iam::1111:user/a", "arn:aws:iam::" + a + ":user/", "arn:aws:iam::" + a + ":user/a/", "arn:aws:iam::" + a + ":policy/p",
		"arn:aws:iam:us-east-1:" + a + ":user/a", "arn:aws:s3:::b", "arn:aws:sts::" + a + ":assumed-role/app",
		"arn:aws:sts::" + a + ":assumed-role/app/s/t", "arn:moon:iam::" + a + ":root", "arn:aws:iam::" + a + ":Root",
	} {
		if _, err := arn.ParsePrincipal(bad); !errors.Is(err, arn.ErrInvalid) {
			t.Errorf("ParsePrincipal(%q): %v", bad, err)
		}
	}
	got, err := arn.SessionOfRole("arn:aws:iam::"+a+":role/path/app", "s1")
	if err != nil || got != "arn:aws:sts::"+a+":assumed-role/app/s1" {
		t.Errorf("SessionOfRole = %q, %v", got, err)
	}
	if _, err := arn.SessionOfRole("arn:aws:iam::"+a+":user/app", "s1"); !errors.Is(err, arn.ErrInvalid) {
		t.Errorf("SessionOfRole(user): %v", err)
	}
}

func TestIDs(t *testing.T) {
	id, err := arn.NewUniqueID(arn.PrefixRole, rand.Reader)
	if err != nil || len(id) != arn.UniqueIDLen || !arn.IsUniqueID(arn.PrefixRole, id) || arn.IsUniqueID(arn.PrefixUser, id) {
		t.Errorf("NewUniqueID = %q, %v", id, err)
	}
	for _, account := range []string{"000000000001", "111111111111", "999999999999"} {
		key, err := arn.NewAccessKeyID(arn.PrefixTemporaryKey, account, rand.Reader)
		if err != nil || len(key) != arn.AccessKeyIDLen {
			t.Fatalf("NewAccessKeyID = %q, %v", key, err)
		}
		if got, ok := arn.AccountOfKey(key); !ok || got != account {
			t.Errorf("AccountOfKey(%s) = %s, %v; want %s", key, got, ok, account)
		}
	}
	// A key that AWS's own blog decodes: the account is in the id.
	if got, ok := arn.AccountOfKey("ASIAQNZGKIQY56JQ7WML"); !ok || got != "029608264753" {
		t.Errorf("AccountOfKey(published key) = %q, %v", got, ok)
	}
	for _, bad := range []string{"", "AKIAIOSFODNN7EXAMPLE", "AROAQNZGKIQY56JQ7WML", "ASIAqNZGKIQY56JQ7WML", "ASIA777777777777777A"} {
		if got, ok := arn.AccountOfKey(bad); ok {
			t.Errorf("AccountOfKey(%q) = %q", bad, got)
		}
	}
	if _, err := arn.NewAccessKeyID(arn.PrefixAccessKey, "12", rand.Reader); err == nil {
		t.Error("NewAccessKeyID took a malformed account")
	}
	secret, err := arn.NewSecretAccessKey(rand.Reader)
	if err != nil || len(secret) != arn.SecretKeyLen {
		t.Errorf("NewSecretAccessKey has %d characters, %v", len(secret), err)
	}
	canon, err := arn.NewCanonicalID(rand.Reader)
	if err != nil || !arn.ValidCanonicalID(canon) || arn.ValidCanonicalID(strings.ToUpper(canon[:63])+"G") {
		t.Errorf("NewCanonicalID = %q, %v", canon, err)
	}
	acct, err := arn.NewAccountID(rand.Reader)
	if err != nil || !arn.ValidAccountID(acct) {
		t.Errorf("NewAccountID = %q, %v", acct, err)
	}
	short := bytes.NewReader([]byte{1, 2, 3})
	if _, err := arn.NewUniqueID(arn.PrefixUser, short); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short randomness: %v", err)
	}
}

func TestS3(t *testing.T) {
	b, k, isObj, ok := arn.SplitS3(arn.Object("aws", "b", "x:y/z"))
	if b != "b" || k != "x:y/z" || !isObj || !ok {
		t.Errorf("SplitS3(object) = %q %q %v %v", b, k, isObj, ok)
	}
	if b, _, isObj, ok = arn.SplitS3(arn.Bucket("aws", "b")); b != "b" || isObj || !ok {
		t.Errorf("SplitS3(bucket) = %q %v %v", b, isObj, ok)
	}
	if _, _, _, ok = arn.SplitS3(arn.AccessPoint("aws", "us-east-1", "111111111111", "ap")); ok {
		t.Error("SplitS3 took an access point")
	}
	acct, region, name, key, isObj, ok := arn.SplitAccessPoint("arn:aws:s3:us-east-1:111111111111:accesspoint/ap/object/a/b")
	if acct != "111111111111" || region != "us-east-1" || name != "ap" || key != "a/b" || !isObj || !ok {
		t.Errorf("SplitAccessPoint = %q %q %q %q %v %v", acct, region, name, key, isObj, ok)
	}
	if _, _, _, _, _, ok = arn.SplitAccessPoint("arn:aws:s3:us-east-1:111111111111:accesspoint/ap/key"); ok {
		t.Error("SplitAccessPoint took a resource that is no object")
	}
}

func FuzzParsePrincipal(f *testing.F) {
	f.Add("arn:aws:iam::111111111111:user/a/b")
	f.Add("arn:aws:sts::111111111111:assumed-role/r/s")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := arn.ParsePrincipal(s); err == nil && p.String() != s {
			t.Errorf("%q prints as %q", s, p.String())
		}
	})
}
