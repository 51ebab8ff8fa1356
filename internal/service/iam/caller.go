package iam

import (
	"context"
	"errors"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// callerOf is who calls.
func callerOf(ctx context.Context) *policy.Caller { return caller.From(ctx).Identity }

// accountOf is the account that calls, on which every operation acts.
func accountOf(ctx context.Context) string { return caller.From(ctx).Account() }

// now is the time of the request.
func now(ctx context.Context) time.Time { return caller.From(ctx).Time.UTC() }

// owner is whose access keys an operation is about: a user's or, when user is
// nil, those of the root user of an account.
type owner struct {
	user *directory.User
	root *directory.Account
}

// ownerOf is the user with the name or, when no name is given, the caller, who
// must then be a user or the root user.
func ownerOf(ctx context.Context, t *directory.ReadTx, userName *string) (o owner, err error) {
	if userName != nil {
		o.user, err = user(t, accountOf(ctx), *userName)
		return o, err
	}
	switch c := callerOf(ctx); c.Kind {
	case policy.CallerUser:
		o.user, err = t.UserByID(c.UniqueID)
		if errors.Is(err, directory.ErrNotFound) {
			err = api.NoSuchEntity(directory.KindUser.String(), c.UserName)
		}
	case policy.CallerRoot:
		o.root, err = t.Account(c.Account)
	default:
		err = needsUserName()
	}
	return o, err
}

// keys are the ids of the owner's access keys.
func (o owner) keys() []string {
	if o.user != nil {
		return o.user.AccessKeys
	}
	return o.root.RootKeys
}

// id is the user's unique id, or the account's for its root user.
func (o owner) id() string {
	if o.user != nil {
		return o.user.ID
	}
	return o.root.ID
}

// name is the owner's user name; the root user has none but the account's alias.
func (o owner) name() *string {
	if o.user != nil {
		return new(o.user.Name)
	}
	return text(o.root.Alias)
}
