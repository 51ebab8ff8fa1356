package gateway

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// exported is what AWS would print of a green or blue account that has these.
func exported(users, roles, policies string) []awsexport.File {
	return files(`{"UserDetailList":[` + users + `],"GroupDetailList":[],"RoleDetailList":[` + roles + `],"Policies":[` + policies + `]}`)
}

// exportedUser is a user of an export; more are further members.
func exportedUser(account, path, name, id string, more ...string) string {
	return fmt.Sprintf(`{"Path":%q,"UserName":%q,"UserId":%q,"Arn":"arn:aws:iam::%s:user%s%s"%s}`, path, name, id, account, path, name, strings.Join(more, ""))
}

const (
	anANPA = "ANPAFP4BKI7Y8TEXAMPLE"
	anAIPA = "AIPAFP4BKI7Y8TEXAMPLE"
)

const mayRead = `{"Effect":"Allow","Action":"iam:GetAccountAuthorizationDetails","Resource":"*"}`

// refusesImport tells of an import that was not refused with the status and text.
func (w *world) refusesImport(name string, who sigv4.Credentials, status int, text string, in ...awsexport.File) {
	w.Helper()
	if got := w.bring(who, importRequest{Files: in}); got.status != status || !strings.Contains(got.Message, text) {
		w.Errorf("%s: %d %s, created %v, changed %v", name, got.status, got.Message, got.Created, got.Changed)
	}
}

// TestImportTagsAreNotThereBefore: what an import is about to tag has no tags yet
// when the permission to tag it is asked.
func TestImportTagsAreNotThereBefore(t *testing.T) {
	w := newWorld(t)
	id := w.green.ID
	mine := `{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/owner":"low"}}}`
	low := w.user(w.green, "low", statements(mayRead, mine, `{"Effect":"Allow","Action":["iam:CreateUser","iam:CreateInstanceProfile"],"Resource":"*"}`))
	tags := `,"Tags":[{"Key":"owner","Value":"low"}]`
	w.refusesImport("a user", low, 403, "iam:TagUser", exported(exportedUser(id, "/", "made", "AIDAFP4BKI7Y8TEXAMPLE", tags,
		`,"AttachedManagedPolicies":[{"PolicyName":"AdministratorAccess","PolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}]`), "", "")...)
	profile := `{"InstanceProfiles":[{"Path":"/","InstanceProfileName":"made","InstanceProfileId":"` + anAIPA + `","Arn":"arn:aws:iam::` + id + `:instance-profile/made","Roles":[]` + tags + `}]}`
	w.refusesImport("an instance profile", low, 403, "iam:TagInstanceProfile", files(profile)...)
}

// TestImportTellsNobody: what is wrong with the files is for those who may make
// the changes, and what is another account's for nobody.
func TestImportTellsNobody(t *testing.T) {
	w := newWorld(t)
	id := w.green.ID
	made := element(w.ok(w.green.credentials(), "iam", "CreateUser", "UserName", "hidden"), "UserId")
	theirs := element(w.ok(w.blue.credentials(), "iam", "CreateUser", "UserName", "blues"), "UserId")
	nobody := w.user(w.green, "nobody", "")
	reader := w.user(w.green, "reader", statements(mayRead))
	for name, user := range map[string]string{
		"an id of here":     exportedUser(id, "/", "other", made, `,"GroupList":["nothing"]`),
		"another's id":      exportedUser(id, "/", "other", theirs),
		"a name of here":    exportedUser(id, "/", "hidden", "AIDAFP4BKI7Y8TEXAMPLE"),
		"a policy of here":  exportedUser(id, "/", "other", "AIDAFP4BKI7Y8TEXAMPLE", `,"PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::`+id+`:policy/p"}`),
		"somebody to trust": exportedUser(id, "/", "other", "AIDAFP4BKI7Y8TEXAMPLE"),
	} {
		w.refusesImport(name, nobody, 403, "not authorized to perform: iam:GetAccountAuthorizationDetails", exported(user, "", "")...)
		w.refusesImport(name, reader, 403, "not authorized to perform: iam:", exported(user, "", "")...)
	}
	got := w.bring(w.green.credentials(), importRequest{Files: exported(exportedUser(id, "/", "other", theirs), "", "")})
	if got.status != 400 || strings.Contains(got.Message, "blues") {
		t.Errorf("%d %s", got.status, got.Message)
	}
	w.want(200, "")(w.as(w.blue.credentials(), "PUT", "/blue-bucket", ""))
	w.refusesImport("another's bucket", nobody, 403, "s3:CreateBucket", awsexport.File{Name: "v", Kind: awsexport.BucketVersioning, Bucket: "blue-bucket", Text: `{"Status":"Enabled"}`})
}

