package s3

import (
	"context"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// CreateMultipartUpload begins an upload in parts.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
func (s *Service) CreateMultipartUpload(ctx context.Context, in *api.CreateMultipartUploadInput) (*api.CreateMultipartUploadOutput, error) {
	key := value(in.Key)
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if !caller.From(ctx).Identity.Signed() {
		return nil, api.AccessDenied("Anonymous users cannot initiate multipart uploads.  Please authenticate.")
	}
	algorithm, typ, err := uploadChecksum(in)
	if err != nil {
		return nil, err
	}
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	d := uploadDescription(in)
	who := caller.From(ctx)
	o, err := s.attributes(ctx, &d, b)
	if err != nil {
		return nil, err
	}
	u := store.Upload{Key: key, Initiator: s.initiator(who), Owner: o.Owner, StorageClass: o.StorageClass,
		Algorithm: algorithm, Type: typ, Attributes: o.Attributes}
	if u.ID, u.DataKey, err = s.store.NewUpload(ctx, b, key, d.key.key); err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(t *store.Txn) error {
		now, err := again(&t.Reader, b)
		if err != nil {
			return err
		}
		u.Initiated = t.Now()
		return t.CreateUpload(now, &u)
	})
	if err != nil {
		return nil, err
	}
	out := &api.CreateMultipartUploadOutput{Bucket: in.Bucket, Key: in.Key, UploadId: set(u.ID.String()),
		ServerSideEncryption: sealedBy(u.Encryption), SSECustomerAlgorithm: d.key.algorithmOut(), SSECustomerKeyMD5: d.key.digestOut()}
	out.AbortDate, out.AbortRuleId = s.abortion(s.rules(ctx, b), key, u.Initiated)
	if algorithm != checksum.None {
		out.ChecksumAlgorithm, out.ChecksumType = set(algorithm.String()), set(typ.String())
	}
	return out, nil
}

// initiator is who begins an upload: a user or role by ARN, or an account.
func (s *Service) initiator(who *caller.Info) store.Initiator {
	i := store.Initiator{Account: who.Account(), ID: s.accounts.CanonicalID(who.Account())}
	if a := who.Identity.ARN; a != "" && who.Identity.Kind != policy.CallerRoot {
		i.ID, i.Name = a, a[strings.LastIndexByte(a, '/')+1:]
	}
	return i
}

func uploadChecksum(in *api.CreateMultipartUploadInput) (checksum.Algorithm, checksum.Type, error) {
	a, err := algorithmOf(in.ChecksumAlgorithm)
	if err != nil {
		return a, 0, err
	}
	if in.ChecksumType == nil {
		return a, a.DefaultType(), nil
	}
	typ, ok := checksum.ParseType(*in.ChecksumType)
	switch {
	case !ok:
		return a, 0, api.InvalidRequest("Value for x-amz-checksum-type header is invalid.")
	case a == checksum.None:
		return a, 0, api.InvalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
	case !a.Allows(typ):
		return a, 0, api.InvalidRequest("The " + typ.String() + " checksum type cannot be used with the " + lower(a) + " checksum algorithm.")
	}
	return a, typ, nil
}

func uploadDescription(in *api.CreateMultipartUploadInput) description {
	return description{
		headers: store.Headers{
			ContentType: value(in.ContentType), ContentEncoding: value(in.ContentEncoding),
			ContentLanguage: value(in.ContentLanguage), ContentDisposition: value(in.ContentDisposition),
			CacheControl: value(in.CacheControl), Expires: value(in.Expires),
			WebsiteRedirect: value(in.WebsiteRedirectLocation),
		},
		metadata: in.Metadata, tagging: in.Tagging, storageClass: in.StorageClass,
		encryption: encryption{algorithm: in.ServerSideEncryption, kmsKey: in.SSEKMSKeyId,
			kmsContext: in.SSEKMSEncryptionContext, bucketKey: in.BucketKeyEnabled,
			customer: customerHeaders{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}},
		acl: aclHeaders{canned: in.ACL, fullControl: in.GrantFullControl, read: in.GrantRead,
			readACP: in.GrantReadACP, writeACP: in.GrantWriteACP},
		lock: objectLock{in.ObjectLockMode, in.ObjectLockRetainUntilDate, in.ObjectLockLegalHoldStatus},
	}
}
