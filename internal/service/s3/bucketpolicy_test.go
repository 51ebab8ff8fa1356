package s3

import (
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/directory"
)

func (w *world) role(name string) (id string) {
	w.t.Helper()
	r := &directory.Role{Holder: directory.Holder{Entity: directory.Entity{Account: stranger, Name: name}}, Trust: "{}", MaxSession: 3600}
	err := w.dir.Update(w.t.Context(), func(t *directory.Tx) error { return t.CreateRole(r) })
	if err != nil {
		w.t.Fatal(err)
	}
	return r.ID
}

func (w *world) policy() string {
	w.t.Helper()
	out := w.must("GetBucketPolicy", &api.GetBucketPolicyInput{Bucket: p("bucket")}, owner, "root")
	return *out.(*api.GetBucketPolicyOutput).Policy
}

func TestPrincipalsAreIdentities(t *testing.T) {
	w := newWorld(t)
	id := w.role("reader")
	const roleARN = "arn:aws:iam::" + stranger + ":role/reader"
	w.setPolicy(`{"Version":"2012-10-17","Statement":[{"Sid":"a b","Effect":"Allow","Principal":{"AWS":["` + roleARN + `","` + stranger + `"]},
		"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}]}`)
	want := `{"Version":"2012-10-17","Statement":[{"Sid":"a b","Effect":"Allow","Principal":{"AWS":["` + roleARN + `","arn:aws:iam::` + stranger +
		`:root"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}]}`
	if got := w.policy(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	err := w.dir.Update(t.Context(), func(tx *directory.Tx) error {
		r, err := tx.Role(stranger, "reader")
		if err != nil {
			return err
		}
		return tx.DeleteRole(r)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.policy(); !strings.Contains(got, `"`+id+`"`) || strings.Contains(got, roleARN) {
		t.Errorf("after the role is gone: %s", got)
	}
	if again := w.role("reader"); again == id {
		t.Fatal("a new role has the old one's id")
	}
	if got := w.policy(); !strings.Contains(got, id) || strings.Contains(got, roleARN) {
		t.Errorf("after the role is back: %s", got)
	}
}

func TestBucketPolicyErrors(t *testing.T) {
	w := newWorld(t)
	const objects = `"arn:aws:s3:::bucket/*"`
	for _, c := range []struct{ document, text string }{
		{"", "Policies must be valid JSON and the first byte must be '{'"},
		{"invalid json", "Policies must be valid JSON and the first byte must be '{'"},
		{"{}", "Missing required field Statement"},
		{`{"Statement":[]}`, "Could not parse the policy: Statement is empty!"},
		{`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":` + objects + `}]}`, "Missing required field Principal"},
		{statement("Allow", `{"AWS":"arn:aws:iam::`+stranger+`:role/none"}`, `"s3:GetObject"`, objects, ""),
			"Invalid principal in policy\nDetail=arn:aws:iam::" + stranger + ":role/none"},
		{statement("Allow", `{"AWS":"999999999999"}`, `"s3:GetObject"`, objects, ""), "Invalid principal in policy\nDetail=999999999999"},
		{statement("Allow", `{"AWS":"AROAAAAAAAAAAAAAAAAAA"}`, `"s3:GetObject"`, objects, ""), "Invalid principal in policy\nDetail=AROA"},
		{statement("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::other/*"`, ""), "Policy has invalid resource\nDetail=arn:aws:s3:::other/*"},
		{statement("Allow", `"*"`, `"s3:Nonsense"`, objects, ""), "Policy has invalid action\nDetail=s3:Nonsense"},
		{statement("allow", `"*"`, `"s3:GetObject"`, objects, ""), "Invalid effect: allow"},
		{statement("Allow", `"*"`, `"s3:ListBucket"`, objects, ""), "Action does not apply to any resource(s) in statement"},
		{statement("Allow", `{"AWS":"`+stranger+`"}`, `"s3:GetObject"`, `["arn:aws:s3:::bucket/`+strings.Repeat("k", 20480)+`"]`, ""),
			"Normalized policy document exceeds the maximum allowed size of 20480 bytes"},
	} {
		_, err := w.call("PutBucketPolicy", &api.PutBucketPolicyInput{Bucket: p("bucket"), Policy: &c.document}, owner, "root")
		wantError(t, err, "MalformedPolicy", c.text)
	}
	for _, operation := range []string{"GetBucketPolicy", "GetBucketPolicyStatus"} {
		in := api.API().Operation(operation).NewInput()
		setByName(in, "Bucket", "bucket")
		_, err := w.call(operation, in, owner, "root")
		wantError(t, err, "NoSuchBucketPolicy", "The bucket policy does not exist\nBucketName=bucket")
	}
	w.must("DeleteBucketPolicy", &api.DeleteBucketPolicyInput{Bucket: p("bucket")}, owner, "root")
	_, err := w.call("PutBucketPolicy", &api.PutBucketPolicyInput{Bucket: p("bucket"), Policy: p("{"), ExpectedBucketOwner: p(stranger)}, owner, "root")
	wantError(t, err, "AccessDenied", "Access Denied")
}
