package sts

import (
	"context"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// maxTags is how many tags a session has at most, inherited ones included.
const maxTags = 50

// inheritedTags are the tags that the caller's session hands on.
func inheritedTags(ctx context.Context) []policy.Tag {
	if s := caller.From(ctx).Session; s != nil {
		return s.Transitive
	}
	return nil
}

// mergeTags is the inherited tags and those that the request names.
func mergeTags(inherited []policy.Tag, tags []api.Tag) []directory.Tag {
	var out []directory.Tag
	for _, t := range inherited {
		out = append(out, directory.Tag(t))
	}
	for _, t := range tags {
		out = append(out, directory.Tag{Key: text(t.Key), Value: text(t.Value)})
	}
	return out
}

// setTags gives the session its tags: those that the request names and the
// transitive ones of the calling session, which cannot be replaced.
func setTags(ctx context.Context, session *directory.Session, tags []api.Tag, transitive []string) error {
	inherited := inheritedTags(ctx)
	named := func(key string) func(api.Tag) bool {
		return func(t api.Tag) bool { return strings.EqualFold(text(t.Key), key) }
	}
	for i, t := range tags {
		if slices.ContainsFunc(tags[:i], named(text(t.Key))) {
			return invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if strings.HasPrefix(strings.ToLower(text(t.Key)), "aws:") {
			return invalidParameter("Tag keys beginning with aws: are reserved.")
		}
	}
	for _, key := range transitive {
		if !slices.ContainsFunc(tags, named(key)) {
			return invalidParameter("The specified transitive tag key must be included in the requested tags.")
		}
	}
	for _, t := range inherited {
		if slices.ContainsFunc(tags, named(t.Key)) {
			return invalidParameter("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
	}
	session.Tags = mergeTags(inherited, tags)
	if len(session.Tags) > maxTags {
		return invalidParameter("The number of session tags exceeds the limit of 50.")
	}
	for _, t := range session.Tags {
		is := func(key string) bool { return strings.EqualFold(key, t.Key) }
		if slices.ContainsFunc(transitive, is) || slices.ContainsFunc(inherited, func(i policy.Tag) bool { return is(i.Key) }) {
			session.Transitive = append(session.Transitive, t.Key)
		}
	}
	return nil
}
