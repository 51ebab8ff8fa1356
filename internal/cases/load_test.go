package cases

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cases.json")
	if _, err := Load(file); err == nil {
		t.Error("a file that is not there is read")
	}
	if err := os.WriteFile(file, []byte(`[{"id":1}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err == nil {
		t.Error("an id that is a number is read")
	}
	if err := os.WriteFile(file, []byte(`[{"id":"X-1","request":{"request_payer":"requester","context":{"aws:TagKeys":["a"],"s3:max-keys":10}}}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &list[0].Request
	if v, _ := r.Key("AWS:tagkeys"); !v.Many || !bool(r.RequestPayer) || r.Text("s3:max-keys") != "10" {
		t.Errorf("%+v", r)
	}
}

func TestComplete(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	for name, test := range map[string]struct {
		request Request
		want    map[string]string // key to text, empty for absent
	}{
		"time now": {Request{}, map[string]string{
			"aws:CurrentTime": "2026-03-04T05:06:07Z", "aws:EpochTime": "1772600767", "s3:ObjectCreationOperation": "",
		}},
		"time given": {Request{Context: map[string]Values{"aws:currenttime": {List: []string{"2026-01-15T12:00:00Z"}}}}, map[string]string{
			"aws:CurrentTime": "2026-01-15T12:00:00Z", "aws:EpochTime": "1768478400",
		}},
		"no time at all": {Request{Context: map[string]Values{"aws:CurrentTime": {List: []string{"soon"}}}}, map[string]string{"aws:EpochTime": ""}},
		"an upload":      {Request{Action: "s3:PutObject"}, map[string]string{"s3:ObjectCreationOperation": "true", "s3:x-amz-copy-source": ""}},
		"a copy": {Request{
			Action: "S3:PutObject", Resource: "arn:aws:s3:::b/k", Also: [][2]string{{"s3:PutObjectAcl", "arn:aws:s3:::b/k"}, {"s3:GetObject", "arn:aws:s3:::a/x/y"}},
		}, map[string]string{"s3:x-amz-copy-source": "a/x/y"}},
		"tags": {Request{Action: "s3:PutObject", Context: map[string]Values{"s3:RequestObjectTag/b": {List: []string{"1"}}}}, map[string]string{
			"s3:RequestObjectTagKeys": "b", "aws:TagKeys": "",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Case{Request: test.request}
			Complete(c, now)
			for key, want := range test.want {
				if got := c.Request.Text(key); got != want {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
		})
	}
}

func TestDiffers(t *testing.T) {
	c := &Case{Expect: "deny", Reason: "no_scp", Error: &Error{Status: 403, Code: "AccessDenied", Message: "Access Denied"}}
	same := Result{Reason: "no_scp", Status: 403, Code: "AccessDenied", Message: "Access Denied"}
	for name, test := range map[string]struct {
		change  func(*Result)
		differs bool
	}{
		"nothing": {func(*Result) {}, false},
		"decided": {func(r *Result) { r.Allowed = true }, true},
		"reason":  {func(r *Result) { r.Reason = "acl" }, true},
		"none":    {func(r *Result) { r.Reason = "" }, false},
		"status":  {func(r *Result) { r.Status = 400 }, true},
		"code":    {func(r *Result) { r.Code = "Denied" }, true},
		"message": {func(r *Result) { r.Message = "" }, true},
	} {
		r := same
		test.change(&r)
		if got := c.Differs(r); (got != "") != test.differs {
			t.Errorf("%s: %q", name, got)
		}
	}
}
