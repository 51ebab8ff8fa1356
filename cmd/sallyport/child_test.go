package main

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestChildEnv: nothing that says who one is reaches a command that is to be
// somebody else.
func TestChildEnv(t *testing.T) {
	got := childEnv([]string{
		"PATH=/bin", "AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s", "AWS_SESSION_TOKEN=t", "AWS_PROFILE=p", "AWS_DEFAULT_PROFILE=p", "aws_profile=p",
		"AWS_CONFIG_FILE=/c", "AWS_SHARED_CREDENTIALS_FILE=/s", "AWS_ROLE_ARN=r", "AWS_WEB_IDENTITY_TOKEN_FILE=f", "AWS_CONTAINER_CREDENTIALS_FULL_URI=u",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN=a", "AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL_S3=x", "AWS_CREDENTIAL_FILE=f", "SALLYPORT_PROFILE=p",
		"AWS_CA_BUNDLE=/ca", "AWS_PAGER=", "AWSOME=1", "ODD",
	}, "AWS_REGION=r1")
	want := []string{"PATH=/bin", "AWS_CA_BUNDLE=/ca", "AWS_PAGER=", "AWSOME=1", "ODD", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_REGION=r1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRunChild(t *testing.T) {
	for _, c := range []struct {
		command []string
		code    int
		out     string
	}{
		{[]string{"sh", "-c", "echo hello $WHO; exit 7"}, 7, "hello you\n"},
		{[]string{"true"}, 0, ""},
		{[]string{"sh", "-c", "kill -9 $$"}, 128 + int(syscall.SIGKILL), ""},
		{[]string{"/nowhere/to/be/found"}, 127, ""},
		{[]string{"no-such-command-anywhere"}, 127, ""},
		{[]string{"/"}, 126, ""},
		// A signal of ours reaches the child, which ends in its own way.
		{[]string{"sh", "-c", `trap 'echo caught; exit 3' TERM; kill -TERM $PPID; while :; do sleep 0.01; done`}, 3, "caught\n"},
	} {
		var out, errs bytes.Buffer
		err := runChild(&streams{out: &out, err: &errs}, c.command, []string{"PATH=/usr/bin:/bin", "WHO=you"})
		code := exitError(0)
		errors.As(err, &code)
		if int(code) != c.code || out.String() != c.out {
			t.Errorf("%q ended with %v (%d) and said %q %q, want %d and %q", c.command, err, int(code), out.String(), errs.String(), c.code, c.out)
		}
	}
}

func TestChildCommand(t *testing.T) {
	if got, err := childCommand([]string{"--", "aws", "--", "x"}); err != nil || strings.Join(got, " ") != "aws -- x" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, none := range [][]string{nil, {"--"}, {""}} {
		if _, err := childCommand(none); err == nil {
			t.Errorf("%q is a command", none)
		}
	}
}
