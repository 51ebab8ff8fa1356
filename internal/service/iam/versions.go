package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// CreatePolicyVersion adds a version to a customer managed policy and puts it
// in force if asked to. Numbers are never used again.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
func (s *Service) CreatePolicyVersion(ctx context.Context, in *api.CreatePolicyVersionInput) (*api.CreatePolicyVersionOutput, error) {
	document := value(in.PolicyDocument)
	if err := s.checkManaged(document); err != nil {
		return nil, err
	}
	out := new(api.CreatePolicyVersionOutput)
	err := s.changePolicy(ctx, "iam:CreatePolicyVersion", in.PolicyArn, func(tx *directory.Tx, p *directory.ManagedPolicy) error {
		if limit := s.quotas.VersionsPerPolicy; len(p.Versions) >= limit {
			return limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", limit)
		}
		v := directory.PolicyVersion{ID: "v" + strconv.Itoa(p.NextVersion), Document: document, Created: now(ctx)}
		p.NextVersion++
		p.Versions = append(p.Versions, v)
		p.Updated = v.Created
		if value(in.SetAsDefault) {
			p.Default = v.ID
		}
		out.PolicyVersion = new(showVersion(p, &v))
		return tx.PutPolicy(p)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetPolicyVersion shows a version of a managed policy with its document.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html
func (s *Service) GetPolicyVersion(ctx context.Context, in *api.GetPolicyVersionInput) (*api.GetPolicyVersionOutput, error) {
	out := new(api.GetPolicyVersionOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, v, err := version(t, accountOf(ctx), value(in.PolicyArn), value(in.VersionId))
		if err != nil {
			return err
		}
		shown := showVersion(p, v)
		shown.Document = new(encodeDocument(v.Document))
		out.PolicyVersion = &shown
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// version is a version of a managed policy. One that is missing and a policy
// that is missing are the same error.
func version(t *directory.ReadTx, account, policyARN, id string) (*directory.ManagedPolicy, *directory.PolicyVersion, error) {
	if _, ok := policyOwner(policyARN); !ok {
		return nil, nil, notValid(policyARN)
	}
	p, err := policyFor(t, account, policyARN)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, nil, api.NoSuchPolicyVersion(policyARN, id)
	}
	if err != nil {
		return nil, nil, err
	}
	if v := p.Version(id); v != nil {
		return p, v, nil
	}
	return nil, nil, api.NoSuchPolicyVersion(policyARN, id)
}

// DeletePolicyVersion removes a version that is not in force.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html
func (s *Service) DeletePolicyVersion(ctx context.Context, in *api.DeletePolicyVersionInput) (*api.DeletePolicyVersionOutput, error) {
	err := s.changeVersion(ctx, "iam:DeletePolicyVersion", in.PolicyArn, in.VersionId, func(p *directory.ManagedPolicy, id string) error {
		if id == p.Default {
			return deleteConflict("Cannot delete the default version of a policy.")
		}
		p.Versions = slices.DeleteFunc(p.Versions, func(v directory.PolicyVersion) bool { return v.ID == id })
		return nil
	})
	return &api.DeletePolicyVersionOutput{}, err
}

// SetDefaultPolicyVersion puts a version in force.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, in *api.SetDefaultPolicyVersionInput) (*api.SetDefaultPolicyVersionOutput, error) {
	err := s.changeVersion(ctx, "iam:SetDefaultPolicyVersion", in.PolicyArn, in.VersionId, func(p *directory.ManagedPolicy, id string) error {
		p.Default, p.Updated = id, now(ctx)
		return nil
	})
	return &api.SetDefaultPolicyVersionOutput{}, err
}

// changeVersion changes a policy at one of its versions.
func (s *Service) changeVersion(ctx context.Context, action string, policyARN, id *string, fn func(*directory.ManagedPolicy, string) error) error {
	account, wanted := accountOf(ctx), value(policyARN)
	if owner, _ := policyOwner(wanted); owner == directory.AWSAccount {
		return denied(callerOf(ctx).ARN, action, "policy "+wanted)
	}
	return s.update(ctx, func(tx *directory.Tx) error {
		p, v, err := version(&tx.ReadTx, account, wanted, value(id))
		if err != nil {
			return err
		}
		if err := fn(p, v.ID); err != nil {
			return err
		}
		return tx.PutPolicy(p)
	})
}

// ListPolicyVersions lists the versions of a managed policy, the latest first.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html
func (s *Service) ListPolicyVersions(ctx context.Context, in *api.ListPolicyVersionsInput) (*api.ListPolicyVersionsOutput, error) {
	page, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListPolicyVersionsOutput{Versions: []api.PolicyVersion{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		p, err := foundPolicy(t, accountOf(ctx), value(in.PolicyArn))
		if err != nil {
			return err
		}
		l := window(latestFirst(p.Versions), versionKey, page)
		for i := range l.Items {
			out.Versions = append(out.Versions, showVersion(p, &l.Items[i]))
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func latestFirst(versions []directory.PolicyVersion) []directory.PolicyVersion {
	return slices.SortedFunc(slices.Values(versions), func(a, b directory.PolicyVersion) int {
		return strings.Compare(versionKey(a), versionKey(b))
	})
}

// versionKey orders versions, the latest first.
func versionKey(v directory.PolicyVersion) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(v.ID, "v"))
	return fmt.Sprintf("%010d", 1<<31-1-n)
}
