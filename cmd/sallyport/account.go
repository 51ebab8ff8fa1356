package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"
)

type accountCommand struct {
	Create accountCreate `cmd:"" help:"Create a member account and wait for it, as organizations:CreateAccount does."`
	List   accountList   `cmd:"" help:"List the organization's accounts."`
}

type accountCreate struct {
	clientFlags
	Name  string `arg:"" help:"Name of the account."`
	Email string `help:"E-mail of the root user; NAME@example.com unless given."`
}

type createAccountStatus struct {
	ID            string `json:"Id"`
	State         string
	AccountID     string `json:"AccountId"`
	FailureReason string
}

// Run is a thin client of the Organizations API: CreateAccount, then
// DescribeCreateAccountStatus until it says how it ended.
func (c *accountCreate) Run(ctx context.Context, s *streams) error {
	client, err := c.client(ctx)
	if err != nil {
		return err
	}
	email := c.Email
	if email == "" {
		email = c.Name + "@example.com"
	}
	var out struct{ CreateAccountStatus createAccountStatus }
	if err := client.call(ctx, "CreateAccount", map[string]string{"AccountName": c.Name, "Email": email}, &out); err != nil {
		return err
	}
	id, err := awaitAccount(ctx, out.CreateAccountStatus, func(in, out any) error {
		return client.call(ctx, "DescribeCreateAccountStatus", in, out)
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, id)
	return nil
}

// awaitAccount asks for the state of a CreateAccount request until it has ended,
// and is the account's id.
func awaitAccount(ctx context.Context, status createAccountStatus, describe func(in, out any) error) (id string, err error) {
	for status.State == "IN_PROGRESS" {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
		var out struct{ CreateAccountStatus createAccountStatus }
		if err := describe(map[string]string{"CreateAccountRequestId": status.ID}, &out); err != nil {
			return "", err
		}
		status = out.CreateAccountStatus
	}
	if status.State != "SUCCEEDED" {
		return "", errors.New("CreateAccount failed: " + status.FailureReason)
	}
	return status.AccountID, nil
}

type accountList struct{ clientFlags }

// Run prints what organizations:ListAccounts gives, every page of it.
func (c *accountList) Run(ctx context.Context, s *streams) error {
	client, err := c.client(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tID\tEMAIL\tSTATUS\tARN")
	in := map[string]string{}
	for {
		var out struct {
			Accounts []struct {
				Name, Email, Status, Arn string
				ID                       string `json:"Id"`
			}
			NextToken string
		}
		if err := client.call(ctx, "ListAccounts", in, &out); err != nil {
			return err
		}
		for _, a := range out.Accounts {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", a.Name, a.ID, a.Email, a.Status, a.Arn)
		}
		if out.NextToken == "" {
			return table.Flush()
		}
		in["NextToken"] = out.NextToken
	}
}
