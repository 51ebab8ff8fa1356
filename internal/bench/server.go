package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	readyTimeout = 30 * time.Second
	bucket       = "bench"
	listBucket   = "bench-list"
)

// server is one that runs and is being measured.
type server struct {
	*kind
	*process
	addr   string
	cred   *credentials // nil: its requests are not signed
	failed error        // why it is no longer measured
	filled bool         // the listing bucket has its keys
}

// startServer starts a kind on a fresh directory below dir and waits until it has
// made the buckets.
func startServer(ctx context.Context, k *kind, binary, dir string) (*server, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	l := launch{addr: addr, dir: filepath.Join(dir, k.name), credentials: credentials{rand.Text(), rand.Text()}}
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return nil, err
	}
	var env []string
	if k.environment != nil {
		env = k.environment(l)
	}
	p, err := startProcess(ctx, filepath.Join(dir, k.name+".log"), l.dir, env, binary, k.arguments(l)...)
	if err != nil {
		return nil, err
	}
	s := &server{kind: k, process: p, addr: addr}
	if err := s.await(ctx, l); err != nil {
		p.stop()
		return nil, err
	}
	return s, nil
}

// await makes the buckets as soon as the server can.
func (s *server) await(ctx context.Context, l launch) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	for {
		err := s.makeBuckets(l)
		if err == nil {
			return nil
		}
		select {
		case <-retry.C:
		case <-s.done:
			return s.ended()
		case <-ctx.Done():
			return fmt.Errorf("not ready within %v: %w; it last printed:\n%s", readyTimeout, err, tail(s.log))
		}
	}
}

func (s *server) makeBuckets(l launch) error {
	if s.cred == nil && !s.unsigned {
		cred := l.credentials
		if s.profile != nil {
			var err error
			if cred, err = s.profile(l); err != nil {
				return err
			}
		}
		s.cred = &cred
	}
	c := newConn(s.addr, s.cred)
	defer c.close()
	for _, b := range []string{bucket, listBucket} {
		_, _, err := c.do(&call{request: request{method: http.MethodPut, path: "/" + b, hash: emptyHash}})
		var status *statusError
		if err != nil && !(errors.As(err, &status) && status.status == http.StatusConflict) {
			return err
		}
	}
	return nil
}
