package iam

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

const (
	maxRoleName = 64 // characters
	// deletionTaskKept is how long the outcome of a deletion can be asked for.
	deletionTaskKept = 30 * 24 * time.Hour
	taskPrefix       = "task"
)

// serviceLinked tells whether an entity is a service-linked role. Users alone may
// have such a path beside them.
func serviceLinked(e *directory.Entity) bool {
	return strings.HasPrefix(e.Path, directory.ServiceRolePath) && arn.IsUniqueID(arn.PrefixRole, e.ID)
}

// modifiable refuses what only AWS may do with a service-linked role.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
func modifiable(e *directory.Entity) error {
	if !serviceLinked(e) {
		return nil
	}
	return api.NewError("UnmodifiableEntity",
		"Cannot perform the operation on the protected role '"+e.Name+"' - this role is only modifiable by AWS")
}

// linkedRole is the name and path of the role that CreateServiceLinkedRole makes
// for a request. For a service that has none both follow from its name.
func linkedRole(in *api.CreateServiceLinkedRoleInput) (path, name string) {
	service := value(in.AWSServiceName)
	path, name = directory.ServiceRolePath+service+"/", linkedServices()[service].role
	if in.CustomSuffix != nil {
		name += "_" + *in.CustomSuffix
	}
	return path, name
}

// CreateServiceLinkedRole makes the role that a service of AWS acts as in the
// account, with the trust policy and the managed policy that AWS gives it. It
// counts as a role of the account, and may be one more than the quota allows.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
func (s *Service) CreateServiceLinkedRole(ctx context.Context, in *api.CreateServiceLinkedRoleInput) (*api.CreateServiceLinkedRoleOutput, error) {
	service := value(in.AWSServiceName)
	known, ok := linkedServices()[service]
	if !ok {
		return nil, api.AccessDenied("Cannot find Service Linked Role template for " + service)
	}
	if in.CustomSuffix != nil && !known.suffix {
		return nil, invalidInput("Custom suffix is not allowed for %s", service)
	}
	path, name := linkedRole(in)
	if len(name) > maxRoleName {
		return nil, invalidInput("Service role name %s is longer than %d characters.", name, maxRoleName)
	}
	trust := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole"],"Principal":{"Service":[%q]},"Effect":"Allow"}]}`, service)
	account := accountOf(ctx)
	out := new(api.CreateServiceLinkedRoleOutput)
	err := s.update(ctx, func(tx *directory.Tx) error {
		r := &directory.Role{Description: value(in.Description), Trust: trust, MaxSession: defaultMaxSession}
		r.Account, r.Name, r.Path = account, name, path
		r.Attached = []string{serviceRolePolicies + known.policy}
		err := tx.CreateRole(r)
		if errors.Is(err, directory.ErrExists) {
			return invalidInput("Service role name %s has been taken in this account, please try a different suffix.", name)
		}
		if err != nil {
			return err
		}
		out.Role = new(s.roleHead(r))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteServiceLinkedRole removes a service-linked role. Nothing that Sallyport
// serves depends on one, so that it is gone at once, and its sessions end.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
func (s *Service) DeleteServiceLinkedRole(ctx context.Context, in *api.DeleteServiceLinkedRoleInput) (*api.DeleteServiceLinkedRoleOutput, error) {
	account := accountOf(ctx)
	out := new(api.DeleteServiceLinkedRoleOutput)
	err := s.update(ctx, func(tx *directory.Tx) error {
		r, err := role(&tx.ReadTx, account, value(in.RoleName))
		if err != nil {
			return err
		}
		if !serviceLinked(&r.Entity) {
			return api.NoSuchEntity(directory.KindRole.String(), value(in.RoleName))
		}
		if err := forgetDeletions(tx, account); err != nil {
			return err
		}
		id, err := newUUID(tx)
		if err != nil {
			return err
		}
		task := &directory.DeletionTask{
			ID: taskPrefix + r.Path + r.Name + "/" + id, Account: account, Status: "SUCCEEDED", Created: tx.Now(),
		}
		if err := tx.CreateResource(task); err != nil {
			return err
		}
		out.DeletionTaskId = &task.ID
		return tx.DeleteRole(r)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// forgetDeletions removes the outcomes of deletions that are long past.
func forgetDeletions(tx *directory.Tx, account string) error {
	since := tx.Now().Add(-deletionTaskKept)
	old, err := directory.Resources(&tx.ReadTx, &directory.DeletionTask{Account: account}, directory.Page{},
		func(d *directory.DeletionTask) bool { return d.Created.Before(since) })
	if err != nil {
		return err
	}
	for _, task := range old.Items {
		if err := tx.DeleteResource(task); err != nil {
			return err
		}
	}
	return nil
}

// newUUID makes a random UUID.
func newUUID(tx *directory.Tx) (string, error) {
	var b [16]byte
	if err := tx.Random(b[:]); err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

// GetServiceLinkedRoleDeletionStatus says what became of a deletion of the last
// 30 days.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html
func (s *Service) GetServiceLinkedRoleDeletionStatus(ctx context.Context, in *api.GetServiceLinkedRoleDeletionStatusInput) (*api.GetServiceLinkedRoleDeletionStatusOutput, error) {
	out := new(api.GetServiceLinkedRoleDeletionStatusOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		task, err := directory.FindResource(t, &directory.DeletionTask{ID: value(in.DeletionTaskId), Account: accountOf(ctx)})
		if errors.Is(err, directory.ErrNotFound) {
			return noSuchEntity("Deletion task %s cannot be found.", value(in.DeletionTaskId))
		}
		if err != nil {
			return err
		}
		out.Status = &task.Status
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// linkedRole is the role, which is not there yet or no more, that the making of a
// service-linked role or a task of its deletion is about; false for other
// operations.
func (r *target) linkedRole() bool {
	switch in := r.in.(type) {
	case *api.CreateServiceLinkedRoleInput:
		path, name := linkedRole(in)
		r.arn = "arn:aws:iam::" + r.account + ":role" + path + name
	case *api.GetServiceLinkedRoleDeletionStatusInput:
		place := strings.TrimPrefix(value(in.DeletionTaskId), taskPrefix+"/")
		if at := strings.LastIndexByte(place, '/'); at >= 0 {
			place = place[:at]
		}
		r.arn = "arn:aws:iam::" + r.account + ":role/" + place
	default:
		return false
	}
	return true
}

// linkedService is the service that a service-linked role in r.arn belongs to,
// empty for other resources.
func (r *target) linkedService() string {
	_, rest, ok := strings.Cut(r.arn, ":role"+directory.ServiceRolePath)
	service, _, more := strings.Cut(rest, "/")
	if !ok || !more {
		return ""
	}
	return service
}
