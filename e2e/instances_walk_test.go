package e2e

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// onInstance runs the AWS CLI as if on the instance kept as {instance}, of blue's
// account.
func (w *world) onInstance(args ...string) result {
	w.Helper()
	path, err := awsPath()
	if err != nil {
		w.Fatalf("the AWS CLI is not installed (make deps installs it): %v", err)
	}
	command := append([]string{
		"instance", "exec", "--endpoint", w.s.endpoint, "--profile", "blue", "--instance-id", w.vars["instance"], "--",
		path, "--endpoint-url", w.s.endpoint,
	}, w.texts(args)...)
	// The metadata service is what gives the command its credentials.
	env := append(w.s.clientEnv(), "AWS_EC2_METADATA_DISABLED=false")
	return runCommand(w.T, env, "", binary, command...)
}

var requestID = regexp.MustCompile(`'x-amz-request-id': '([0-9A-Z]{16})'`)

// why runs the AWS CLI on the instance, which must be refused, and is what
// sallyport explain says of the refusal to an account.
func (w *world) why(account string, args ...string) string {
	w.Helper()
	r := w.onInstance(append([]string{"--debug"}, args...)...)
	if r.code == 0 {
		w.Fatalf("allowed: %q\n%s", w.texts(args), r.stdout)
	}
	ids := requestID.FindAllStringSubmatch(r.stderr, -1)
	if len(ids) == 0 {
		w.Fatalf("no request id in\n%s", r.stderr)
	}
	return w.s.sallyport("explain", "--profile", account, ids[len(ids)-1][1]).ok(w).stdout
}

// names checks that an explanation has all of the texts.
func (w *world) names(explanation string, texts ...string) {
	w.Helper()
	for _, want := range w.texts(texts) {
		if !strings.Contains(strings.Join(strings.Fields(explanation), " "), want) {
			w.Errorf("no %q in\n%s", want, explanation)
		}
	}
}

const (
	walkBucket = "walk-{n}-data"
	walkRole   = "arn:aws:iam::{blue}:role/WebServerRole-{n}"
	// latestLinux is how the documentation has people find an image.
	latestLinux = "sort_by(Images, &CreationDate)[-1].ImageId"
)

// runInstance runs one instance, with the profile unless none is named.
func (w *world) runInstance(profile string) {
	w.Helper()
	var image string
	w.aws("blue", "ec2", "describe-images", "--owners", "amazon", "--filters", "Name=name,Values=al2023-ami-2023*-x86_64",
		"Name=state,Values=available", "--query", latestLinux).decode(w, &image)
	args := []string{"ec2", "run-instances", "--image-id", image, "--instance-type", "t3.micro", "--count", "1"}
	if profile != "" {
		args = append(args, "--iam-instance-profile", "Name="+profile)
	}
	var out struct{ Instances []struct{ InstanceID string } }
	r := w.aws("blue", args...).ok(w)
	if err := json.Unmarshal([]byte(strings.ReplaceAll(r.stdout, `"InstanceId"`, `"InstanceID"`)), &out); err != nil || len(out.Instances) != 1 {
		w.Fatalf("run-instances answered %s (%v)", r.stdout, err)
	}
	w.vars["instance"] = out.Instances[0].InstanceID
}

func ec2Trust() string { return trusts(`{"Service":"ec2.amazonaws.com"}`) }

