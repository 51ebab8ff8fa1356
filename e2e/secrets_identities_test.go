package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// secretSearch knows secrets, and finds each in whatever form it may have been
// left somewhere.
type secretSearch struct {
	t     *testing.T
	forms map[string][][]byte
}

// add remembers a secret: as it is, in base64 wherever in a longer text it begins,
// in hex, escaped as in URLs and as bytes if it is base32.
func (s *secretSearch) add(what, secret string) {
	s.t.Helper()
	if len(secret) < 8 {
		s.t.Fatalf("%s is %q", what, secret)
	}
	forms := [][]byte{[]byte(secret), []byte(hex.EncodeToString([]byte(secret))), []byte(url.QueryEscape(secret))}
	for shift := range 3 {
		// What does not depend on the bytes before and after it.
		whole := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), secret...))
		middle := whole[min(len(whole), (shift*8+5)/6) : len(whole)-1]
		forms = append(forms, []byte(middle), []byte(strings.NewReplacer("+", "-", "/", "_").Replace(middle)))
	}
	if raw, err := base32.StdEncoding.DecodeString(secret); err == nil {
		forms = append(forms, raw, []byte(hex.EncodeToString(raw)))
	}
	s.forms[what] = forms
}

// in looks for all secrets but those that are to be there.
func (s *secretSearch) in(place string, text []byte, but ...string) {
	s.t.Helper()
	for what, forms := range s.forms {
		for i, form := range forms {
			if bytes.Contains(text, form) && !contains(but, what) {
				s.t.Errorf("%s is in %s (form %d)", what, place, i)
			}
		}
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// certificatePEM is a self-signed certificate with its key, in PEM.
func certificatePEM(t *testing.T) (cert, key string) {
	t.Helper()
	private := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example.net"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))(t)
	encoded := must(x509.MarshalPKCS8PrivateKey(private))(t)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}

// explained are the operations that take or give secrets.
var explained = map[string]bool{
	"CreateLoginProfile": true, "UpdateLoginProfile": true, "ChangePassword": true, "UploadServerCertificate": true, "EnableMFADevice": true,
	"CreateVirtualMFADevice": true, "CreateAccessKey": true, "CreateServiceSpecificCredential": true, "AssumeRole": true, "GetFederationToken": true,
}

// show is all that there is in values of the SDK.
func show(values ...any) string {
	text, err := json.Marshal(values)
	return string(text) + fmt.Sprint(err)
}

// TestSecretsOfIdentitiesAreNowhere makes a secret of every kind that IAM and STS
// give out or take, uses them rightly and wrongly, and looks for them in the
// server's log, in its files, in what it answers later, in its metrics, decisions
// and explanations, and in the dump of its goroutines at the end.
func TestSecretsOfIdentitiesAreNowhere(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--log-level", "debug")
	keys := s.profileKeys("green")
	search := &secretSearch{t, map[string][][]byte{}}
	search.add("green's secret key", keys.SecretAccessKey)
	search.add("blue's secret key", s.profileKeys("blue").SecretAccessKey)
	d := s.iam(keys)

	must(d.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("ann")}))(t)
	must(d.AttachUserPolicy(t.Context(), &iam.AttachUserPolicyInput{UserName: aws.String("ann"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}))(t)
	k := must(d.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("ann")}))(t).AccessKey
	search.add("ann's secret key", *k.SecretAccessKey)
	ann := credentials{AccessKeyID: *k.AccessKeyId, SecretAccessKey: *k.SecretAccessKey}
	answers := map[string]string{}
	refuse := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s is allowed", what)
			return
		}
		answers["the answer to "+what] = err.Error()
	}

	// Passwords, right and wrong.
	for i, password := range []string{"First-Pass-word-1", "Second-Pass-word-2", "Third-Pass-word-3", "Wrong-Pass-word-4", "lettersalonearetoofew"} {
		search.add(fmt.Sprint("password ", i+1), password)
	}
	must(d.UpdateAccountPasswordPolicy(t.Context(), &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(10), RequireNumbers: true, AllowUsersToChangePassword: true}))(t)
	must(d.CreateLoginProfile(t.Context(), &iam.CreateLoginProfileInput{UserName: aws.String("ann"), Password: aws.String("First-Pass-word-1")}))(t)
	must(d.UpdateLoginProfile(t.Context(), &iam.UpdateLoginProfileInput{UserName: aws.String("ann"), Password: aws.String("Second-Pass-word-2")}))(t)
	must(s.iam(ann).ChangePassword(t.Context(), &iam.ChangePasswordInput{OldPassword: aws.String("Second-Pass-word-2"), NewPassword: aws.String("Third-Pass-word-3")}))(t)
	_, err := s.iam(ann).ChangePassword(t.Context(), &iam.ChangePasswordInput{OldPassword: aws.String("Wrong-Pass-word-4"), NewPassword: aws.String("First-Pass-word-1")})
	refuse("a wrong password", err)
	_, err = d.UpdateLoginProfile(t.Context(), &iam.UpdateLoginProfileInput{UserName: aws.String("ann"), Password: aws.String("lettersalonearetoofew")})
	refuse("a weak password", err)

	// Seeds, private keys, and what services know users by.
	device := must(d.CreateVirtualMFADevice(t.Context(), &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("phone")}))(t).VirtualMFADevice
	search.add("the MFA seed", string(device.Base32StringSeed))
	_, err = d.EnableMFADevice(t.Context(), &iam.EnableMFADeviceInput{UserName: aws.String("ann"), SerialNumber: device.SerialNumber, AuthenticationCode1: aws.String("000000"), AuthenticationCode2: aws.String("000001")})
	refuse("wrong MFA codes", err)
	cert, private := certificatePEM(t)
	_, strange := certificatePEM(t)
	for what, text := range map[string]string{"a certificate's key": private, "another certificate's key": strange} {
		body := strings.Split(text, "\n")[1]
		search.add(what, body)
		search.add(what+", decoded", string(must(base64.StdEncoding.DecodeString(body))(t)))
	}
	must(d.UploadServerCertificate(t.Context(), &iam.UploadServerCertificateInput{ServerCertificateName: aws.String("cert"), CertificateBody: &cert, PrivateKey: &private}))(t)
	_, err = d.UploadServerCertificate(t.Context(), &iam.UploadServerCertificateInput{ServerCertificateName: aws.String("other"), CertificateBody: &cert, PrivateKey: &strange})
	refuse("a key of another certificate", err)
	git := must(d.CreateServiceSpecificCredential(t.Context(), &iam.CreateServiceSpecificCredentialInput{UserName: aws.String("ann"), ServiceName: aws.String("codecommit.amazonaws.com")}))(t).ServiceSpecificCredential
	search.add("a service's password", *git.ServicePassword)
	again := must(d.ResetServiceSpecificCredential(t.Context(), &iam.ResetServiceSpecificCredentialInput{ServiceSpecificCredentialId: git.ServiceSpecificCredentialId, UserName: aws.String("ann")}))(t).ServiceSpecificCredential
	search.add("a service's password after the reset", *again.ServicePassword)

	s.sessionsOf(search, ann, answers)

	// What it tells afterwards.
	details := must(d.GetAccountAuthorizationDetails(t.Context(), &iam.GetAccountAuthorizationDetailsInput{}))(t)
	answers["the authorization details"] = show(details.UserDetailList, details.RoleDetailList, details.Policies)
	for range 2 {
		if _, err := d.GenerateCredentialReport(t.Context(), &iam.GenerateCredentialReportInput{}); err != nil {
			t.Fatal(err)
		}
	}
	report := must(d.GetCredentialReport(t.Context(), &iam.GetCredentialReportInput{}))(t)
	answers["the credential report"] = string(report.Content)
	answers["the certificate"] = show(must(d.GetServerCertificate(t.Context(), &iam.GetServerCertificateInput{ServerCertificateName: aws.String("cert")}))(t).ServerCertificate)
	answers["the login profile"] = show(must(d.GetLoginProfile(t.Context(), &iam.GetLoginProfileInput{UserName: aws.String("ann")}))(t).LoginProfile)
	answers["the access keys"] = show(must(d.ListAccessKeys(t.Context(), &iam.ListAccessKeysInput{UserName: aws.String("ann")}))(t).AccessKeyMetadata)
	answers["the services' credentials"] = show(must(d.ListServiceSpecificCredentials(t.Context(), &iam.ListServiceSpecificCredentialsInput{UserName: aws.String("ann")}))(t).ServiceSpecificCredentials)
	answers["the MFA devices"] = show(must(d.ListVirtualMFADevices(t.Context(), &iam.ListVirtualMFADevicesInput{}))(t).VirtualMFADevices)
	metrics := bare(t, "GET", s.endpoint+"/-/metrics", "")
	answers["the metrics"] = string(metrics.body)
	if !strings.Contains(answers["the metrics"], "sallyport_") {
		t.Errorf("no metrics: %d", metrics.StatusCode)
	}
	for _, m := range regexp.MustCompile(`request_id=(\S+).*? operation=(\w+)`).FindAllStringSubmatch(s.stderr.String(), -1) {
		if explained[m[2]] {
			r := s.sallyport("explain", "--profile", "green", "--json", m[1])
			answers["an explanation"] += r.stdout + r.stderr
		}
	}
	if !strings.Contains(answers["an explanation"], "iam:UploadServerCertificate") {
		t.Error("nothing is explained")
	}
	for place, text := range answers {
		search.in(place, []byte(text))
	}

	// No image of the process can reach the disk, and its goroutines tell nothing.
	if limits := must(os.ReadFile(fmt.Sprintf("/proc/%d/limits", s.cmd.Process.Pid)))(t); !bytes.Contains(limits, []byte("Max core file size        0                    0 ")) {
		t.Errorf("the server may leave its memory behind:\n%s", limits)
	}
	s.cmd.Process.Signal(syscall.SIGQUIT)
	<-s.exited
	s.cmd = nil
	if !strings.Contains(s.stderr.String(), "\ngoroutine 1 ") || !strings.Contains(s.stderr.String(), "operation=UploadServerCertificate") {
		t.Error("the log lacks requests or the goroutines")
	}
	search.in("the log", []byte(s.stderr.String()))
	search.in("the output", []byte(s.stdout.String()))
	profiles := filepath.Join(s.dir, "aws", "credentials")
	files := 0
	if err := filepath.WalkDir(s.dir, func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if path == profiles {
			// The search itself finds what is there.
			if !bytes.Contains(text, search.forms["green's secret key"][0]) {
				t.Error("the profiles lack their keys")
			}
			search.in(path, text, "green's secret key", "blue's secret key")
			return err
		}
		search.in(path, text)
		return err
	}); err != nil || files < 6 {
		t.Errorf("%d files: %v", files, err)
	}
	s.start()
	must(s.sts(ann).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t)
}

