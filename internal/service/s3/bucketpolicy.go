package s3

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// errNoPolicies says that the Service was made without Options.Policies.
var errNoPolicies = errors.New("s3: no place to look principals up")

// PutBucketPolicy sets the policy of a bucket. What the policy may be is asked
// here; whether it may be public was asked with the permission.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
func (s *Service) PutBucketPolicy(ctx context.Context, in *api.PutBucketPolicyInput) (*api.PutBucketPolicyOutput, error) {
	stored, err := s.storePolicy(ctx, value(in.Bucket), value(in.Policy))
	if err != nil {
		return nil, err
	}
	err = s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		b.Policy = []byte(stored)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketPolicyOutput{}, nil
}

// storePolicy is a bucket policy in the form in which it is stored.
func (s *Service) storePolicy(ctx context.Context, bucket, document string) (string, error) {
	_, err := policy.Validate([]byte(document), policy.Bucket, policy.Options{Resource: bucketARN(bucket)})
	if err != nil {
		return "", malformedPolicy(err)
	}
	if s.documents == nil {
		return "", errNoPolicies
	}
	stored, err := s.documents.StorePolicy(ctx, document)
	var unknown *directory.PrincipalError
	if errors.As(err, &unknown) {
		return "", api.MalformedPolicy("Invalid principal in policy", unknown.Value)
	}
	return stored, err
}

func malformedPolicy(err error) error {
	var refused *policy.Error
	if errors.As(err, &refused) {
		return api.MalformedPolicy(refused.Message, refused.Detail)
	}
	return err
}

// configure changes the row of a bucket.
func (s *Service) configure(ctx context.Context, bucket, expectedOwner *string, change func(*store.Bucket) error) error {
	return s.store.Update(ctx, func(t *store.Txn) error {
		b, err := openBucket(&t.Reader, bucket, expectedOwner)
		if err != nil {
			return err
		}
		_, err = t.UpdateBucket(b.Name, change)
		return err
	})
}

// GetBucketPolicy shows the policy of a bucket. Principals that are gone are shown
// by their unique ids.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
func (s *Service) GetBucketPolicy(ctx context.Context, in *api.GetBucketPolicyInput) (*api.GetBucketPolicyOutput, error) {
	b, err := s.policied(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if s.documents == nil {
		return nil, errNoPolicies
	}
	shown, err := s.documents.RenderPolicy(string(b.Policy))
	if err != nil {
		return nil, err
	}
	return &api.GetBucketPolicyOutput{Policy: &shown}, nil
}

// policied finds a bucket that has a policy.
func (s *Service) policied(ctx context.Context, bucket, expectedOwner *string) (*store.Bucket, error) {
	b, err := s.bucket(ctx, bucket, expectedOwner)
	if err == nil && len(b.Policy) == 0 {
		err = api.NoSuchConfiguration("NoSuchBucketPolicy", b.Name)
	}
	return b, err
}

// DeleteBucketPolicy takes the policy away; there need not be one.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
func (s *Service) DeleteBucketPolicy(ctx context.Context, in *api.DeleteBucketPolicyInput) (*api.DeleteBucketPolicyOutput, error) {
	err := s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		b.Policy = nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketPolicyOutput{}, nil
}

// GetBucketPolicyStatus tells whether the policy makes the bucket public.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
func (s *Service) GetBucketPolicyStatus(ctx context.Context, in *api.GetBucketPolicyStatusInput) (*api.GetBucketPolicyStatusOutput, error) {
	b, err := s.policied(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	public := s.policies.of(b).Public()
	return &api.GetBucketPolicyStatusOutput{PolicyStatus: &api.PolicyStatus{IsPublic: &public}}, nil
}
