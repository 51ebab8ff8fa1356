package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-jose/go-jose/v4"
)

// cluster is the issuer of a Kubernetes cluster: it signs tokens of service
// accounts, as they are projected into pods, and publishes its keys.
type cluster struct {
	*httptest.Server
	keys map[jose.SignatureAlgorithm]crypto.Signer
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{keys: map[jose.SignatureAlgorithm]crypto.Signer{jose.RS256: r, jose.ES256: e}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"response_types_supported":["id_token"],"subject_types_supported":["public"]}`, c.URL, c.URL+"/openid/v1/jwks")
		case "/openid/v1/jwks":
			var set jose.JSONWebKeySet
			for alg, key := range c.keys {
				set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: string(alg), Algorithm: string(alg), Use: "sig"})
			}
			json.NewEncoder(w).Encode(set)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// token is the path of a file with a token for a service account.
func (c *cluster) token(t *testing.T, alg jose.SignatureAlgorithm, account string, life time.Duration) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: c.keys[alg], KeyID: string(alg)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	payload, err := json.Marshal(map[string]any{
		"iss": c.URL, "sub": "system:serviceaccount:shop:" + account, "aud": []string{"sts.amazonaws.com"},
		"iat": now.Add(-2 * time.Hour).Unix(), "nbf": now.Add(-2 * time.Hour).Unix(), "exp": now.Add(life).Unix(), "jti": "7ad5c2f0-5f3f-4f0e-8b4c-c8a2b66ac1a1",
		"kubernetes.io": map[string]any{
			"namespace": "shop", "node": map[string]string{"name": "n1", "uid": "u1"}, "pod": map[string]string{"name": "web-0", "uid": "u2"},
			"serviceaccount": map[string]string{"name": account, "uid": "u3"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestServiceAccountsOfKubernetes: programs in pods get credentials of a role by
// the token of their service account, with nothing but the usual variables.
func TestServiceAccountsOfKubernetes(t *testing.T) {
	c := newCluster(t)
	r := newRound(t, "--oidc-host", c.URL)
	const bucket = "shop-data"
	host := strings.TrimPrefix(c.URL, "http://")
	green := r.s.iam(r.s.profileKeys("green"))
	made := must(green.CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{Url: &c.URL, ClientIDList: []string{"sts.amazonaws.com"}}))(t)
	if want := "arn:aws:iam::" + r.s.account("green").id + ":oidc-provider/" + host; *made.OpenIDConnectProviderArn != want {
		t.Fatalf("the provider is %s, want %s", *made.OpenIDConnectProviderArn, want)
	}
	role := must(green.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("web"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + *made.OpenIDConnectProviderArn + `"},"Action":"sts:AssumeRoleWithWebIdentity",
		  "Condition":{"StringEquals":{"` + host + `:aud":"sts.amazonaws.com","` + host + `:sub":"system:serviceaccount:shop:web"}}}]}`)}))(t).Role
	must(green.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: role.RoleName, PolicyName: aws.String("read"), PolicyDocument: aws.String(
		policyJSON(allow(`"s3:GetObject"`, `"arn:aws:s3:::`+bucket+`/*"`)))}))(t)
	makeBucket(t, r.c, bucket)
	putText(t, r.c, bucket, "a.txt", "from the shop")
	env := func(alg jose.SignatureAlgorithm) []string {
		return append(r.env, "AWS_WEB_IDENTITY_TOKEN_FILE="+c.token(t, alg, "web", time.Hour), "AWS_ROLE_ARN="+*role.Arn, "AWS_ROLE_SESSION_NAME=pod",
			"AWS_ENDPOINT_URL="+r.s.endpoint, "SALLYPORT_ENDPOINT="+r.s.endpoint, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "BUCKET="+bucket,
			"PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1")
	}

	t.Run("Go SDK", func(t *testing.T) {
		for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256} {
			plain := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: &r.s.endpoint, Retryer: aws.NopRetryer{}})
			use := func(account string, life time.Duration) *s3.Client {
				p := stscreds.NewWebIdentityRoleProvider(plain, *role.Arn, stscreds.IdentityTokenFile(c.token(t, alg, account, life)))
				return s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &r.s.endpoint, UsePathStyle: true, Credentials: p, Retryer: aws.NopRetryer{}})
			}
			if text, code := getText(t, use("web", time.Hour), bucket, "a.txt"); text != "from the shop" {
				t.Errorf("%s: read %q %s", alg, text, code)
			}
			for want, client := range map[string]*s3.Client{"AccessDenied": use("other", time.Hour), "ExpiredTokenException": use("web", -time.Minute)} {
				_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("a.txt")})
				wantCode(t, err, want)
			}
		}
	})
	t.Run("AWS CLI", func(t *testing.T) {
		path, err := awsPath()
		if err != nil {
			t.Fatalf("the AWS CLI is not installed (make deps installs it): %v", err)
		}
		token, err := os.ReadFile(c.token(t, jose.RS256, "web", time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		out := runCommand(t, r.env, "", path, "--endpoint-url", r.s.endpoint, "--region", "us-east-1", "--output", "json", "sts", "assume-role-with-web-identity",
			"--role-arn", *role.Arn, "--role-session-name", "pod", "--web-identity-token", string(token)).ok(t)
		if !strings.Contains(out.stdout, `"SubjectFromWebIdentityToken": "system:serviceaccount:shop:web"`) {
			t.Errorf("the answer is %s", out.stdout)
		}
		if !readsEndpointFromProfile() { // nor from the environment
			return
		}
		for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256} {
			out := runCommand(t, env(alg), "", path, "s3", "cp", "s3://"+bucket+"/a.txt", "-").ok(t)
			if out.stdout != "from the shop" {
				t.Errorf("%s: read %q", alg, out.stdout)
			}
		}
	})
	t.Run("boto3", func(t *testing.T) {
		if !readsEndpointFromProfile() { // of the same age as the CLI
			return
		}
		script, err := filepath.Abs(filepath.Join("testdata", "webidentity.py"))
		if err != nil {
			t.Fatal(err)
		}
		checkReport(t, runCommand(t, env(jose.ES256), "", "python3", script).ok(t), map[string]string{
			"read": `"from the shop"`, "written": `"AccessDenied"`, "who": `"arn:aws:sts::` + r.s.account("green").id + `:assumed-role/web/pod"`,
		})
	})
	t.Run("SDK for JavaScript", func(t *testing.T) {
		script, err := filepath.Abs(filepath.Join("testdata", "js", "webidentity.mjs"))
		if err != nil {
			t.Fatal(err)
		}
		checkReport(t, runCommand(t, env(jose.RS256), "", "node", script).ok(t), map[string]string{"read": `"from the shop"`, "written": `"AccessDenied"`})
	})
}

func checkReport(t *testing.T, out result, want map[string]string) {
	t.Helper()
	var report map[string]any
	if err := json.Unmarshal([]byte(out.stdout), &report); err != nil {
		t.Fatalf("the report is no JSON (%v): %s", err, out.stdout)
	}
	reported(t, report, want)
}
