package ec2

import (
	"errors"
	"time"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
)

// States of instances that records have. The ones on the way from one to another
// are told in the answer of the request that changes the state, and are over with
// it.
const (
	running    = "running"
	stopped    = "stopped"
	terminated = "terminated"
)

var stateCodes = map[string]int32{"pending": 0, running: 16, "shutting-down": 32, terminated: 48, "stopping": 64, stopped: 80}

func state(name string) *api.InstanceState {
	return &api.InstanceState{Name: &name, Code: new(stateCodes[name])}
}

// remembered is how long a terminated instance can still be seen.
const remembered = time.Hour

// gone tells whether nobody can see the instance any more.
func gone(i *directory.Instance, at time.Time) bool {
	return i.State == terminated && at.Sub(i.Changed) >= remembered
}

// instances are all of the account's in the region that can be seen, by id.
func (s *Service) instances(t *directory.ReadTx, account string, at time.Time) ([]*directory.Instance, error) {
	all, err := directory.Resources(t, &directory.Instance{Account: account}, directory.Page{}, func(i *directory.Instance) bool {
		return i.Region == s.region && !gone(i, at)
	})
	return all.Items, err
}

// instance is the one with the id, or InvalidInstanceID.NotFound.
func (s *Service) instance(t *directory.ReadTx, account, id string, at time.Time) (*directory.Instance, error) {
	i, err := directory.FindResource(t, &directory.Instance{Account: account, ID: id})
	if errors.Is(err, directory.ErrNotFound) || err == nil && (i.Region != s.region || gone(i, at)) {
		return nil, notFound("InvalidInstanceID.NotFound", "instance ID", []string{id})
	}
	return i, err
}

// instancesByID are those with the ids, each once, in the order of the request.
func (s *Service) instancesByID(t *directory.ReadTx, account string, ids []string, at time.Time) ([]*directory.Instance, error) {
	var out []*directory.Instance
	var missing []string
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		i, err := directory.FindResource(t, &directory.Instance{Account: account, ID: id})
		switch {
		case errors.Is(err, directory.ErrNotFound) || err == nil && (i.Region != s.region || gone(i, at)):
			missing = append(missing, id)
		case err != nil:
			return nil, err
		default:
			out = append(out, i)
		}
	}
	if len(missing) > 0 {
		return nil, notFound("InvalidInstanceID.NotFound", "instance ID", missing)
	}
	return out, nil
}

// associated is the instance that has the association, or InvalidAssociationID.NotFound.
func (s *Service) associated(t *directory.ReadTx, account, id string, at time.Time) (*directory.Instance, error) {
	if checkID(id, "iip-assoc", "") != nil {
		return nil, invalidValue("Invalid value for associationId.")
	}
	all, err := s.instances(t, account, at)
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if i.Association != nil && i.Association.ID == id {
			return i, nil
		}
	}
	return nil, notFound("InvalidAssociationID.NotFound", "association ID", []string{id})
}
