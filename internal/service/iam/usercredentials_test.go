package iam

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/wire"
)

// A key that ssh-keygen made, and what ssh-keygen -E md5 -l says of it.
const (
	sshExample    = "AAAAB3NzaC1yc2EAAAADAQABAAABAQCoNZtvvlHMU3IPaTwlYw3Uc7c5DQC2b61suKO5o2B2thTfykgBGoTXEeVEBAURUEGRY/UOrT1n3DKIToElNUWxI8kcyknxj6jAyEItd+MzS+PqFp6Gbq2WD2ptJVEnRZaf5TimO4ABtANS6V8C0Om028Da/eQGh9QjZcp71WpIJYqO2YoxGmrxmQ7ydEMLh0R888aKpoLiepHF/JwOsH7eAcnLBN2zLce2celNX2E26HTZaRZlW4R9UsJxPp7EZEJwxqUNjS3gBzJhM0Qw65oCHp4+j3whEFefpBrTs3JcoGtgHmnTXDvPeE9HvpN+biX8rWeQ8l3+NbBBAQ90ne6x"
	sshExampleMD5 = "1a:3f:ec:95:08:5c:8b:f5:2c:1a:e2:1d:05:d7:f4:96"
)

var rsaKeys = sync.OnceValue(func() (keys []*rsa.PrivateKey) {
	for range 2 {
		keys = append(keys, must(rsa.GenerateKey(rand.Reader, 2048)))
	}
	return keys
})

func sshForm(k *rsa.PublicKey) string { return must(encodeSSHKey(k, "SSH")) }

func TestSSHPublicKeys(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.SSHKeysPerUser = 2 })
	w.user("bob")
	bob := w.asUser("bob")
	one, two := &rsaKeys()[0].PublicKey, &rsaKeys()[1].PublicKey
	upload := func(body string) (*api.SSHPublicKey, error) {
		out, err := w.UploadSSHPublicKey(bob, &api.UploadSSHPublicKeyInput{UserName: new("bob"), SSHPublicKeyBody: &body})
		if err != nil {
			return nil, err
		}
		return out.SSHPublicKey, nil
	}
	k := must(upload(sshForm(one) + " bob@host"))
	same(t, "body", *k.SSHPublicKeyBody, sshForm(one)+" bob@host")
	same(t, "status and id", *k.Status+" "+(*k.SSHPublicKeyId)[:4], "Active APKA")
	same(t, "fingerprint", len(*k.Fingerprint), 47)
	_, err := upload(must(encodeSSHKey(one, "PEM")))
	refused(t, err, 400, "DuplicateSSHPublicKey", "The SSH public key is already associated with the specified IAM user.")
	small := must(x509.MarshalPKIXPublicKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).Public()))
	for body, code := range map[string]string{
		"ssh-rsa AAAA":           "InvalidPublicKey",
		sshForm(one)[:100]:       "InvalidPublicKey",
		"ssh-ed25519 AAAA":       "UnrecognizedPublicKeyEncoding",
		"hello":                  "UnrecognizedPublicKeyEncoding",
		"-----BEGIN PUBLIC KEY-": "InvalidPublicKey",
		string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: small})): "InvalidPublicKey",
	} {
		_, err := upload(body)
		text := "The public key is malformed or otherwise invalid."
		if code != "InvalidPublicKey" {
			text = "The public key encoding format is not supported or not recognized."
		}
		refused(t, err, 400, code, text)
	}
	must(upload(must(encodeSSHKey(two, "PEM"))))
	_, err = upload(sshForm(&must(rsa.GenerateKey(rand.Reader, 2048)).PublicKey))
	refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: 2")

	for _, form := range []string{"SSH", "PEM"} {
		got := must(w.GetSSHPublicKey(w.ctx, &api.GetSSHPublicKeyInput{UserName: new("bob"), SSHPublicKeyId: k.SSHPublicKeyId, Encoding: &form})).SSHPublicKey
		same(t, form, *got.SSHPublicKeyBody, must(encodeSSHKey(one, form)))
		same(t, "fingerprint", *got.Fingerprint, *k.Fingerprint)
	}
	must(w.UpdateSSHPublicKey(bob, &api.UpdateSSHPublicKeyInput{UserName: new("bob"), SSHPublicKeyId: k.SSHPublicKeyId, Status: new("Inactive")}))
	page := must(w.ListSSHPublicKeys(bob, &api.ListSSHPublicKeysInput{MaxItems: new(int32(1))}))
	rest := must(w.ListSSHPublicKeys(bob, &api.ListSSHPublicKeysInput{Marker: page.Marker}))
	same(t, "keys", len(page.SSHPublicKeys)+len(rest.SSHPublicKeys), 2)
	statuses := *page.SSHPublicKeys[0].Status + *rest.SSHPublicKeys[0].Status
	if statuses != "ActiveInactive" && statuses != "InactiveActive" {
		t.Error(statuses)
	}
	_, err = w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("bob")})
	refused(t, err, 409, "DeleteConflict", "Cannot delete entity, must remove referenced objects first.")
	for _, l := range [][]api.SSHPublicKeyMetadata{page.SSHPublicKeys, rest.SSHPublicKeys} {
		must(w.DeleteSSHPublicKey(bob, &api.DeleteSSHPublicKeyInput{UserName: new("bob"), SSHPublicKeyId: l[0].SSHPublicKeyId}))
	}
	_, err = w.DeleteSSHPublicKey(bob, &api.DeleteSSHPublicKeyInput{UserName: new("bob"), SSHPublicKeyId: k.SSHPublicKeyId})
	refused(t, err, 404, "NoSuchEntity", "The Public Key with id "+*k.SSHPublicKeyId+" cannot be found.")
	must(w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("bob")}))
}

