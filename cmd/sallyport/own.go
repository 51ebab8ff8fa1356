package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/linklocal"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// own asks the server for something that AWS has no API for, at a path below
// /-/, and reads the JSON that it answers into out. It signs with the credentials
// of now, which may have been renewed since the command began. A refusal, and that
// something is not there or does not run, are [linklocal.ErrOver].
func (c *organizationsClient) own(ctx context.Context, method, path string, body []byte, out any) error {
	now, err := c.renewing.Retrieve(ctx)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, trimSlash(c.endpoint)+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	who := sigv4.Credentials{AccessKeyID: now.AccessKeyID, SecretAccessKey: now.SecretAccessKey, SessionToken: now.SessionToken}
	sigv4.Sign(req, who, c.region, "sallyport", sigv4.HashPayload(body), time.Now())
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return ownError(resp, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	return nil
}

// ownError words a refusal. The id of the request is for `sallyport explain`.
func ownError(resp *http.Response, text []byte) error {
	var failure struct{ Message string }
	if json.Unmarshal(text, &failure) != nil || failure.Message == "" {
		failure.Message = fmt.Sprintf("the server answered %d", resp.StatusCode)
	}
	if id := resp.Header.Get("X-Amzn-Requestid"); id != "" {
		failure.Message += " (request " + id + ")"
	}
	over := fmt.Errorf("%s", failure.Message)
	switch kind := resp.Header.Get("X-Amzn-Errortype"); {
	case strings.HasPrefix(kind, "AccessDenied"), kind == "TargetNotConnected", resp.StatusCode == http.StatusNotFound:
		return &overError{over}
	}
	return over
}

// overError says no more than the refusal that it is.
type overError struct{ error }

func (e *overError) Is(target error) bool { return target == linklocal.ErrOver }
