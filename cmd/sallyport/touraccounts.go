package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/explain"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// accessRole is the role that CreateAccount makes in a new account.
const accessRole = "OrganizationAccountAccessRole"

// makeAccounts makes the two accounts and goes into each by its access role.
func (t *tour) makeAccounts(ctx context.Context) error {
	t.out.command(t.org, "sts", "get-caller-identity")
	var me struct {
		Result struct{ Arn, Account string } `xml:"GetCallerIdentityResult"`
	}
	if err := t.api.sts(ctx, t.org, &me, "GetCallerIdentity"); err != nil {
		return err
	}
	t.out.output(me.Result.Arn)
	var err error
	if t.ownerID, err = t.makeAccount(ctx, t.name+"-owner"); err != nil {
		return err
	}
	if t.readerID, err = t.makeAccount(ctx, t.name+"-reader"); err != nil {
		return err
	}
	boss := t.org
	if strings.HasSuffix(me.Result.Arn, ":root") {
		t.out.say("Root users cannot assume roles, so the organization's account needs a user who can:")
		roles := []string{roleIn(t.ownerID), roleIn(t.readerID)}
		if boss, err = t.makeUser(ctx, t.org, t.name+"-guide", "tour-guide", roles); err != nil {
			return err
		}
	}
	if t.owner, err = t.enter(ctx, boss, t.ownerID, "tour-owner"); err != nil {
		return err
	}
	t.reader, err = t.enter(ctx, boss, t.readerID, "tour-reader")
	return err
}

func roleIn(account string) string { return "arn:aws:iam::" + account + ":role/" + accessRole }

func (t *tour) makeAccount(ctx context.Context, name string) (id string, err error) {
	t.out.command(t.org, "organizations", "create-account", "--account-name", name, "--email", name+"@example.com")
	var out struct{ CreateAccountStatus createAccountStatus }
	err = t.api.organizations(ctx, t.org, "CreateAccount", map[string]string{"AccountName": name, "Email": name + "@example.com"}, &out)
	if err != nil {
		return "", err
	}
	if id, err = awaitAccount(ctx, out.CreateAccountStatus, func(in, out any) error {
		return t.api.organizations(ctx, t.org, "DescribeCreateAccountStatus", in, out)
	}); err != nil {
		return "", err
	}
	t.out.output("account " + id)
	t.later(t.org, []string{"organizations", "close-account", "--account-id", id}, func(ctx context.Context) error {
		return t.api.organizations(ctx, t.org, "CloseAccount", map[string]string{"AccountId": id}, nil)
	})
	return id, nil
}

// enter gets credentials of the access role of an account.
func (t *tour) enter(ctx context.Context, by who, account, profile string) (who, error) {
	t.out.command(by, "sts", "assume-role", "--role-arn", roleIn(account), "--role-session-name", "tour")
	var out struct {
		Credentials credentialsXML `xml:"AssumeRoleResult>Credentials"`
	}
	err := t.api.sts(ctx, by, &out, "AssumeRole", "RoleArn", roleIn(account), "RoleSessionName", "tour")
	t.out.output("credentials, from here on profile " + profile)
	return who{profile: profile, creds: out.Credentials.sigv4()}, err
}

// makeUser makes a user with an access key, and a policy that lets it assume
// roles if there are any.
func (t *tour) makeUser(ctx context.Context, by who, name, profile string, roles []string) (who, error) {
	u := []string{"UserName", name}
	t.out.command(by, "iam", "create-user", "--user-name", name)
	if err := t.api.iam(ctx, by, nil, "CreateUser", u...); err != nil {
		return who{}, err
	}
	t.later(by, []string{"iam", "delete-user", "--user-name", name}, func(ctx context.Context) error {
		return t.api.iam(ctx, by, nil, "DeleteUser", u...)
	})
	if len(roles) > 0 {
		list, err := json.Marshal(roles)
		if err != nil {
			return who{}, err
		}
		document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":` + string(list) + `}]}`
		t.out.command(by, "iam", "put-user-policy", "--user-name", name, "--policy-name", "enter", "--policy-document", document)
		if err := t.api.iam(ctx, by, nil, "PutUserPolicy", append(u, "PolicyName", "enter", "PolicyDocument", document)...); err != nil {
			return who{}, err
		}
		t.later(by, []string{"iam", "delete-user-policy", "--user-name", name, "--policy-name", "enter"}, func(ctx context.Context) error {
			return t.api.iam(ctx, by, nil, "DeleteUserPolicy", append(u, "PolicyName", "enter")...)
		})
	}
	t.out.command(by, "iam", "create-access-key", "--user-name", name)
	var out struct {
		Key credentialsXML `xml:"CreateAccessKeyResult>AccessKey"`
	}
	if err := t.api.iam(ctx, by, &out, "CreateAccessKey", u...); err != nil {
		return who{}, err
	}
	t.out.output("access key " + out.Key.AccessKeyID + ", from here on profile " + profile)
	t.later(by, []string{"iam", "delete-access-key", "--user-name", name, "--access-key-id", out.Key.AccessKeyID}, func(ctx context.Context) error {
		return t.api.iam(ctx, by, nil, "DeleteAccessKey", append(u, "AccessKeyId", out.Key.AccessKeyID)...)
	})
	return who{profile: profile, creds: out.Key.sigv4()}, nil
}

// explain prints the explanation of a request and tells whether it was allowed.
func (t *tour) explain(ctx context.Context, by who, id string) (allowed bool, err error) {
	t.out.shell(by, "sallyport explain "+id)
	text, err := fetchDecision(ctx, t.api.endpoint, t.api.region, by.creds, id)
	if err != nil {
		return false, err
	}
	report := new(explain.Report)
	if err := json.Unmarshal(text, report); err != nil {
		return false, err
	}
	return report.Allowed, explain.Text(t.out.indented(), report, textWidth-2)
}

func (t *tour) later(by who, line []string, do func(context.Context) error) {
	t.undo = append(t.undo, step{by, line, do})
}

// cleanUp undoes what was made, the last first.
func (t *tour) cleanUp(ctx context.Context) error {
	if len(t.undo) == 0 {
		return nil
	}
	t.out.title("Cleaning up")
	var errs []error
	for _, s := range slices.Backward(t.undo) {
		err := s.do(ctx)
		var failed *tourError
		if errors.As(err, &failed) && failed.code == "NotImplemented" {
			t.stays = true
			continue
		}
		t.out.command(s.by, s.line...)
		if err != nil {
			t.out.output(err.Error())
			errs = append(errs, err)
		}
	}
	if t.stays {
		t.out.output("")
		t.out.say("The two accounts stay, empty but for their access role: this server does not close accounts.")
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("the tour leaves things behind: %w", err)
	}
	return nil
}

type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
}

func (c credentialsXML) sigv4() sigv4.Credentials {
	return sigv4.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
}
