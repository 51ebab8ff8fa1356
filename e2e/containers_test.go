package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestContainerExec: AWS's clients take the credentials of a container's role from
// the environment that `sallyport container exec` gives them, as tasks of ECS and
// pods of EKS do, and reach another account's bucket.
func TestContainerExec(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t, "--log-level", "debug"))
	bucket, role := w.hosted("task", trusts(`{"Service":"ecs-tasks.amazonaws.com"}`))
	ecs := []string{"container", "exec", "--profile", "blue", "--role-arn", role}
	w.visit(bucket, ecs...)

	podBucket, podRole := w.hosted("pod", strings.Replace(trusts(`{"Service":"pods.eks.amazonaws.com"}`,
		`{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"web"}}`), `"sts:AssumeRole"`, `["sts:AssumeRole","sts:TagSession"]`, 1))
	eks := []string{"container", "exec", "--profile", "blue", "--service", "pods.eks.amazonaws.com", "--namespace", "web", "--role-arn", podRole}
	w.visit(podBucket, eks...)

	// Credentials are nowhere in the server's log.
	self := guests(t, bucket)["the SDK for Go"][:3]
	for want, command := range map[string][]string{"assumed-role/task/": ecs, "assumed-role/pod/eks-default-pod-": eks} {
		var c credentials
		w.s.sallyport(append(append(command, "--"), self...)...).decode(t, &c)
		if who := must(w.s.sts(c).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t); !strings.Contains(*who.Arn, want) {
			t.Errorf("the container is %s, not %s", *who.Arn, want)
		}
		for _, secret := range []string{c.SecretAccessKey, c.SessionToken} {
			if strings.Contains(w.s.stderr.String(), secret) {
				t.Error("credentials are in the server's log")
			}
		}
	}

	// The command has nothing else, and ends as it would by itself.
	r := w.s.sallyport(append(ecs, "--", "sh", "-c", "env | grep ^AWS_ | cut -d= -f1 | sort; exit 5")...)
	want := "AWS_CONFIG_FILE\nAWS_CONTAINER_AUTHORIZATION_TOKEN\nAWS_CONTAINER_CREDENTIALS_FULL_URI\nAWS_DEFAULT_REGION\nAWS_ENDPOINT_URL\nAWS_PAGER\nAWS_REGION\nAWS_SHARED_CREDENTIALS_FILE\n"
	want = strings.Replace(want, "AWS_PAGER\n", "AWS_MAX_ATTEMPTS\nAWS_PAGER\n", 1)
	want = strings.Replace(want, "AWS_REGION\n", "AWS_REGION\nAWS_RETRY_MODE\n", 1)
	if r.code != 5 || r.stdout != want {
		t.Errorf("ended with %d and has %s, want %s", r.code, r.stdout, want)
	}
	refused := w.s.sallyport("container", "exec", "--profile", "green", "--role-arn", role, "--", "true").refused(t, "Cross-account pass role is not allowed.")
	if refused.code != 1 {
		t.Errorf("ended with %d", refused.code)
	}
	missing := strings.Replace(role, "task", "missing", 1)
	r = w.s.sallyport("container", "exec", "--profile", "blue", "--role-arn", missing, "--", "true").
		refused(t, "ECS was unable to assume the role '"+missing+"'", "(request ")
	_, id, _ := strings.Cut(r.stderr, "(request ")
	id, _, _ = strings.Cut(id, ")")
	explained := w.s.sallyport("explain", "--profile", "blue", id).ok(t)
	if !strings.Contains(explained.stdout, "sts:AssumeRole") || !strings.Contains(explained.stdout, "REFUSED") {
		t.Errorf("explained as %s", explained.stdout)
	}
}

// TestContainerCredentials: the endpoint by itself, as a container elsewhere uses it.
func TestContainerCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t))
	bucket, role := w.hosted("task", trusts(`{"Service":"ecs-tasks.amazonaws.com"}`))
	lines, end := w.serves("container", "credentials", "--profile", "blue", "--role-arn", role)
	env := append(cleanEnv(), "HOME="+t.TempDir(), "AWS_ENDPOINT_URL="+w.s.endpoint, "AWS_REGION=us-east-1")
	for _, line := range lines(3) {
		if export, ok := strings.CutPrefix(line, "export "); ok {
			env = append(env, export)
		}
	}
	guest := guests(t, bucket)["the SDK for Go"]
	runCommand(t, env, "", guest[0], guest[1:]...).ok(t)
	bad := append(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN=other")
	runCommand(t, bad, "", guest[0], guest[1:]...).refused(t, "UnauthorizedRequest")
	if code := end(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	w.s.sallyport("container", "credentials", "--profile", "blue", "--role-arn", role, "--service", "pods.eks.amazonaws.com").refused(t, "--token-file is needed")
}