// walkSteps are what a person does to let an instance of blue's read green's
// bucket, in the order of docs/walkthrough.md.
func walkSteps() []step {
	actions := `["s3:GetObject","s3:ListBucket"]`
	resources := `["arn:aws:s3:::` + walkBucket + `","arn:aws:s3:::` + walkBucket + `/*"]`
	policyARN := "arn:aws:iam::{blue}:policy/ReadPartnerBucket-{n}"
	return []step{
		{name: "bucket", do: func(w *world) { w.bucket("green", walkBucket) }},
		{name: "role", do: func(w *world) {
			w.aws("blue", "iam", "create-role", "--role-name", "WebServerRole-{n}", "--assume-role-policy-document", ec2Trust()).ok(w)
		}},
		{
			name: "the role's policy",
			do: func(w *world) {
				w.aws("blue", "iam", "create-policy", "--policy-name", "ReadPartnerBucket-{n}", "--policy-document",
					policyJSON(allow(actions, resources))).ok(w)
				w.aws("blue", "iam", "attach-role-policy", "--role-name", "WebServerRole-{n}", "--policy-arn", policyARN).ok(w)
			},
			without: func(w *world) {
				w.onInstance("s3", "ls", "s3://"+walkBucket).refused(w, "(AccessDenied)",
					"because no identity-based policy allows the s3:ListBucket action")
				w.names(w.why("blue", "s3api", "get-object", "--bucket", walkBucket, "--key", "docs/a.txt", "/dev/null"),
					"[no_identity_policy]", "Caller's door (account {blue}): SHUT", "Add to an identity-based policy of role/WebServerRole-{n}")
			},
		},
		{
			name: "instance profile",
			do: func(w *world) {
				w.aws("blue", "iam", "create-instance-profile", "--instance-profile-name", "WebServer-{n}").ok(w)
				w.aws("blue", "iam", "add-role-to-instance-profile", "--instance-profile-name", "WebServer-{n}",
					"--role-name", "WebServerRole-{n}").ok(w)
			},
			without: func(w *world) {
				// The profile is unknown to RunInstances, and an instance without one has no credentials.
				w.aws("blue", "ec2", "run-instances", "--image-id", "ami-0", "--iam-instance-profile", "Name=WebServer-{n}").
					refused(w, "when calling the RunInstances operation")
				w.runInstance("")
				r := w.onInstance("s3", "ls", "s3://"+walkBucket).refused(w, "Unable to locate credentials")
				w.names(r.stderr, "has no instance profile")
			},
		},
		{name: "instance", needs: []string{"instance profile"}, do: func(w *world) { w.runInstance("WebServer-{n}") }},
		{
			name: "the bucket policy",
			do: func(w *world) {
				w.aws("green", "s3api", "put-bucket-policy", "--bucket", walkBucket, "--policy",
					policyJSON(allowTo(`{"AWS":"`+walkRole+`"}`, actions, resources))).ok(w)
			},
			without: func(w *world) {
				w.onInstance("s3", "ls", "s3://"+walkBucket).refused(w, "(AccessDenied)",
					"because no resource-based policy allows the s3:ListBucket action")
				w.names(w.why("green", "s3api", "get-object", "--bucket", walkBucket, "--key", "docs/a.txt", "/dev/null"),
					"[no_resource_policy]", "Resource's door (account {green}): SHUT")
			},
		},
	}
}

// TestInstanceReadsAnotherAccountsBucket: the whole way of docs/walkthrough.md with
// the AWS CLI, then with one step left out at a time.
func TestInstanceReadsAnotherAccountsBucket(t *testing.T) {
	t.Parallel()
	play(t, startServer(t), walkthrough{
		steps: walkSteps(),
		works: func(w *world) {
			if ls := w.onInstance("s3", "ls", "s3://"+walkBucket+"/docs/").ok(w); !strings.Contains(ls.stdout, "a.txt") {
				w.Errorf("ls shows %q", ls.stdout)
			}
			if cat := w.onInstance("s3", "cp", "s3://"+walkBucket+"/docs/a.txt", "-").ok(w); cat.stdout != "text of docs/a.txt" {
				w.Errorf("cp gave %q", cat.stdout)
			}
			who := w.onInstance("sts", "get-caller-identity").ok(w)
			w.names(who.stdout, "arn:aws:sts::{blue}:assumed-role/WebServerRole-{n}/{instance}")
		},
	})
}

