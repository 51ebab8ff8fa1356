package gateway

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/imds"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
)

// trustsEC2 lets EC2 assume a role.
const trustsEC2 = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// ec2 sends a request to EC2.
func (w *world) ec2(who sigv4.Credentials, action string, parameters ...string) (int, string) {
	w.Helper()
	return w.call(who, "ec2", action, append([]string{"Version", "2016-11-15"}, parameters...)...)
}

// okEC2 is ec2 that must succeed.
func (w *world) okEC2(who sigv4.Credentials, action string, parameters ...string) string {
	w.Helper()
	status, body := w.ec2(who, action, parameters...)
	if status != 200 {
		w.Fatalf("%s: %d %s\n%s", action, status, body, w.log)
	}
	return body
}

// profile makes an instance profile with the role in it, if one is named, in
// place of one that has the name.
func (w *world) profile(of *RootAccount, name, role string) {
	w.Helper()
	who := of.credentials()
	if status, body := w.call(who, "iam", "GetInstanceProfile", "InstanceProfileName", name); status == 200 {
		if old := element(body, "RoleName"); old != "" {
			w.ok(who, "iam", "RemoveRoleFromInstanceProfile", "InstanceProfileName", name, "RoleName", old)
		}
		w.ok(who, "iam", "DeleteInstanceProfile", "InstanceProfileName", name)
	}
	w.ok(who, "iam", "CreateInstanceProfile", "InstanceProfileName", name)
	if role != "" {
		w.ok(who, "iam", "AddRoleToInstanceProfile", "InstanceProfileName", name, "RoleName", role)
	}
}

// image is an image for x86_64.
func (w *world) image() string {
	w.Helper()
	return element(w.okEC2(w.green.credentials(), "DescribeImages", "Owner.1", "amazon", "Filter.1.Name", "name", "Filter.1.Value.1", "al2023-ami-2*x86_64"), "imageId")
}

// launch runs one instance of green's.
func (w *world) launch(parameters ...string) string {
	w.Helper()
	return element(w.okEC2(w.green.credentials(), "RunInstances", append([]string{"ImageId", w.image(), "MinCount", "1", "MaxCount", "1"}, parameters...)...), "instanceId")
}

// metadata asks for the metadata of an instance.
func (w *world) metadata(who sigv4.Credentials, id, query string) (int, string) {
	w.Helper()
	req := w.request("GET", "/-/instances/"+id+"/metadata"+query, "")
	sigv4.Sign(req, who, "us-east-1", "sallyport", sigv4.HashPayload(nil), time.Now())
	return w.send(req)
}

func (w *world) document(who sigv4.Credentials, id, query string) *imds.Document {
	w.Helper()
	status, body := w.metadata(who, id, query)
	if status != 200 {
		w.Fatalf("%d %s\n%s", status, body, w.log)
	}
	doc := new(imds.Document)
	if err := json.Unmarshal([]byte(body), doc); err != nil {
		w.Fatal(err)
	}
	return doc
}

func TestInstanceMetadata(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	w.role(w.green, "app", trustsEC2, allow("s3:GetObject", "arn:aws:s3:::green-bucket/*"))
	w.profile(w.green, "app", "app")
	w.okEC2(green, "CreateKeyPair", "KeyName", "k", "KeyType", "ed25519")
	id := w.launch("IamInstanceProfile.Name", "app", "InstanceType", "t3.micro", "KeyName", "k", "UserData", "aGVsbG8=",
		"TagSpecification.1.ResourceType", "instance", "TagSpecification.1.Tag.1.Key", "team", "TagSpecification.1.Tag.1.Value", "red")

	doc := w.document(green, id, "?delivery=2.0")
	if doc.InstanceID != id || doc.AccountID != w.green.ID || doc.InstanceType != "t3.micro" || doc.Architecture != "x86_64" ||
		doc.State != "running" || doc.Tags["team"] != "red" || string(doc.UserData) != "hello" || doc.KeyName != "k" ||
		!strings.HasPrefix(doc.PublicKey, "ssh-ed25519 ") || doc.MetadataOptions.HTTPTokens != "required" || doc.MetadataOptions.HTTPPutResponseHopLimit != 2 {
		t.Errorf("%+v", doc)
	}
	c := doc.Credentials
	if c == nil || c.Code != "Success" || c.RoleName != "app" || time.Until(c.Expiration) < 5*time.Hour {
		t.Fatalf("%+v", c)
	}
	session := sigv4.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.Token}
	w.want(200, secret)(w.as(session, "GET", "/green-bucket/dir/k", ""))
	who := w.ok(session, "sts", "GetCallerIdentity")
	if got := element(who, "Arn"); got != "arn:aws:sts::"+w.green.ID+":assumed-role/app/"+id {
		t.Errorf("the session is %s", got)
	}
	w.okEC2(green, "TerminateInstances", "InstanceId.1", id)
	w.want(400, "is not connected.")(w.metadata(green, id, ""))
}