func TestFingerprint(t *testing.T) {
	const body = "ssh-rsa " + sshExample
	k, err := parseSSHKey(body)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "fingerprint", fingerprint(k), sshExampleMD5)
	same(t, "the same again", must(encodeSSHKey(k, "SSH")), body)
}

// certify makes a certificate that ends two years after the tests' time, signed
// by the parent's key or by its own.
func certify(name string, key crypto.Signer, parent *x509.Certificate, by crypto.Signer) (*x509.Certificate, string) {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: start.AddDate(-1, 0, 0), NotAfter: start.AddDate(2, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if parent == nil {
		parent, by = c, key
	}
	der := must(x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by))
	return must(x509.ParseCertificate(der)), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func keyPEM(key crypto.Signer) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))}))
}

const notPEM = "Unable to parse certificate. Please ensure the certificate is in PEM format."

func TestSigningCertificates(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	w.user("eve")
	bob := w.asUser("bob")
	var certs []string
	for i := range 3 {
		_, text := certify(fmt.Sprint("c", i), rsaKeys()[0], nil, nil)
		certs = append(certs, text)
	}
	upload := func(user *string, body string, after time.Duration) (*api.SigningCertificate, error) {
		out, err := w.UploadSigningCertificate(later(bob, after), &api.UploadSigningCertificateInput{UserName: user, CertificateBody: &body})
		if err != nil {
			return nil, err
		}
		return out.Certificate, nil
	}
	c := must(upload(nil, certs[0], 0))
	same(t, "certificate", fmt.Sprint(*c.UserName, *c.Status, len(*c.CertificateId), *c.CertificateBody == certs[0]), "bobActive32 true")
	for _, body := range []string{"hello", certs[1] + certs[2], "text\n" + certs[1], certs[1][:200], strings.Replace(certs[1], "CERTIFICATE", "PRIVATE KEY", 2)} {
		refused(t, second(upload(nil, body, 0)), 400, "MalformedCertificate", notPEM)
	}
	refused(t, second(upload(nil, certs[1], 3*365*24*time.Hour)), 400, "InvalidCertificate",
		"The certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.")
	refused(t, second(upload(nil, certs[0]+"\n", 0)), 409, "EntityAlreadyExists", "The certificate is already associated with the user.")
	refused(t, second(upload(new("eve"), certs[0], 0)), 409, "DuplicateCertificate", "The certificate is already associated with another user of the account.")
	must(upload(nil, certs[1], 0))
	refused(t, second(upload(nil, certs[2], 0)), 409, "LimitExceeded", "Cannot exceed quota for CertificatesPerUser: 2")

	must(w.UpdateSigningCertificate(bob, &api.UpdateSigningCertificateInput{CertificateId: c.CertificateId, Status: new("Inactive")}))
	_, err := w.UpdateSigningCertificate(bob, &api.UpdateSigningCertificateInput{CertificateId: c.CertificateId, Status: new("Expired")})
	refused(t, err, 400, "ValidationError", "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set")
	page := must(w.ListSigningCertificates(bob, &api.ListSigningCertificatesInput{MaxItems: new(int32(1))}))
	rest := must(w.ListSigningCertificates(w.ctx, &api.ListSigningCertificatesInput{UserName: new("bob"), Marker: page.Marker}))
	same(t, "certificates", len(page.Certificates)+len(rest.Certificates), 2)
	_, err = w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("bob")})
	refused(t, err, 409, "DeleteConflict", "Cannot delete entity, must delete certificates first.")
	must(w.DeleteSigningCertificate(bob, &api.DeleteSigningCertificateInput{CertificateId: c.CertificateId}))
	_, err = w.DeleteSigningCertificate(bob, &api.DeleteSigningCertificateInput{CertificateId: c.CertificateId})
	refused(t, err, 404, "NoSuchEntity", "The Certificate with id "+*c.CertificateId+" cannot be found.")

	must(w.UploadSigningCertificate(w.ctx, &api.UploadSigningCertificateInput{CertificateBody: &certs[0]}))
	same(t, "of root", must(w.GetAccountSummary(w.ctx, &api.GetAccountSummaryInput{})).SummaryMap["AccountSigningCertificatesPresent"], 1)
}

