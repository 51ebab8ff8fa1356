package gateway

import (
	"encoding/base32"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/totp"
)

// enableMFA gives a user a device, or the root user when the name is the
// account's id. It shows its codes by how many steps they are from now.
func (w *world) enableMFA(by sigv4.Credentials, userName string) (serial string, code func(steps int64) string) {
	w.Helper()
	made := w.ok(by, "iam", "CreateVirtualMFADevice", "VirtualMFADeviceName", userName)
	text, err := base64.StdEncoding.DecodeString(element(made, "Base32StringSeed"))
	if err != nil {
		w.Fatal(err)
	}
	seed, err := base32.StdEncoding.DecodeString(string(text))
	if err != nil {
		w.Fatal(err)
	}
	now := totp.Step(time.Now())
	code = func(steps int64) string { return totp.Code(seed, now+steps) }
	serial = element(made, "SerialNumber")
	w.ok(by, "iam", "EnableMFADevice", "UserName", userName, "SerialNumber", serial, "AuthenticationCode1", code(-1), "AuthenticationCode2", code(0))
	if strings.Contains(w.log.String(), string(text)) {
		w.Error("the log has a seed")
	}
	return serial, code
}

func bucketPolicy(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

func TestPoliciesAskForMFA(t *testing.T) {
	w := newWorld(t)
	root := w.green.credentials()
	alice := w.user(w.green, "alice", "")
	serial, code := w.enableMFA(root, "alice")
	w.want(200, "")(w.as(root, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.as(root, "PUT", "/green-bucket/k", "text"))
	plain := credentialsIn(w.ok(alice, "sts", "GetSessionToken"))
	w.want(403, "MultiFactorAuthentication failed with invalid MFA one time pass code. ")(
		w.call(alice, "sts", "GetSessionToken", "SerialNumber", serial, "TokenCode", code(0)))
	mfa := credentialsIn(w.ok(alice, "sts", "GetSessionToken", "SerialNumber", serial, "TokenCode", code(1)))

	allow := func(condition string) string {
		return `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + w.green.ID + `:user/alice"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*"` + condition + `}`
	}
	deny := func(condition string) string {
		return allow("") + `,{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*","Condition":` + condition + `}`
	}
	for _, c := range []struct {
		name, statements  string
		long, plain, with int
	}{
		{"allowed with MFA", allow(`,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`), 403, 403, 200},
		{"allowed with MFA if the key is there", allow(`,"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`), 200, 403, 200},
		{"denied without MFA, which long-term keys escape", deny(`{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`), 200, 403, 200},
		{"denied without MFA", deny(`{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`), 403, 403, 200},
		{"allowed for an hour", allow(`,"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}`), 403, 403, 200},
		{"allowed for no time", allow(`,"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"0"}}`), 403, 403, 403},
		{"denied without an age", deny(`{"Null":{"aws:MultiFactorAuthAge":"true"}}`), 403, 403, 200},
	} {
		w.want(204, "")(w.as(root, "PUT", "/green-bucket?policy", bucketPolicy(c.statements)))
		for who, want := range map[*sigv4.Credentials]int{&alice: c.long, &plain: c.plain, &mfa: c.with} {
			if status, body := w.as(*who, "GET", "/green-bucket/k", ""); status != want {
				t.Errorf("%s: %d %s, want %d", c.name, status, body, want)
			}
		}
	}

	// IAM wants MFA of session tokens whatever the policies say.
	w.grant(w.green, "alice", `{"Effect":"Allow","Action":"iam:*","Resource":"*"}`)
	w.ok(alice, "iam", "ListUsers")
	w.want(403, "")(w.call(plain, "iam", "ListUsers"))
	w.ok(mfa, "iam", "ListUsers")
	w.ok(mfa, "iam", "DeactivateMFADevice", "SerialNumber", serial)
	w.want(403, "unable to validate MFA code")(w.call(alice, "sts", "GetSessionToken", "SerialNumber", serial, "TokenCode", code(2)))
}

func TestRolesAskForMFA(t *testing.T) {
	w := newWorld(t)
	alice := w.user(w.green, "alice", bucketPolicy(`{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}`))
	serial, code := w.enableMFA(w.green.credentials(), "alice")
	role := w.role(w.blue, "ops", bucketPolicy(`{"Effect":"Allow","Principal":{"AWS":"`+w.green.ID+`"},"Action":["sts:AssumeRole","sts:TagSession"],
		"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}}}`),
		bucketPolicy(`{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`))
	ask := func(more ...string) (int, string) {
		return w.call(alice, "sts", "AssumeRole", append([]string{"RoleArn", role, "RoleSessionName", "ses"}, more...)...)
	}
	w.want(403, "not authorized to perform: sts:AssumeRole")(ask())
	w.want(403, "invalid MFA one time pass code")(ask("SerialNumber", serial, "TokenCode", code(-1)))
	w.want(403, "must provide both")(ask("SerialNumber", serial))
	w.want(400, "ValidationError")(ask("SerialNumber", serial, "TokenCode", "12345"))
	status, body := ask("SerialNumber", serial, "TokenCode", code(1), "Tags.member.1.Key", "a", "Tags.member.1.Value", "b")
	w.want(200, "")(status, body)
	w.want(403, "invalid MFA one time pass code")(ask("SerialNumber", serial, "TokenCode", code(1)))
	w.want(200, "")(w.as(credentialsIn(body), "GET", "/", "")) // its key is there, and false
}

func TestMFADeleteTakesCodesOfTheRootUser(t *testing.T) {
	w := newWorld(t)
	root := w.green.credentials()
	alice := w.user(w.green, "alice", allow("s3:*", "*"))
	serial, code := w.enableMFA(root, w.green.ID)
	aliceSerial, aliceCode := w.enableMFA(root, "alice")
	w.want(200, "")(w.as(root, "PUT", "/green-bucket", ""))
	enable := func(who sigv4.Credentials, mfa string) (int, string) {
		body := `<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>`
		return w.digested(who, "PUT", "/green-bucket?versioning", body, "X-Amz-Mfa", mfa)
	}
	w.want(403, "MFA Authentication failed")(enable(root, aliceSerial+" "+aliceCode(1)))
	w.want(403, "MFA Authentication failed")(enable(root, serial+" "+code(0)))
	w.want(403, "bucket owner")(enable(alice, serial+" "+code(1)))
	w.want(200, "")(enable(root, serial+" "+code(1)))
	w.want(200, "<MfaDelete>Enabled</MfaDelete>")(w.as(alice, "GET", "/green-bucket?versioning", ""))
	w.want(200, "")(w.as(alice, "PUT", "/green-bucket/k", "text"))
	_, versions := w.as(alice, "GET", "/green-bucket?versions", "")
	path := "/green-bucket/k?versionId=" + element(versions, "VersionId")
	w.want(403, "Mfa Authentication must be used for this request")(w.as(alice, "DELETE", path, ""))
	w.want(403, "MFA Authentication failed")(w.as(root, "DELETE", path, "", "X-Amz-Mfa", serial+" "+code(1)))
	w.want(204, "")(w.as(root, "DELETE", path, "", "X-Amz-Mfa", serial+" "+code(2)))
}
