package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/sallyport/sallyport/internal/containers"
)

type containerCommand struct {
	Exec        containerExec        `cmd:"" help:"Run a command as if in the container: with its role's credentials and no others."`
	Credentials containerCredentials `cmd:"" help:"Serve the role's credentials to programs in a container, until stopped."`
}

const eksPods = "pods.eks.amazonaws.com"

// containerFlags say which role a container has and what the session is of. Who
// asks needs ecs:RunTask or eks:CreatePodIdentityAssociation, and iam:PassRole on the
// role with iam:PassedToService the service.
type containerFlags struct {
	clientFlags
	RoleARN        string `name:"role-arn" required:"" help:"ARN of the role, one of the caller's account."`
	Service        string `default:"ecs-tasks.amazonaws.com" enum:"ecs-tasks.amazonaws.com,pods.eks.amazonaws.com" env:"SALLYPORT_CONTAINER_SERVICE" help:"Service that the role is passed to and must trust: ${enum}."`
	Cluster        string `default:"default" help:"Name of the cluster."`
	Namespace      string `default:"default" help:"Kubernetes namespace of the pod (EKS)."`
	ServiceAccount string `default:"default" help:"Kubernetes service account of the pod (EKS)."`
	PodName        string `default:"pod" help:"Name of the pod (EKS)."`
	PodUID         string `name:"pod-uid" help:"UID of the pod (EKS); a new one unless given."`
}

// containerSource fetches a container's credentials from the server.
type containerSource struct {
	client *organizationsClient
	body   []byte
}

// Credentials implements containers.Source.
func (f *containerSource) Credentials(ctx context.Context) (*containers.Credentials, error) {
	out := new(containers.Credentials)
	return out, f.client.own(ctx, http.MethodPost, "/-/containers/credentials", f.body, out)
}

// service makes the endpoint, whose requests must have the token where there is one,
// and looks once whether there are credentials.
func (f *containerFlags) service(ctx context.Context, id string, token func() (string, error)) (*containers.Service, *organizationsClient, error) {
	client, err := f.client(ctx)
	if err != nil {
		return nil, nil, err
	}
	if f.PodUID == "" {
		f.PodUID = newUUID()
	}
	in := map[string]string{"roleArn": f.RoleARN, "service": f.Service, "cluster": f.Cluster}
	if f.Service == eksPods {
		in["namespace"], in["serviceAccount"], in["podName"], in["podUid"] = f.Namespace, f.ServiceAccount, f.PodName, f.PodUID
	} else {
		in["taskId"] = strings.ReplaceAll(newUUID(), "-", "")
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, nil, err
	}
	service := containers.New(containers.Options{Source: &containerSource{client, body}, ID: id, Token: token})
	return service, client, service.Check(ctx)
}

type containerExec struct {
	containerFlags
	Command []string `arg:"" passthrough:"" help:"Command and its arguments."`
}

// Run runs the command, and ends as it does.
func (c *containerExec) Run(ctx context.Context, s *streams) error {
	command, err := childCommand(c.Command)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", loopback)
	if err != nil {
		return err
	}
	defer l.Close()
	token := rand.Text()
	id, path := newUUID(), containers.EKSPath
	authorization := "AWS_CONTAINER_AUTHORIZATION_TOKEN=" + token
	if c.Service == eksPods {
		id = ""
		dir, err := os.MkdirTemp("", "sallyport-pod-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		file := filepath.Join(dir, "eks-pod-identity-token")
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			return err
		}
		authorization = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" + file
	} else {
		path = containers.ECSPath + id
	}
	service, client, err := c.service(ctx, id, func() (string, error) { return token, nil })
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go service.Serve(serving, l)
	return runChild(s, command, childEnv(os.Environ(), append(serverVariables(client, ""),
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://"+l.Addr().String()+path, authorization)...))
}

type containerCredentials struct {
	containerFlags
	Listen    []string `default:"127.0.0.1:0" env:"SALLYPORT_CONTAINER_LISTEN" help:"Addresses to serve on, such as 169.254.170.2:80 (ECS), 169.254.170.23:80 and [fd00:ec2::23]:80 (EKS)."`
	ID        string   `name:"credentials-id" env:"SALLYPORT_CONTAINER_CREDENTIALS_ID" help:"What the path ends with (ECS); a new one unless given."`
	TokenFile string   `type:"path" help:"File with the token that requests must have, read each time: a pod's service account token (EKS, required), AWS_CONTAINER_AUTHORIZATION_TOKEN (ECS)."`
}

// Run serves until the process is told to end. What it prints is what programs in
// the container need in their environment.
func (c *containerCredentials) Run(ctx context.Context, s *streams) error {
	if c.Service == eksPods && c.TokenFile == "" {
		return errors.New("--token-file is needed: the file with the pod's token")
	}
	listeners, err := listenAll(s, c.Listen)
	if err != nil {
		return err
	}
	at := listeners[0].Addr().String()
	id, token, exports := c.environment(at)
	service, _, err := c.service(ctx, id, token)
	if err != nil {
		for _, l := range listeners {
			l.Close()
		}
		return err
	}
	for _, l := range listeners {
		fmt.Fprintf(s.out, "Serving on http://%s\n", l.Addr())
	}
	for _, export := range exports {
		fmt.Fprintln(s.out, "export", export)
	}
	return serveAll(ctx, listeners, service.Serve)
}

// environment is how programs find the endpoint at an address, and what it asks of
// them. At ECS's own address that is the id, as on ECS; elsewhere a token as well.
func (c *containerCredentials) environment(at string) (id string, token func() (string, error), exports []string) {
	if c.TokenFile != "" {
		token = func() (string, error) { return readToken(c.TokenFile) }
	}
	if c.Service == eksPods {
		return "", token, []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + urlAt(at) + containers.EKSPath, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" + c.TokenFile}
	}
	if id = c.ID; id == "" {
		id = newUUID()
	}
	switch {
	case c.TokenFile != "":
		exports = append(exports, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="+c.TokenFile)
	case at != containers.ECSAddress+":80":
		made := rand.Text()
		token = func() (string, error) { return made, nil }
		exports = append(exports, "AWS_CONTAINER_AUTHORIZATION_TOKEN="+made)
	}
	if at == containers.ECSAddress+":80" {
		return id, token, append(exports, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="+containers.ECSPath+id)
	}
	return id, token, append(exports, "AWS_CONTAINER_CREDENTIALS_FULL_URI="+urlAt(at)+containers.ECSPath+id)
}

// urlAt is a URL without the port that it has anyway.
func urlAt(address string) string { return "http://" + strings.TrimSuffix(address, ":80") }

// maxToken bounds a token file, in bytes.
const maxToken = 64 << 10

func readToken(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxToken))
	return strings.TrimSpace(string(text)), err
}

func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
