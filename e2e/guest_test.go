package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// guestVariable makes the test binary a program that uses the AWS SDK for Go with no
// settings but the environment's. It is not among the variables that sallyport keeps
// from its commands.
const guestVariable = "E2E_GUEST"

// goGuest is that program: with a bucket and a key it writes and reads an object, and
// without them it prints its credentials.
func goGuest(args []string) error {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		return err
	}
	if len(args) == 0 {
		c, err := cfg.Credentials.Retrieve(context.Background())
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(credentials{c.AccessKeyID, c.SecretAccessKey, c.SessionToken})
	}
	c := s3.NewFromConfig(cfg)
	bucket, key := args[0], args[1]
	if _, err := c.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("from a guest")}); err != nil {
		return err
	}
	out, err := c.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	_, err = io.Copy(os.Stdout, out.Body)
	return err
}

// guestMain runs goGuest in place of the tests.
func guestMain() int {
	if err := goGuest(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// guests are commands that write "from a guest" to an object and print what they
// read back, each with another of AWS's clients.
func guests(t testing.TB, bucket string) map[string][]string {
	t.Helper()
	script := func(name ...string) string {
		path, err := filepath.Abs(filepath.Join(append([]string{"testdata"}, name...)...))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cli := "aws"
	if !readsEndpointFromProfile() { // nor from the environment
		cli = `aws --endpoint-url "$AWS_ENDPOINT_URL"`
	}
	return map[string][]string{
		"the AWS CLI":            {"sh", "-ec", "printf 'from a guest' | " + cli + " s3 cp - s3://" + bucket + "/cli >&2; " + cli + " s3 cp s3://" + bucket + "/cli -"},
		"boto3":                  {"python3", "-B", script("guest.py"), bucket, "boto3"},
		"the SDK for JavaScript": {"node", script("js", "guest.mjs"), bucket, "js"},
		"the SDK for Go":         {"env", guestVariable + "=1", self, bucket, "go"},
	}
}

// visit runs each of the guests by a sallyport command.
func (w *world) visit(bucket string, command ...string) {
	w.Helper()
	for name, guest := range guests(w.T, bucket) {
		w.Run(name, func(t *testing.T) {
			r := runCommand(t, w.s.clientEnv(), "", binary, append(append(command, "--"), guest...)...).ok(t)
			if strings.TrimSpace(r.stdout) != "from a guest" {
				t.Errorf("read %q", r.stdout)
			}
		})
	}
}

// serves runs a sallyport command that prints a line for all that it serves, and
// then serves until end tells it to stop.
func (w *world) serves(args ...string) (lines func(n int) []string, end func() (code int)) {
	w.Helper()
	return serves(w.T, w.s.clientEnv(), binary, args...)
}

func serves(t *testing.T, env []string, name string, args ...string) (lines func(n int) []string, end func() (code int)) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.SysProcAttr = env, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	errs := &tail{}
	cmd.Stderr = errs
	out := must(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceValue(func() int {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		return cmd.ProcessState.ExitCode()
	})
	t.Cleanup(func() { end() })
	scanner := bufio.NewScanner(out)
	return func(n int) (lines []string) {
		t.Helper()
		for range n {
			if !scanner.Scan() {
				end()
				t.Fatalf("%s %v ended: %s", name, args, errs)
			}
			lines = append(lines, scanner.Text())
		}
		return lines
	}, end
}

// hosted makes a bucket of green's in which a role of blue's may write and read, and
// which the role may use, and returns bucket and role ARN.
func (w *world) hosted(name, trust string) (bucket, role string) {
	w.Helper()
	green, blue := w.s.s3(w.s.profileKeys("green")), w.s.iam(w.s.profileKeys("blue"))
	bucket = name + "-bucket"
	makeBucket(w, green, bucket)
	made := must(blue.CreateRole(w.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}))(w)
	role = *made.Role.Arn
	actions, objects := `["s3:GetObject","s3:PutObject"]`, `"arn:aws:s3:::`+bucket+`/*"`
	must(blue.PutRolePolicy(w.Context(), &iam.PutRolePolicyInput{
		RoleName: &name, PolicyName: aws.String("guest"), PolicyDocument: aws.String(policyJSON(allow(actions, objects))),
	}))(w)
	must(green.PutBucketPolicy(w.Context(), &s3.PutBucketPolicyInput{
		Bucket: &bucket, Policy: aws.String(policyJSON(allowTo(`{"AWS":"`+role+`"}`, actions, objects))),
	}))(w)
	return bucket, role
}
