package authz_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

func load(tb testing.TB, text string) authz.Document {
	tb.Helper()
	p, err := policy.Load([]byte(text))
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return authz.Document{Policy: p, Source: &authz.Source{Kind: authz.SourceInline, Name: "p"}}
}

// crossWorld is bob of another account reading an object, with a bucket policy of n statements and m identity policies of k
// statements each, of which the last decides.
func crossWorld(tb testing.TB, n, m, k int) (*authz.Request, *authz.Documents) {
	bob := &authz.Principal{Caller: policy.Caller{
		Kind: policy.CallerUser, Account: "222222222222", ARN: "arn:aws:iam::222222222222:user/bob",
		PrincipalARN: "arn:aws:iam::222222222222:user/bob", UniqueID: "AIDABOBBOBBOBBOBBOBBO", UserID: "AIDABOBBOBBOBBOBBOBBO",
		UserName: "bob",
	}, Org: authz.Org{ID: "o-example1", Paths: []string{"o-example1/r-ab12/ou-1/"}}, Tags: policy.MakeTags(map[string]string{"team": "red"})}
	ctx := new(policy.Values)
	ctx.SetBool(policy.KeySecureTransport, true)
	ctx.Set(policy.KeySourceIP, "203.0.113.77")
	ctx.SetTime(policy.KeyCurrentTime, time.Unix(1_700_000_000, 0))
	ctx.Set(policy.KeyUserAgent, "aws-cli/2")
	ctx.Set(policy.KeyS3AuthType, "REST-HEADER")
	ctx.Set(policy.KeyRequestedRegion, "us-east-1")
	req := &authz.Request{
		Principal: bob, Action: policy.MakeAction("s3:GetObject"), Context: ctx,
		Resource: authz.Resource{Kind: authz.ResourceObject, ARN: "arn:aws:s3:::a-data/home/red/k.txt", Account: "111111111111",
			Org: authz.Org{ID: "o-example1"}},
	}
	docs := &authz.Documents{S3: &authz.S3{Object: &authz.Object{}}}
	var bucket []string
	for i := range n - 1 {
		bucket = append(bucket, fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:user/u%d"},`+
			`"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::a-data/home/u%d/*"}`, i, i, i))
	}
	bucket = append(bucket, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:user/bob"},"Action":"s3:GetObject",`+
		`"Resource":"arn:aws:s3:::a-data/home/${aws:PrincipalTag/team}/*","Condition":{"Bool":{"aws:SecureTransport":"true"},`+
		`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}`)
	doc := load(tb, `{"Version":"2012-10-17","Statement":[`+strings.Join(bucket, ",")+`]}`)
	docs.Resource = &doc
	for i := range m {
		var list []string
		for j := range k {
			list = append(list, fmt.Sprintf(`{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::other-%d-%d/*"}`, i, j))
		}
		list[k-1] = `{"Effect":"Allow","Action":["s3:Get*","s3:PutObject"],"Resource":"arn:aws:s3:::a-data/*"}`
		docs.Identity = append(docs.Identity, load(tb, `{"Version":"2012-10-17","Statement":[`+strings.Join(list, ",")+`]}`))
	}
	return req, docs
}

// publicWorld is crossWorld with a bucket policy whose n statements all speak of everybody and differ by resource.
func publicWorld(tb testing.TB, n int) (*authz.Request, *authz.Documents) {
	req, docs := crossWorld(tb, 1, 1, 3)
	var list []string
	for i := range n - 1 {
		list = append(list, fmt.Sprintf(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::a-data/p%d/*",`+
			`"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example1"}}}`, i))
	}
	list = append(list, `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::a-data/home/*",`+
		`"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example1"}}}`)
	doc := load(tb, `{"Version":"2012-10-17","Statement":[`+strings.Join(list, ",")+`]}`)
	docs.Resource = &doc
	return req, docs
}

func BenchmarkDecide(b *testing.B) {
	for _, bench := range []struct {
		name  string
		world func() (*authz.Request, *authz.Documents)
	}{
		{"cross account, 1 policy of 3", func() (*authz.Request, *authz.Documents) { return crossWorld(b, 1, 1, 3) }},
		{"cross account, 10 policies of 10", func() (*authz.Request, *authz.Documents) { return crossWorld(b, 1, 10, 10) }},
		{"bucket policy of 1000, by user", func() (*authz.Request, *authz.Documents) { return crossWorld(b, 1000, 1, 3) }},
		{"bucket policy of 1000, by prefix", func() (*authz.Request, *authz.Documents) { return publicWorld(b, 1000) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			req, docs := bench.world()
			b.ReportAllocs()
			for b.Loop() {
				if d := authz.Decide(req, docs); !d.Allowed {
					b.Fatal(d.Code())
				}
			}
		})
	}
}

// TestNoAllocation keeps the way of allowed requests free of allocations.
func TestNoAllocation(t *testing.T) {
	for name, world := range map[string]func() (*authz.Request, *authz.Documents){
		"small": func() (*authz.Request, *authz.Documents) { return crossWorld(t, 1, 10, 10) },
		"large": func() (*authz.Request, *authz.Documents) { return crossWorld(t, 1000, 1, 3) },
	} {
		req, docs := world()
		if n := testing.AllocsPerRun(100, func() { authz.Decide(req, docs) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if d := authz.Decide(req, docs); d.Code() != "identity_and_resource_policy" {
			t.Errorf("%s: %s", name, d.Code())
		}
	}
}
