package importing

import (
	"context"
	"errors"
	"fmt"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// bucketChange is a bucket that is to be made or changed.
type bucketChange struct {
	name string
	want *s3.BucketState
}

// planBuckets compares the buckets and Block Public Access of the account.
func (p *plan) planBuckets(ctx context.Context, buckets Buckets) ([]bucketChange, error) {
	var out []bucketChange
	for _, in := range p.export.Buckets {
		want, before := p.state(in), len(p.problems)
		if in.Policy != nil && in.Policy.Value != nil {
			p.noteBucketPolicy(in)
		}
		found, changed, err := buckets.CompareBucket(p.importing(ctx), p.account, in.Name, want)
		if err != nil {
			if err = p.bucketProblem(in, err); err != nil {
				return nil, err
			}
		}
		failed := len(p.problems) > before
		target := &caller.Target{}
		target.Resource.ARN, target.Resource.Account = "arn:aws:s3:::"+in.Name, p.account
		if found {
			if target, err = buckets.BucketTarget(ctx, in.Name, p.account); err != nil {
				return nil, about("bucket "+in.Name, err)
			}
		}
		p.askBucket(in, target, found)
		if failed {
			continue
		}
		item := Item{kindBucket, in.Name, "arn:aws:s3:::" + in.Name, changed}
		switch {
		case !found:
			item.What = nil
			p.bucketed["created"] = append(p.bucketed["created"], item)
		case len(changed) == 0:
			p.unchanged[kindBucket]++
			continue
		default:
			p.bucketed["changed"] = append(p.bucketed["changed"], item)
		}
		out = append(out, bucketChange{in.Name, want})
	}
	p.planBlock()
	return out, nil
}

// bucketProblem makes a problem of what S3 says of the files; other errors it
// returns.
func (p *plan) bucketProblem(in *awsexport.Bucket, err error) error {
	message := ""
	var refused *policy.Error
	if e, ok := wireError(err); ok {
		message = e
	} else if errors.As(err, &refused) {
		message = refused.Error()
	} else {
		return err
	}
	file := in.File
	if file == "" {
		file = "bucket"
	}
	p.problems = append(p.problems, awsexport.Problem{File: file, What: "bucket " + in.Name, Message: message})
	return nil
}

// noteBucketPolicy notes principals of a bucket's policy that are not here.
func (p *plan) noteBucketPolicy(in *awsexport.Bucket) {
	_, _ = policy.RewritePrincipals([]byte(*in.Policy.Value), func(kind, value string) (string, error) {
		p.noteAbsent("the policy of bucket "+in.Name, kind, value)
		return value, nil
	})
}

// state is a bucket of the files as S3 takes it.
func (p *plan) state(in *awsexport.Bucket) *s3.BucketState {
	want := &s3.BucketState{ABAC: in.ABAC, Versioning: in.Versioning}
	if in.Policy != nil {
		want.Policy = new(orEmpty(in.Policy.Value))
	}
	if in.Ownership != nil {
		want.Ownership = new(orEmpty(in.Ownership.Value))
	}
	if in.Block != nil {
		want.SetBlock = true
		if b := in.Block.Value; b != nil {
			want.Block = &api.PublicAccessBlockConfiguration{BlockPublicAcls: &b.BlockPublicAcls, IgnorePublicAcls: &b.IgnorePublicAcls,
				BlockPublicPolicy: &b.BlockPublicPolicy, RestrictPublicBuckets: &b.RestrictPublicBuckets}
		}
	}
	if in.Tags != nil {
		want.Tags = &[]policy.Tag{}
		if in.Tags.Value != nil {
			for _, t := range *in.Tags.Value {
				*want.Tags = append(*want.Tags, policy.Tag(t))
			}
		}
	}
	if in.ACL != nil {
		want.ACL = p.acl(in)
	}
	return want
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// acl is a bucket's ACL with the canonical user ids of here. Grants to accounts
// that are not here cannot be kept, for what is kept of them is the account's id.
func (p *plan) acl(in *awsexport.Bucket) *api.AccessControlPolicy {
	out := &api.AccessControlPolicy{Owner: &api.Owner{ID: &p.record.CanonicalID}, Grants: []api.Grant{}}
	for _, g := range in.ACL.Grants {
		to := &api.Grantee{Type: new(g.Type)}
		switch {
		case g.URI != "":
			to.URI = new(g.URI)
		case g.ID != "":
			id := p.canonicalHere(g.ID)
			if id == "" {
				p.left = append(p.left, awsexport.Left{File: "bucket " + in.Name, What: "grant of " + g.Permission + " to " + g.ID,
					Why: "no account here has this canonical user id"})
				continue
			}
			to.ID = &id
		default:
			to.EmailAddress = new(g.Email)
		}
		out.Grants = append(out.Grants, api.Grant{Grantee: to, Permission: new(g.Permission)})
	}
	return out
}

// askBucket asks for every setting that the files tell of. What is written past
// Block Public Access needs the permission to change that, too.
func (p *plan) askBucket(in *awsexport.Bucket, target *caller.Target, found bool) {
	need := func(action string) {
		p.bucketAsks = append(p.bucketAsks, ask{action: action, target: *target})
	}
	if !found {
		need("s3:CreateBucket")
	}
	for _, s := range []struct {
		given  bool
		action string
	}{
		{in.Ownership != nil, "s3:PutBucketOwnershipControls"},
		{in.Block != nil || in.Policy != nil || in.ACL != nil, "s3:PutBucketPublicAccessBlock"},
		{in.ACL != nil, "s3:PutBucketAcl"},
		{in.Policy != nil && in.Policy.Value != nil, "s3:PutBucketPolicy"},
		{in.Policy != nil && in.Policy.Value == nil, "s3:DeleteBucketPolicy"},
		{in.Tags != nil, "s3:PutBucketTagging"},
		{in.ABAC != nil, "s3:PutBucketAbac"},
		{in.Versioning != nil, "s3:PutBucketVersioning"},
	} {
		if s.given {
			need(s.action)
		}
	}
	if p.record.PublicAccessBlock != nil && (in.Policy != nil || in.ACL != nil) {
		p.bucketAsks = append(p.bucketAsks, p.askBlock())
	}
}

func (p *plan) askBlock() ask { return on("s3:PutAccountPublicAccessBlock", "*", "", p.account, nil) }

// planBlock compares Block Public Access of the account.
func (p *plan) planBlock() {
	in := p.export.Block
	if in == nil {
		return
	}
	p.bucketAsks = append(p.bucketAsks, p.askBlock())
	var want *directory.PublicAccessBlock
	if in.Value != nil {
		want = new(directory.PublicAccessBlock(*in.Value))
	}
	had := p.record.PublicAccessBlock
	if same, err := directory.Same(had, want); err == nil && same {
		p.unchanged[kindAccount]++
		return
	}
	p.add(&change{Item: Item{kindAccount, p.account, directory.RootARN(p.account), []string{"Block Public Access"}}, verb: changes,
		size: overhead, write: func(tx *directory.Tx) error {
			a, err := tx.Account(p.account)
			if err != nil {
				return err
			}
			if same, err := directory.Same(a.PublicAccessBlock, had); err != nil || !same {
				return errMoved
			}
			a.PublicAccessBlock = want
			return tx.PutAccount(a)
		}})
}

func wireError(err error) (string, bool) {
	e, ok := wire.AsError(err)
	if !ok || e.Status >= 500 {
		return "", false
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message), true
}
