package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// The pinned peers. Raise a version here and in docs/benchmarks.md, with figures.
const (
	versitygwVersion = "v1.8.0"
	minioVersion     = "v0.0.0-20260212201848-7aac2a2c5b7c"
)

// launch is what a server is started with.
type launch struct {
	addr string // host:port to listen on
	dir  string // for its data
	credentials
}

// kind is one of the servers that can be measured.
type kind struct {
	name         string
	pkg, version string // of a peer: what go install takes
	ceiling      bool   // stores nothing and cannot list
	unsigned     bool
	arguments    func(l launch) []string
	environment  func(l launch) []string
	// profile reads the credentials that the server made itself, once it has.
	profile func(l launch) (credentials, error)
}

func kinds() []*kind {
	return []*kind{ours(), versitygw(), minio(), bare("bare", false), bare("bare-sigv4", true)}
}

func ours() *kind {
	return &kind{
		name: "sallyport",
		arguments: func(l launch) []string {
			return []string{"serve", "--data", l.dir, "--listen", l.addr, "--account", "bench"}
		},
		profile: func(l launch) (credentials, error) {
			text, err := os.ReadFile(filepath.Join(l.dir, "aws", "credentials"))
			if err != nil {
				return credentials{}, err
			}
			return parseProfile(string(text), "bench")
		},
	}
}

// versitygw closes every connection after one request unless told to keep it.
func versitygw() *kind {
	return &kind{
		name: "versitygw", pkg: "github.com/versity/versitygw/cmd/versitygw", version: versitygwVersion,
		arguments: func(l launch) []string {
			return []string{"--port", l.addr, "--quiet", "--keep-alive", "posix", l.dir}
		},
		environment: func(l launch) []string {
			return []string{"ROOT_ACCESS_KEY=" + l.access, "ROOT_SECRET_KEY=" + l.secret}
		},
	}
}

func minio() *kind {
	return &kind{
		name: "minio", pkg: "github.com/minio/minio", version: minioVersion,
		arguments: func(l launch) []string {
			return []string{"server", "--quiet", "--address", l.addr, "--console-address", "127.0.0.1:0", l.dir}
		},
		environment: func(l launch) []string {
			return []string{"MINIO_ROOT_USER=" + l.access, "MINIO_ROOT_PASSWORD=" + l.secret, "MINIO_BROWSER=off", "MINIO_UPDATE=off"}
		},
	}
}

func bare(name string, verify bool) *kind {
	return &kind{
		name: name, ceiling: true, unsigned: !verify,
		arguments: func(l launch) []string {
			return []string{"serve", "-listen", l.addr, fmt.Sprintf("-sigv4=%t", verify)}
		},
		environment: func(l launch) []string {
			return []string{envAccess + "=" + l.access, envSecret + "=" + l.secret}
		},
	}
}

// binary builds or finds the program of a kind.
func (k *kind) binary(ctx context.Context, b *builder) (string, error) {
	switch {
	case k.ceiling:
		return os.Executable()
	case k.pkg != "":
		return b.peer(ctx, k)
	default:
		return b.ours(ctx)
	}
}

// parseProfile reads one profile of an AWS credentials file.
func parseProfile(text, profile string) (credentials, error) {
	var c credentials
	here := false
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			here = line == "["+profile+"]"
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		switch {
		case !here:
		case strings.TrimSpace(name) == "aws_access_key_id":
			c.access = strings.TrimSpace(value)
		case strings.TrimSpace(name) == "aws_secret_access_key":
			c.secret = strings.TrimSpace(value)
		}
	}
	if c.access == "" || c.secret == "" {
		return c, fmt.Errorf("no credentials of profile %s", profile)
	}
	return c, nil
}

// freeAddress returns a loopback address that nobody listens on now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
