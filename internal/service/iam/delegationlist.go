package iam

import (
	"context"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// GetDelegationRequest shows a request, and if asked whether the caller has the
// permissions that it asks for, as far as that can be told.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetDelegationRequest.html
func (s *Service) GetDelegationRequest(ctx context.Context, in *api.GetDelegationRequestInput) (*api.GetDelegationRequestOutput, error) {
	var d *directory.DelegationRequest
	err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		d, err = delegationRequest(ctx, t, value(in.DelegationRequestId))
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.GetDelegationRequestOutput{DelegationRequest: new(showDelegation(ctx, d))}
	if value(in.DelegationPermissionCheck) {
		out.PermissionCheckStatus = new("COMPLETE")
		out.PermissionCheckResult = new(granted(ctx, d))
	}
	return out, nil
}

// ListDelegationRequests lists the requests that identities of the account own, or
// one of them.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListDelegationRequests.html
func (s *Service) ListDelegationRequests(ctx context.Context, in *api.ListDelegationRequestsInput) (*api.ListDelegationRequestsOutput, error) {
	page, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := new(api.ListDelegationRequestsOutput)
	err = s.view(ctx, func(t *directory.ReadTx) error {
		owned, err := directory.Resources(t, &directory.OwnedDelegation{Account: accountOf(ctx)}, page, func(o *directory.OwnedDelegation) bool {
			return in.OwnerId == nil || o.Owner == *in.OwnerId
		})
		if err != nil {
			return err
		}
		out.DelegationRequests = make([]api.DelegationRequest, 0, len(owned.Items))
		for _, o := range owned.Items {
			d, err := directory.FindResource(t, &directory.DelegationRequest{ID: o.ID})
			if err != nil {
				return err
			}
			out.DelegationRequests = append(out.DelegationRequests, showDelegation(ctx, d))
		}
		out.IsTruncated, out.Marker = truncated(owned.Next)
		return nil
	})
	return out, err
}

func showDelegation(ctx context.Context, d *directory.DelegationRequest) api.DelegationRequest {
	permissions := &api.DelegationPermission{PolicyTemplateArn: &d.Template, Parameters: []api.PolicyParameter{}}
	for _, p := range d.Parameters {
		permissions.Parameters = append(permissions.Parameters, api.PolicyParameter{Name: &p.Name, Type: &p.Type, Values: p.Values})
	}
	return api.DelegationRequest{
		DelegationRequestId: &d.ID, OwnerAccountId: text(d.Account), Description: &d.Description, RequestMessage: text(d.Message),
		Permissions: permissions, PermissionPolicy: &d.Policy, RolePermissionRestrictionArns: d.Boundaries, OwnerId: text(d.Owner),
		ApproverId: text(d.ApproverARN), State: new(d.At(now(ctx))), ExpirationTime: date(d.Expires), RequestorId: &d.Requestor,
		RequestorName: text(d.RequestorName), CreateDate: date(d.Created), SessionDuration: new(int32(d.Duration)),
		RedirectUrl: text(d.RedirectURL), Notes: text(d.Notes), RejectionReason: text(d.Rejection),
		OnlySendByOwner: &d.OnlySendByOwner, UpdatedTime: date(d.Updated),
	}
}

// granted tells whether the caller may do what the request asks for: ALLOWED, DENIED
// or, where patterns or conditions leave it open, UNSURE.
func granted(ctx context.Context, d *directory.DelegationRequest) string {
	doc, err := policy.Validate([]byte(d.Policy), policy.Session, policy.Options{})
	if err != nil {
		return "UNSURE"
	}
	result := "ALLOWED"
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if st.Effect != "Allow" {
			continue
		}
		if len(st.Action) == 0 || len(st.Resource) == 0 || len(st.Conditions) > 0 {
			result = "UNSURE"
			continue
		}
		for _, action := range st.Action {
			for _, resource := range st.Resource {
				if strings.ContainsAny(action, "*?") || strings.ContainsAny(resource, "?$") || strings.Contains(resource, "*") && resource != "*" {
					result = "UNSURE"
					continue
				}
				if !may(ctx, action, resource) {
					return "DENIED"
				}
			}
		}
	}
	return result
}

// may tells whether the caller's side allows an action on a resource of its account.
func may(ctx context.Context, action, resource string) bool {
	account := accountOf(ctx)
	if a, err := arn.Parse(resource); err == nil && a.Account != "" {
		account = a.Account
	}
	return caller.Authorize(ctx, action, &caller.Target{Resource: authz.Resource{ARN: resource, Account: account}}) == nil
}
