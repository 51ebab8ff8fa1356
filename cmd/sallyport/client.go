package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// clientFlags are the flags of the commands that talk to a running server.
type clientFlags struct {
	EndpointURL string `name:"endpoint-url" aliases:"endpoint" help:"URL of the server; the profile's endpoint_url unless given."`
	Profile     string `help:"Profile whose credentials sign the request; AWS_PROFILE unless given."`
	Region      string `help:"Region to sign for; the profile's unless given."`
}

// organizationsClient calls Organizations in its JSON protocol. The server has no
// other way to make accounts, and neither has this command.
type organizationsClient struct {
	endpoint string
	region   string
	creds    aws.Credentials
	renewing aws.CredentialsProvider // of creds, for who asks again later
	http     aws.HTTPClient
}

// client finds credentials and endpoint as AWS's own tools do: flags, then
// environment, then the profile.
func (f *clientFlags) client(ctx context.Context) (*organizationsClient, error) {
	var options []func(*config.LoadOptions) error
	if f.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(f.Profile))
	}
	if f.Region != "" {
		options = append(options, config.WithRegion(f.Region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	c := &organizationsClient{endpoint: f.EndpointURL, region: cfg.Region, renewing: cfg.Credentials, http: cfg.HTTPClient}
	if c.http == nil {
		c.http = http.DefaultClient
	}
	if c.endpoint == "" && cfg.BaseEndpoint != nil {
		c.endpoint = *cfg.BaseEndpoint
	}
	if c.endpoint == "" {
		return nil, errors.New("no endpoint: give --endpoint-url, or a profile with endpoint_url (see sallyport env)")
	}
	if c.region == "" {
		c.region = "us-east-1"
	}
	if c.creds, err = cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *organizationsClient) signer() sigv4.Credentials {
	return sigv4.Credentials{AccessKeyID: c.creds.AccessKeyID, SecretAccessKey: c.creds.SecretAccessKey, SessionToken: c.creds.SessionToken}
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// send sends a request and reads the whole answer.
func send(req *http.Request) (status int, header http.Header, text []byte, err error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp.StatusCode, resp.Header, text, err
}

func trimSlash(endpoint string) string { return strings.TrimRight(endpoint, "/") }

func (c *organizationsClient) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, trimSlash(c.endpoint)+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSOrganizationsV20161128."+operation)
	sigv4.Sign(req, c.signer(), c.region, "organizations", sigv4.HashPayload(body), time.Now())
	status, _, text, err := send(req)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		var failure struct {
			Type    string `json:"__type"`
			Message string
		}
		if json.Unmarshal(text, &failure) != nil || failure.Type == "" {
			return fmt.Errorf("%s: the server answered %d", operation, status)
		}
		return fmt.Errorf("%s: %s: %s", operation, failure.Type, failure.Message)
	}
	return json.Unmarshal(text, out)
}