// TestTroublesOfInstances: the rows of the table in docs/walkthrough.md that are
// no missing step but a mistake in one.
func TestTroublesOfInstances(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t))
	w.quick = true
	for _, st := range walkSteps() {
		st.do(w)
	}
	get := []string{"s3api", "get-object", "--bucket", walkBucket, "--key", "docs/a.txt", "/dev/null"}
	bucketPolicy := func(principal, resources string) result {
		return w.aws("green", "s3api", "put-bucket-policy", "--bucket", walkBucket, "--policy",
			policyJSON(allowTo(`{"AWS":"`+principal+`"}`, `["s3:GetObject","s3:ListBucket"]`, resources)))
	}
	whole := `["arn:aws:s3:::` + walkBucket + `","arn:aws:s3:::` + walkBucket + `/*"]`

	// A typo in the role's ARN: there is no such role, which PutBucketPolicy says at once.
	bucketPolicy("arn:aws:iam::{blue}:role/WebServerRol-{n}", whole).refused(w, "(MalformedPolicy)", "Invalid principal in policy")
	// Or there is one, and it is another.
	w.aws("blue", "iam", "create-role", "--role-name", "WebServerRol-{n}", "--assume-role-policy-document", ec2Trust()).ok(w)
	bucketPolicy("arn:aws:iam::{blue}:role/WebServerRol-{n}", whole).ok(w)
	w.names(w.why("green", get...), "Resource's door (account {green}): SHUT", "It names arn:aws:iam::{blue}:role/WebServerRol-{n}; the caller is")

	bucketPolicy(walkRole, whole).ok(w)

	// The bucket's ARN without /*. A bucket policy like that is refused at once, unless
	// its actions are s3:*; a role's is not.
	bucketPolicy(walkRole, `"arn:aws:s3:::`+walkBucket+`"`).refused(w, "(MalformedPolicy)", "Action does not apply to any resource(s) in statement")
	rolePolicy := func(resources string) {
		w.aws("blue", "iam", "create-policy-version", "--set-as-default", "--policy-arn", "arn:aws:iam::{blue}:policy/ReadPartnerBucket-{n}",
			"--policy-document", policyJSON(allow(`["s3:GetObject","s3:ListBucket"]`, resources))).ok(w)
	}
	rolePolicy(`"arn:aws:s3:::` + walkBucket + `"`)
	w.onInstance("s3", "ls", "s3://"+walkBucket).ok(w)
	w.onInstance("s3", "cp", "s3://"+walkBucket+"/docs/a.txt", "-").refused(w, "(403)", "Forbidden")
	w.names(w.why("blue", get...), "It names the bucket, not what is in it", `Add "arn:aws:s3:::`+walkBucket+`/*"`)
	// And the other way about.
	rolePolicy(`"arn:aws:s3:::` + walkBucket + `/*"`)
	w.onInstance("s3", "cp", "s3://"+walkBucket+"/docs/a.txt", "-").ok(w)
	w.names(w.why("blue", "s3", "ls", "s3://"+walkBucket), "It names objects: s3:ListBucket is asked on the bucket itself")
	rolePolicy(whole)

	// A trust policy that does not name ec2.amazonaws.com.
	w.aws("blue", "iam", "update-assume-role-policy", "--role-name", "WebServerRole-{n}", "--policy-document",
		trusts(`{"Service":"lambda.amazonaws.com"}`)).ok(w)
	r := w.onInstance("s3", "ls", "s3://"+walkBucket).refused(w, "Unable to locate credentials", "AssumeRoleUnauthorizedAccess",
		w.text("EC2 cannot assume the role WebServerRole-{n}"))
	id := regexp.MustCompile(`request ([0-9A-Za-z-]+)`).FindStringSubmatch(r.stderr)
	if id == nil {
		t.Fatalf("no request id in %s", r.stderr)
	}
	w.names(w.s.sallyport("explain", "--profile", "blue", id[1]).ok(w).stdout, "sts:AssumeRole", "REFUSED", "lambda.amazonaws.com")
	w.aws("blue", "iam", "update-assume-role-policy", "--role-name", "WebServerRole-{n}", "--policy-document", ec2Trust()).ok(w)
	w.onInstance("s3", "ls", "s3://"+walkBucket).ok(w)
}
