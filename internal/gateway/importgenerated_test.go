package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/authz"
	iamapi "github.com/sallyport/sallyport/internal/api/iam"
	s3api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/service/iam"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// generator makes an account up. The same seed makes the same account.
type generator struct {
	*rand.Rand
	account, partner                        string
	users, groups, roles, policies, buckets int
}

// generated is the account that the measure of imports speaks of, and a smaller
// one that works with it.
func generated(seed uint64, account, partner string, scale int) *generator {
	return &generator{rand.New(rand.NewPCG(seed, 1)), account, partner, 500 / scale, 50 / scale, 2000 / scale, 1500 / scale, 40 / scale}
}

func pick[T any](g *generator, items ...T) T { return items[g.IntN(len(items))] }

func (g *generator) roleARN(account string, n int) string {
	return fmt.Sprintf("arn:aws:iam::%s:role%srole-%d", account, pathOf(n), n)
}

func (g *generator) userARN(n int) string {
	return fmt.Sprintf("arn:aws:iam::%s:user%suser-%d", g.account, pathOf(n), n)
}

func (g *generator) policyARN(n int) string {
	return fmt.Sprintf("arn:aws:iam::%s:policy%spolicy-%d", g.account, pathOf(n), n)
}

func pathOf(n int) string { return []string{"/", "/team/", "/team/" + fmt.Sprint(n%7) + "/"}[n%3] }

func (g *generator) bucket() string { return fmt.Sprintf("bucket-%s-%d", g.account, g.IntN(g.buckets)) }

func (g *generator) resource() string {
	switch g.IntN(5) {
	case 0:
		return "*"
	case 1:
		return "arn:aws:s3:::bucket-*"
	case 2:
		return "arn:aws:s3:::" + g.bucket()
	}
	return "arn:aws:s3:::" + g.bucket() + pick(g, "/*", "/dir/*", "/${aws:username}/*")
}

var generatedActions = []string{"s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject"}

func (g *generator) action() string {
	return pick(g, append(generatedActions, "s3:Get*", "s3:*", "*", "sts:AssumeRole", "iam:PassRole")...)
}

func (g *generator) statement(extra string) string {
	condition := ""
	switch g.IntN(6) {
	case 0:
		condition = `,"Condition":{"StringEquals":{"aws:PrincipalTag/team":"` + pick(g, "red", "green", "blue") + `"}}`
	case 1:
		condition = `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/team/*"}}`
	}
	return fmt.Sprintf(`{"Effect":"%s",%s"Action":["%s","%s"],"Resource":["%s","%s"]%s}`, pick(g, "Allow", "Allow", "Allow", "Allow", "Deny"), extra,
		g.action(), g.action(), g.resource(), g.resource(), condition)
}

