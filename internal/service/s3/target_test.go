package s3

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// world is the service over a real directory, with callers whose requests are
// decided as the gateway decides them.
type world struct {
	*fixture
	dir *directory.Directory
}

func newWorld(t testing.TB) *world {
	k, master := kvmemory.New(), seal.NewKey()
	dir, err := directory.Open(t.Context(), k, master, directory.Options{PollInterval: time.Hour, FlushInterval: time.Hour, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	for name, id := range map[string]string{"green": owner, "blue": stranger} {
		if _, err := dir.EnsureAccount(t.Context(), name, id); err != nil {
			t.Fatal(err)
		}
	}
	f := &fixture{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), denied: map[string]bool{}}
	st := store.New(store.Options{KV: k, Blobs: blobmemory.New(), Keys: accountKey{seal.NewKey()}, Now: f.clock})
	f.Service = New(Options{Store: st, Accounts: dir, Region: "us-east-1"})
	f.ctx = as(t.Context(), owner)
	f.makeBucket("bucket", store.BucketOwnerEnforced)
	return &world{f, dir}
}

// who is a user of an account with one policy, the root user if that is "root",
// nobody without an account.
func who(account, document string) (*authz.Principal, *authz.Documents) {
	p, docs := &authz.Principal{}, &authz.Documents{}
	switch {
	case account == "":
	case document == "root":
		p.Caller = policy.Caller{Kind: policy.CallerRoot, Account: account, ARN: "arn:aws:iam::" + account + ":root"}
	default:
		p.Caller = policy.Caller{Kind: policy.CallerUser, Account: account, ARN: "arn:aws:iam::" + account + ":user/u", UniqueID: "AIDAXXXXXXXXXXXXXXXXX"}
		if document != "" {
			compiled, err := policy.Load([]byte(document))
			if err != nil {
				panic(err)
			}
			docs.Identity = []authz.Document{{Policy: compiled}}
		}
	}
	return p, docs
}

// call asks for what the operation needs and then runs it.
func (w *world) call(operation string, in any, account, document string) (any, error) {
	w.t.Helper()
	op := api.API().Operation(operation)
	principal, docs := who(account, document)
	decide := func(access *wire.Access, t *caller.Target) error {
		v := &policy.Values{}
		access.Collect(in, func(name string, values []string) { v.SetNamed(name, values...) })
		if t.Context != nil {
			t.Context(v)
		}
		req := &authz.Request{Principal: principal, Action: policy.MakeAction(access.Action), Resource: t.Resource, Context: v,
			ExpectedBucketOwner: t.ExpectedBucketOwner, RequestPayer: t.RequestPayer, ACL: t.ACL, NewPolicy: t.NewPolicy}
		if req.Resource.Account == "" {
			req.Resource.Account = account
		}
		all := *docs
		all.Resource, all.S3 = t.Policy, t.S3
		if d := authz.Decide(req, &all); !d.Allowed {
			status, code := d.Wire(req)
			return &wire.Error{Status: status, Code: code, Message: d.Message(req)}
		}
		return nil
	}
	info := &caller.Info{Identity: &principal.Caller, Decide: func(_ context.Context, action string, t *caller.Target) error {
		return decide(&wire.Access{Action: action}, t)
	}}
	ctx := caller.With(w.t.Context(), info)
	for i := range op.Access {
		access := &op.Access[i]
		if access.When != nil && !access.When(in) {
			continue
		}
		target, err := w.Target(ctx, access, in)
		if err != nil {
			return nil, err
		}
		if target.SkipDecision {
			continue
		}
		if err := decide(access, target); err != nil {
			return nil, err
		}
	}
	return op.Call(ctx, w.Service, in)
}

func (w *world) must(operation string, in any, account, document string) any {
	w.t.Helper()
	out, err := w.call(operation, in, account, document)
	if err != nil {
		w.t.Fatalf("%s: %v", operation, err)
	}
	return out
}

func (w *world) setPolicy(document string) {
	w.t.Helper()
	w.must("PutBucketPolicy", &api.PutBucketPolicyInput{Bucket: p("bucket"), Policy: &document}, owner, "root")
}

func statement(effect, principal, actions, resources, rest string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":` + principal + `,"Action":` + actions +
		`,"Resource":` + resources + rest + `}]}`
}

func identity(actions, resources, rest string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":` + actions + `,"Resource":` + resources + rest + `}]}`
}

const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func TestTargetsOfAllOperations(t *testing.T) {
	w := newWorld(t)
	for _, op := range api.API().Operations {
		if !op.Implemented(w.Service) {
			continue
		}
		if len(op.Access) == 0 {
			t.Errorf("%s asks for nothing", op.Name)
		}
		for i := range op.Access {
			in := op.NewInput()
			setField(in, "bucket", "k")
			target, err := w.Target(as(t.Context(), owner), &op.Access[i], in)
			if err != nil {
				t.Errorf("%s, %s: %v", op.Name, op.Access[i].Action, err)
				continue
			}
			want := map[string]string{"*": "*", "bucket": "arn:aws:s3:::bucket", "objects": "arn:aws:s3:::bucket", "object": "arn:aws:s3:::bucket/k"}[op.Access[i].Resource]
			if op.Access[i].Resource == "copy-source" {
				want = "arn:aws:s3:::bucket/from"
			}
			if want != "" && target.Resource.ARN != want {
				t.Errorf("%s, %s: on %s", op.Name, op.Access[i].Action, target.Resource.ARN)
			}
			if want != "*" && op.Name != "CreateBucket" && op.Access[i].Resource != "replication-role" && (target.Resource.Account != owner || target.S3 == nil) {
				t.Errorf("%s, %s: %+v", op.Name, op.Access[i].Action, target)
			}
		}
	}
}

// setField fills in what an input says of where.
func setField(in any, bucket, key string) {
	for member, text := range map[string]string{"Bucket": bucket, "Key": key, "CopySource": bucket + "/from"} {
		setByName(in, member, text)
	}
}

func TestMissingBuckets(t *testing.T) {
	w := newWorld(t)
	for _, account := range []string{"", stranger, owner} {
		_, err := w.call("GetObject", &api.GetObjectInput{Bucket: p("nobody"), Key: p("k")}, account, "")
		wantError(t, err, "NoSuchBucket", "The specified bucket does not exist\nBucketName=nobody")
	}
	_, err := w.call("HeadBucket", &api.HeadBucketInput{Bucket: p("a b")}, "", "")
	wantError(t, err, "InvalidBucketName", "BucketName=a b")
	_, err = w.call("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("k"), ExpectedBucketOwner: p("0000")}, owner, "root")
	wantError(t, err, "InvalidBucketOwnerAWSAccountID", "[0000]")
	_, err = w.call("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("k"), ExpectedBucketOwner: p(stranger)}, owner, "root")
	wantError(t, err, "AccessDenied", "Access Denied")
}

func TestHiddenKeys(t *testing.T) {
	w := newWorld(t)
	read := identity(`"s3:GetObject"`, `"arn:aws:s3:::bucket/*"`, "")
	in := &api.GetObjectInput{Bucket: p("bucket"), Key: p("dir/none")}
	_, err := w.call("GetObject", in, owner, read)
	wantError(t, err, "AccessDenied", `is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::bucket" because no identity-based policy allows the s3:ListBucket action`)
	list := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
		{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::bucket","Condition":{"StringLike":{"s3:prefix":"dir/*"}}}]}`
	_, err = w.call("GetObject", in, owner, list)
	wantError(t, err, "NoSuchKey", "")
	_, err = w.call("GetObject", in, "", "")
	wantError(t, err, "AccessDenied", "Access Denied")
	long := strings.Repeat("k", 5000)
	_, err = w.call("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: &long}, owner, "root")
	wantError(t, err, "KeyTooLongError", "")
}

func TestBucketPolicyGrantsAndExpires(t *testing.T) {
	w := newWorld(t)
	w.put("k", []byte("v"))
	get := &api.GetObjectInput{Bucket: p("bucket"), Key: p("k")}
	_, err := w.call("GetObject", get, stranger, everything)
	wantError(t, err, "AccessDenied", "Access Denied")
	w.setPolicy(statement("Allow", `{"AWS":"`+stranger+`"}`, `"s3:GetObject"`, `"arn:aws:s3:::bucket/*"`, ""))
	w.must("GetObject", get, stranger, everything)
	_, err = w.call("GetObject", get, stranger, "")
	wantError(t, err, "AccessDenied", "")
	_, err = w.call("PutObject", putInput("k", nil), stranger, everything)
	wantError(t, err, "AccessDenied", "")
	w.setPolicy(statement("Deny", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::bucket/*"`, ""))
	_, err = w.call("GetObject", get, owner, "root")
	wantError(t, err, "AccessDenied", "with an explicit deny in a resource-based policy")
	w.must("DeleteBucketPolicy", &api.DeleteBucketPolicyInput{Bucket: p("bucket")}, owner, "root")
	w.must("GetObject", get, owner, "root")
}

func TestPublicPolicies(t *testing.T) {
	w := newWorld(t)
	w.put("k", nil)
	public := statement("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::bucket/*"`, "")
	block := func(c api.PublicAccessBlockConfiguration) {
		w.must("PutPublicAccessBlock", &api.PutPublicAccessBlockInput{Bucket: p("bucket"), PublicAccessBlockConfiguration: &c}, owner, "root")
	}
	block(api.PublicAccessBlockConfiguration{BlockPublicPolicy: p(true)})
	_, err := w.call("PutBucketPolicy", &api.PutBucketPolicyInput{Bucket: p("bucket"), Policy: &public}, owner, "root")
	wantError(t, err, "AccessDenied", "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.")
	block(api.PublicAccessBlockConfiguration{BlockPublicPolicy: p(false)})
	w.setPolicy(public)
	w.must("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("k")}, "", "")
	status := w.must("GetBucketPolicyStatus", &api.GetBucketPolicyStatusInput{Bucket: p("bucket")}, owner, "root").(*api.GetBucketPolicyStatusOutput)
	if !*status.PolicyStatus.IsPublic {
		t.Error("not public")
	}
	block(api.PublicAccessBlockConfiguration{RestrictPublicBuckets: p(true)})
	_, err = w.call("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("k")}, "", "")
	wantError(t, err, "AccessDenied", "Access Denied")
	w.setPolicy(statement("Allow", `{"AWS":"`+owner+`"}`, `"s3:GetObject"`, `"arn:aws:s3:::bucket/*"`, ""))
	status = w.must("GetBucketPolicyStatus", &api.GetBucketPolicyStatusInput{Bucket: p("bucket")}, owner, "root").(*api.GetBucketPolicyStatusOutput)
	if *status.PolicyStatus.IsPublic {
		t.Error("public")
	}
}

func TestPolicyOperationsAreTheOwners(t *testing.T) {
	w := newWorld(t)
	w.setPolicy(statement("Allow", `{"AWS":"`+stranger+`"}`, `["s3:GetBucketPolicy","s3:GetBucketLocation"]`, `"arn:aws:s3:::bucket"`, ""))
	_, err := w.call("GetBucketPolicy", &api.GetBucketPolicyInput{Bucket: p("bucket")}, stranger, everything)
	wantError(t, err, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	w.must("GetBucketLocation", &api.GetBucketLocationInput{Bucket: p("bucket")}, stranger, everything)
}

func TestTagConditions(t *testing.T) {
	w := newWorld(t)
	in := putInput("k", nil)
	in.Tagging = p("team=red")
	if _, err := w.PutObject(w.ctx, in); err != nil {
		t.Fatal(err)
	}
	w.put("plain", nil)
	red := identity(`["s3:GetObject","s3:GetObjectTagging"]`, `"*"`, `,"Condition":{"StringEquals":{"s3:ExistingObjectTag/team":"red"}}`)
	w.must("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("k")}, owner, red)
	w.must("GetObjectTagging", &api.GetObjectTaggingInput{Bucket: p("bucket"), Key: p("k")}, owner, red)
	_, err := w.call("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("plain")}, owner, red)
	wantError(t, err, "AccessDenied", "s3:GetObject")
	_, err = w.call("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("k"), VersionId: p("null")}, owner, red)
	wantError(t, err, "AccessDenied", "s3:GetObjectVersion")
}

func TestForeignObjects(t *testing.T) {
	w := newWorld(t)
	w.must("PutBucketOwnershipControls", &api.PutBucketOwnershipControlsInput{Bucket: p("bucket"),
		OwnershipControls: &api.OwnershipControls{Rules: []api.OwnershipControlsRule{{ObjectOwnership: p("ObjectWriter")}}}}, owner, "root")
	w.setPolicy(statement("Allow", `{"AWS":"`+stranger+`"}`, `"s3:PutObject"`, `"arn:aws:s3:::bucket/*"`, ""))
	w.must("PutObject", putInput("theirs", nil), stranger, everything)
	shared := putInput("shared", nil)
	shared.ACL = p(ownerFullControl)
	_, err := w.call("PutObject", shared, stranger, everything)
	wantError(t, err, "AccessDenied", "") // s3:PutObjectAcl is not granted
	w.setPolicy(statement("Allow", `{"AWS":"`+stranger+`"}`, `"s3:Put*"`, `"arn:aws:s3:::bucket/*"`, ""))
	shared = putInput("shared", nil)
	shared.ACL = p(ownerFullControl)
	w.must("PutObject", shared, stranger, everything)
	_, err = w.call("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("theirs")}, owner, "root")
	wantError(t, err, "AccessDenied", "")
	w.must("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("shared")}, owner, "root")
	w.must("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("theirs")}, stranger, everything)
	w.must("DeleteObject", &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("theirs")}, owner, "root")
}

func TestACLHeaders(t *testing.T) {
	w := newWorld(t)
	for _, in := range []*api.PutObjectInput{
		{ACL: p("public-read")}, {ACL: p("private")}, {GrantRead: p(`uri="` + allUsers + `"`)},
		{GrantFullControl: p(`id="` + w.dir.CanonicalID(stranger) + `"`)},
	} {
		in.Bucket, in.Key, in.Body = p("bucket"), p("k"), bodyOf(nil)
		_, err := w.call("PutObject", in, owner, "root")
		wantError(t, err, "AccessControlListNotSupported", "The bucket does not allow ACLs")
	}
	for _, in := range []*api.PutObjectInput{{ACL: p(ownerFullControl)}, {GrantFullControl: p(`id="` + w.dir.CanonicalID(owner) + `"`)}} {
		in.Bucket, in.Key, in.Body = p("bucket"), p("k"), bodyOf(nil)
		w.must("PutObject", in, owner, "root")
	}
}

func TestCopyIsAskedOnBothSides(t *testing.T) {
	w := newWorld(t)
	w.makeBucket("other", store.BucketOwnerEnforced)
	in := putInput("från me", nil)
	in.Tagging = p("team=red")
	if _, err := w.PutObject(w.ctx, in); err != nil {
		t.Fatal(err)
	}
	copying := func() *api.CopyObjectInput {
		return &api.CopyObjectInput{Bucket: p("other"), Key: p("to"), CopySource: p("/%62ucket/fr%C3%A5n%20me")}
	}
	policyOf := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	const (
		read     = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/från me"}`
		readTags = `{"Effect":"Allow","Action":"s3:GetObjectTagging","Resource":"arn:aws:s3:::bucket/*"}`
		write    = `{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::other/to","Condition":{"StringEquals":{"s3:x-amz-copy-source":"bucket/från me"}}}`
		setTags  = `{"Effect":"Allow","Action":"s3:PutObjectTagging","Resource":"arn:aws:s3:::other/*","Condition":{"StringEquals":{"s3:RequestObjectTag/team":"red"}}}`
	)
	all := []string{read, readTags, write, setTags}
	for i, action := range []string{"s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"} {
		without := append(append([]string(nil), all[:i]...), all[i+1:]...)
		_, err := w.call("CopyObject", copying(), owner, policyOf(without...))
		wantError(t, err, "AccessDenied", "perform: "+action+" on")
	}
	w.must("CopyObject", copying(), owner, policyOf(all...))
	replace := copying()
	replace.TaggingDirective = p("REPLACE")
	w.must("CopyObject", replace, owner, policyOf(read, write))
	w.put("untagged", nil)
	plain := copying()
	plain.CopySource = p("bucket/untagged")
	w.must("CopyObject", plain, owner, policyOf(strings.Replace(read, "från me", "*", 1), strings.Replace(write, "från me", "untagged", 1)))
	old := copying()
	old.CopySource = p("bucket/untagged?versionId=null")
	_, err := w.call("CopyObject", old, owner, policyOf(all...))
	wantError(t, err, "AccessDenied", "s3:GetObjectVersion on")
	wrong := copying()
	wrong.ExpectedSourceBucketOwner = p(stranger)
	_, err = w.call("CopyObject", wrong, owner, everything)
	wantError(t, err, "AccessDenied", "Access Denied")
	wrong.CopySource = p("nowhere")
	_, err = w.call("CopyObject", wrong, owner, everything)
	wantError(t, err, "InvalidArgument", "Invalid copy source object key")
	wrong.CopySource = p("nowhere/k")
	_, err = w.call("CopyObject", wrong, owner, everything)
	wantError(t, err, "NoSuchBucket", "BucketName=nowhere")
}

func TestDeleteObjectsAsksForEach(t *testing.T) {
	w := newWorld(t)
	w.put("mine/1", nil)
	w.put("theirs/1", nil)
	out := w.must("DeleteObjects", deletes(false, keyed("mine/1"), keyed("theirs/1")), owner,
		identity(`"s3:DeleteObject"`, `"arn:aws:s3:::bucket/mine/*"`, "")).(*api.DeleteObjectsOutput)
	if len(out.Deleted) != 1 || *out.Deleted[0].Key != "mine/1" || len(out.Errors) != 1 || *out.Errors[0].Code != "AccessDenied" ||
		!strings.Contains(*out.Errors[0].Message, `s3:DeleteObject on resource: "arn:aws:s3:::bucket/theirs/1" because no identity-based policy`) {
		t.Errorf("%+v", out)
	}
	_, err := w.call("DeleteObjects", &api.DeleteObjectsInput{Bucket: p("nobody")}, "", "")
	wantError(t, err, "NoSuchBucket", "")
}

func TestCreateBucketAsksTheCallersOwnSide(t *testing.T) {
	w := newWorld(t)
	in := func() *api.CreateBucketInput {
		return &api.CreateBucketInput{Bucket: p("fresh"), ObjectOwnership: p("ObjectWriter")}
	}
	_, err := w.call("CreateBucket", in(), stranger, identity(`"s3:CreateBucket"`, `"*"`, ""))
	wantError(t, err, "AccessDenied", "s3:PutBucketOwnershipControls")
	_, err = w.call("CreateBucket", in(), "", "")
	wantError(t, err, "AccessDenied", "")
	w.must("CreateBucket", in(), stranger, identity(`["s3:CreateBucket","s3:PutBucketOwnershipControls"]`, `"arn:aws:s3:::fresh"`, ""))
	_, err = w.call("CreateBucket", in(), owner, everything)
	wantError(t, err, "BucketAlreadyExists", "")
}

func TestUnreadablePolicyShutsTheBucket(t *testing.T) {
	w := newWorld(t)
	w.put("k", nil)
	err := w.configure(w.ctx, p("bucket"), nil, func(b *store.Bucket) error { b.Policy = []byte("{"); return nil })
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.call("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("k")}, owner, "root")
	wantError(t, err, "AccessDenied", "")
	w.must("DeleteBucketPolicy", &api.DeleteBucketPolicyInput{Bucket: p("bucket")}, owner, "root")
	w.must("GetObject", &api.GetObjectInput{Bucket: p("bucket"), Key: p("k")}, owner, "root")
}

func TestPolicyCache(t *testing.T) {
	var c policyCache
	row := func(id, generation uint64, size int) *store.Bucket {
		doc := statement("Deny", `"*"`, `"s3:*"`, `"arn:aws:s3:::b"`, "")
		return &store.Bucket{ID: store.BucketID(id * policyShards), Generation: generation, Policy: []byte(doc + strings.Repeat(" ", size))}
	}
	if c.of(&store.Bucket{ID: 1}) != nil {
		t.Error("a policy of nothing")
	}
	first := c.of(row(1, 1, 0))
	if c.of(row(1, 1, 0)) != first || c.of(row(1, 2, 0)) == first {
		t.Error("the generation does not count")
	}
	second := c.of(row(1, 2, 0))
	if c.of(row(1, 1, 0)) == second || c.of(row(1, 2, 0)) != second {
		t.Error("an older row displaced a newer one")
	}
	for i := range uint64(100) {
		c.of(row(i+2, 1, 20_000))
	}
	if n := c.shards[0].size; n > policyShardSize || n < policyShardSize/2 {
		t.Errorf("%d bytes are kept", n)
	}
	if len(c.shards[0].known) != c.shards[0].recent.Len() || c.shards[0].known[16] != nil {
		t.Error("what was used least is still there")
	}
}

func BenchmarkTarget(b *testing.B) {
	w := newWorld(b)
	w.put("k", nil)
	w.setPolicy(statement("Allow", `{"AWS":"`+stranger+`"}`, `"s3:GetObject"`, `"arn:aws:s3:::bucket/*"`, ""))
	in := &api.GetObjectInput{Bucket: p("bucket"), Key: p("k")}
	access := &api.API().Operation("GetObject").Access[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Target(w.ctx, access, in); err != nil {
			b.Fatal(err)
		}
	}
}

func TestDigested(t *testing.T) {
	op := api.API().Operation("DeleteObjects")
	data := []byte("hello")
	read := func(h http.Header, data []byte, announced map[string]string) error {
		b, err := Digested(op, h.Get, body{strings.NewReader(string(data)), announced}, int64(len(data)))
		if err != nil {
			return err
		}
		got, err := wire.ReadBody(b, int64(len(data)), 100)
		if err == nil && string(got) != string(data) {
			t.Errorf("read %q", got)
		}
		return err
	}
	header := func(name, v string) http.Header { h := http.Header{}; h.Set(name, v); return h }
	wantError(t, read(http.Header{}, data, nil), "InvalidRequest", "Missing required header for this request: Content-MD5")
	wantError(t, read(header("Content-MD5", "x"), data, nil), "InvalidDigest", "The Content-MD5 you specified was invalid.")
	wantError(t, read(header("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="), []byte("hellp"), nil), "BadDigest", "The Content-MD5 you specified did not match")
	wantError(t, read(header("x-amz-checksum-crc32", "NhCmhg=="), []byte("hellp"), nil), "BadDigest", "The CRC32 you specified did not match")
	wantError(t, read(http.Header{}, []byte("hellp"), map[string]string{"x-amz-checksum-crc32": "NhCmhg=="}), "BadDigest", "The CRC32")
	for _, name := range []string{"x-amz-checksum-foo", "bogus"} {
		wantError(t, read(http.Header{}, data, map[string]string{name: "x"}), "InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
	}
	for _, ok := range []http.Header{header("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="), header("x-amz-checksum-crc32", "NhCmhg==")} {
		if err := read(ok, data, nil); err != nil {
			t.Error(err)
		}
	}
	if err := read(http.Header{}, data, map[string]string{"x-amz-checksum-crc32": "NhCmhg=="}); err != nil {
		t.Error(err)
	}
	op = api.API().Operation("CompleteMultipartUpload") // its checksum headers are the object's
	if err := read(header("x-amz-checksum-crc32", "AAAAAA==-2"), data, nil); err != nil {
		t.Error(err)
	}
	op = api.API().Operation("PutBucketPolicy") // SDKs send a digest with it; S3 does not insist
	if err := read(http.Header{}, data, nil); err != nil {
		t.Error(err)
	}
}
