package awsexport

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

func account(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/account.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parsed(t *testing.T, files ...File) *Export {
	t.Helper()
	e, problems := Parse(files)
	if len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	return e
}

func TestDetails(t *testing.T) {
	e := parsed(t, File{Name: "account.json", Text: account(t)})
	if e.Account != "123456789012" || !e.Details || e.Incomplete || len(e.Left) > 0 {
		t.Errorf("account %s, details %v, incomplete %v, left %v", e.Account, e.Details, e.Incomplete, e.Left)
	}
	if len(e.Users) != 2 || len(e.Groups) != 1 || len(e.Roles) != 2 || len(e.Policies) != 1 || len(e.AWSPolicies) != 1 || len(e.Profiles) != 1 {
		t.Fatalf("%+v", e)
	}
	bob := e.Users[1]
	if bob.Path != "/division_abc/subdivision_xyz/" || bob.ID != "AIDACKCEVSQ6C3EXAMPLE" || bob.Boundary != "arn:aws:iam::aws:policy/AdministratorAccess" ||
		!reflect.DeepEqual(bob.Groups, []string{"Admins"}) || !reflect.DeepEqual(bob.Tags, []Tag{{"team", "green"}}) || len(bob.Attached) != 1 ||
		bob.Inline[0].Text != `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":["aws-portal:*","iam:*"],"Resource":"*"}}` {
		t.Errorf("bob is %+v", bob)
	}
	if r := e.Roles[0]; r.LastRegion != "eu-west-1" || r.LastUsed.Year() != 2024 || r.MaxSession != nil {
		t.Errorf("the role is %+v", r)
	}
	if f := e.Profiles[0]; f.Role != "EC2role" || f.ID != "AIPAFP4BKI7Y7TEXAMPLE" {
		t.Errorf("the instance profile is %+v", f)
	}
	v := e.Policies[0]
	if v.Default != "v3" || len(v.Versions) != 2 || v.Versions[0].ID != "v1" || !strings.HasPrefix(v.Versions[0].Text, `{"Version":"2012-10-17"`) {
		t.Errorf("the policy is %+v", v)
	}
}

func TestPages(t *testing.T) {
	var whole map[string]any
	if err := json.Unmarshal([]byte(account(t)), &whole); err != nil {
		t.Fatal(err)
	}
	var pages []File
	for i, list := range []string{"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"} {
		page := map[string]any{"UserDetailList": []any{}, "GroupDetailList": []any{}, "RoleDetailList": []any{}, "Policies": []any{},
			"IsTruncated": i < 3, "Marker": "m"}
		page[list] = whole[list]
		text, err := json.Marshal(page)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, File{Name: "same", Text: string(text)})
	}
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	want := parsed(t, File{Name: "same", Text: string(text)})
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1, 2}} { // a page given twice is the same page
		var files []File
		for _, i := range order {
			files = append(files, pages[i])
		}
		got := parsed(t, files...)
		one, _ := json.Marshal(got.Roles)
		other, _ := json.Marshal(want.Roles)
		if string(one) != string(other) || len(got.Users) != 2 || len(got.Policies) != 1 || got.Incomplete {
			t.Errorf("in the order %v: %+v", order, got)
		}
	}
	if e := parsed(t, pages[:3]...); !e.Incomplete {
		t.Error("without its last page a listing is whole")
	}
}