func (g *generator) document() string {
	var statements []string
	for range 1 + g.IntN(4) {
		statements = append(statements, g.statement(""))
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func (g *generator) principal() string {
	switch g.IntN(7) {
	case 0:
		return `{"AWS":"` + directory.RootARN(g.account) + `"}`
	case 1:
		return `{"AWS":"` + directory.RootARN(g.partner) + `"}`
	case 2:
		return `{"AWS":"` + g.roleARN(g.partner, g.IntN(20)) + `"}`
	case 3:
		return `{"AWS":["` + g.userARN(g.IntN(g.users)) + `","` + g.roleARN(g.account, g.IntN(g.roles)) + `"]}`
	case 4:
		return `{"Service":"ec2.amazonaws.com"}`
	}
	return `{"AWS":"` + g.roleARN(g.account, g.IntN(g.roles)) + `"}`
}

func (g *generator) trust() string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + g.principal() + `,"Action":"sts:AssumeRole"}]}`
}

func (g *generator) bucketPolicy(bucket string) string {
	var statements []string
	for range 1 + g.IntN(4) {
		statements = append(statements, fmt.Sprintf(`{"Effect":"%s","Principal":%s,"Action":["%s"],"Resource":["arn:aws:s3:::%s","arn:aws:s3:::%s/*"]}`,
			pick(g, "Allow", "Allow", "Deny"), g.principal(), strings.Join(generatedActions, `","`), bucket, bucket))
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func (g *generator) holder(kind, name, path string) directory.Holder {
	h := directory.Holder{Entity: directory.Entity{Account: g.account, Name: name, Path: path, Created: time.Unix(1_500_000_000+g.Int64N(1e8), 0).UTC()}}
	for i := range g.IntN(3) {
		h.Inline = append(h.Inline, directory.InlinePolicy{Name: fmt.Sprintf("inline-%d", i), Document: g.document()})
	}
	seen := map[int]bool{}
	for range g.IntN(5) {
		if n := g.IntN(g.policies); !seen[n] {
			seen[n] = true
			h.Attached = append(h.Attached, g.policyARN(n))
		}
	}
	if g.IntN(10) == 0 {
		h.Attached = append(h.Attached, "arn:aws:iam::aws:policy/"+pick(g, "AmazonS3ReadOnlyAccess", "ReadOnlyAccess", "AdministratorAccess"))
	}
	if kind == "group" {
		return h
	}
	if g.IntN(10) == 0 {
		h.Boundary = g.policyARN(g.IntN(g.policies))
	}
	if g.IntN(2) == 0 {
		h.Tags = []directory.Tag{{Key: "team", Value: pick(g, "red", "green", "blue")}}
	}
	return h
}

// fill makes the account in a directory, past the API and its quotas.
func (g *generator) fill(t testing.TB, w *world) {
	t.Helper()
	d, ctx := w.g.directory, context.Background()
	trusts, roles := make([]string, g.roles), make([]*directory.Role, g.roles)
	update(t, d, func(tx *directory.Tx) error {
		for n := range g.policies {
			p := &directory.ManagedPolicy{NextVersion: 1}
			p.Entity = g.holder("group", fmt.Sprintf("policy-%d", n), pathOf(n)).Entity
			for range 1 + g.IntN(3) {
				p.Default = fmt.Sprintf("v%d", p.NextVersion)
				p.Versions = append(p.Versions, directory.PolicyVersion{ID: p.Default, Document: g.document(), Created: p.Created})
				p.NextVersion++
			}
			p.Updated = p.Created
			if err := tx.CreatePolicy(p); err != nil {
				return err
			}
		}
		var groups []string
		for n := range g.groups {
			group := &directory.Group{Holder: g.holder("group", fmt.Sprintf("group-%d", n), pathOf(n))}
			if err := tx.CreateGroup(group); err != nil {
				return err
			}
			groups = append(groups, group.ID)
		}
		for n := range g.users {
			u := &directory.User{Holder: g.holder("user", fmt.Sprintf("user-%d", n), pathOf(n))}
			u.Groups = []string{groups[n%len(groups)]}
			if err := tx.CreateUser(u); err != nil {
				return err
			}
		}
		for n := range g.roles {
			roles[n] = &directory.Role{Holder: g.holder("role", fmt.Sprintf("role-%d", n), pathOf(n)), MaxSession: 3600, Trust: allow("sts:AssumeRole", "*")}
			if err := tx.CreateRole(roles[n]); err != nil {
				return err
			}
			trusts[n] = g.trust()
		}
		return nil
	})
	for n, trust := range trusts {
		stored, err := d.StorePolicy(directory.Importing(ctx, nil), trust)
		if err != nil {
			t.Fatal(err)
		}
		roles[n].Trust = stored
	}
	update(t, d, func(tx *directory.Tx) error {
		for _, r := range roles {
			if err := tx.PutRole(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func update(t testing.TB, d *directory.Directory, fn func(*directory.Tx) error) {
	t.Helper()
	if err := d.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// fillBuckets makes the account's buckets by S3's own operations.
func (g *generator) fillBuckets(w *world, root *RootAccount) {
	w.Helper()
	for n := range g.buckets {
		name := fmt.Sprintf("bucket-%s-%d", g.account, n)
		w.want(200, "")(w.s3(root, "PUT", "/"+name, ""))
		if n%4 != 0 {
			w.want(204, "")(w.s3(root, "PUT", "/"+name+"?policy", g.bucketPolicy(name)))
		}
	}
}

// exported is what the AWS CLI would have printed of the account, page for page.
func (g *generator) exported(t testing.TB, w *world, root *RootAccount) (out []awsexport.File) {
	t.Helper()
	ctx := caller.With(context.Background(), &caller.Info{Identity: &policy.Caller{Kind: policy.CallerRoot, Account: g.account, ARN: directory.RootARN(g.account)}})
	service, in := iam.New(w.g.directory, iam.Options{}), &iamapi.GetAccountAuthorizationDetailsInput{MaxItems: new(int32(1000))}
	for {
		page, err := service.GetAccountAuthorizationDetails(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(page)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, awsexport.File{Name: fmt.Sprintf("page-%d.json", len(out)), Text: string(text)})
		if in.Marker = page.Marker; page.Marker == nil {
			break
		}
	}
	for n := range g.buckets {
		name := fmt.Sprintf("bucket-%s-%d", g.account, n)
		f := awsexport.File{Name: name + "/policy.json", Kind: awsexport.BucketPolicy, Bucket: name}
		if status, body := w.s3(root, "GET", "/"+name+"?policy", ""); status == http.StatusOK {
			text, err := json.Marshal(map[string]string{"Policy": body})
			if err != nil {
				t.Fatal(err)
			}
			f.Text = string(text)
		}
		out = append(out, f)
	}
	return out
}

// question is one request that a sample asks about.
type question struct {
	who, action, bucket, key, role string
}

func (g *generator) question() question {
	q := question{who: g.roleARN(g.account, g.IntN(g.roles)), action: pick(g, generatedActions...), bucket: g.bucket()}
	switch g.IntN(4) {
	case 0:
		q.who = g.userARN(g.IntN(g.users))
	case 1:
		q.who = g.roleARN(g.partner, g.IntN(20))
	}
	if q.action != "s3:ListBucket" {
		q.key = pick(g, "k", "dir/k", "user-1/k")
	}
	if g.IntN(4) == 0 {
		q.role = g.roleARN(g.account, g.IntN(g.roles))
	}
	return q
}

// decide answers a question as the server would answer the request.
func (w *world) decide(q question) authz.Decision {
	w.Helper()
	cred, err := w.g.directory.Simulated(q.who)
	if err != nil {
		w.Fatal(q.who, err)
	}
	values := new(policy.Values)
	req := authz.Request{Principal: cred.Principal, Context: values}
	var docs authz.Documents
	w.g.directory.Documents(cred, &docs)
	if q.role != "" {
		role, err := w.g.directory.LookupRole(context.Background(), q.role)
		if err != nil {
			w.Fatal(q.role, err)
		}
		req.Action, docs.Resource = policy.MakeAction("sts:AssumeRole"), role.Trust
		req.Resource = authz.Resource{Kind: authz.ResourceRole, ARN: role.ARN, Account: role.Account, Tags: role.Tags}
	} else {
		kind := "object"
		if q.key == "" {
			kind = "bucket"
		}
		t, err := w.g.s3.impl.Target(context.Background(), &wire.Access{Action: q.action, Resource: kind}, &s3api.PutObjectInput{Bucket: &q.bucket, Key: &q.key})
		if err != nil {
			w.Fatal(err)
		}
		req.Action, req.Resource, docs.Resource, docs.S3 = policy.MakeAction(q.action), t.Resource, t.Policy, t.S3
		if t.Context != nil {
			t.Context(values)
		}
	}
	w.g.resourceSide(&req, &docs)
	return authz.Decide(&req, &docs)
}

const (
	bigAccount     = "123456789012"
	partnerAccount = "210987654321"
)

// TestImportedDecisions exports two accounts that work together, imports them
// elsewhere in either order, and asks both servers the same.
func TestImportedDecisions(t *testing.T) {
	here := newWorld(t)
	big, small := generated(1, bigAccount, partnerAccount, 1), generated(2, partnerAccount, bigAccount, 20)
	roots := map[*generator]*RootAccount{}
	for _, g := range []*generator{small, big} {
		roots[g] = here.account("a"+g.account, g.account)
		g.fill(t, here)
	}
	for _, g := range []*generator{small, big} {
		g.fillBuckets(here, roots[g])
	}
	exports := map[*generator][]awsexport.File{}
	for g, root := range roots {
		exports[g] = g.exported(t, here, root)
	}
	ask := generated(3, bigAccount, partnerAccount, 1)
	questions := make([]question, 6000)
	answers := make([]authz.Decision, len(questions))
	allowed := 0
	for i := range questions {
		questions[i] = ask.question()
		answers[i] = here.decide(questions[i])
		if answers[i].Allowed {
			allowed++
		}
	}
	if allowed < len(questions)/20 || allowed > len(questions)*19/20 {
		t.Fatalf("%d of %d requests are allowed", allowed, len(questions))
	}
	for name, order := range map[string][]*generator{"the big account first": {big, small}, "the small account first": {small, big}} {
		t.Run(name, func(t *testing.T) {
			there := newWorld(t)
			for _, g := range order {
				got := there.brought(there.account("a"+g.account, g.account), importRequest{Files: exports[g]})
				if len(got.Created) < g.users+g.groups+g.roles+g.policies+g.buckets || len(got.Left) > 0 {
					t.Errorf("account %s: %d made, left %v", g.account, len(got.Created), got.Left)
				}
			}
			differ := 0
			for i, q := range questions {
				if got := there.decide(q); got.Allowed != answers[i].Allowed || got.Reason != answers[i].Reason {
					if differ++; differ < 5 {
						t.Errorf("%+v: %v, %v; before the export %v, %v", q, got.Allowed, got.Reason, answers[i].Allowed, answers[i].Reason)
					}
				}
			}
			if differ > 0 {
				t.Errorf("%d of %d differ", differ, len(questions))
			}
		})
	}
}

// BenchmarkImport is an import of 2,000 roles, 500 users and 1,500 policies into a
// new account, over HTTP and with all of its permissions asked.
func BenchmarkImport(b *testing.B) {
	here := newWorld(b)
	g := generated(1, bigAccount, partnerAccount, 1)
	root := here.account("big", g.account)
	here.account("partner", g.partner)
	generated(2, g.partner, g.account, 20).fill(b, here) // whose roles bucket policies name
	g.fill(b, here)
	g.fillBuckets(here, root)
	in := importRequest{Files: g.exported(b, here, root)}
	size := 0
	for _, f := range in.Files {
		size += len(f.Text)
	}
	for b.Loop() {
		b.StopTimer()
		there := newWorld(b)
		to := there.account("big", g.account)
		b.StartTimer()
		there.brought(to, in)
	}
	b.ReportMetric(float64(size)/(1<<20), "MiB")
}