// sessionsOf makes temporary credentials of every kind and uses each rightly and,
// with another's token, wrongly.
func (s *server) sessionsOf(search *secretSearch, ann credentials, answers map[string]string) {
	t := search.t
	t.Helper()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + s.account("green").id + `","Service":["ecs-tasks.amazonaws.com","ec2.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`
	role := must(s.iam(s.profileKeys("green")).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("task"), AssumeRolePolicyDocument: &trust}))(t).Role
	own := must(s.sts(ann).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{}))(t).Credentials
	assumed := must(s.sts(ann).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: aws.String("session")}))(t).Credentials
	federated := must(s.sts(ann).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("fred")}))(t).Credentials
	sessions := map[string]credentials{
		"GetSessionToken": {*own.AccessKeyId, *own.SecretAccessKey, *own.SessionToken},
		"AssumeRole":      {*assumed.AccessKeyId, *assumed.SecretAccessKey, *assumed.SessionToken},
		"federation":      {*federated.AccessKeyId, *federated.SecretAccessKey, *federated.SessionToken},
	}
	var task credentials
	self := guests(t, "none")["the SDK for Go"][:3]
	s.sallyport(append([]string{"container", "exec", "--profile", "green", "--role-arn", *role.Arn, "--"}, self...)...).decode(t, &task)
	sessions["a container"] = task
	w := newWorld(t, s)
	w.hosted("web", trusts(trustEC2))
	w.profileOf("web")
	var instance credentials
	id := w.launch("--iam-instance-profile", "Name=web")
	s.sallyport(append([]string{"instance", "exec", "--profile", "blue", "--instance-id", id, "--"}, self...)...).decode(t, &instance)
	sessions["an instance"] = instance
	for what, c := range sessions {
		search.add(what+"'s secret key", c.SecretAccessKey)
		search.add(what+"'s token", c.SessionToken)
		must(s.sts(c).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t)
		for name, wrong := range map[string]credentials{
			"a token of another key":  {c.AccessKeyID, c.SecretAccessKey, *own.SessionToken + "x"},
			"a secret of another key": {c.AccessKeyID, ann.SecretAccessKey, c.SessionToken},
		} {
			_, err := s.sts(wrong).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			if err == nil {
				t.Errorf("%s: %s is taken", what, name)
				continue
			}
			answers["the answer to "+name] += err.Error()
		}
	}
}