// TestImportStaysBelowSCPs: AWS's policies are changed by no root user that may
// change no policies.
func TestImportStaysBelowSCPs(t *testing.T) {
	w, rootID := organized(t)
	scp := w.organizationPolicy("NoIAM", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","NotAction":"iam:GetAccountAuthorizationDetails","Resource":"*"}`)
	w.organizations("AttachPolicy", map[string]any{"PolicyId": scp, "TargetId": rootID})
	w.refusesImport("AWS's policy", w.blue.credentials(), 403, "service control policy", exported("", "",
		`{"PolicyName":"ReadOnlyAccess","PolicyId":"`+anANPA+`","Arn":"arn:aws:iam::aws:policy/ReadOnlyAccess","Path":"/","DefaultVersionId":"v1",
		"PolicyVersionList":[{"VersionId":"v1","IsDefaultVersion":true,"Document":`+allOfIt+`}]}`)...)
}

// TestImportListsAreBounded: nobody can have so many that comparing them all is
// work.
func TestImportListsAreBounded(t *testing.T) {
	w := newWorld(t)
	id := w.green.ID
	many := func(n int, item string) string {
		return strings.TrimSuffix(strings.Repeat(item+",", n), ",")
	}
	for name, more := range map[string]string{
		"tags":                    `,"Tags":[` + many(201, `{"Key":"k","Value":""}`) + `]`,
		"AttachedManagedPolicies": `,"AttachedManagedPolicies":[` + many(201, `{"PolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`) + `]`,
		"UserPolicyList":          `,"UserPolicyList":[` + many(201, `{"PolicyName":"p","PolicyDocument":{}}`) + `]`,
		"GroupList":               `,"GroupList":[` + many(201, `"g"`) + `]`,
	} {
		w.refusesImport(name, w.green.credentials(), 400, "than", exported(exportedUser(id, "/", "u", "AIDAFP4BKI7Y8TEXAMPLE", more), "", "")...)
	}
}

// TestImportDetachesNothingUnasked: a policy that is attached goes, or goes elsewhere,
// for those alone who may take it off: what it denies would be allowed.
func TestImportDetachesNothingUnasked(t *testing.T) {
	w := newWorld(t)
	root, id := w.green.credentials(), w.green.ID
	made := w.ok(root, "iam", "CreatePolicy", "PolicyName", "guard", "PolicyDocument", statements(`{"Effect":"Deny","Action":"s3:*","Resource":"*"}`))
	guard, guardID := element(made, "Arn"), element(made, "PolicyId")
	user := element(w.ok(root, "iam", "CreateUser", "UserName", "guarded"), "UserId")
	w.ok(root, "iam", "AttachUserPolicy", "UserName", "guarded", "PolicyArn", guard)
	own := statements(`{"Effect":"Allow","Action":"iam:*","Resource":"*"}`, `{"Effect":"Deny","Action":"iam:Detach*","Resource":"*"}`)
	low := w.user(w.green, "low", own)
	lowID := element(w.ok(root, "iam", "GetUser", "UserName", "low"), "UserId")
	users := exportedUser(id, "/", "guarded", user, `,"AttachedManagedPolicies":[{"PolicyName":"guard","PolicyArn":"`+guard+`"}]`) + "," +
		exportedUser(id, "/", "low", lowID, `,"UserPolicyList":[{"PolicyName":"p","PolicyDocument":`+own+`}]`)
	policy := func(path, id, document string) string {
		return `{"PolicyName":"guard","PolicyId":"` + id + `","Arn":"arn:aws:iam::` + w.green.ID + `:policy` + path + `guard","Path":"` + path + `","DefaultVersionId":"v1",
			"PolicyVersionList":[{"VersionId":"v1","IsDefaultVersion":true,"Document":` + document + `}]}`
	}
	deny := statements(`{"Effect":"Deny","Action":"s3:*","Resource":"*"}`)
	for name, in := range map[string]importRequest{
		"removed":  {Files: exported(users, "", ""), Prune: true},
		"moved":    {Files: exported(users, "", policy("/elsewhere/", guardID, deny))},
		"replaced": {Files: exported(users, "", policy("/", anANPA, allOfIt)), Prune: true},
	} {
		if got := w.bring(low, in); got.status != 403 || !strings.Contains(got.Message, "iam:DetachUserPolicy") {
			t.Errorf("%s: %d %s, changed %v, removed %v", name, got.status, got.Message, got.Changed, got.Removed)
		}
	}
}

// TestImportAttachesNobodyElsesPolicy: a policy is the account's own or AWS's,
// whatever other policy of its name there is.
func TestImportAttachesNobodyElsesPolicy(t *testing.T) {
	w := newWorld(t)
	id := w.green.ID
	theirs := element(w.ok(w.blue.credentials(), "iam", "CreatePolicy", "PolicyName", "p", "PolicyDocument", allOfIt), "Arn")
	policy := `{"PolicyName":"p","PolicyId":"` + anANPA + `","Arn":"arn:aws:iam::` + id + `:policy/p","Path":"/","DefaultVersionId":"v1",
		"PolicyVersionList":[{"VersionId":"v1","IsDefaultVersion":true,"Document":` + allOfIt + `}]}`
	for _, wrong := range []string{theirs, "arn:aws:iam::" + id + ":policy/elsewhere/p", "arn:aws:iam::aws:policy/p"} {
		for _, more := range []string{
			`,"AttachedManagedPolicies":[{"PolicyName":"p","PolicyArn":"` + wrong + `"}]`,
			`,"PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"` + wrong + `"}`,
		} {
			w.refusesImport(wrong, w.green.credentials(), 400, "is neither in the files nor here", exported(exportedUser(id, "/", "u", "AIDAFP4BKI7Y8TEXAMPLE", more), "", policy)...)
		}
	}
}

// TestATricklingImportMakesWay: files that come byte by byte keep nobody else from
// importing for longer than files may take.
func TestATricklingImportMakesWay(t *testing.T) {
	w := newWorld(t)
	w.g.importTime = 50 * time.Millisecond
	drops, pour := io.Pipe()
	go func() {
		for {
			if _, err := pour.Write([]byte(" ")); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	t.Cleanup(func() { drops.Close() })
	req := w.request("POST", "/-/import", "")
	req.Body, req.ContentLength = drops, maxImport
	hash := sigv4.HashPayload([]byte("another"))
	req.Header.Set("X-Amz-Content-Sha256", hash)
	sigv4.Sign(req, w.green.credentials(), "us-east-1", "sallyport", hash, time.Now())
	if resp, err := http.DefaultClient.Do(req); err == nil { // or the connection broke
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("a trickle was answered %d", resp.StatusCode)
		}
		resp.Body.Close()
	}
	w.g.importTime = importTime
	w.brought(w.green, importRequest{Files: exported(exportedUser(w.green.ID, "/", "ann", "AIDAANNANNANNANNANN1"), "", "")})
}