func TestServerCertificates(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.ServerCertificates = 3 })
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	ecKey := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	ca, caText := certify("ca", rsaKeys()[1], nil, nil)
	_, leaf := certify("leaf", rsaKeys()[0], ca, rsaKeys()[1])
	_, ec := certify("ec", ecKey, ca, rsaKeys()[1])
	upload := func(name, body, key, chain string) error {
		in := &api.UploadServerCertificateInput{ServerCertificateName: &name, CertificateBody: &body, PrivateKey: &key}
		if chain != "" {
			in.CertificateChain = &chain
		}
		_, err := w.UploadServerCertificate(w.ctx, in)
		return err
	}
	const chained = "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, " +
		"followed by any intermediaries in order. The index within the chain of the invalid certificate is: "
	for _, c := range []struct{ body, key, chain, code, text string }{
		{"x", keyPEM(rsaKeys()[0]), "", "MalformedCertificate", notPEM},
		{leaf, "x", "", "MalformedCertificate", "Invalid Private Key."},
		{leaf, leaf, "", "MalformedCertificate", "Invalid Private Key."},
		{leaf, string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})), "", "MalformedCertificate", "Unable to parse key; the body is encrypted."},
		{leaf, keyPEM(rsaKeys()[1]), "", "KeyPairMismatch", "The public key certificate and the private key do not match."},
		{leaf, keyPEM(edKey), "", "KeyPairMismatch", "The public key certificate and the private key do not match."},
		{leaf, keyPEM(rsaKeys()[0]), leaf, "MalformedCertificate", chained + "-1"},
		{leaf, keyPEM(rsaKeys()[0]), caText + leaf, "MalformedCertificate", chained + "0"},
		{leaf, keyPEM(rsaKeys()[0]), "junk", "MalformedCertificate", notPEM},
	} {
		refused(t, upload("bad", c.body, c.key, c.chain), 400, c.code, c.text)
	}
	out := must(w.UploadServerCertificate(w.ctx, &api.UploadServerCertificateInput{
		ServerCertificateName: new("Leaf"), Path: new("/web/"), CertificateBody: &leaf, PrivateKey: new(keyPEM(rsaKeys()[0])), CertificateChain: &caText,
		Tags: []api.Tag{{Key: new("a"), Value: new("1")}},
	}))
	m := out.ServerCertificateMetadata
	same(t, "certificate", fmt.Sprintln(*m.Arn, (*m.ServerCertificateId)[:4], m.Expiration.Format(time.DateOnly), len(out.Tags)),
		"arn:aws:iam::111111111111:server-certificate/web/Leaf ASCA 2028-03-01 1\n")
	refused(t, upload("LEAF", leaf, keyPEM(rsaKeys()[0]), ""), 409, "EntityAlreadyExists", "The Server Certificate with name LEAF already exists.")
	if err := upload("ec", ec, keyPEM(ecKey), ""); err != nil {
		t.Error(err)
	}
	if err := upload("ec2", ec, keyPEM(ecKey), caText); err != nil {
		t.Error(err)
	}
	refused(t, upload("more", leaf, keyPEM(rsaKeys()[0]), ""), 409, "LimitExceeded", "Cannot exceed quota for ServerCertificatesPerAccount: 3")

	got := must(w.GetServerCertificate(w.ctx, &api.GetServerCertificateInput{ServerCertificateName: new("leaf")})).ServerCertificate
	same(t, "body and chain", *got.CertificateBody+*got.CertificateChain, leaf+caText)
	same(t, "below a path", len(must(w.ListServerCertificates(w.ctx, &api.ListServerCertificatesInput{PathPrefix: new("/web/")})).ServerCertificateMetadataList), 1)
	page := must(w.ListServerCertificates(w.ctx, &api.ListServerCertificatesInput{MaxItems: new(int32(2))}))
	rest := must(w.ListServerCertificates(w.ctx, &api.ListServerCertificatesInput{Marker: page.Marker}))
	same(t, "pages", fmt.Sprint(len(page.ServerCertificateMetadataList), len(rest.ServerCertificateMetadataList)), "2 1")

	w.refuse = "iam:UpdateServerCertificate arn:aws:iam::111111111111:server-certificate/web/new"
	update := func(name, newName string) error {
		_, err := w.UpdateServerCertificate(w.ctx, &api.UpdateServerCertificateInput{ServerCertificateName: &name, NewServerCertificateName: &newName})
		return err
	}
	refused(t, update("leaf", "new"), 403, "AccessDenied", "no "+w.refuse)
	refused(t, update("leaf", "ec"), 409, "EntityAlreadyExists", "The Server Certificate with name ec already exists.")
	if err := update("leaf", "leaf2"); err != nil {
		t.Error(err)
	}
	got = must(w.GetServerCertificate(w.ctx, &api.GetServerCertificateInput{ServerCertificateName: new("leaf2")})).ServerCertificate
	same(t, "id after renaming", *got.ServerCertificateMetadata.ServerCertificateId, *m.ServerCertificateId)
	must(w.TagServerCertificate(w.ctx, &api.TagServerCertificateInput{ServerCertificateName: new("leaf2"), Tags: []api.Tag{{Key: new("b"), Value: new("2")}}}))
	must(w.UntagServerCertificate(w.ctx, &api.UntagServerCertificateInput{ServerCertificateName: new("leaf2"), TagKeys: []string{"a"}}))
	tags := must(w.ListServerCertificateTags(w.ctx, &api.ListServerCertificateTagsInput{ServerCertificateName: new("leaf2")})).Tags
	same(t, "tags", fmt.Sprint(len(tags), *tags[0].Key), "1b")
	same(t, "summary", must(w.GetAccountSummary(w.ctx, &api.GetAccountSummaryInput{})).SummaryMap["ServerCertificates"], 3)
	must(w.DeleteServerCertificate(w.ctx, &api.DeleteServerCertificateInput{ServerCertificateName: new("leaf2")}))
	_, err := w.DeleteServerCertificate(w.ctx, &api.DeleteServerCertificateInput{ServerCertificateName: new("leaf2")})
	refused(t, err, 404, "NoSuchEntity", "The Server Certificate with name leaf2 cannot be found.")
}

