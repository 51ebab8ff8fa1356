package ec2

import (
	"context"
	"time"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

// move is a change of state that an operation makes of instances.
type move struct {
	action string
	from   string // what is in another state and not in to is not changed
	to     string
	during string // what the answer tells
	reason string // as StateReason and StateTransitionReason have it
	refuse string // of a terminated instance: the text of IncorrectInstanceState, "" for none
}

// StopInstances stops instances. They are stopping in the answer and stopped by
// then.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html
func (s *Service) StopInstances(ctx context.Context, in *api.StopInstancesInput) (*api.StopInstancesOutput, error) {
	if value(in.Hibernate) {
		return nil, fault("UnsupportedHibernationConfiguration", "The instance is not configured for hibernation.")
	}
	changes, err := s.move(ctx, in.InstanceIds, value(in.DryRun), move{
		action: "ec2:StopInstances", from: running, to: stopped, during: "stopping", reason: "Client.UserInitiatedShutdown",
		refuse: "This instance '%s' is not in a state from which it can be stopped.",
	})
	if err != nil {
		return nil, err
	}
	return &api.StopInstancesOutput{StoppingInstances: changes}, nil
}

// StartInstances starts stopped instances. They are pending in the answer and
// running by then.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartInstances.html
func (s *Service) StartInstances(ctx context.Context, in *api.StartInstancesInput) (*api.StartInstancesOutput, error) {
	if in.AdditionalInfo != nil {
		return nil, unsupported("AdditionalInfo")
	}
	changes, err := s.move(ctx, in.InstanceIds, value(in.DryRun), move{
		action: "ec2:StartInstances", from: stopped, to: running, during: "pending",
		refuse: "The instance '%s' is not in a state from which it can be started.",
	})
	if err != nil {
		return nil, err
	}
	return &api.StartInstancesOutput{StartingInstances: changes}, nil
}

// TerminateInstances ends instances for good. They can be seen for another hour.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html
func (s *Service) TerminateInstances(ctx context.Context, in *api.TerminateInstancesInput) (*api.TerminateInstancesOutput, error) {
	changes, err := s.move(ctx, in.InstanceIds, value(in.DryRun), move{
		action: "ec2:TerminateInstances", from: "", to: terminated, during: "shutting-down", reason: "Client.UserInitiatedShutdown",
	})
	if err != nil {
		return nil, err
	}
	return &api.TerminateInstancesOutput{TerminatingInstances: changes}, nil
}

// RebootInstances changes nothing: what runs goes on running.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RebootInstances.html
func (s *Service) RebootInstances(ctx context.Context, in *api.RebootInstancesInput) (*api.RebootInstancesOutput, error) {
	_, err := s.move(ctx, in.InstanceIds, value(in.DryRun), move{
		action: "ec2:RebootInstances", from: running, to: running, during: running,
		refuse: "The instance '%s' is not in a state from which it can be rebooted.",
	})
	if err != nil {
		return nil, err
	}
	return &api.RebootInstancesOutput{}, nil
}

// askRest asks for the instances beside the first, for which the operation's row
// has asked.
func (s *Service) askRest(ctx context.Context, action string, ids []string) error {
	if err := checkInstanceIDs(ids); err != nil {
		return err
	}
	account := accountOf(ctx)
	seen := map[string]bool{first(ids): true}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		var target *caller.Target
		err := s.view(ctx, func(t *directory.ReadTx) (err error) {
			target, err = asked{s: s, account: account}.instance(ctx, t, id)
			return err
		})
		if err == nil {
			err = caller.Authorize(ctx, action, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// move changes the state of all the instances or of none.
func (s *Service) move(ctx context.Context, ids []string, dry bool, m move) ([]api.InstanceStateChange, error) {
	if err := s.askRest(ctx, m.action, ids); err != nil {
		return nil, err
	}
	at := now(ctx)
	var changes []api.InstanceStateChange
	err := s.update(ctx, func(t *directory.Tx) error {
		changes = nil
		found, err := s.instancesByID(&t.ReadTx, accountOf(ctx), ids, at)
		if err != nil {
			return err
		}
		for _, i := range found {
			if i.State == terminated && m.refuse != "" {
				return fault("IncorrectInstanceState", m.refuse, i.ID)
			}
		}
		if dry {
			return dryRun()
		}
		for _, i := range found {
			change, err := m.apply(t, i, at)
			if err != nil {
				return err
			}
			changes = append(changes, change)
		}
		return nil
	})
	return changes, err
}

func (m move) apply(t *directory.Tx, i *directory.Instance, at time.Time) (api.InstanceStateChange, error) {
	change := api.InstanceStateChange{InstanceId: new(i.ID), PreviousState: state(i.State), CurrentState: state(i.State)}
	if i.State == m.to || m.from != "" && i.State != m.from {
		return change, nil
	}
	change.CurrentState = state(m.during)
	if i.State == stopped && m.to == terminated { // there is nothing to shut down
		change.CurrentState = state(terminated)
	}
	i.State, i.Changed, i.StateReason, i.StateTransition = m.to, at, m.reason, ""
	switch m.to {
	case running:
		i.Launched = at
	case terminated:
		i.Association = nil
		fallthrough
	default:
		i.StateTransition = "User initiated (" + at.Format("2006-01-02 15:04:05 MST") + ")"
	}
	if m.to == terminated && i.HasUserData {
		if err := t.DeleteResource(&directory.UserData{Account: i.Account, Instance: i.ID}); err != nil {
			return change, err
		}
		i.HasUserData = false
	}
	return change, t.PutResource(i)
}
