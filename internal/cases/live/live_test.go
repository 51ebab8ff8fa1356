package live

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/sallyport/sallyport/internal/cases"
)

// files are the cases that are played; played is how many of them at least go
// through the server, so that none falls silently out of it.
var files = []struct {
	path   string
	played int
}{
	{"../../../authz/testdata/cases.json", 216},
	{"../testdata/more-cases.json", 149},
}

// TestCases plays every case of the files through a server of its own.
func TestCases(t *testing.T) {
	for _, file := range files {
		list, err := cases.Load(file.path)
		if err != nil {
			t.Fatal(err)
		}
		played := 0
		for _, c := range list {
			got, err := Play(t.Context(), c)
			if err != nil {
				t.Errorf("%s (%s): %v", c.ID, c.Why, err)
				continue
			}
			if got.PureOnly != "" {
				t.Logf("%s by the pure function alone: %s", c.ID, got.PureOnly)
				continue
			}
			played++
			if how := c.Differs(got.Result); how != "" {
				t.Errorf("%s (%s): %s", c.ID, c.Why, how)
			}
		}
		if played < file.played {
			t.Errorf("%s: %d of %d cases went through the server, there were %d", file.path, played, len(list), file.played)
		}
	}
}

// world is a case in which bob of another account reads an object.
const world = `{"id":"T-1","accounts":{
	"111111111111":{"buckets":{"a-data":{"policy":{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:user/bob"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::a-data/*"}]}}}},
	"222222222222":{"users":{"bob":{"policies":[{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}}]}]}}}},
	"request":{"principal":"arn:aws:iam::222222222222:user/bob","action":"s3:GetObject","resource":"arn:aws:s3:::a-data/k",
		"context":{"aws:SourceIp":"198.51.100.9"}},
	"expect":"allow","reason":"identity_and_resource_policy"}`

// TestPlayTellsWorldsApart changes one thing after the other in a case that is
// allowed and wants the server to notice.
func TestPlayTellsWorldsApart(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*cases.Case)
		want   string
	}{
		"as it is":         {func(*cases.Case) {}, "identity_and_resource_policy"},
		"another source":   {func(c *cases.Case) { c.Request.Context["aws:SourceIp"] = cases.Values{List: []string{"203.0.113.1"}} }, "no_identity_policy"},
		"no source":        {func(c *cases.Case) { delete(c.Request.Context, "aws:SourceIp") }, "no_identity_policy"},
		"no bucket policy": {func(c *cases.Case) { c.Accounts["111111111111"].Buckets["a-data"].Policy = nil }, "no_resource_policy"},
		"no identity":      {func(c *cases.Case) { c.Accounts["222222222222"].Users["bob"].Policies = nil }, "no_identity_policy"},
		"another user":     {func(c *cases.Case) { c.Request.Principal = "arn:aws:iam::222222222222:user/eve" }, "no_identity_policy"},
		"nobody":           {func(c *cases.Case) { c.Request.Principal = "anonymous" }, "no_resource_policy"},
		"an SCP": {func(c *cases.Case) {
			c.Accounts["222222222222"].Org = &cases.Org{ID: "o-example1", SCPs: [][]json.RawMessage{{json.RawMessage(somePolicy)}}}
		}, "no_scp"},
		"a missing object": {func(c *cases.Case) { c.Request.ObjectExists = new(bool) }, "not_found_hidden"},
	} {
		t.Run(name, func(t *testing.T) {
			c := new(cases.Case)
			if err := json.Unmarshal([]byte(world), c); err != nil {
				t.Fatal(err)
			}
			test.change(c)
			got, err := Play(context.Background(), c)
			if err != nil || got.PureOnly != "" {
				t.Fatal(got.PureOnly, err)
			}
			if got.Reason != test.want {
				t.Errorf("got %+v, want %s", got.Result, test.want)
			}
			pure, err := cases.Play(c)
			if err != nil || pure.Reason != got.Reason || pure.Allowed != got.Allowed {
				t.Errorf("the pure function: %+v, %v; the server: %+v", pure, err, got.Result)
			}
		})
	}
}

// TestPureOnly wants the reason for what cannot be played.
func TestPureOnly(t *testing.T) {
	for name, change := range map[string]func(*cases.Case){
		"service principal": func(c *cases.Case) { c.Request.Principal = "logging.s3.amazonaws.com" },
		"unknown action":    func(c *cases.Case) { c.Request.Action = "s3:GetWhatIsNot" },
		"another service":   func(c *cases.Case) { c.Request.Action, c.Request.Resource = "ec2:DescribeInstances", "*" },
		"another partition": func(c *cases.Case) { c.Request.Principal = "arn:aws-cn:iam::222222222222:user/bob" },
		"bucket not there":  func(c *cases.Case) { c.Request.Resource = "arn:aws:s3:::b-data/k" },
		"wrong resource":    func(c *cases.Case) { c.Request.Resource = "arn:aws:s3:::a-data" },
	} {
		t.Run(name, func(t *testing.T) {
			c := new(cases.Case)
			if err := json.Unmarshal([]byte(world), c); err != nil {
				t.Fatal(err)
			}
			change(c)
			if got, err := Play(t.Context(), c); err != nil || got.PureOnly == "" {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}
