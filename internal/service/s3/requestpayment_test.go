package s3

import (
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/wire"
)

func TestRequestPayment(t *testing.T) {
	f := newFixture(t)
	put := func(payer string) error {
		_, err := f.PutBucketRequestPayment(f.ctx, &api.PutBucketRequestPaymentInput{
			Bucket: p("bucket"), RequestPaymentConfiguration: &api.RequestPaymentConfiguration{Payer: &payer},
		})
		return err
	}
	for _, payer := range []string{"Requester", "BucketOwner", "Requester"} {
		if err := put(payer); err != nil {
			t.Fatal(err)
		}
		out, err := f.GetBucketRequestPayment(f.ctx, &api.GetBucketRequestPaymentInput{Bucket: p("bucket")})
		if err != nil || *out.Payer != payer {
			t.Errorf("%+v, %v; want %s", out, err, payer)
		}
	}
	wantError(t, put("Nobody"), "MalformedXML", "")
	_, err := f.PutBucketRequestPayment(f.ctx, &api.PutBucketRequestPaymentInput{Bucket: p("bucket")})
	wantError(t, err, "MalformedXML", "")

	target, err := f.Target(f.ctx, &wire.Access{Action: "s3:GetObject", Resource: "object"}, &api.GetObjectInput{
		Bucket: p("bucket"), Key: p("k"), RequestPayer: p("requester"),
	})
	if err != nil || !target.S3.RequesterPays || !target.RequestPayer {
		t.Errorf("%+v, %v", target, err)
	}
}
