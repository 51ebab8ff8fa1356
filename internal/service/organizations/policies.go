package organizations

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// maxPolicies is how many policies of a type an organization has.
func maxPolicies(policyType string) int {
	if policyType == directory.ServiceControl {
		return 10_000
	}
	return 2_000
}

// served refuses the types of policies that are not served: those that manage
// AWS's other services.
func served(policyType string) error {
	if policyType == directory.ServiceControl || policyType == directory.ResourceControl {
		return nil
	}
	return typeNotAvailable()
}

func typeNotAvailable() error {
	return api.NewError("PolicyTypeNotAvailableForOrganizationException",
		"You can't use the specified policy type with the feature set currently enabled for this organization.")
}

// organizationPolicy is the policy of the organization, or of AWS's, with the id.
func organizationPolicy(t *directory.ReadTx, o *directory.Organization, id *string) (*directory.OrganizationPolicy, error) {
	p, err := t.OrganizationPolicy(text(id))
	if errors.Is(err, directory.ErrNotFound) || err == nil && !belongs(o, p) {
		return nil, api.PolicyNotFound()
	}
	return p, err
}

// belongs tells whether the organization can use the policy: it is its own or AWS's.
func belongs(o *directory.Organization, p *directory.OrganizationPolicy) bool {
	return p.AWSManaged || p.Org == o.Key
}

// changeable is the policy with the id, if it is not AWS's.
func changeable(t *directory.ReadTx, o *directory.Organization, id *string) (*directory.OrganizationPolicy, error) {
	p, err := organizationPolicy(t, o, id)
	if err == nil && p.AWSManaged {
		return nil, invalidInput("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be modified.")
	}
	return p, err
}

// policiesOfType are AWS's and the customer's policies of a type.
func policiesOfType(t *directory.ReadTx, o *directory.Organization, policyType string) ([]*directory.OrganizationPolicy, error) {
	own, err := t.PoliciesIn(o)
	all := append(directory.AWSOrganizationPolicies(), own...)
	return slices.DeleteFunc(all, func(p *directory.OrganizationPolicy) bool { return p.Type != policyType }), err
}

func policyID(p *directory.OrganizationPolicy) string { return p.ID }

// checkPolicy refuses a policy that is too long, malformed, or named as another
// of its type.
func checkPolicy(t *directory.ReadTx, o *directory.Organization, p *directory.OrganizationPolicy) error {
	kind, most := policy.SCP, policy.MaxSCP
	if p.Type == directory.ResourceControl {
		kind, most = policy.RCP, policy.MaxRCP
	}
	if utf8.RuneCountInString(p.Content) > most {
		return api.ConstraintViolation("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum size of a policy document.")
	}
	if _, err := policy.Validate([]byte(p.Content), kind, policy.Options{}); err != nil {
		message := "The provided policy document does not meet the requirements of the specified policy type."
		if bad := (*policy.Error)(nil); errors.As(err, &bad) && bad.Code == policy.CodeMalformedException {
			message = bad.Message
		}
		return api.NewError("MalformedPolicyDocumentException", message)
	}
	others, err := policiesOfType(t, o, p.Type)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID != p.ID && other.Name == p.Name {
			return api.NewError("DuplicatePolicyException", "A policy with the same name already exists.")
		}
	}
	return nil
}

func renderSummary(o *directory.Organization, p *directory.OrganizationPolicy) api.PolicySummary {
	return api.PolicySummary{
		Id: &p.ID, Arn: ptr(directory.OrganizationPolicyARN(o, p)), Name: &p.Name, Description: &p.Description, Type: &p.Type,
		AwsManaged: &p.AWSManaged,
	}
}

func renderPolicy(o *directory.Organization, p *directory.OrganizationPolicy) *api.Policy {
	return &api.Policy{PolicySummary: ptr(renderSummary(o, p)), Content: &p.Content}
}

