package s3

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// The names by which AWS's services call.
const (
	servicePrincipal = "s3.amazonaws.com"         // inventories and analyses
	loggingPrincipal = "logging.s3.amazonaws.com" // server access logs
)

// ServiceCaller is a service of AWS's that does something by itself.
type ServiceCaller struct {
	Principal     string // such as "s3.amazonaws.com"
	SourceARN     string // for which resource: aws:SourceArn
	SourceAccount string // whose that is: aws:SourceAccount
}

// As makes the context of one call of a service's. The permissions that the call
// needs are asked in it as those of any other caller.
type As func(ctx context.Context, who ServiceCaller) context.Context

// errNobody is returned where there is nobody as whom to deliver.
var errNobody = errors.New("s3: nothing to deliver as")

// deliver writes an object as a service of AWS's, for a bucket. It needs
// s3:PutObject on the object, which the policy of the bucket that it goes to must
// give the service, or its ACL the log delivery group; an ACL that the service
// gives its object needs no other.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html#configure-inventory-destination-bucket-policy
func (s *Service) deliver(ctx context.Context, principal string, source *store.Bucket, in *api.PutObjectInput) error {
	if s.as == nil {
		return errNobody
	}
	ctx = s.as(ctx, ServiceCaller{principal, bucketARN(source.Name), source.Account})
	access := deliveryAccess()
	t, err := s.Target(ctx, access, in)
	if err != nil {
		return err
	}
	also(t, func(v *policy.Values) {
		access.Collect(in, func(name string, values []string) { v.SetNamed(name, values...) })
	})
	if err := decide(ctx, access.Action, t); err != nil {
		return err
	}
	_, err = s.PutObject(ctx, in)
	return err
}

// deliveryAccess is the row of s3:PutObject, as requests are held to it.
func deliveryAccess() *wire.Access {
	op := api.API().Operation("PutObject")
	for i := range op.Access {
		if op.Access[i].Action == "s3:PutObject" {
			return &op.Access[i]
		}
	}
	panic("s3: PutObject asks for nothing")
}
