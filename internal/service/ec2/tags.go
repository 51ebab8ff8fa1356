package ec2

import (
	"context"
	"errors"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// CreateTags sets tags of instances and key pairs, on all that are named or on
// none.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html
func (s *Service) CreateTags(ctx context.Context, in *api.CreateTagsInput) (*api.CreateTagsOutput, error) {
	added, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	if len(added) == 0 {
		return nil, fault("MissingParameter", "The request must contain the parameter Tags")
	}
	err = s.retag(ctx, "ec2:CreateTags", in.Resources, in.Tags, value(in.DryRun), func(tags []directory.Tag) ([]directory.Tag, error) {
		for _, t := range added {
			at := slices.IndexFunc(tags, func(have directory.Tag) bool { return have.Key == t.Key })
			if at < 0 {
				tags = append(tags, t)
				continue
			}
			tags[at].Value = t.Value
		}
		if len(tags) > maxTags {
			return nil, tooManyTags()
		}
		return tags, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateTagsOutput{}, nil
}

// DeleteTags takes tags away: those with the keys, where values are given those
// with the values too, or all.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html
func (s *Service) DeleteTags(ctx context.Context, in *api.DeleteTagsInput) (*api.DeleteTagsOutput, error) {
	err := s.retag(ctx, "ec2:DeleteTags", in.Resources, in.Tags, value(in.DryRun), func(tags []directory.Tag) ([]directory.Tag, error) {
		return slices.DeleteFunc(tags, func(have directory.Tag) bool {
			return len(in.Tags) == 0 || slices.ContainsFunc(in.Tags, func(t api.Tag) bool {
				return value(t.Key) == have.Key && (t.Value == nil || *t.Value == have.Value)
			})
		}), nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteTagsOutput{}, nil
}

// retag asks for the resources beside the first, for which the operation's row
// has asked, and changes the tags of all.
func (s *Service) retag(ctx context.Context, action string, ids []string, named []api.Tag, dry bool, change func([]directory.Tag) ([]directory.Tag, error)) error {
	r := asked{s: s, account: accountOf(ctx)}
	seen := map[string]bool{}
	for n, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		if n == 0 {
			continue
		}
		var target *caller.Target
		err := s.view(ctx, func(t *directory.ReadTx) (err error) {
			target, err = r.tagged(ctx, t, id)
			return err
		})
		if err != nil {
			return err
		}
		if err := caller.Authorize(ctx, action, withTags(target, named)); err != nil {
			return err
		}
	}
	return s.update(ctx, func(t *directory.Tx) error {
		for id := range seen {
			if err := s.retagOne(ctx, t, id, change); err != nil {
				return err
			}
		}
		if dry {
			return dryRun()
		}
		return nil
	})
}

// withTags adds the condition keys of the tags that a request names, which the
// operation's row adds for the first resource.
func withTags(target *caller.Target, named []api.Tag) *caller.Target {
	before := target.Context
	target.Context = func(v *policy.Values) {
		before(v)
		requestTags(v, []api.TagSpecification{{ResourceType: new("any"), Tags: named}}, "any")
	}
	return target
}

func (s *Service) retagOne(ctx context.Context, t *directory.Tx, id string, change func([]directory.Tag) ([]directory.Tag, error)) (err error) {
	account := accountOf(ctx)
	switch prefix := id[:strings.LastIndexByte(id, '-')+1]; prefix {
	case "i-":
		i, err := s.instance(&t.ReadTx, account, id, now(ctx))
		if err != nil {
			return err
		}
		if i.Tags, err = change(i.Tags); err != nil {
			return err
		}
		if err := checkMetadataTags(i); err != nil {
			return err
		}
		return t.PutResource(i)
	case "key-":
		k, err := s.keyPairByID(&t.ReadTx, account, id)
		if errors.Is(err, directory.ErrNotFound) {
			return fault("InvalidKeyPair.NotFound", "The key pair ID '%s' does not exist", cut(id))
		}
		if err != nil {
			return err
		}
		if k.Tags, err = change(k.Tags); err != nil {
			return err
		}
		return t.PutResource(k)
	default:
		return wire.NotImplemented("Tagging a resource of the kind " + taggable[prefix])
	}
}

// tagged is a tag and what it is on.
type tagged struct{ key, value, resource, kind string }

// DescribeTags shows the tags of instances and key pairs.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html
func (s *Service) DescribeTags(ctx context.Context, in *api.DescribeTagsInput) (*api.DescribeTagsOutput, error) {
	keep, err := filtered(in.Filters, fields[tagged]{
		"key": one(func(t tagged) string { return t.key }), "value": func(t tagged) []string { return []string{t.value} },
		"resource-id": one(func(t tagged) string { return t.resource }), "resource-type": one(func(t tagged) string { return t.kind }),
	}, func(t tagged) []directory.Tag { return []directory.Tag{{Key: t.key, Value: t.value}} })
	if err != nil {
		return nil, err
	}
	var all []tagged
	add := func(id, kind string, tags []directory.Tag) {
		for _, t := range tags {
			if x := (tagged{t.Key, t.Value, id, kind}); keep(x) {
				all = append(all, x)
			}
		}
	}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		instances, err := s.instances(t, accountOf(ctx), now(ctx))
		if err != nil {
			return err
		}
		for _, i := range instances {
			add(i.ID, "instance", i.Tags)
		}
		pairs, err := s.keyPairs(t, accountOf(ctx))
		for _, k := range pairs {
			add(k.ID, "key-pair", k.Tags)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if value(in.DryRun) {
		return nil, dryRun()
	}
	place := func(t tagged) string { return t.resource + "\x00" + t.key }
	slices.SortFunc(all, func(a, b tagged) int { return strings.Compare(place(a), place(b)) })
	all, next, err := page(all, place, in.MaxResults, in.NextToken, 5, 1000)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeTagsOutput{Tags: []api.TagDescription{}, NextToken: next}
	for _, t := range all {
		out.Tags = append(out.Tags, api.TagDescription{Key: new(t.key), Value: new(t.value), ResourceId: new(t.resource), ResourceType: new(t.kind)})
	}
	return out, nil
}