func TestKinds(t *testing.T) {
	for text, want := range map[string]Kind{
		`{"UserDetailList":[]}`:                          DetailsFile,
		`{"Roles":[]}`:                                   RolesFile,
		`{"Role":{}}`:                                    RoleFile,
		`{"Policy":{"PolicyId":"x"}}`:                    ManagedPolicyFile,
		`{"Policy":"{}"}`:                                BucketPolicy,
		`{"InstanceProfiles":[]}`:                        ProfilesFile,
		`{"Buckets":[],"Owner":{}}`:                      BucketsFile,
		`{"Owner":{},"Grants":[]}`:                       BucketACL,
		`{"OwnershipControls":{}}`:                       BucketOwnership,
		`{"PublicAccessBlockConfiguration":{}}`:          PublicAccessBlock,
		`{"TagSet":[]}`:                                  BucketTags,
		`{"AbacStatus":{"Status":"Enabled"}}`:            BucketABAC,
		`{"Status":"Enabled","MFADelete":"x"}`:           BucketVersioning,
		`{"LocationConstraint":null}`:                    BucketLocation,
		`{"Policies":[]}`:                                "",
		`{"Policy":{"PolicySummary":{},"Content":"{}"}}`: "",
		`{}`: "",
	} {
		r := &reader{}
		o, ok := r.object("", json.RawMessage(text))
		if !ok || o.kind() != want {
			t.Errorf("%s is %q, want %q", text, o.kind(), want)
		}
	}
}

func TestBuckets(t *testing.T) {
	e := parsed(t,
		File{Name: "buckets", Text: `{"Buckets":[{"Name":"shared","CreationDate":"2020-01-01T00:00:00+00:00"},{"Name":"plain"}],"Owner":{"ID":"` + strings.Repeat("a", 64) + `"}}`},
		File{Name: "policy", Bucket: "shared", Text: `{"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"}`},
		File{Name: "acl", Bucket: "shared", Text: `{"Owner":{"ID":"` + strings.Repeat("a", 64) + `"},"Grants":[{"Grantee":{"Type":"Group","URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}]}`},
		File{Name: "ownership", Bucket: "shared", Text: `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"ObjectWriter"}]}}`},
		File{Name: "block", Bucket: "shared", Kind: PublicAccessBlock},
		File{Name: "account", Text: `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":false,"RestrictPublicBuckets":true}}`},
		File{Name: "tags", Bucket: "shared", Text: `{"TagSet":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`},
		File{Name: "versioning", Bucket: "shared", Text: `{"Status":"Suspended"}`},
		File{Name: "location", Bucket: "shared", Text: `{"LocationConstraint":"eu-west-1"}`},
	)
	if len(e.Buckets) != 2 || e.Buckets[0].Name != "plain" || e.Buckets[0].Policy != nil {
		t.Fatalf("%+v", e.Buckets)
	}
	b := e.Buckets[1]
	if *b.Policy.Value == "" || len(b.ACL.Grants) != 1 || *b.Ownership.Value != "ObjectWriter" || b.Block == nil || b.Block.Value != nil ||
		(*b.Tags.Value)[0].Key != "a" || *b.Versioning != "Suspended" || e.Block.Value.BlockPublicPolicy || !e.Block.Value.BlockPublicAcls {
		t.Errorf("%+v", b)
	}
	if len(e.Left) != 1 || !strings.Contains(e.Left[0].Why, "eu-west-1") {
		t.Errorf("left: %v", e.Left)
	}
}

func TestFacts(t *testing.T) {
	e := parsed(t,
		File{Name: "roles", Text: `{"Roles":[{"Path":"/path/","RoleName":"second","RoleId":"AROAFP4BKI7Y8TEXAMPLE","Arn":"arn:aws:iam::123456789012:role/path/second",
			"CreateDate":"2014-07-30T17:09:21Z","AssumeRolePolicyDocument":{},"Description":"of facts","MaxSessionDuration":7200}]}`},
		File{Name: "policy", Text: `{"Policy":{"PolicyName":"create-update-delete-set-managed-policies","PolicyId":"ANPAJ2UCCR6DPCEXAMPLE","Path":"/",
			"Arn":"arn:aws:iam::123456789012:policy/create-update-delete-set-managed-policies","Description":"d","Tags":[{"Key":"k","Value":"v"}]}}`},
		File{Name: "account", Text: account(t)})
	if r := e.Roles[1]; r.MaxSession == nil || *r.MaxSession != 7200 || *r.Description != "of facts" {
		t.Errorf("%+v", r)
	}
	if v := e.Policies[0]; !v.Tagged || len(v.Tags) != 1 || *v.Description != "d" {
		t.Errorf("%+v", v)
	}
}

