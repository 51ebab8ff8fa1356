package s3

import (
	"context"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// The encryptions that a bucket can have as its default, by their names.
const (
	aes256 = "AES256" // SSE-S3
	awsKMS = "aws:kms"
	dsse   = "aws:kms:dsse"
)

// Values of BlockedEncryptionTypes.
const (
	blockNone     = "NONE"
	blockCustomer = "SSE-C"
)

// encryption is how an object is to be encrypted that is written to a bucket with
// these members: with what they say, or as the bucket's default says.
func (s *Service) encryption(ctx context.Context, e *encryption, b *store.Bucket) (store.Encryption, customerKey, error) {
	customer, err := e.customer.read(ctx, e.algorithm)
	if err != nil {
		return 0, customer, err
	}
	rule, err := s.encryptionRule(ctx, b)
	if err != nil {
		return 0, customer, err
	}
	algorithm, kmsKey := value(e.algorithm), value(e.kmsKey)
	switch {
	case algorithm != awsKMS && algorithm != dsse && (e.kmsKey != nil || e.kmsContext != nil):
		given := "null"
		if algorithm != "" {
			given = algorithm
		}
		return 0, customer, invalidArgument("Server Side Encryption with AWS KMS managed key requires HTTP header "+
			"x-amz-server-side-encryption : aws:kms or aws:kms:dsse", "x-amz-server-side-encryption", given)
	case customer.given():
		if s.blocksCustomerKeys(rule) {
			return 0, customer, blockedCustomerKey(ctx, b)
		}
		return store.SSEC, customer, nil
	case algorithm == "" && rule != nil && rule.ApplyServerSideEncryptionByDefault != nil:
		algorithm = value(rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm)
		kmsKey = value(rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID)
	}
	switch algorithm {
	case "", aes256:
		return store.SSES3, customer, nil
	case awsKMS, dsse:
		return 0, customer, missingKMSKey(ctx, b, kmsKey)
	}
	return 0, customer, badEncryption(algorithm)
}

// encryptionRule is the rule of a bucket's encryption configuration, nil if it has
// none.
func (s *Service) encryptionRule(ctx context.Context, b *store.Bucket) (rule *api.ServerSideEncryptionRule, err error) {
	if !b.Has(store.BucketEncryption) {
		return nil, nil
	}
	err = s.store.View(ctx, func(r *store.Reader) error {
		now, err := again(r, b)
		if err != nil {
			return err
		}
		c, err := configured[api.ServerSideEncryptionConfiguration](s, r, now, store.BucketEncryption)
		if c != nil && len(c.Rules) > 0 {
			rule = &c.Rules[0]
		}
		return err
	})
	return rule, err
}

// blocksCustomerKeys tells whether uploads under customers' keys are refused. What
// a bucket does not say, the server does.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
func (s *Service) blocksCustomerKeys(rule *api.ServerSideEncryptionRule) bool {
	if rule == nil || rule.BlockedEncryptionTypes == nil || len(rule.BlockedEncryptionTypes.EncryptionType) == 0 {
		return s.blockCustomerKeys
	}
	return slices.Contains(rule.BlockedEncryptionTypes.EncryptionType, blockCustomer)
}

// blockedCustomerKey is the refusal of an upload under a customer's key. It gives
// its reason to callers of the bucket's account, as refusals do.
func blockedCustomerKey(ctx context.Context, b *store.Bucket) error {
	who := caller.From(ctx).Identity
	if !who.Signed() || who.Account != b.Account {
		return api.AccessDenied("")
	}
	return api.AccessDenied("User: " + who.ARN + " is not authorized to perform: s3:PutObject on resource: \"" + bucketARN(b.Name) +
		"\" because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). " +
		"Please specify a different server-side encryption type")
}

// missingKMSKey is the answer to encryption under a KMS key: there is none of any
// id. AWS makes the account's own key when none is named, which cannot be done
// here.
func missingKMSKey(ctx context.Context, b *store.Bucket, id string) error {
	if id == "" {
		return api.NotImplemented("x-amz-server-side-encryption")
	}
	prefix := "arn:aws:kms:" + b.Region + ":" + caller.From(ctx).Account() + ":"
	message := "Invalid keyId '" + id + "'"
	if rest, ok := strings.CutPrefix(id, "arn:aws:kms:"); ok {
		region, tail, _ := strings.Cut(rest, ":")
		if region != b.Region {
			return fail("KMS.NotFoundException", "Invalid arn "+region)
		}
		account, _, _ := strings.Cut(tail, ":")
		prefix = "arn:aws:kms:" + region + ":" + account + ":"
		id = strings.TrimPrefix(strings.TrimPrefix(tail, account+":"), "key/")
	}
	switch {
	case strings.HasPrefix(id, "alias/"):
		message = "Alias " + prefix + id + " is not found."
	case len(id) == 36 && strings.Count(id, "-") == 4, strings.HasPrefix(id, "mrk-"):
		message = "Key '" + prefix + "key/" + id + "' does not exist"
	}
	return fail("KMS.NotFoundException", message)
}

// PutBucketEncryption says how objects are encrypted that come without saying so,
// and whether they may come under customers' keys. Whether a KMS key is there is
// asked, as by AWS, when an object is to be encrypted under it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
func (s *Service) PutBucketEncryption(ctx context.Context, in *api.PutBucketEncryptionInput) (*api.PutBucketEncryptionOutput, error) {
	c := in.ServerSideEncryptionConfiguration
	if c == nil || len(c.Rules) != 1 {
		return nil, api.MalformedXML()
	}
	if err := checkEncryptionRule(&c.Rules[0]); err != nil {
		return nil, err
	}
	err := putConfiguration(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.BucketEncryption, "", c, nil)
	if err != nil {
		return nil, err
	}
	return &api.PutBucketEncryptionOutput{}, nil
}

func checkEncryptionRule(rule *api.ServerSideEncryptionRule) error {
	byDefault, blocked := rule.ApplyServerSideEncryptionByDefault, rule.BlockedEncryptionTypes
	if blocked != nil {
		types := blocked.EncryptionType
		for _, t := range types {
			if t != blockNone && t != blockCustomer || t == blockNone && len(types) > 1 {
				return api.MalformedXML()
			}
		}
	}
	if byDefault == nil {
		if blocked == nil || len(blocked.EncryptionType) == 0 {
			return api.MalformedXML()
		}
		return nil
	}
	switch value(byDefault.SSEAlgorithm) {
	case awsKMS, dsse:
		return nil
	case aes256:
		if byDefault.KMSMasterKeyID != nil {
			return fail("InvalidArgument", "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
				"ArgumentName", "ApplyServerSideEncryptionByDefault")
		}
		return nil
	}
	return api.MalformedXML()
}

// GetBucketEncryption tells how objects are encrypted that come without saying
// so: with SSE-S3 where nothing else was said.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html
func (s *Service) GetBucketEncryption(ctx context.Context, in *api.GetBucketEncryptionInput) (*api.GetBucketEncryptionOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	stored, err := s.encryptionRule(ctx, b)
	if err != nil {
		return nil, err
	}
	var rule api.ServerSideEncryptionRule
	if stored != nil {
		rule = *stored
	}
	if rule.ApplyServerSideEncryptionByDefault == nil {
		rule.ApplyServerSideEncryptionByDefault = &api.ServerSideEncryptionByDefault{SSEAlgorithm: set(aes256)}
	}
	if rule.BucketKeyEnabled == nil {
		rule.BucketKeyEnabled = new(bool)
	}
	if s.blocksCustomerKeys(stored) {
		rule.BlockedEncryptionTypes = &api.BlockedEncryptionTypes{EncryptionType: []string{blockCustomer}}
	}
	return &api.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &api.ServerSideEncryptionConfiguration{
		Rules: []api.ServerSideEncryptionRule{rule}}}, nil
}

// DeleteBucketEncryption makes SSE-S3 the default again.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
func (s *Service) DeleteBucketEncryption(ctx context.Context, in *api.DeleteBucketEncryptionInput) (*api.DeleteBucketEncryptionOutput, error) {
	if err := s.deleteConfiguration(ctx, in.Bucket, in.ExpectedBucketOwner, store.BucketEncryption, "", nil); err != nil {
		return nil, err
	}
	return &api.DeleteBucketEncryptionOutput{}, nil
}
