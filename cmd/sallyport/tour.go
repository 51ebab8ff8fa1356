package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
)

type tourCommand struct {
	clientFlags
	Keep bool `help:"Leave everything that the tour makes."`
}

// Run shows a newcomer the two doors. It makes the requests itself and prints
// each as the line of the AWS CLI that one would type for it.
func (c *tourCommand) Run(ctx context.Context, s *streams) error {
	client, err := c.client(ctx)
	if err != nil {
		return err
	}
	t := &tour{
		api: &tourAPI{endpoint: trimSlash(client.endpoint), region: client.region}, out: &guide{w: s.out},
		name: "tour-" + strings.ToLower(rand.Text()[:8]),
	}
	t.org = who{profile: c.Profile, creds: client.signer()}
	err = t.run(ctx)
	if c.Keep {
		return err
	}
	// What was made is taken away also when the tour was interrupted.
	return errors.Join(err, t.cleanUp(context.WithoutCancel(ctx)))
}

// tour is one tour on its way.
type tour struct {
	api  *tourAPI
	out  *guide
	name string // in the names of all that it makes

	org, owner, reader, ada who
	ownerID, readerID       string
	undo                    []step
	stays                   bool // something could not be undone on any such server
}

// step is something to be undone: the command that does it, and who types it.
type step struct {
	by   who
	line []string
	do   func(context.Context) error
}

const tourKey = "hello.txt"

func (t *tour) bucket() string { return t.name + "-bucket" }

func (t *tour) run(ctx context.Context) error {
	t.out.say("A sallyport is a gate with two doors. Access from one account to another's object opens only when both accounts agree. This tour makes two accounts, shows a request fail at the first door, then at the second, and then pass.")
	t.out.say("Each command is printed as you would type it. The profiles in them stand for credentials that the tour gets on its way.")
	for _, part := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"Two accounts", t.makeAccounts},
		{"One owns an object, the other has a user", t.furnish},
		{"The user asks, and both doors are shut", t.firstRefusal},
		{"The user's account opens its door", t.openFirstDoor},
		{"The owner's account opens its door", t.openSecondDoor},
	} {
		t.out.title(part.title)
		if err := part.do(ctx); err != nil {
			return fmt.Errorf("the tour ends at %q: %w", part.title, err)
		}
	}
	t.out.say("Neither account could have done this alone, and neither saw the other's policies. That is all there is to it; docs/explain.md tells how to read an explanation.")
	return nil
}

// furnish puts an object into the owner's account and a user into the reader's.
func (t *tour) furnish(ctx context.Context) error {
	bucket := t.bucket()
	create := []string{"s3api", "create-bucket", "--bucket", bucket}
	if t.api.region != "us-east-1" {
		create = append(create, "--create-bucket-configuration", "LocationConstraint="+t.api.region)
	}
	t.out.command(t.owner, create...)
	if err := t.api.createBucket(ctx, t.owner, bucket); err != nil {
		return err
	}
	t.later(t.owner, []string{"s3api", "delete-bucket", "--bucket", bucket}, func(ctx context.Context) error {
		_, err := t.api.s3(ctx, t.owner, "DELETE", "/"+bucket, "")
		return err
	})
	t.out.command(t.owner, "s3", "cp", tourKey, "s3://"+bucket+"/")
	if _, err := t.api.s3(ctx, t.owner, "PUT", "/"+bucket+"/"+tourKey, "Hello from the other side of the gate.\n"); err != nil {
		return err
	}
	t.later(t.owner, []string{"s3", "rm", "s3://" + bucket + "/" + tourKey}, func(ctx context.Context) error {
		_, err := t.api.s3(ctx, t.owner, "DELETE", "/"+bucket+"/"+tourKey, "")
		return err
	})
	var err error
	t.ada, err = t.makeUser(ctx, t.reader, "ada", "tour-ada", nil)
	return err
}

// read asks for the object as ada.
func (t *tour) read(ctx context.Context) (id, body string, err error) {
	t.out.command(t.ada, "s3api", "get-object", "--bucket", t.bucket(), "--key", tourKey, "/dev/stdout")
	a, err := t.api.s3(ctx, t.ada, "GET", "/"+t.bucket()+"/"+tourKey, "")
	var refused *tourError
	if errors.As(err, &refused) && refused.code == "AccessDenied" {
		t.out.reply("An error occurred (AccessDenied) when calling the GetObject operation: " + refused.message)
		return refused.id, "", nil
	}
	return a.id, string(a.body), err
}

func (t *tour) refused(ctx context.Context) (id string, err error) {
	id, body, err := t.read(ctx)
	if err == nil && body != "" {
		err = errors.New("the read was to be refused, but was allowed")
	}
	return id, err
}

func (t *tour) firstRefusal(ctx context.Context) error {
	id, err := t.refused(ctx)
	if err != nil {
		return err
	}
	t.out.say("AWS's message names one thing that is missing, and outside of the organization not even that. The server knows more. It is asked by the request's id, which every answer has in its x-amz-request-id header (aws --debug shows it):")
	if _, err := t.explain(ctx, t.ada, id); err != nil {
		return err
	}
	t.out.say("Ada sees her own account's door and what would open it. Of the owner's she learns only that it did not allow.")
	return nil
}

// openFirstDoor adds to ada's policies the statement that the explanation named.
func (t *tour) openFirstDoor(ctx context.Context) error {
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + t.bucket() + `/` + tourKey + `"}]}`
	t.out.command(t.reader, "iam", "put-user-policy", "--user-name", "ada", "--policy-name", "read", "--policy-document", document)
	if err := t.api.iam(ctx, t.reader, nil, "PutUserPolicy", "UserName", "ada", "PolicyName", "read", "PolicyDocument", document); err != nil {
		return err
	}
	t.later(t.reader, []string{"iam", "delete-user-policy", "--user-name", "ada", "--policy-name", "read"}, func(ctx context.Context) error {
		return t.api.iam(ctx, t.reader, nil, "DeleteUserPolicy", "UserName", "ada", "PolicyName", "read")
	})
	id, err := t.refused(ctx)
	if err != nil {
		return err
	}
	t.out.say("Still refused, at the other door now. Its owner asks why:")
	if _, err := t.explain(ctx, t.owner, id); err != nil {
		return err
	}
	t.out.say("This time the same request was explained to the other account: its own door whole, of Ada's policies nothing.")
	return nil
}

func (t *tour) openSecondDoor(ctx context.Context) error {
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + t.readerID + `:user/ada"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::` + t.bucket() + `/` + tourKey + `"}]}`
	t.out.command(t.owner, "s3api", "put-bucket-policy", "--bucket", t.bucket(), "--policy", document)
	if _, err := t.api.s3(ctx, t.owner, "PUT", "/"+t.bucket()+"?policy", document); err != nil {
		return err
	}
	id, body, err := t.read(ctx)
	if err != nil {
		return err
	}
	if body == "" {
		return errors.New("the read was to be allowed, but was refused")
	}
	t.out.output(body)
	allowed, err := t.explain(ctx, t.ada, id)
	if err == nil && !allowed {
		err = errors.New("the read was allowed, but its explanation says otherwise")
	}
	return err
}
