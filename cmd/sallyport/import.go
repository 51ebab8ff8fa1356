package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/importing"
	"github.com/sallyport/sallyport/internal/sigv4"
)

type importCommand struct {
	AWS importAWS `cmd:"" name:"aws" help:"Make the account what the AWS CLI printed of it; see docs/import.md."`
}

type importAWS struct {
	clientFlags
	DryRun bool     `env:"-" help:"Only show what would be changed."`
	Prune  bool     `env:"-" help:"Remove what is here and not in the files: entities, not buckets."`
	JSON   bool     `name:"json" help:"Print all of the difference, as JSON."`
	Files  []string `arg:"" name:"file" help:"What the AWS CLI printed: files, KIND=FILE or KIND:BUCKET=FILE, or directories with buckets/NAME/KIND.json; - is standard input."`
}

// Run sends the files to the server, which makes the account of whoever signs what
// they say, and prints the difference.
func (c *importAWS) Run(ctx context.Context, s *streams) error {
	files, err := gatherFiles(c.Files, os.Stdin)
	if err != nil {
		return err
	}
	client, err := c.client(ctx)
	if err != nil {
		return err
	}
	text, err := sendImport(ctx, client, files, c.DryRun, c.Prune)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err = s.out.Write(text)
		return err
	}
	report := new(importing.Report)
	if err := json.Unmarshal(text, report); err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	printImport(s.out, report)
	return nil
}

// sendImport asks a server for an import and is its report, in JSON.
func sendImport(ctx context.Context, c *organizationsClient, files []awsexport.File, dryRun, prune bool) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"dryRun": dryRun, "prune": prune, "files": files})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, trimSlash(c.endpoint)+"/-/import", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	hash := sigv4.HashPayload(body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amz-Content-Sha256", hash)
	sigv4.Sign(req, c.signer(), c.region, "sallyport", hash, time.Now())
	status, _, text, err := sendLong(req)
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

// maxReport bounds the answer to an import, which names everything that changed.
const maxReport = 256 << 20

func sendLong(req *http.Request) (status int, header http.Header, text []byte, err error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(io.LimitReader(resp.Body, maxReport))
	return resp.StatusCode, resp.Header, text, err
}