// TestInstanceSessionKeys: what the session says of its instance can be asked in
// policies.
func TestInstanceSessionKeys(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	w.role(w.green, "app", trustsEC2, "")
	w.profile(w.green, "app", "app")
	id := w.launch("IamInstanceProfile.Name", "app")
	w.ok(green, "iam", "PutRolePolicy", "RoleName", "app", "PolicyName", "p", "PolicyDocument", `{"Version":"2012-10-17","Statement":[{
		"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{
			"NumericGreaterThanEquals":{"ec2:RoleDelivery":"2.0"},
			"StringEquals":{"aws:Ec2InstanceSourcePrivateIPv4":"`+w.document(green, id, "").PrivateIP+`"},
			"ArnEquals":{"ec2:SourceInstanceARN":"arn:aws:ec2:us-east-1:`+w.green.ID+`:instance/`+id+`"}}}]}`)
	for query, want := range map[string]int{"?delivery=2.0": 200, "?delivery=1.0": 403, "": 403} {
		c := w.document(green, id, query).Credentials
		session := sigv4.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.Token}
		w.want(want, "")(w.as(session, "GET", "/green-bucket/dir/k", ""))
	}
}

// TestMetadataIsGuarded: who may not open a session on the instance gets nothing,
// nor does another account, and neither learns which instances there are.
func TestMetadataIsGuarded(t *testing.T) {
	w := hunted(t)
	w.role(w.green, "app", trustsEC2, "")
	w.profile(w.green, "app", "app")
	id := w.launch("IamInstanceProfile.Name", "app", "TagSpecification.1.ResourceType", "instance",
		"TagSpecification.1.Tag.1.Key", "team", "TagSpecification.1.Tag.1.Value", "red")
	byTag := func(key, team string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ssm:StartSession","Resource":"arn:aws:ec2:*:*:instance/*",
			"Condition":{"StringEquals":{"` + key + `":"` + team + `"}}}]}`
	}
	for name, c := range map[string]struct {
		policy string
		status int
	}{
		"nothing": {"", 400}, "all": {allow("ssm:StartSession", "*"), 200}, "another": {allow("ssm:StartSession", "arn:aws:ec2:*:*:instance/i-1"), 400},
		"by-tag": {byTag("ssm:resourceTag/team", "red"), 200}, "by-aws-tag": {byTag("aws:ResourceTag/team", "red"), 200},
		"by-other-tag": {byTag("ssm:resourceTag/team", "blue"), 400}, "ec2": {allow("ec2:*", "*"), 400},
	} {
		user := w.user(w.green, name, c.policy)
		if status, body := w.metadata(user, id, ""); status != c.status || status != 200 && !strings.Contains(body, "not authorized") {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if status, body := w.metadata(user, "i-0123456789abcdef0", ""); status == 200 || c.status != 200 && !strings.Contains(body, "not authorized") {
			t.Errorf("%s, of none: %d %s", name, status, body)
		}
	}
	w.want(400, "is not connected.")(w.metadata(w.blue.credentials(), id, ""))
	if status, body := w.send(w.request("GET", "/-/instances/"+id+"/metadata", "")); status == 200 || strings.Contains(body, "ASIA") {
		t.Errorf("unsigned: %d %s", status, body)
	}
}

// TestRolesThatInstancesDoNotGet: the reason is told, and explained.
func TestRolesThatInstancesDoNotGet(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	w.role(w.green, "person", trusts(w.green.ID), "")
	w.role(w.green, "app", trustsEC2, "")
	w.profile(w.green, "wrong", "person")
	w.profile(w.green, "right", "app")

	wrong := w.document(green, w.launch("IamInstanceProfile.Name", "wrong"), "")
	c := wrong.Credentials
	want := "EC2 cannot assume the role person. Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc."
	if c.Code != "AssumeRoleUnauthorizedAccess" || c.Message != want || c.AccessKeyID+c.SecretAccessKey+c.Token != "" {
		t.Errorf("%+v", c)
	}
	report, err := json.Marshal(w.explained(green, c.RequestID))
	if err != nil {
		t.Fatal(err)
	}
	if report := string(report); !strings.Contains(report, "sts:AssumeRole") || !strings.Contains(report, "role/person") || !strings.Contains(report, "trust policy of arn:aws:iam::") {
		t.Errorf("explained as %s", report)
	}

	id := w.launch("IamInstanceProfile.Name", "right")
	w.ok(green, "iam", "RemoveRoleFromInstanceProfile", "InstanceProfileName", "right", "RoleName", "app")
	if c := w.document(green, id, "").Credentials; c.Code != "InstanceProfileNotFound" || c.Token != "" {
		t.Errorf("without a role: %+v", c)
	}
	w.profile(w.green, "right", "app") // another profile of that name
	if c := w.document(green, id, "").Credentials; c.Code != "InstanceProfileNotFound" || c.Token != "" {
		t.Errorf("another profile: %+v", c)
	}
	// The trust policy may ask for the instance's account.
	w.role(w.green, "asks", strings.Replace(trustsEC2, `"sts:AssumeRole"`, `"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"`+w.blue.ID+`"}}`, 1), "")
	w.profile(w.green, "asks", "asks")
	if c := w.document(green, w.launch("IamInstanceProfile.Name", "asks"), "").Credentials; c.Code != "AssumeRoleUnauthorizedAccess" {
		t.Errorf("for another account: %+v", c)
	}
}

func TestIdentityDocumentsAreSigned(t *testing.T) {
	w := newWorld(t)
	doc := w.document(w.green.credentials(), w.launch(), "")
	status, text := w.send(w.request("GET", "/-/instances/certificate", ""))
	block, _ := pem.Decode([]byte(text))
	if status != 200 || block == nil {
		t.Fatalf("%d %s", status, text)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(doc.IdentitySignature, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(doc.IdentityDocument))
	if err := rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], signature); err != nil {
		t.Error(err)
	}
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(doc.IdentityDocument), &fields); err != nil || fields["instanceId"] != doc.InstanceID || fields["accountId"] != w.green.ID {
		t.Errorf("%v in %s", err, doc.IdentityDocument)
	}
	if again := w.document(w.green.credentials(), w.launch(), ""); again.IdentityRSA2048 == "" || again.InstanceProfile != nil || again.Credentials != nil {
		t.Errorf("%+v", again)
	}
}

// TestEveryOperationOfEC2IsShut sends every operation by a user without rights, in
// the account of the instance and in another.
func TestEveryOperationOfEC2IsShut(t *testing.T) {
	w := hunted(t)
	w.role(w.green, "app", trustsEC2, "")
	w.profile(w.green, "app", "app")
	id := w.launch("IamInstanceProfile.Name", "app")
	green := w.green.credentials()
	association := element(w.okEC2(green, "DescribeIamInstanceProfileAssociations"), "associationId")
	before := w.okEC2(green, "DescribeInstances")
	m := w.g.byPackage["ec2"]
	weak := w.user(w.green, "weak", "")
	callers := map[string]sigv4.Credentials{
		"weak": weak, "dry": weak, "elsewhere": w.user(w.green, "elsewhere", allow("ec2:*", "arn:aws:ec2:*:"+w.blue.ID+":*")),
	}
	known := map[string][]string{
		"ImageId": {"ImageId", w.image()}, "MinCount": {"MinCount", "1"}, "MaxCount": {"MaxCount", "1"}, "InstanceId": {"InstanceId", id},
		"InstanceIds": {"InstanceId.1", id}, "KeyName": {"KeyName", "k"}, "PublicKeyMaterial": {"PublicKeyMaterial", "eA=="},
		"AssociationId": {"AssociationId", association}, "IamInstanceProfile": {"IamInstanceProfile.Name", "app"},
		"Resources": {"ResourceId.1", id}, "Tags": {"Tag.1.Key", "a", "Tag.1.Value", "b"},
	}
	for _, op := range m.api.Operations {
		if !op.Implemented(m.impl) {
			t.Errorf("%s is not served", op.Name)
			continue
		}
		var parameters []string
		for _, p := range m.api.Shape(op.Input).Members {
			if value, ok := known[p.Name]; ok && (p.Required || p.Name == "ImageId") {
				parameters = append(parameters, value...)
			} else if p.Required {
				t.Errorf("%s needs %s, of which this test does not know", op.Name, p.Name)
			}
		}
		if op.Name == "DeleteKeyPair" {
			parameters = append(parameters, "KeyName", "k")
		}
		for name, who := range callers {
			parameters := parameters
			if name == "dry" && slices.ContainsFunc(m.api.Shape(op.Input).Members, func(p wire.Member) bool { return p.Name == "DryRun" }) {
				parameters = append(append([]string{}, parameters...), "DryRun", "true")
			}
			if status, body := w.ec2(who, op.Name, parameters...); status != 403 || !strings.Contains(body, "<Code>UnauthorizedOperation</Code>") {
				t.Errorf("%s by %s %q: %d %s", op.Name, name, parameters, status, body)
			}
		}
		// Another account's root finds none of it.
		if !strings.HasPrefix(op.Name, "Describe") {
			continue
		}
		if _, body := w.ec2(w.blue.credentials(), op.Name); strings.Contains(body, id) || strings.Contains(body, w.green.ID) {
			t.Errorf("%s by blue: %s", op.Name, body)
		}
	}
	for _, op := range []string{"TerminateInstances", "StopInstances"} {
		w.want(400, "InvalidInstanceID.NotFound")(w.ec2(w.blue.credentials(), op, "InstanceId.1", id))
	}
	if after := w.okEC2(green, "DescribeInstances"); strings.Split(after, "<reservationSet>")[1] != strings.Split(before, "<reservationSet>")[1] {
		t.Errorf("before %s\nafter %s", before, after)
	}
}
