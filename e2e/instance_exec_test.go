package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const trustEC2 = `{"Service":"ec2.amazonaws.com"}`

// profileOf makes an instance profile of blue's for the role.
func (w *world) profileOf(role string) {
	w.Helper()
	blue := w.s.iam(w.s.profileKeys("blue"))
	must(blue.CreateInstanceProfile(w.Context(), &iam.CreateInstanceProfileInput{InstanceProfileName: &role}))(w)
	must(blue.AddRoleToInstanceProfile(w.Context(), &iam.AddRoleToInstanceProfileInput{InstanceProfileName: &role, RoleName: &role}))(w)
}

// launch starts an instance of blue's and is its id.
func (w *world) launch(more ...string) string {
	w.Helper()
	var image string
	w.aws("blue", "ec2", "describe-images", "--owners", "amazon", "--query", "sort_by(Images, &CreationDate)[-1].ImageId").decode(w, &image)
	var out struct{ Instances []struct{ InstanceId string } }
	w.aws("blue", append([]string{"ec2", "run-instances", "--image-id", image, "--instance-type", "t3.micro"}, more...)...).decode(w, &out)
	return out.Instances[0].InstanceId
}

// TestInstanceExec: AWS's clients take the credentials of an instance's role from the
// metadata service that `sallyport instance exec` gives them, and reach another
// account's bucket.
func TestInstanceExec(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t, "--log-level", "debug"))
	bucket, _ := w.hosted("web", trusts(trustEC2))
	w.profileOf("web")
	id := w.launch("--iam-instance-profile", "Name=web", "--metadata-options", "HttpTokens=required")
	on := []string{"instance", "exec", "--profile", "blue", "--instance-id", id, "--"}
	w.visit(bucket, on[:len(on)-1]...)

	var c credentials
	self := guests(t, bucket)["the SDK for Go"][:3]
	w.s.sallyport(append(on, self...)...).decode(t, &c)
	who := must(w.s.sts(c).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t)
	if want := "arn:aws:sts::" + w.blue.id + ":assumed-role/web/" + id; *who.Arn != want {
		t.Errorf("the instance is %s, not %s", *who.Arn, want)
	}
	for _, secret := range []string{c.SecretAccessKey, c.SessionToken} {
		if strings.Contains(w.s.stderr.String(), secret) {
			t.Error("credentials are in the server's log")
		}
	}
	r := w.s.sallyport(append(on, "sh", "-c", "env | grep ^AWS_ | cut -d= -f1 | sort; exit 5")...)
	want := "AWS_CONFIG_FILE\nAWS_DEFAULT_REGION\nAWS_EC2_METADATA_SERVICE_ENDPOINT\nAWS_ENDPOINT_URL\nAWS_MAX_ATTEMPTS\nAWS_PAGER\nAWS_REGION\nAWS_RETRY_MODE\nAWS_SHARED_CREDENTIALS_FILE\n"
	if r.code != 5 || r.stdout != want {
		t.Errorf("ended with %d and has %s, want %s", r.code, r.stdout, want)
	}

	// Who may not open a session on the instance cannot be it.
	w.user("blue", "bob")
	stranger := func(env []string, args ...string) result {
		t.Helper()
		return runCommand(t, append(w.s.clientEnv(), env...), "", binary, append(args, "--instance-id", id, "--", "true")...)
	}
	stranger(w.keys["bob"].env(), "instance", "exec", "--endpoint", w.s.endpoint).refused(t, "is not authorized to perform: ssm:StartSession on resource: ", id)
	w.aws("blue", "iam", "put-user-policy", "--user-name", "bob-{n}", "--policy-name", "p", "--policy-document",
		policyJSON(allow(`"ssm:StartSession"`, `"arn:aws:ec2:*:*:instance/`+id+`"`))).ok(t)
	stranger(w.keys["bob"].env(), "instance", "exec", "--endpoint", w.s.endpoint).ok(t)
	stranger(nil, "instance", "exec", "--profile", "green").refused(t)

	// A role that does not trust EC2.
	w.hosted("closed", trusts(`{"Service":"ecs-tasks.amazonaws.com"}`))
	w.profileOf("closed")
	other := w.launch("--iam-instance-profile", "Name=closed")
	r = w.s.sallyport("instance", "exec", "--profile", "blue", "--instance-id", other, "--", "sh", "-c", "exit 0").ok(t)
	if !strings.Contains(r.stderr, "AssumeRoleUnauthorizedAccess: EC2 cannot assume the role closed.") {
		t.Errorf("nobody says why there are no credentials: %s", r.stderr)
	}
	_, request, _ := strings.Cut(r.stderr, "(request ")
	request, _, _ = strings.Cut(request, ")")
	if r := w.s.sallyport("explain", "--profile", "blue", request).ok(t); !strings.Contains(r.stdout, "sts:AssumeRole") || !strings.Contains(r.stdout, "REFUSED") {
		t.Errorf("explained as %s", r.stdout)
	}
	w.aws("blue", "ec2", "terminate-instances", "--instance-ids", id).ok(t)
	w.s.sallyport(append(on, "true")...).refused(t, id)
}

