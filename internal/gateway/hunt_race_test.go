package gateway

import (
	"context"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/service/sts"
	"github.com/sallyport/sallyport/internal/wire"
)

// interrupted is S3 with something else happening right after a permission was
// asked for, the moment between the decision and the deed.
type interrupted struct {
	*s3.Service
	at   string // the kind of resource after whose question it happens
	then func()
}

func (i *interrupted) Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error) {
	t, err := i.Service.Target(ctx, access, in)
	if then := i.then; then != nil && access.Resource == i.at {
		i.then = nil
		then()
	}
	return t, err
}

// interrupt makes then happen inside the next request to S3.
func (w *world) interrupt(at string, then func()) {
	w.Helper()
	impl := w.g.s3.impl
	i := &interrupted{Service: impl.(*s3.Service), at: at}
	i.then = func() {
		w.g.s3.impl = i.Service // what happens meanwhile is not interrupted
		then()
	}
	w.g.s3.impl = i
}

// TestABucketChangesHandsInMidRequest: blue is allowed to do anything with its
// own bucket. Between that decision and the deed the bucket is deleted and green
// makes one of the same name: blue's request must not touch it.
func TestABucketChangesHandsInMidRequest(t *testing.T) {
	open := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"BLUE"},"Action":"s3:*","Resource":["arn:aws:s3:::contested","arn:aws:s3:::contested/*"]}]}`
	for name, c := range map[string]struct {
		method, path, body, at string
		header                 []string
	}{
		"read":             {"GET", "/contested/k", "", "object", nil},
		"head":             {"HEAD", "/contested/k", "", "object", nil},
		"attributes":       {"GET", "/contested/k?attributes", "", "object", []string{"X-Amz-Object-Attributes", "ETag"}},
		"tags":             {"GET", "/contested/k?tagging", "", "object", nil},
		"write":            {"PUT", "/contested/k", "blue's", "object", nil},
		"delete":           {"DELETE", "/contested/k", "", "object", nil},
		"delete many":      {"POST", "/contested?delete", "<Delete><Object><Key>k</Key></Object></Delete>", "objects", []string{"X-Amz-Checksum-Crc32", "A8uZRQ=="}},
		"copy from":        {"PUT", "/blue-own/k", "", "copy-source", []string{"X-Amz-Copy-Source", "contested/k"}},
		"copy to":          {"PUT", "/contested/k", "", "object", []string{"X-Amz-Copy-Source", "blue-own/mine"}},
		"begin upload":     {"POST", "/contested/k?uploads", "", "object", nil},
		"list":             {"GET", "/contested", "", "bucket", nil},
		"list v2":          {"GET", "/contested?list-type=2", "", "bucket", nil},
		"list versions":    {"GET", "/contested?versions", "", "bucket", nil},
		"list uploads":     {"GET", "/contested?uploads", "", "bucket", nil},
		"set policy":       {"PUT", "/contested?policy", open, "bucket", nil},
		"get policy":       {"GET", "/contested?policy", "", "bucket", nil},
		"delete policy":    {"DELETE", "/contested?policy", "", "bucket", nil},
		"unblock":          {"DELETE", "/contested?publicAccessBlock", "", "bucket", nil},
		"ownership":        {"DELETE", "/contested?ownershipControls", "", "bucket", nil},
		"delete bucket":    {"DELETE", "/contested", "", "bucket", nil},
		"location":         {"GET", "/contested?location", "", "bucket", nil},
		"acl":              {"GET", "/contested?acl", "", "bucket", nil},
		"object's acl":     {"GET", "/contested/k?acl", "", "object", nil},
		"policy of others": {"GET", "/contested?policyStatus", "", "bucket", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.want(200, "")(w.s3(w.blue, "PUT", "/contested", ""))
			w.want(200, "")(w.s3(w.blue, "PUT", "/blue-own", ""))
			w.want(200, "")(w.s3(w.blue, "PUT", "/blue-own/mine", "blue's"))
			w.interrupt(c.at, func() {
				w.want(204, "")(w.s3(w.blue, "DELETE", "/contested", ""))
				w.want(200, "")(w.s3(w.green, "PUT", "/contested", ""))
				w.want(200, "")(w.s3(w.green, "PUT", "/contested/k", "green's secret"))
			})
			status, body := w.s3(w.blue, c.method, c.path, strings.ReplaceAll(c.body, "BLUE", w.blue.ID), c.header...)
			if status != 404 || c.method != "HEAD" && !strings.Contains(body, "<Code>NoSuchBucket</Code>") {
				t.Errorf("got %d %s", status, body)
			}
			w.want(200, "green's secret")(w.s3(w.green, "GET", "/contested/k", ""))
			w.want(404, "NoSuchBucketPolicy")(w.s3(w.green, "GET", "/contested?policy", ""))
			w.want(200, "BucketOwnerEnforced")(w.s3(w.green, "GET", "/contested?ownershipControls", ""))
			w.want(200, "<RestrictPublicBuckets>true")(w.s3(w.green, "GET", "/contested?publicAccessBlock", ""))
			if _, uploads := w.s3(w.green, "GET", "/contested?uploads", ""); strings.Contains(uploads, "<Upload>") {
				t.Errorf("left behind: %s", uploads)
			}
		})
	}
}

// interruptedSTS is interrupted for AssumeRole.
type interruptedSTS struct {
	*sts.Service
	then func()
}

func (i *interruptedSTS) Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error) {
	t, err := i.Service.Target(ctx, access, in)
	if then := i.then; then != nil {
		i.then = nil
		then()
	}
	return t, err
}

// TestARoleIsMadeAgainInMidRequest: blue may assume green's role. Between that
// decision and the deed the role is deleted and made again, trusting green alone.
func TestARoleIsMadeAgainInMidRequest(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	user := w.user(w.blue, "user", everything)
	role := w.role(w.green, "role", trusts(w.blue.ID), "")
	m := w.g.byPackage["sts"]
	m.impl = &interruptedSTS{Service: m.impl.(*sts.Service), then: func() {
		w.ok(green, "iam", "DeleteRole", "RoleName", "role")
		w.role(w.green, "role", trusts(w.green.ID), everything)
	}}
	w.want(403, "not authorized to perform: sts:AssumeRole")(w.call(user, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "ses"))
}

// TestAnObjectIsWrittenAnewInMidRequest: green shares what is tagged as public.
// Between that decision and the deed it writes something else under the key.
func TestAnObjectIsWrittenAnewInMidRequest(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, at string
		header           []string
	}{
		"read":      {"GET", "/green-bucket/shown", "object", nil},
		"head":      {"HEAD", "/green-bucket/shown", "object", nil},
		"copy from": {"PUT", "/blue-bucket/copy", "copy-source", []string{"X-Amz-Copy-Source", "green-bucket/shown", "X-Amz-Tagging-Directive", "REPLACE"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := hunted(t)
			w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/shown", "for blue", "X-Amz-Tagging", "class=public"))
			w.share(w.blue.ID, "s3:GetObject*", `,"Condition":{"StringEquals":{"s3:ExistingObjectTag/class":"public"}}`)
			blue := w.blue.credentials()
			w.want(200, "for blue")(w.as(blue, "GET", "/green-bucket/shown", ""))
			w.interrupt(c.at, func() {
				w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/shown", secret, "X-Amz-Tagging", "class=secret"))
			})
			status, body := w.as(blue, c.method, c.path, "", c.header...)
			if status < 400 || strings.Contains(body, secret) {
				t.Errorf("%d %s", status, body)
			}
			if _, copied := w.s3(w.blue, "GET", "/blue-bucket/copy", ""); strings.Contains(copied, secret) {
				t.Errorf("blue has %s", copied)
			}
		})
	}
}
