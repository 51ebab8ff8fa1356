package organizations

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// maxResourcePolicy is how many characters a resource policy has at most.
const maxResourcePolicy = 40_000

// ResourcePolicyARN is the ARN of the organization's resource policy with the id.
func ResourcePolicyARN(o *directory.Organization, id string) string {
	return "arn:aws:organizations::" + o.Management + ":resourcepolicy/" + o.ID + "/" + id
}

// PutResourcePolicy sets the policy that lets members manage the organization's
// policies: it opens the operations that are delegable, to callers whose own
// policies allow them as well, and only while their accounts are members.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_PutResourcePolicy.html.
func (s *Service) PutResourcePolicy(ctx context.Context, in *api.PutResourcePolicyInput) (*api.PutResourcePolicyOutput, error) {
	doc, err := parseResourcePolicy(text(in.Content))
	if err != nil {
		return nil, err
	}
	stored, err := s.dir.StorePolicy(ctx, text(in.Content))
	if err != nil {
		return nil, policyError(err)
	}
	out := &api.PutResourcePolicyOutput{}
	err = s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		if err := allFeatures(o); err != nil {
			return err
		}
		if err := namesMembers(&t.ReadTx, o, doc); err != nil {
			return err
		}
		d := o.Delegation
		if d == nil {
			d = new(directory.DelegationPolicy)
			if d.ID, err = t.NewLowerID("rp-", 8); err != nil {
				return err
			}
		}
		if d.Tags, err = mergeTags(d.Tags, in.Tags); err != nil {
			return err
		}
		d.Content, o.Delegation = stored, d
		out.ResourcePolicy, err = s.renderResourcePolicy(o)
		return errors.Join(err, t.PutOrganization(o))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func invalidPrincipal() error {
	return invalidInput("INVALID_PRINCIPAL", "You specified an invalid principal element in the policy.")
}

func policyError(err error) error {
	if refused := (*directory.PrincipalError)(nil); errors.As(err, &refused) {
		return invalidPrincipal()
	}
	if bad := (*policy.ParseError)(nil); errors.As(err, &bad) {
		return invalidJSON()
	}
	return err
}

func invalidJSON() error {
	return invalidInput("INVALID_RESOURCE_POLICY_JSON", "You specified a resource policy that is not valid.")
}

// parseResourcePolicy refuses what is no policy, and statements that AWS does not
// take: with elements that name what is not meant, with principals that are no
// accounts, users or roles, and with actions or resources that cannot be delegated.
func parseResourcePolicy(content string) (*policy.Document, error) {
	if len([]rune(content)) > maxResourcePolicy {
		return nil, api.ConstraintViolation("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum size of a policy document.")
	}
	doc, err := policy.Parse([]byte(content))
	if err != nil {
		return nil, invalidJSON()
	}
	if _, err := policy.Compile(doc); err != nil || len(doc.Statements) == 0 {
		return nil, invalidJSON()
	}
	for i := range doc.Statements {
		if err := checkStatement(&doc.Statements[i]); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

func checkStatement(s *policy.StatementDoc) error {
	switch {
	case s.Effect != policy.Allow && s.Effect != policy.Deny, len(s.Action) == 0, len(s.Resource) == 0,
		s.NotAction != nil, s.NotResource != nil:
		return invalidJSON()
	case s.Principal == nil, s.NotPrincipal != nil:
		return invalidPrincipal()
	}
	for _, e := range s.Principal.Entries {
		if e.Type != policy.TypeAWS {
			return invalidPrincipal()
		}
	}
	for _, action := range s.Action {
		if !canDelegate(action) {
			return invalidInput("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY", "You specified an action that is not supported in a resource policy: "+action)
		}
	}
	for _, resource := range s.Resource {
		if resource != "*" && !strings.HasPrefix(resource, "arn:aws:organizations::") {
			return invalidInput("UNSUPPORTED_RESOURCE_IN_RESOURCE_POLICY", "You specified a resource that is not supported in a resource policy: "+resource)
		}
	}
	return nil
}

// canDelegate tells whether every operation that the action names, of which there
// must be one, can be delegated.
func canDelegate(action string) bool {
	service, pattern, ok := strings.Cut(strings.ToLower(action), ":")
	if !ok || service != "organizations" {
		return false
	}
	any := false
	for _, op := range api.API().Operations {
		// Names of operations have no slashes, so path.Match is what is meant.
		if is, err := path.Match(pattern, strings.ToLower(op.Name)); err != nil || !is {
			continue
		}
		reading := strings.HasPrefix(op.Name, "Describe") || strings.HasPrefix(op.Name, "List")
		if !reading && kinds()[op.Name] != delegable {
			return false
		}
		any = true
	}
	return any
}

// namesMembers refuses a policy with principals of accounts outside of the
// organization.
func namesMembers(t *directory.ReadTx, o *directory.Organization, doc *policy.Document) error {
	for i := range doc.Statements {
		for _, e := range doc.Statements[i].Principal.Entries {
			if e.Value == "*" {
				continue
			}
			id := e.Value
			if p, err := arn.ParsePrincipal(e.Value); err == nil {
				id = p.Account
			} else if _, of, _, err := t.Locate(e.Value); err == nil {
				id = of
			}
			a, err := t.Account(id)
			if errors.Is(err, directory.ErrNotFound) || err == nil && !o.Has(a, t.Now()) {
				return invalidPrincipal()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) renderResourcePolicy(o *directory.Organization) (*api.ResourcePolicy, error) {
	d := o.Delegation
	content, err := s.dir.RenderPolicy(d.Content)
	return &api.ResourcePolicy{
		ResourcePolicySummary: &api.ResourcePolicySummary{Id: &d.ID, Arn: ptr(ResourcePolicyARN(o, d.ID))}, Content: &content,
	}, err
}

func noResourcePolicy() error {
	return api.NewError("ResourcePolicyNotFoundException", "We can't find a resource policy request with the parameter that you specified.")
}

// DescribeResourcePolicy shows the organization's resource policy.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeResourcePolicy.html.
func (s *Service) DescribeResourcePolicy(ctx context.Context, _ *api.DescribeResourcePolicyInput) (*api.DescribeResourcePolicyOutput, error) {
	out := &api.DescribeResourcePolicyOutput{}
	err := s.viewManaged(ctx, func(_ *directory.ReadTx, o *directory.Organization) (err error) {
		if err := allFeatures(o); err != nil {
			return err
		}
		if o.Delegation == nil {
			return noResourcePolicy()
		}
		out.ResourcePolicy, err = s.renderResourcePolicy(o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteResourcePolicy takes the organization's resource policy away: nothing is
// delegated by it from then on.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeleteResourcePolicy.html.
func (s *Service) DeleteResourcePolicy(ctx context.Context, _ *api.DeleteResourcePolicyInput) (*api.DeleteResourcePolicyOutput, error) {
	err := s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		if err := allFeatures(o); err != nil {
			return err
		}
		if o.Delegation == nil {
			return noResourcePolicy()
		}
		o.Delegation = nil
		return t.PutOrganization(o)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteResourcePolicyOutput{}, nil
}