// TestInstanceMetadata: the metadata service by itself.
func TestInstanceMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t))
	w.hosted("web", trusts(trustEC2))
	w.profileOf("web")
	id := w.launch("--iam-instance-profile", "Name=web", "--user-data", "#!/bin/sh", "--metadata-options", "HttpTokens=optional,InstanceMetadataTags=enabled",
		"--tag-specifications", "ResourceType=instance,Tags=[{Key=Name,Value=web-1}]")
	lines, end := w.serves("instance", "metadata", "--profile", "blue", "--instance-id", id)
	url, _ := strings.CutPrefix(lines(2)[0], "Serving on ")
	ask := func(method, path string, header ...string) (int, string) {
		t.Helper()
		req := must(http.NewRequest(method, url+path, nil))(t)
		if len(header) > 0 {
			req.Header.Set(header[0], header[1])
		}
		resp := must(http.DefaultTransport.RoundTrip(req))(t)
		defer resp.Body.Close()
		return resp.StatusCode, string(must(io.ReadAll(resp.Body))(t))
	}
	for path, want := range map[string]string{
		"/latest/meta-data/instance-id":               id,
		"/latest/meta-data/placement/region":          "us-east-1",
		"/latest/meta-data/instance-type":             "t3.micro",
		"/latest/meta-data/tags/instance/Name":        "web-1",
		"/latest/meta-data/iam/security-credentials/": "web",
		"/latest/user-data":                           "#!/bin/sh",
	} {
		if status, text := ask("GET", path); status != 200 || text != want {
			t.Errorf("%s is %d %q, want %q", path, status, text, want)
		}
	}
	var document struct{ InstanceID, AccountID, Region string }
	if status, text := ask("GET", "/latest/dynamic/instance-identity/document"); status != 200 || json.Unmarshal([]byte(text), &document) != nil ||
		document.InstanceID != id || document.AccountID != w.blue.id || document.Region != "us-east-1" {
		t.Errorf("the identity document is %d %s", status, text)
	}
	// Policies tell credentials that were fetched without a token from others.
	role := func(header ...string) credentials {
		t.Helper()
		var c struct{ AccessKeyID, SecretAccessKey, Token string }
		if status, text := ask("GET", "/latest/meta-data/iam/security-credentials/web", header...); status != 200 || json.Unmarshal([]byte(text), &c) != nil {
			t.Fatalf("no credentials: %d %s", status, text)
		}
		return credentials{c.AccessKeyID, c.SecretAccessKey, c.Token}
	}
	const deny = `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"ec2:RoleDelivery":"2.0"}}}`
	must(w.s.iam(w.s.profileKeys("blue")).PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String("web"), PolicyName: aws.String("v2"), PolicyDocument: aws.String(policyJSON(deny)),
	}))(t)
	status, token := ask("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "60")
	if status != 200 {
		t.Fatalf("no token: %d %s", status, token)
	}
	object := "visitor"
	if _, code := getText(t, w.s.s3(role("X-aws-ec2-metadata-token", token)), "web-bucket", object); code != "AccessDenied" && code != "NoSuchKey" {
		t.Errorf("version 2: %s", code)
	}
	putText(t, w.s.s3(role("X-aws-ec2-metadata-token", token)), "web-bucket", object, "x")
	if _, code := getText(t, w.s.s3(role()), "web-bucket", object); code != "AccessDenied" {
		t.Errorf("version 1: %q", code)
	}
	if code := end(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}
