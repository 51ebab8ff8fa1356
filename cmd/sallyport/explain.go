package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport/sallyport/internal/explain"
	"github.com/sallyport/sallyport/internal/sigv4"
)

type explainCommand struct {
	clientFlags
	JSON      bool   `name:"json" help:"Print the explanation as JSON."`
	RequestID string `arg:"" name:"request-id" help:"Id of the request: x-amz-request-id of S3, RequestId of the other services."`
}

// Run prints the stored decision of a request, as far as whoever signs may see
// it.
func (c *explainCommand) Run(ctx context.Context, s *streams) error {
	client, err := c.client(ctx)
	if err != nil {
		return err
	}
	text, err := fetchDecision(ctx, client.endpoint, client.region, client.signer(), c.RequestID)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err = s.out.Write(text)
		return err
	}
	report := new(explain.Report)
	if err := json.Unmarshal(text, report); err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	return explain.Text(s.out, report, textWidth)
}

// fetchDecision asks a server for the explanation of a request, in JSON.
func fetchDecision(ctx context.Context, endpoint, region string, who sigv4.Credentials, id string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, trimSlash(endpoint)+"/-/decisions/"+url.PathEscape(id), nil)
	if err != nil {
		return nil, err
	}
	sigv4.Sign(req, who, region, "sallyport", sigv4.HashPayload(nil), time.Now())
	status, _, text, err := send(req)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		var failure struct{ Message string }
		if json.Unmarshal(text, &failure) != nil || failure.Message == "" {
			return nil, fmt.Errorf("the server answered %d", status)
		}
		return nil, errors.New(failure.Message)
	}
	return text, nil
}
