// Command sallyport is the server and the few commands a person types beside
// it. It turns flags and environment into one typed configuration and leaves
// everything else to the packages below internal/.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "unknown"

// cli is the whole command line. Every flag has the environment variable that
// --help shows beside it.
type cli struct {
	Serve     serveCommand     `cmd:"" help:"Serve the APIs."`
	Env       envCommand       `cmd:"" help:"Print the exports that point AWS's tools at this data directory's profiles."`
	Account   accountCommand   `cmd:"" help:"Create and list accounts, through the Organizations API."`
	Explain   explainCommand   `cmd:"" help:"Say why a request was allowed or refused, and what would change that."`
	Instance  instanceCommand  `cmd:"" help:"Be an EC2 instance: run a command on it, or serve its metadata."`
	Container containerCommand `cmd:"" help:"Be a container of ECS or EKS: run a command in it, or serve its credentials."`
	Import    importCommand    `cmd:"" help:"Bring an account from AWS, from what the AWS CLI prints of it."`
	Tour      tourCommand      `cmd:"" help:"Three minutes: two accounts, a refusal, its explanation, one door opened, then the other."`
	Scrub     scrubCommand     `cmd:"" help:"Read everything that is stored, report what is damaged and remove what nothing refers to. The server must be stopped."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

type versionCommand struct{}

func (versionCommand) Run(s *streams) error {
	fmt.Fprintln(s.out, "sallyport", version)
	return nil
}

// streams is what a command writes to.
type streams struct{ out, err io.Writer }

// exitError ends the process with a status of its own; the command has already
// said why.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], &streams{out: os.Stdout, err: os.Stderr}))
}

func run(ctx context.Context, args []string, s *streams) int {
	exited := -1
	parser, err := kong.New(&cli{},
		kong.Name("sallyport"),
		kong.Description("A self-hosted object store for more than one account, with AWS's own APIs and AWS's own authorization."),
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
		kong.DefaultEnvars("SALLYPORT"),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "sallyport:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(s.err, "sallyport:", err)
		return 2
	}
	if err := command.Run(); err != nil {
		if code := exitError(0); errors.As(err, &code) {
			return int(code)
		}
		fmt.Fprintln(s.err, "sallyport:", err)
		return 1
	}
	return 0
}