func TestServiceSpecificCredentials(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	w.user("eve")
	bob := w.asUser("bob")
	create := func(user, service string, days int32) (*api.ServiceSpecificCredential, error) {
		in := &api.CreateServiceSpecificCredentialInput{UserName: &user, ServiceName: &service}
		if days > 0 {
			in.CredentialAgeDays = &days
		}
		out, err := w.CreateServiceSpecificCredential(w.ctx, in)
		if err != nil {
			return nil, err
		}
		return out.ServiceSpecificCredential, nil
	}
	const git, cassandra, bedrock = "codecommit.amazonaws.com", "cassandra.amazonaws.com", "bedrock.amazonaws.com"
	first, other := must(create("bob", git, 0)), must(create("bob", git, 0))
	same(t, "names", *first.ServiceUserName+" "+*other.ServiceUserName, "bob-at-111111111111 bob+1-at-111111111111")
	same(t, "password and id", fmt.Sprint(len(*first.ServicePassword), (*first.ServiceSpecificCredentialId)[:4], len(*first.ServiceSpecificCredentialId)), "44ACCA21")
	refused(t, second(create("bob", git, 0)), 409, "LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2")
	refused(t, second(create("bob", "s3.amazonaws.com", 0)), 404, "NotSupportedService", "No such service s3.amazonaws.com is supported for Service Specific Credentials")
	refused(t, second(create("bob", cassandra, 1)), 400, "InvalidInput", "CredentialAgeDays is not supported for the service cassandra.amazonaws.com.")
	must(create("bob", cassandra, 0))
	key := must(create("eve", bedrock, 3))
	if key.ServicePassword != nil || !strings.HasPrefix(*key.ServiceCredentialSecret, "ABSK") || *key.ServiceCredentialAlias != "eve-at-111111111111" ||
		!key.ExpirationDate.Equal(start.AddDate(0, 0, 3)) {
		t.Errorf("%+v", key)
	}

	must(w.UpdateServiceSpecificCredential(bob, &api.UpdateServiceSpecificCredentialInput{ServiceSpecificCredentialId: first.ServiceSpecificCredentialId, Status: new("Inactive")}))
	list := func(in api.ListServiceSpecificCredentialsInput) []api.ServiceSpecificCredentialMetadata {
		var all []api.ServiceSpecificCredentialMetadata
		for in.MaxItems = new(int32(1)); ; {
			out := must(w.ListServiceSpecificCredentials(bob, &in))
			all = append(all, out.ServiceSpecificCredentials...)
			if in.Marker = out.Marker; !*out.IsTruncated {
				return all
			}
		}
	}
	same(t, "bob's", len(list(api.ListServiceSpecificCredentialsInput{})), 3)
	same(t, "bob's for one service", len(list(api.ListServiceSpecificCredentialsInput{ServiceName: new(cassandra)})), 1)
	same(t, "all", len(list(api.ListServiceSpecificCredentialsInput{AllUsers: new(true)})), 4)
	same(t, "all for one service", *list(api.ListServiceSpecificCredentialsInput{AllUsers: new(true), ServiceName: new(bedrock)})[0].Status, "Active")
	ended := must(w.ListServiceSpecificCredentials(later(bob, 72*time.Hour), &api.ListServiceSpecificCredentialsInput{AllUsers: new(true), ServiceName: new(bedrock)}))
	same(t, "after its time", *ended.ServiceSpecificCredentials[0].Status, "Expired")

	again := must(w.ResetServiceSpecificCredential(bob, &api.ResetServiceSpecificCredentialInput{ServiceSpecificCredentialId: first.ServiceSpecificCredentialId})).ServiceSpecificCredential
	if *again.ServicePassword == *first.ServicePassword || *again.ServiceUserName != *first.ServiceUserName || *again.Status != "Inactive" {
		t.Error("not another password alone")
	}
	_, err := w.ResetServiceSpecificCredential(bob, &api.ResetServiceSpecificCredentialInput{ServiceSpecificCredentialId: key.ServiceSpecificCredentialId})
	refused(t, err, 404, "NoSuchEntity", "No such credential "+*key.ServiceSpecificCredentialId+" exists")
	_, err = w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("eve")})
	refused(t, err, 409, "DeleteConflict", "Cannot delete entity, must remove referenced objects first.")
	must(w.DeleteServiceSpecificCredential(w.ctx, &api.DeleteServiceSpecificCredentialInput{UserName: new("eve"), ServiceSpecificCredentialId: key.ServiceSpecificCredentialId}))
	must(w.DeleteUser(w.ctx, &api.DeleteUserInput{UserName: new("eve")}))
}

