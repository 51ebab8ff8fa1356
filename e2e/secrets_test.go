package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// serverCertificate is a certificate and its private key, in PEM.
func serverCertificate(t *testing.T) (certificate, privateKey string) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return text("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, c, c, key.Public(), key))(t)),
		text("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))(t))
}

// TestNothingInTheClear searches everything that a server left on disk and in its
// log for secret keys, tokens and the text of objects.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--log-level", "debug")
	keys := s.profileKeys("green")
	c, directory := s.s3(keys), s.iam(keys)
	secrets := map[string]string{"green's secret key": keys.SecretAccessKey, "blue's secret key": s.profileKeys("blue").SecretAccessKey}

	must(directory.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("ann")}))(t)
	k := must(directory.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("ann")}))(t).AccessKey
	secrets["ann's secret key"] = *k.SecretAccessKey
	ann := credentials{AccessKeyID: *k.AccessKeyId, SecretAccessKey: *k.SecretAccessKey}
	session := must(s.sts(ann).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{}))(t).Credentials
	secrets["the session's secret key"], secrets["the session's token"] = *session.SecretAccessKey, *session.SessionToken
	must(s.sts(credentials{*session.AccessKeyId, *session.SecretAccessKey, *session.SessionToken}).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t)

	device := must(directory.CreateVirtualMFADevice(t.Context(), &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("ann")}))(t).VirtualMFADevice
	seed, err := base32.StdEncoding.DecodeString(string(device.Base32StringSeed))
	if err != nil {
		t.Fatal(err)
	}
	secrets["a device's seed"], secrets["a device's seed as text"] = string(seed), string(device.Base32StringSeed)
	service := must(directory.CreateServiceSpecificCredential(t.Context(), &iam.CreateServiceSpecificCredentialInput{
		UserName: aws.String("ann"), ServiceName: aws.String("codecommit.amazonaws.com"),
	}))(t).ServiceSpecificCredential
	secrets["a service's password"] = *service.ServicePassword
	certificate, privateKey := serverCertificate(t)
	must(directory.UploadServerCertificate(t.Context(), &iam.UploadServerCertificateInput{
		ServerCertificateName: aws.String("web"), CertificateBody: &certificate, PrivateKey: &privateKey,
	}))(t)
	secrets["a certificate's private key"] = strings.Split(privateKey, "\n")[1]

	makeBucket(t, c, "clear")
	for name, size := range map[string]int{"tiny": 1, "inline": 100, "blob": 20_000} {
		text := "plain text of the " + name + " object. "
		secrets["the "+name+" object"] = text
		putText(t, c, "clear", name, strings.Repeat(text, size))
		if got, code := getText(t, c, "clear", name); got != strings.Repeat(text, size) {
			t.Fatalf("%s: %d bytes %s", name, len(got), code)
		}
	}
	part := "plain text of a part. "
	secrets["a part"] = part
	up := must(c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String("clear"), Key: aws.String("parts")}))(t)
	must(c.UploadPart(t.Context(), &s3.UploadPartInput{
		Bucket: aws.String("clear"), Key: aws.String("parts"), UploadId: up.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader(strings.Repeat(part, 5000)),
	}))(t)
	url := s.presignAt(t, ann, "GET", "/clear/tiny", "60", time.Now())
	bare(t, "GET", url, "").fails(t, 403, "AccessDenied")
	_, signature, _ := strings.Cut(url, "X-Amz-Signature=")
	secrets["a presigned URL's signature"] = signature

	s.stop()
	places := map[string][]byte{"the log": []byte(s.stderr.String()), "the output": []byte(s.stdout.String())}
	profiles := filepath.Join(s.dir, "aws", "credentials")
	err = filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == profiles {
			return err
		}
		places[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(places) < 6 {
		t.Fatalf("found %d files only", len(places))
	}
	for what, secret := range secrets {
		for place, text := range places {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s is in the clear in %s", what, place)
			}
			if bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString([]byte(secret))[:20])) || bytes.Contains(text, []byte(hex.EncodeToString([]byte(secret)))) {
				t.Errorf("%s is encoded in %s", what, place)
			}
		}
	}
	// The search itself finds what is there.
	if text, err := os.ReadFile(profiles); err != nil || !bytes.Contains(text, []byte(keys.SecretAccessKey)) {
		t.Errorf("the profiles lack their key: %v", err)
	}
	if !bytes.Contains(places["the log"], []byte("operation=PutObject")) {
		t.Error("the log does not tell of requests")
	}
	s.start()
}
