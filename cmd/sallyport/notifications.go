package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sallyport/sallyport/internal/service/s3/notify"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// notificationFlags say where event notifications can go. What is secret comes
// from files.
type notificationFlags struct {
	NotificationTarget          []string `help:"HTTP endpoint of a queue, topic, function or default event bus that bucket notifications may name." placeholder:"ARN=URL"`
	NotificationGrant           []string `help:"Another account whose buckets may notify a target; * for all." placeholder:"ARN=ACCOUNT"`
	NotificationSecretFile      string   `help:"File with the secret that signs calls of webhooks." type:"path" placeholder:"FILE"`
	NotificationCredentialsFile string   `help:"Credentials file, as AWS's tools have them, whose first profile signs calls of queues and functions." type:"path" placeholder:"FILE"`
}

// minSecret is the least length of a secret that signs.
const minSecret = 16

func (f *notificationFlags) targets() (*notify.Targets, error) {
	o := notify.Options{Targets: f.NotificationTarget, Grants: f.NotificationGrant}
	if f.NotificationSecretFile != "" {
		secret, err := os.ReadFile(f.NotificationSecretFile)
		if err != nil {
			return nil, fmt.Errorf("--notification-secret-file: %w", err)
		}
		if o.Secret = bytes.TrimSpace(secret); len(o.Secret) < minSecret {
			return nil, fmt.Errorf("--notification-secret-file: a secret has at least %d bytes", minSecret)
		}
	}
	if f.NotificationCredentialsFile != "" {
		text, err := os.ReadFile(f.NotificationCredentialsFile)
		if err == nil {
			o.Credentials, err = firstProfile(string(text))
		}
		if err != nil {
			return nil, fmt.Errorf("--notification-credentials-file: %w", err)
		}
	}
	return notify.NewTargets(o)
}

// firstProfile reads the keys of the first profile in a credentials file.
func firstProfile(text string) (c sigv4.Credentials, err error) {
	profiles := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			profiles++
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || profiles > 1 || line[0] == '#' || line[0] == ';' {
			continue
		}
		switch value = strings.TrimSpace(value); strings.ToLower(strings.TrimSpace(name)) {
		case "aws_access_key_id":
			c.AccessKeyID = value
		case "aws_secret_access_key":
			c.SecretAccessKey = value
		case "aws_session_token":
			c.SessionToken = value
		}
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return sigv4.Credentials{}, errors.New("no aws_access_key_id and aws_secret_access_key in its first profile")
	}
	return c, nil
}
