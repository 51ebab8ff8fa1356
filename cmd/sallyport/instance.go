package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/sallyport/sallyport/internal/imds"
)

type instanceCommand struct {
	Exec     instanceExec     `cmd:"" help:"Run a command as if on the instance: with its metadata service and no other credentials."`
	Metadata instanceMetadata `cmd:"" help:"Serve the instance's metadata, for a VM or a network namespace, until stopped."`
}

// instanceFlags name an instance. Who asks for what its metadata service tells
// needs ssm:StartSession on it.
type instanceFlags struct {
	clientFlags
	InstanceID string `name:"instance-id" required:"" help:"Id of the instance, i-…."`
}

// instanceSource fetches an instance's metadata from the server.
type instanceSource struct {
	client *organizationsClient
	id     string
}

// Document implements imds.Source.
func (f *instanceSource) Document(ctx context.Context, d imds.Delivery) (*imds.Document, error) {
	doc := new(imds.Document)
	path := "/-/instances/" + url.PathEscape(f.id) + "/metadata?delivery=" + string(d)
	return doc, f.client.own(ctx, http.MethodGet, path, nil, doc)
}

// service makes the metadata service and looks once whether there is something to
// serve.
func (f *instanceFlags) service(ctx context.Context, s *streams) (*imds.Service, *imds.Document, *organizationsClient, error) {
	client, err := f.client(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	service := imds.New(imds.Options{Source: &instanceSource{client, f.InstanceID}})
	doc, err := service.Document(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	if doc.State != "pending" && doc.State != "running" {
		return nil, nil, nil, fmt.Errorf("the instance is %s", doc.State)
	}
	if doc.InstanceProfile == nil {
		printError(s, fmt.Errorf("%s has no instance profile, so there are no credentials", f.InstanceID))
	}
	if c := doc.Credentials; c != nil && c.Code != "Success" {
		printError(s, fmt.Errorf("no credentials of the role %s: %s: %s (request %s)", c.RoleName, c.Code, c.Message, c.RequestID))
	}
	return service, doc, client, nil
}

type instanceExec struct {
	instanceFlags
	Command []string `arg:"" passthrough:"" help:"Command and its arguments."`
}

// Run runs the command, and ends as it does.
func (c *instanceExec) Run(ctx context.Context, s *streams) error {
	command, err := childCommand(c.Command)
	if err != nil {
		return err
	}
	service, doc, client, err := c.service(ctx, s)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", loopback)
	if err != nil {
		return err
	}
	// A command that is told to end may still need credentials while it does.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go service.Serve(serving, l)
	return runChild(s, command, childEnv(os.Environ(), append(serverVariables(client, doc.Region),
		"AWS_EC2_METADATA_SERVICE_ENDPOINT=http://"+l.Addr().String())...))
}

// loopback is where an endpoint is for a command that this process runs.
const loopback = "127.0.0.1:0"

// childCommand is the command without the -- before it.
func childCommand(args []string) ([]string, error) {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 || args[0] == "" {
		return nil, errors.New("no command to run")
	}
	return args, nil
}

// serverVariables lead AWS's tools to the server.
func serverVariables(client *organizationsClient, region string) []string {
	region = cmp.Or(region, client.region)
	return []string{"AWS_ENDPOINT_URL=" + client.endpoint, "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region}
}

type instanceMetadata struct {
	instanceFlags
	Listen []string `default:"127.0.0.1:0" env:"SALLYPORT_INSTANCE_LISTEN" help:"Addresses to serve on, such as 169.254.169.254:80 and [fd00:ec2::254]:80. Whoever can connect is given the role's credentials."`
}

// Run serves until the process is told to end.
func (c *instanceMetadata) Run(ctx context.Context, s *streams) error {
	service, _, _, err := c.service(ctx, s)
	if err != nil {
		return err
	}
	listeners, err := listenAll(s, c.Listen)
	if err != nil {
		return err
	}
	for _, l := range listeners {
		fmt.Fprintf(s.out, "Serving on http://%s\n", l.Addr())
	}
	if at := listeners[0].Addr().String(); at != imds.Address+":80" {
		fmt.Fprintf(s.out, "export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://%s\n", at)
	}
	return serveAll(ctx, listeners, service.Serve)
}

// listenAll opens listeners, all or none, and warns of those that others can reach.
func listenAll(s *streams, addresses []string) (all []net.Listener, err error) {
	for _, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			for _, l := range all {
				l.Close()
			}
			return nil, err
		}
		all = append(all, l)
		if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() && !ip.IsLinkLocalUnicast() && !strings.HasPrefix(ip.String(), "fd00:ec2:") {
			printError(s, fmt.Errorf("whoever can reach %s is given credentials", l.Addr()))
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no address to serve on")
	}
	return all, nil
}

// serveAll serves on all listeners until ctx ends or one of them fails.
func serveAll(ctx context.Context, listeners []net.Listener, serve func(context.Context, net.Listener) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() {
			ended <- serve(ctx, l)
			cancel()
		}()
	}
	var err error
	for range listeners {
		err = cmp.Or(err, <-ended)
	}
	return err
}

func printError(s *streams, err error) { fmt.Fprintln(s.err, "sallyport:", err) }