// TestNothingIsDropped gives every object of an export a field of its own.
func TestNothingIsDropped(t *testing.T) {
	var whole any
	if err := json.Unmarshal([]byte(account(t)), &whole); err != nil {
		t.Fatal(err)
	}
	n := 0
	var mark func(v any)
	mark = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				mark(item)
			}
		case map[string]any:
			for name, item := range v {
				if name == "PolicyDocument" || name == "Document" || name == "AssumeRolePolicyDocument" || name == "Roles" {
					continue
				}
				mark(item)
			}
			v["News"] = map[string]any{"of": "AWS"}
			n++
		}
	}
	mark(whole)
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	e := parsed(t, File{Name: "account.json", Text: string(text)})
	// An empty RoleLastUsed was marked too, and is read.
	if len(e.Left) != n {
		t.Errorf("of %d fields that nobody knows %d are listed: %v", n, len(e.Left), e.Left)
	}
}

func TestProblems(t *testing.T) {
	change := func(old, text string) string {
		whole := account(t)
		if !strings.Contains(whole, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(whole, old, text, 1)
	}
	for _, c := range []struct{ text, want string }{
		{"{", "is not JSON"},
		{"[]", "is not an object of JSON"},
		{"", "is empty"},
		{change("arn:aws:iam::123456789012:user/Alice", "arn:aws:iam::123456789013:user/Alice"), "is of account"},
		{change("arn:aws:iam::123456789012:user/Alice", "arn:aws-cn:iam::123456789012:user/Alice"), "is not its ARN"},
		{change("arn:aws:iam::123456789012:user/Alice", "arn:aws:iam::123456789012:user/Alicia"), "is not that of /Alice"},
		{change("AIDACKCEVSQ6C2EXAMPLE", "AROACKCEVSQ6C2EXAMPLE"), "is not the unique id of a user"},
		{change("AIDACKCEVSQ6C2EXAMPLE", "AIDACKCEVSQ6C3EXAMPLE"), "has the unique id AIDACKCEVSQ6C3EXAMPLE of another"},
		{change(`"2013-10-14T18:32:24+00:00"`, `"yesterday"`), "CreateDate is not a time"},
		{change(`"DefaultVersionId": "v3"`, `"DefaultVersionId": "v9"`), "has no version"},
		{change(`"UserName": "Alice"`, `"UserName": "Al ice"`), "is not that of"},
		{change(`"UserDetailList": [`, `"UserDetailList": [7,`), "is not an object"},
		{`{"Policy":"{}"}`, "policy:BUCKET=FILE"},
	} {
		_, problems := Parse([]File{{Name: "f", Text: c.text}})
		all := ""
		for _, p := range problems {
			all += p.String() + "\n"
		}
		if !strings.Contains(all, c.want) || !strings.Contains(all, "f: ") {
			t.Errorf("want %q, got %q", c.want, all)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(account(f), "", "")
	f.Add(`{"Policy":"{}"}`, "policy", "bucket")
	f.Add(`{"Owner":{"ID":"x"},"Grants":[{"Grantee":{"URI":"u"},"Permission":"READ"}]}`, "acl", "bucket")
	f.Add(`{"Roles":[{}]}`, "", "")
	f.Add(``, "public-access-block", "")
	f.Fuzz(func(t *testing.T, text, kind, bucket string) {
		e, problems := Parse([]File{{Name: "f", Kind: Kind(kind), Bucket: bucket, Text: text}})
		if (e == nil) != (len(problems) > 0) {
			t.Fatal("neither an export nor problems, or both")
		}
		if e == nil {
			return
		}
		if _, err := json.Marshal(e); err != nil {
			t.Fatal(err)
		}
		for _, u := range e.Users {
			if u.Name == "" || !strings.HasPrefix(u.ARN, "arn:aws:iam::"+e.Account+":user/") {
				t.Errorf("a user is %+v", u)
			}
		}
	})
}
