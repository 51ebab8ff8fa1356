package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/importing"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// imported is the account of the exports that are made by hand.
const imported = "123456789012"

type importAnswer struct {
	status  int
	Message string
	importing.Report
}

// bring sends an import.
func (w *world) bring(who sigv4.Credentials, in importRequest) *importAnswer {
	w.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		w.Fatal(err)
	}
	req := w.request("POST", "/-/import", string(body))
	hash := sigv4.HashPayload(body)
	req.Header.Set("X-Amz-Content-Sha256", hash)
	sigv4.Sign(req, who, "us-east-1", "sallyport", hash, time.Now())
	status, text := w.send(req)
	out := &importAnswer{status: status}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		w.Fatalf("%d %s: %v", status, text, err)
	}
	return out
}

// brought is bring that must succeed.
func (w *world) brought(who *RootAccount, in importRequest) *importAnswer {
	w.Helper()
	out := w.bring(who.credentials(), in)
	if out.status != http.StatusOK {
		w.Fatalf("%d %s\n%s", out.status, out.Message, w.log)
	}
	return out
}

func (w *world) account(name, id string) *RootAccount {
	w.Helper()
	a, err := w.g.EnsureAccount(context.Background(), name, id)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func handMade(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../awsexport/testdata/account.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func files(text ...string) (out []awsexport.File) {
	for _, s := range text {
		out = append(out, awsexport.File{Name: "account.json", Text: s})
	}
	return out
}

func names(items []importing.Item) string {
	var out []string
	for _, i := range items {
		if i.Name == "OrganizationAccountAccessRole" { // which the account has from its beginning
			continue
		}
		out = append(out, i.Kind+" "+i.Name)
	}
	return strings.Join(out, ", ")
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	in := importRequest{Files: files(handMade(t))}

	// A dry run tells and changes nothing.
	in.DryRun = true
	want := "aws-policy TomorrowsReadOnlyAccess, policy create-update-delete-set-managed-policies, group Admins, role EC2role, role second, user Alice, user Bob, instance-profile EC2role"
	if got := w.brought(root, in); names(got.Created) != want {
		t.Errorf("a dry run would make %s", names(got.Created))
	}
	if status, body := w.call(root.credentials(), "iam", "GetUser", "UserName", "Alice"); status != 404 {
		t.Errorf("after a dry run: %d %s", status, body)
	}

	in.DryRun = false
	got := w.brought(root, in)
	if names(got.Created) != want || len(got.Changed) > 0 || names(got.Extra) != "" || len(got.Left) > 0 {
		t.Errorf("made %s, changed %s, extra %s, left %v", names(got.Created), names(got.Changed), names(got.Extra), got.Left)
	}
	if len(got.Notes) != 2 || !strings.Contains(got.Notes[0], "210987654321:role/partner") || !strings.Contains(got.Notes[1], "AROAGONEGONEGONEGONEX") {
		t.Errorf("notes: %q", got.Notes)
	}
	w.importedWhole(root)

	// Again there is nothing to do.
	got = w.brought(root, in)
	if names(got.Created)+names(got.Changed)+names(got.Removed)+names(got.Extra) != "" {
		t.Errorf("made again %s, changed %v, extra %s", names(got.Created), got.Changed, names(got.Extra))
	}
	if body := w.ok(root.credentials(), "iam", "CreatePolicyVersion", "PolicyArn", "arn:aws:iam::123456789012:policy/create-update-delete-set-managed-policies",
		"PolicyDocument", allow("s3:*", "*")); !strings.Contains(body, "<VersionId>v4</VersionId>") {
		t.Errorf("the next version is %s", body)
	}
}

// importedWhole looks at what was made of the export.
func (w *world) importedWhole(root *RootAccount) {
	w.Helper()
	who := root.credentials()
	for _, c := range []struct{ action, parameter, name, want string }{
		{"GetUser", "UserName", "Bob", "<UserId>AIDACKCEVSQ6C3EXAMPLE</UserId>"},
		{"GetUser", "UserName", "Bob", "<Path>/division_abc/subdivision_xyz/</Path>"},
		{"GetUser", "UserName", "Bob", "<CreateDate>2013-10-14T18:32:25Z</CreateDate>"},
		{"GetUser", "UserName", "Bob", "<PermissionsBoundaryArn>arn:aws:iam::aws:policy/AdministratorAccess</PermissionsBoundaryArn>"},
		{"GetUser", "UserName", "Bob", "<Key>team</Key>"},
		{"ListUserPolicies", "UserName", "Bob", "denyBillingAndIAMPolicy"},
		{"ListAttachedUserPolicies", "UserName", "Bob", "create-update-delete-set-managed-policies"},
		{"GetGroup", "GroupName", "Admins", "<UserName>Alice</UserName>"},
		{"GetGroup", "GroupName", "Admins", "<GroupId>AGPACKCEVSQ6C2EXAMPLE</GroupId>"},
		{"GetRole", "RoleName", "EC2role", "<LastUsedDate>2024-05-06T07:08:09Z</LastUsedDate>"},
		{"GetRole", "RoleName", "EC2role", "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2Fsecond"},
		{"GetRole", "RoleName", "EC2role", "arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fpartner"},
		{"GetRole", "RoleName", "EC2role", "AROAGONEGONEGONEGONEX"},
		{"GetRole", "RoleName", "second", "<RoleId>AROAFP4BKI7Y8TEXAMPLE</RoleId>"},
		{"GetPolicy", "PolicyArn", "arn:aws:iam::123456789012:policy/create-update-delete-set-managed-policies", "<DefaultVersionId>v3</DefaultVersionId>"},
		{"ListPolicyVersions", "PolicyArn", "arn:aws:iam::123456789012:policy/create-update-delete-set-managed-policies", "<VersionId>v1</VersionId>"},
		{"GetPolicy", "PolicyArn", "arn:aws:iam::aws:policy/job-function/TomorrowsReadOnlyAccess", "<PolicyId>ANPAJ3R4QVOG6EXAMPLEX</PolicyId>"},
	} {
		if body := w.ok(who, "iam", c.action, c.parameter, c.name); !strings.Contains(body, c.want) {
			w.Errorf("%s %s has no %s: %s", c.action, c.name, c.want, body)
		}
	}
	// What AWS manages, and an account brought, is that account's alone.
	if status, body := w.call(w.green.credentials(), "iam", "GetPolicy", "PolicyArn", "arn:aws:iam::aws:policy/job-function/TomorrowsReadOnlyAccess"); status != 404 {
		w.Errorf("another account sees it: %d %s", status, body)
	}
}

func TestImportShowsTheDifference(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	w.brought(root, importRequest{Files: files(handMade(t))})
	who := root.credentials()
	w.ok(who, "iam", "PutUserPolicy", "UserName", "Bob", "PolicyName", "more", "PolicyDocument", allow("s3:*", "*"))
	w.ok(who, "iam", "RemoveUserFromGroup", "UserName", "Alice", "GroupName", "Admins")
	w.ok(who, "iam", "UpdateAssumeRolePolicy", "RoleName", "second", "PolicyDocument", trusts("arn:aws:iam::123456789012:user/Alice"))
	w.ok(who, "iam", "CreateUser", "UserName", "mallory")
	w.ok(who, "iam", "CreateRole", "RoleName", "another", "AssumeRolePolicyDocument", trusts("arn:aws:iam::123456789012:role/EC2role"))

	in := importRequest{Files: files(handMade(t)), DryRun: true}
	for _, prune := range []bool{false, true} {
		in.Prune = prune
		got := w.brought(root, in)
		if names(got.Created) != "" || names(got.Changed) != "role second, user Alice, user Bob" {
			t.Errorf("made %s, changed %s", names(got.Created), names(got.Changed))
		}
		if over := map[bool]string{prune: names(got.Removed), !prune: names(got.Extra)}; over[true] != "user mallory, role another" && prune || over[true] != "user mallory, role another" && !prune {
			t.Errorf("prune %v: removed %s, extra %s", prune, names(got.Removed), names(got.Extra))
		}
		for _, c := range got.Changed {
			if want := map[string]string{"second": "trust policy", "Alice": "group Admins", "Bob": "inline policy more goes"}[c.Name]; strings.Join(c.What, ";") != want {
				t.Errorf("%s: %q, want %q", c.Name, c.What, want)
			}
		}
	}
	in.DryRun = false
	w.brought(root, in)
	w.importedWhole(root)
	for _, gone := range [][3]string{{"GetUser", "UserName", "mallory"}, {"GetRole", "RoleName", "another"}, {"GetUserPolicy", "UserName", "Bob"}} {
		if status, _ := w.call(who, "iam", gone[0], gone[1], gone[2], "PolicyName", "more"); status != 404 {
			t.Errorf("%v is still there", gone)
		}
	}
	if got := w.brought(root, importRequest{Files: files(handMade(t))}); names(got.Changed)+names(got.Created)+names(got.Extra) != "" {
		t.Errorf("%+v", got)
	}
}

func TestImportRefuses(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	text := handMade(t)
	for _, c := range []struct {
		old, new, code string
	}{
		{`"Action": "s3:GetObject",`, `"Action": "GetObject",`, "inline policy read: MalformedPolicyDocument: Actions/Conditions must be prefaced by a vendor"},
		{`"Effect": "Deny"`, `"Effect": "Dany"`, "denyBillingAndIAMPolicy: MalformedPolicyDocument: "},
		{`"Service": "ec2.amazonaws.com"`, `"AWS": "arn:aws:iam::123456789012:group/Admins"`, "MalformedPolicyDocument: Invalid principal in policy"},
		{`"Service": "ec2.amazonaws.com"`, `"AWS": "arn:aws:iam::210987654321:role/*"`, "MalformedPolicyDocument: Invalid principal in policy"},
		{`"arn:aws:iam::123456789012:policy/create-update-delete-set-managed-policies"
                }`, `"arn:aws:iam::123456789012:policy/gone"
                }`, "policy/gone, attached to it, is neither in the files nor here"},
		{`"Admins"
            ],`, `"Nobody"
            ],`, "its group Nobody is neither"},
	} {
		if !strings.Contains(text, c.old) {
			t.Fatalf("no %s", c.old)
		}
		got := w.bring(root.credentials(), importRequest{Files: files(strings.Replace(text, c.old, c.new, 1))})
		if got.status != 400 || !strings.Contains(got.Message, c.code) || !strings.Contains(got.Message, "account.json: arn:aws:iam::123456789012:") {
			t.Errorf("%s: %d %s", c.new, got.status, got.Message)
		}
	}
	if got := w.bring(w.green.credentials(), importRequest{Files: files(text)}); got.status != 400 || !strings.Contains(got.Message, "sallyport serve --account NAME:123456789012") {
		t.Errorf("another account: %d %s", got.status, got.Message)
	}
	if status, body := w.call(root.credentials(), "iam", "ListRoles"); status != 200 || strings.Count(body, "<RoleName>") != 1 {
		t.Errorf("something was written: %s", body)
	}
	w.want(400, "missing Authentication Token")(w.send(w.request("POST", "/-/import", "{}")))
}

// TestImportKeepsIDsApart: a unique id is never anybody else's.
func TestImportKeepsIDsApart(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	role := element(w.ok(w.green.credentials(), "iam", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trusts(w.blue.ID)), "RoleId")
	taken := strings.ReplaceAll(handMade(t), "AROAFP4BKI7Y8TEXAMPLE", role)
	if got := w.bring(root.credentials(), importRequest{Files: files(taken)}); got.status != 400 || !strings.Contains(got.Message, "is that of something of account "+w.green.ID) {
		t.Errorf("%d %s", got.status, got.Message)
	}
	w.ok(w.green.credentials(), "iam", "DeleteRole", "RoleName", "r")
	if got := w.bring(root.credentials(), importRequest{Files: files(taken)}); got.status != 400 || !strings.Contains(got.Message, "was that of a user or role of account "+w.green.ID) {
		t.Errorf("of a dead role: %d %s", got.status, got.Message)
	}
	// What is here under a name of the files with another id is not overwritten.
	made := element(w.ok(root.credentials(), "iam", "CreateUser", "UserName", "alice"), "UserId")
	got := w.bring(root.credentials(), importRequest{Files: files(handMade(t))})
	if got.status != 400 || !strings.Contains(got.Message, made) {
		t.Errorf("%d %s", got.status, got.Message)
	}
	report := w.brought(root, importRequest{Files: files(handMade(t)), Prune: true})
	if names(report.Removed) != "user alice" {
		t.Errorf("removed %s", names(report.Removed))
	}
	w.importedWhole(root)
}

// TestImportAsksPermissions: whoever is no root user needs each operation's.
func TestImportAsksPermissions(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	text := strings.Replace(handMade(t), "aws:policy/job-function/TomorrowsReadOnlyAccess", "aws:policy/job-function/TomorrowsReadOnlyAccess", 1)
	// Without AWS's new policy, which the root user alone may bring.
	var whole map[string]any
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		t.Fatal(err)
	}
	whole["Policies"] = whole["Policies"].([]any)[:1]
	plain, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"iam:GetAccountAuthorizationDetails", "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:CreateGroup", "iam:AttachGroupPolicy",
		"iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreateUser", "iam:TagUser", "iam:PutUserPolicy",
		"iam:AttachUserPolicy", "iam:AddUserToGroup", "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile", "iam:PassRole"}
	statement := func(actions []string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.Join(actions, `","`) + `"],"Resource":"*"}]}`
	}
	who := w.user(root, "importer", statement(all))
	for i, missing := range all {
		rest := append(append([]string{}, all[:i]...), all[i+1:]...)
		w.ok(root.credentials(), "iam", "PutUserPolicy", "UserName", "importer", "PolicyName", "p", "PolicyDocument", statement(rest))
		got := w.bring(who, importRequest{Files: files(string(plain)), DryRun: true})
		if got.status != 403 || !strings.Contains(got.Message, "not authorized to perform: "+missing+" ") {
			t.Errorf("without %s: %d %s", missing, got.status, got.Message)
		}
	}
	w.ok(root.credentials(), "iam", "PutUserPolicy", "UserName", "importer", "PolicyName", "p", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},
		{"Effect":"Deny","Action":"iam:AttachGroupPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}}}]}`)
	if got := w.bring(who, importRequest{Files: files(string(plain))}); got.status != 403 || !strings.Contains(got.Message, "iam:AttachGroupPolicy") {
		t.Errorf("%d %s", got.status, got.Message)
	}
	w.ok(root.credentials(), "iam", "PutUserPolicy", "UserName", "importer", "PolicyName", "p", "PolicyDocument", statement(all))
	if got := w.bring(who, importRequest{Files: files(text)}); got.status != 403 || !strings.Contains(got.Message, "root user") {
		t.Errorf("AWS's policy: %d %s", got.status, got.Message)
	}
	if got := w.bring(who, importRequest{Files: files(string(plain))}); got.status != 200 {
		t.Errorf("%d %s", got.status, got.Message)
	}
}

// TestImportTakesTheGivenRole: the role that a new account has by itself gives way.
func TestImportTakesTheGivenRole(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	text := strings.NewReplacer(`"RoleName": "second"`, `"RoleName": "OrganizationAccountAccessRole"`, "role/path/second", "role/OrganizationAccountAccessRole",
		`"Path": "/path/"`, `"Path": "/"`).Replace(handMade(t))
	w.brought(root, importRequest{Files: files(text)})
	if body := w.ok(root.credentials(), "iam", "GetRole", "RoleName", "OrganizationAccountAccessRole"); element(body, "RoleId") != "AROAFP4BKI7Y8TEXAMPLE" {
		t.Errorf("it is %s", body)
	}
}

// TestImportPrunesNoDevices: whoever has an MFA device or a key is not removed with
// it, as DeleteUser does not.
func TestImportPrunesNoDevices(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	w.ok(root.credentials(), "iam", "CreateUser", "UserName", "mallory")
	update(t, w.g.directory, func(tx *directory.Tx) error {
		u, err := tx.User(imported, "mallory")
		if err != nil {
			return err
		}
		return tx.SetUserCredentials(&directory.UserCredentials{Account: imported, Owner: u.ID, SSHKeys: []directory.SSHKey{{ID: "APKA"}}})
	})
	got := w.bring(root.credentials(), importRequest{Files: files(handMade(t)), Prune: true})
	if got.status != 400 || !strings.Contains(got.Message, "user/mallory: has an MFA device, an SSH key") {
		t.Errorf("%d %s", got.status, got.Message)
	}
}
