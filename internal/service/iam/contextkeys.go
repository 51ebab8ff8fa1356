package iam

import (
	"context"
	"strings"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/policy"
)

// GetContextKeysForCustomPolicy lists the condition keys that policies which are
// given as text ask for.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
func (s *Service) GetContextKeysForCustomPolicy(_ context.Context, in *api.GetContextKeysForCustomPolicyInput) (*api.GetContextKeysForCustomPolicyOutput, error) {
	docs, err := inputPolicies("PolicyInputList", in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	return &api.GetContextKeysForCustomPolicyOutput{ContextKeyNames: contextKeys(docs)}, nil
}

// GetContextKeysForPrincipalPolicy lists the condition keys that the policies of
// a user, group or role ask for, and those of policies given as text.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html
func (s *Service) GetContextKeysForPrincipalPolicy(ctx context.Context, in *api.GetContextKeysForPrincipalPolicyInput) (*api.GetContextKeysForPrincipalPolicyOutput, error) {
	source, err := s.simulated(ctx, value(in.PolicySourceArn))
	if err != nil {
		return nil, err
	}
	given, err := inputPolicies("PolicyInputList", in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	var docs authz.Documents
	s.dir.Documents(source, &docs)
	own := docs.Identity[:len(docs.Identity):len(docs.Identity)]
	return &api.GetContextKeysForPrincipalPolicyOutput{ContextKeyNames: contextKeys(append(own, given...))}, nil
}

// contextKeys are the keys of all documents, each once.
func contextKeys(docs []authz.Document) []string {
	out, seen := []string{}, map[string]bool{}
	for _, d := range docs {
		if d.Doc == nil { // of a managed policy that is gone
			continue
		}
		for _, key := range policy.ContextKeys(d.Doc) {
			if lower := strings.ToLower(key); !seen[lower] {
				seen[lower] = true
				out = append(out, key)
			}
		}
	}
	return out
}