// CreatePolicy makes a service or resource control policy, attached to nothing.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html.
func (s *Service) CreatePolicy(ctx context.Context, in *api.CreatePolicyInput) (*api.CreatePolicyOutput, error) {
	tags, err := mergeTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	out := &api.CreatePolicyOutput{}
	err = s.updateDelegated(ctx, func(t *directory.Tx, o *directory.Organization) error {
		if err := served(text(in.Type)); err != nil {
			return err
		}
		if o.Billing {
			return typeNotAvailable()
		}
		p := &directory.OrganizationPolicy{
			Org: o.Key, Name: text(in.Name), Type: text(in.Type), Description: text(in.Description), Content: text(in.Content), Tags: tags,
		}
		if err := checkPolicy(&t.ReadTx, o, p); err != nil {
			return err
		}
		all, err := policiesOfType(&t.ReadTx, o, p.Type)
		if err != nil {
			return err
		}
		if len(all) > maxPolicies(p.Type) { // AWS's own does not count
			return api.ConstraintViolation("POLICY_NUMBER_LIMIT_EXCEEDED", "You have exceeded the number of policies that an organization can have.")
		}
		if err := t.CreateOrganizationPolicy(p); err != nil {
			return err
		}
		out.Policy = renderPolicy(o, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdatePolicy changes what is given of a policy. It is in force at once
// wherever it is attached.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdatePolicy.html.
func (s *Service) UpdatePolicy(ctx context.Context, in *api.UpdatePolicyInput) (*api.UpdatePolicyOutput, error) {
	out := &api.UpdatePolicyOutput{}
	err := s.updateDelegated(ctx, func(t *directory.Tx, o *directory.Organization) error {
		p, err := changeable(&t.ReadTx, o, in.PolicyId)
		if err != nil {
			return err
		}
		for _, change := range []struct{ to, from *string }{{&p.Name, in.Name}, {&p.Description, in.Description}, {&p.Content, in.Content}} {
			if change.from != nil {
				*change.to = *change.from
			}
		}
		if err := checkPolicy(&t.ReadTx, o, p); err != nil {
			return err
		}
		out.Policy = renderPolicy(o, p)
		return t.PutOrganizationPolicy(p)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeletePolicy removes a policy that is attached to nothing.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeletePolicy.html.
func (s *Service) DeletePolicy(ctx context.Context, in *api.DeletePolicyInput) (*api.DeletePolicyOutput, error) {
	err := s.updateDelegated(ctx, func(t *directory.Tx, o *directory.Organization) error {
		p, err := changeable(&t.ReadTx, o, in.PolicyId)
		if err != nil {
			return err
		}
		targets, err := t.TargetsOf(p.ID, directory.Page{Limit: 1})
		if err != nil {
			return err
		}
		if len(targets.Items) > 0 {
			return api.NewError("PolicyInUseException", "The policy is attached to one or more entities. "+
				"You must detach it from all roots, OUs, and accounts before performing this operation.")
		}
		return t.DeleteOrganizationPolicy(p.ID)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeletePolicyOutput{}, nil
}

// DescribePolicy shows a policy with its document.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribePolicy.html.
func (s *Service) DescribePolicy(ctx context.Context, in *api.DescribePolicyInput) (*api.DescribePolicyOutput, error) {
	out := &api.DescribePolicyOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		p, err := organizationPolicy(t, o, in.PolicyId)
		if err == nil {
			out.Policy = renderPolicy(o, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListPolicies lists the policies of a type, of which there are none for the
// types that are not served.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPolicies.html.
func (s *Service) ListPolicies(ctx context.Context, in *api.ListPoliciesInput) (*api.ListPoliciesOutput, error) {
	out := &api.ListPoliciesOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		all, err := policiesOfType(t, o, text(in.Filter))
		if err != nil {
			return err
		}
		out.Policies, out.NextToken, err = summaries(o, "ListPolicies", all, in.NextToken, in.MaxResults)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func summaries(o *directory.Organization, list string, all []*directory.OrganizationPolicy, token *string, limit *int32) ([]api.PolicySummary, *string, error) {
	some, next, err := page(list, all, policyID, token, limit)
	out := make([]api.PolicySummary, 0, len(some))
	for _, p := range some {
		out = append(out, renderSummary(o, p))
	}
	return out, next, err
}
