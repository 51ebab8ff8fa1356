package importing

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// ask is one permission that a change needs: that of AWS's operation for it.
type ask struct {
	action  string
	target  caller.Target
	name    string // of the condition key, with its value
	value   string
	bounded string // the permissions boundary that the request sets, or of the entity
	request []directory.Tag
	keys    []string // of tags that are taken off
}

// on is a permission on an entity of the account with these tags.
func on(action, entityARN, display, account string, tags []directory.Tag) ask {
	a := ask{action: action}
	a.target.Resource.ARN, a.target.Resource.Account, a.target.Resource.Display = entityARN, account, display
	if len(tags) > 0 {
		a.target.Resource.Tags = policy.MakeTags(tagMap(tags))
	}
	return a
}

func tagMap(tags []directory.Tag) map[string]string {
	out := make(map[string]string, len(tags))
	for _, t := range tags {
		out[t.Key] = t.Value
	}
	return out
}

func (a ask) with(name, value string) ask {
	a.name, a.value = name, value
	return a
}

func (a ask) bound(policyARN string) ask {
	a.bounded = policyARN
	return a
}

func (a ask) tagging(tags []directory.Tag) ask {
	a.request = tags
	return a
}

func (a ask) untagging(keys []string) ask {
	a.keys = keys
	return a
}

func (a *ask) authorize(ctx context.Context) error {
	t := a.target
	inner := t.Context
	t.Context = func(v *policy.Values) {
		if inner != nil {
			inner(v)
		}
		if a.name != "" {
			v.SetNamed(a.name, a.value)
		}
		if a.bounded != "" {
			v.SetNamed("iam:PermissionsBoundary", a.bounded)
		}
		keys := a.keys
		if len(a.request) > 0 {
			v.SetTags(policy.FamilyRequestTag, policy.MakeTags(tagMap(a.request)))
			for _, tag := range a.request {
				keys = append(keys, tag.Key)
			}
		}
		if len(keys) > 0 {
			v.SetNamedList("aws:TagKeys", keys)
		}
	}
	return caller.Authorize(ctx, a.action, &t)
}

// mayRead asks for the permission to see what is here, which a dry run shows, too,
// and what is wrong with files. It is asked before anything is compared.
func mayRead(ctx context.Context, account string, e *awsexport.Export) error {
	if !e.Details && len(e.Users)+len(e.Groups)+len(e.Roles)+len(e.Policies)+len(e.AWSPolicies)+len(e.Profiles) == 0 {
		return nil
	}
	a := on("iam:GetAccountAuthorizationDetails", "*", "", account, nil)
	return a.authorize(ctx)
}

// authorize asks for all changes.
func (p *plan) authorize(ctx context.Context) error {
	var asks []ask
	for _, c := range p.changes {
		asks = append(asks, c.asks...)
	}
	asks = append(asks, p.bucketAsks...)
	for i := range asks {
		if err := asks[i].authorize(ctx); err != nil {
			return err
		}
	}
	who := caller.From(ctx)
	if p.rootOnly != "" && (who.Identity.Kind != policy.CallerRoot || who.Session != nil && who.Session.Restricted) {
		return &wire.Error{Status: http.StatusForbidden, Code: "AccessDenied",
			Message: "Only the account's root user may make an import that " + p.rootOnly + "."}
	}
	return nil
}

// wantTags are tags as the directory has them.
func wantTags(tags []awsexport.Tag) []directory.Tag {
	var out []directory.Tag
	for _, t := range tags {
		out = append(out, directory.Tag{Key: t.Key, Value: t.Value})
	}
	return out
}
