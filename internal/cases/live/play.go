package live

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/internal/cases"
)

// Outcome is what came of a case through a server.
type Outcome struct {
	cases.Result
	// PureOnly says why the case cannot be played this way; the rest then says
	// nothing. It is empty for a case that was played.
	PureOnly string
}

// pureOnly is an error that says why a case cannot be played.
type pureOnly string

func (p pureOnly) Error() string { return string(p) }

func cannot(format string, args ...any) error { return pureOnly(fmt.Sprintf(format, args...)) }

// Play makes the case's world in a new server and sends its request. An error is
// of the player or of a world that cannot be made.
func Play(ctx context.Context, c *cases.Case) (Outcome, error) {
	if err := playable(c); err != nil {
		return outcome(cases.Result{}, err)
	}
	p, err := newPlayer(ctx, c)
	if err != nil {
		return Outcome{}, err
	}
	defer p.close()
	result, err := p.play(ctx)
	return outcome(result, err)
}

func outcome(r cases.Result, err error) (Outcome, error) {
	var why pureOnly
	if errors.As(err, &why) {
		return Outcome{PureOnly: string(why)}, nil
	}
	return Outcome{Result: r}, err
}

func (p *player) play(ctx context.Context) (cases.Result, error) {
	plan, err := p.plan()
	if err != nil {
		return cases.Result{}, err
	}
	for _, make := range []func(context.Context) error{
		p.makeAccounts, p.makePrincipals, p.makeBuckets, p.makeObjects, p.signIn, p.makeOrganization, p.setPolicies,
	} {
		if err := make(ctx); err != nil {
			return cases.Result{}, err
		}
	}
	p.observe(true)
	defer p.observe(false)
	var result cases.Result
	for _, ask := range plan {
		if result, err = p.send(ctx, ask); err != nil || !result.Allowed {
			return result, err
		}
	}
	return result, nil
}
