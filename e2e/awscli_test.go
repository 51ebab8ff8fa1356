package e2e

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// awsPath is the AWS CLI, wherever it is installed.
var awsPath = sync.OnceValues(func() (string, error) { return exec.LookPath("aws") })

// cliVersion is the AWS CLI's version, such as 2.9.19 or 1.45.11.
var cliVersion = sync.OnceValue(func() [3]int {
	var v [3]int
	path, err := awsPath()
	if err != nil {
		return v
	}
	out, _ := exec.Command(path, "--version").CombinedOutput()
	if m := regexp.MustCompile(`aws-cli/(\d+)\.(\d+)\.(\d+)`).FindSubmatch(out); m != nil {
		for i := range v {
			v[i], _ = strconv.Atoi(string(m[i+1]))
		}
	}
	return v
})

// readsEndpointFromProfile tells whether the CLI takes endpoint_url from a
// profile, and so can chain roles on a server of one's own: since 2.13.0 and
// 1.29.0.
func readsEndpointFromProfile() bool {
	v := cliVersion()
	return v[0] == 2 && v[1] >= 13 || v[0] == 1 && v[1] >= 29 || v[0] > 2
}

// aws runs the AWS CLI with a profile.
func (s *server) aws(profile string, args ...string) result {
	s.t.Helper()
	return s.awsEnv(append(s.clientEnv(), "AWS_PROFILE="+profile), args...)
}

// awsWith runs the AWS CLI with temporary credentials.
func (s *server) awsWith(c credentials, args ...string) result {
	s.t.Helper()
	return s.awsEnv(append(s.clientEnv(), c.env()...), args...)
}

func (s *server) awsEnv(env []string, args ...string) result {
	s.t.Helper()
	path, err := awsPath()
	if err != nil {
		s.t.Fatalf("the AWS CLI is not installed (make deps installs it): %v", err)
	}
	args = append([]string{"--endpoint-url", s.endpoint, "--region", "us-east-1", "--output", "json"}, args...)
	r := runCommand(s.t, env, "", path, args...)
	r.args = append([]string{"aws"}, args...)
	return r
}

// credentials are what AssumeRole and CreateAccessKey give.
type credentials struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
}

func (c credentials) env() []string {
	env := []string{"AWS_ACCESS_KEY_ID=" + c.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey}
	if c.SessionToken != "" {
		env = append(env, "AWS_SESSION_TOKEN="+c.SessionToken)
	}
	return env
}

// ok fails the test unless the command succeeded.
func (r result) ok(t testing.TB) result {
	t.Helper()
	if r.code != 0 {
		t.Fatalf("%s\nended with status %d: %s%s", r.line(), r.code, r.stdout, r.stderr)
	}
	return r
}

// refused fails the test unless the command failed with all of these texts in
// its output, such as AWS's error code and message.
func (r result) refused(t testing.TB, texts ...string) result {
	t.Helper()
	if r.code == 0 {
		t.Fatalf("%s\nwas to be refused, but succeeded: %s", r.line(), r.stdout)
	}
	for _, text := range texts {
		if !strings.Contains(r.stderr+r.stdout, text) {
			t.Fatalf("%s\nwas to be refused with %q, but said: %s%s", r.line(), text, r.stdout, r.stderr)
		}
	}
	return r
}

func (r result) line() string { return strings.Join(r.args, " ") }

// decode reads the command's JSON output into v.
func (r result) decode(t testing.TB, v any) {
	t.Helper()
	r.ok(t)
	if err := json.Unmarshal([]byte(r.stdout), v); err != nil {
		t.Fatalf("%s\nprinted no JSON (%v): %s", r.line(), err, r.stdout)
	}
}
