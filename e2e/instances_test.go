package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstancesWithTheAWSCLI launches, waits for and ends an instance as
// the tutorials do.
func TestInstancesWithTheAWSCLI(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	aws := func(args ...string) string {
		t.Helper()
		r := s.aws("green", args...)
		r.ok(t)
		return strings.TrimSpace(r.stdout)
	}
	image := aws("ec2", "describe-images", "--owners", "amazon", "--filters", "Name=name,Values=al2023-ami-*-x86_64", "Name=state,Values=available",
		"--query", "sort_by(Images,&CreationDate)[-1].ImageId", "--output", "text")
	if name := aws("ec2", "describe-images", "--image-ids", image, "--query", "Images[0].Name", "--output", "text"); !strings.HasPrefix(name, "al2023-ami-2023.") {
		t.Errorf("the latest image is %s", name)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	material := aws("ec2", "create-key-pair", "--key-name", "laptop", "--key-type", "ed25519", "--query", "KeyMaterial", "--output", "text")
	if err := os.WriteFile(file, []byte(material+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ssh-keygen", "-y", "-f", file).CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "ssh-ed25519 ") {
		t.Errorf("ssh-keygen reads the private key as %s (%v)", out, err)
	}

	aws("iam", "create-role", "--role-name", "app", "--assume-role-policy-document", trusts(`{"Service":"ec2.amazonaws.com"}`))
	aws("iam", "create-instance-profile", "--instance-profile-name", "app")
	aws("iam", "add-role-to-instance-profile", "--instance-profile-name", "app", "--role-name", "app")
	id := aws("ec2", "run-instances", "--image-id", image, "--instance-type", "t3.micro", "--key-name", "laptop", "--iam-instance-profile", "Name=app",
		"--user-data", "#!/bin/sh", "--metadata-options", "HttpTokens=required", "--tag-specifications", "ResourceType=instance,Tags=[{Key=Name,Value=web}]",
		"--query", "Instances[0].InstanceId", "--output", "text")
	aws("ec2", "wait", "instance-running", "--instance-ids", id)
	aws("ec2", "wait", "instance-status-ok", "--instance-ids", id)
	var found []struct {
		State              struct{ Name string }
		IamInstanceProfile struct{ Arn string }
	}
	if err := json.Unmarshal([]byte(aws("ec2", "describe-instances", "--filters", "Name=tag:Name,Values=we?", "Name=instance-state-name,Values=running",
		"--query", "Reservations[].Instances[]")), &found); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || !strings.HasSuffix(found[0].IamInstanceProfile.Arn, ":instance-profile/app") {
		t.Errorf("found %+v", found)
	}
	s.aws("green", "ec2", "run-instances", "--image-id", image, "--iam-instance-profile", "Name=typo").refused(t, "Value (typo) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name")
	s.aws("blue", "ec2", "describe-instances", "--instance-ids", id).refused(t, "InvalidInstanceID.NotFound")

	aws("ec2", "terminate-instances", "--instance-ids", id)
	aws("ec2", "wait", "instance-terminated", "--instance-ids", id)
	s.aws("green", "ec2", "start-instances", "--instance-ids", id).refused(t, "IncorrectInstanceState")
}