func TestTargetsOfCredentials(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	ca, body := certify("c", rsaKeys()[0], nil, nil)
	must(w.UploadServerCertificate(w.ctx, &api.UploadServerCertificateInput{ServerCertificateName: new("Cert"), Path: new("/web/"), CertificateBody: &body,
		PrivateKey: new(keyPEM(rsaKeys()[0])), Tags: []api.Tag{{Key: new("a"), Value: new("1")}}}))
	same(t, "the certificate", ca.IsCA, true)
	a := w.device(w.ctx, "bob")
	for _, c := range []struct {
		kind, action string
		in           any
		want         string
	}{
		{"server-certificate", "UploadServerCertificate", &api.UploadServerCertificateInput{ServerCertificateName: new("Cert"), Path: new("/x/")}, "server-certificate/x/Cert"},
		{"server-certificate", "GetServerCertificate", &api.GetServerCertificateInput{ServerCertificateName: new("cert")}, "server-certificate/web/Cert"},
		{"server-certificate", "GetServerCertificate", &api.GetServerCertificateInput{ServerCertificateName: new("none")}, "server-certificate/none"},
		{"new-server-certificate", "UpdateServerCertificate", &api.UpdateServerCertificateInput{ServerCertificateName: new("cert"), NewPath: new("/y/")}, "server-certificate/y/Cert"},
		{"mfa", "CreateVirtualMFADevice", &api.CreateVirtualMFADeviceInput{VirtualMFADeviceName: new("bob"), Path: new("/x/")}, "mfa/x/bob"},
		{"mfa", "DeleteVirtualMFADevice", &api.DeleteVirtualMFADeviceInput{SerialNumber: a.serial}, "mfa/bob"},
		{"user", "EnableMFADevice", &api.EnableMFADeviceInput{UserName: new("BOB"), SerialNumber: a.serial}, "user/bob"},
		{"user", "EnableMFADevice", &api.EnableMFADeviceInput{UserName: new(acctA), SerialNumber: a.serial}, "root"},
		{"user", "UploadSSHPublicKey", &api.UploadSSHPublicKeyInput{UserName: new(acctA)}, "user/" + acctA},
	} {
		got := must(w.Target(w.ctx, &wire.Access{Action: "iam:" + c.action, Resource: c.kind}, c.in)).Resource
		same(t, c.action, got.ARN, "arn:aws:iam::"+acctA+":"+c.want)
	}
	all := must(w.Target(w.asUser("bob"), &wire.Access{Action: "iam:ListServiceSpecificCredentials", Resource: "user"},
		&api.ListServiceSpecificCredentialsInput{AllUsers: new(true)})).Resource
	same(t, "those of all users", all.ARN, "*")
	if _, err := w.EnableMFADevice(w.asUser("bob"), &api.EnableMFADeviceInput{UserName: new(acctA), SerialNumber: a.serial,
		AuthenticationCode1: a.code(0), AuthenticationCode2: a.code(1)}); err == nil {
		t.Error("a user gives the root user a device")
	}
}
