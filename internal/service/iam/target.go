package iam

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// Target says on which resource an access of an operation is asked: the user,
// group, role or policy that the input names, by the kind in the operation's
// row. Its owner is always the caller's account, for IAM has no calls across
// accounts. Kinds are "*", "user", "group", "role", "policy",
// "instance-profile", "principal" for any
// of the first three by its ARN, and "new-user" and "new-group" for what an update
// renames its entity to.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (s *Service) Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error) {
	r := target{account: accountOf(ctx), action: access.Action, in: in}
	var own *authz.Document
	err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		if own, err = ownPassword(ctx, t, access.Action); err != nil {
			return err
		}
		switch access.Resource {
		case "user":
			return r.user(ctx, t)
		case "group":
			return r.group(t)
		case "role":
			return r.role(t)
		case "oidc-provider":
			return r.oidcProvider(t)
		case "saml-provider":
			return r.samlProvider(t)
		case "policy":
			return r.policy(t)
		case "instance-profile":
			return r.instanceProfile(t)
		case "new-user":
			return r.renamedUser(ctx, t)
		case "new-group":
			return r.renamedGroup(t)
		case "principal":
			return r.principal(t)
		case "mfa":
			return r.device(t)
		case "server-certificate", "new-server-certificate":
			return r.certificate(t, access.Resource == "new-server-certificate")
		case "arn":
			return r.byARNTarget(t)
		case "access-report":
			r.arn = "arn:aws:iam::" + r.account + ":access-report/" + r.text("EntityPath")
			return nil
		case "delegation-request":
			own, err = r.delegationRequest(ctx, t)
			return err
		case "*":
			r.arn = "*"
			return nil
		}
		return fmt.Errorf("iam: %s asks on an unknown kind of resource %q", access.Action, access.Resource)
	})
	if err != nil {
		return nil, err
	}
	out := &caller.Target{Context: r.context, Policy: own}
	out.Resource.ARN, out.Resource.Account, out.Resource.Display = r.arn, r.account, r.display(access)
	if len(r.tags) > 0 {
		tags := make(map[string]string, len(r.tags))
		for _, t := range r.tags {
			tags[t.Key] = t.Value
		}
		out.Resource.Tags = policy.MakeTags(tags)
	}
	return out, nil
}

// target is a resource while it is looked for.
type target struct {
	account, action string
	in              any

	// arn is the entity's with its real path and the case of its name, or as it
	// would be if the entity is missing; "*" where there is no single one.
	arn      string
	tags     []directory.Tag
	boundary string // the entity's permissions boundary

	delegationOwner string // ARN of who owns the delegation request
}

// creates tells whether the operation makes the entity it is asked on. What has
// the name already does not count then: the request is judged by what it asks.
func (r *target) creates() bool {
	switch r.in.(type) {
	case *api.CreateUserInput, *api.CreateGroupInput, *api.CreateRoleInput, *api.CreatePolicyInput,
		*api.CreateInstanceProfileInput:
		return true
	}
	return false
}

// text is a member of the input, empty if it is absent or the input has none of
// that name.
func (r *target) text(member string) string {
	v := reflect.Indirect(reflect.ValueOf(r.in))
	if v.Kind() != reflect.Struct {
		return ""
	}
	if f := v.FieldByName(member); f.IsValid() {
		if s, ok := f.Interface().(*string); ok {
			return value(s)
		}
	}
	return ""
}

func (r *target) user(ctx context.Context, t *directory.ReadTx) error {
	if r.action == "iam:GetAccessKeyLastUsed" {
		return r.keyOwner(t, r.text("AccessKeyId"))
	}
	if in, ok := r.in.(*api.ListServiceSpecificCredentialsInput); ok && value(in.AllUsers) {
		r.arn = "*" // not of one user
		return nil
	}
	if c := callerOf(ctx); r.action == "iam:ChangePassword" && c.Kind != policy.CallerUser {
		r.arn = c.ARN // has none: the operation says so
		return nil
	}
	name := r.text("UserName")
	if r.creates() {
		r.missing(directory.KindUser, name)
		return nil
	}
	if name == "" {
		o, err := ownerOf(ctx, t, nil)
		if err != nil {
			return err
		}
		if o.root != nil {
			r.arn = directory.RootARN(o.root.ID)
			return nil
		}
		r.found(o.user.ARN(), &o.user.Holder)
		return nil
	}
	u, err := t.User(r.account, name)
	if errors.Is(err, directory.ErrNotFound) {
		if strings.Contains(r.action, "MFADevice") && rootByName(callerOf(ctx), name) {
			r.arn = directory.RootARN(r.account)
			return nil
		}
		r.missing(directory.KindUser, name)
		return nil
	}
	if err != nil {
		return err
	}
	r.found(u.ARN(), &u.Holder)
	return nil
}

// keyOwner is the user whose access key it is. For a key of nobody in the
// account it is no resource that a policy could single out.
func (r *target) keyOwner(t *directory.ReadTx, id string) error {
	r.arn = "*"
	k, err := t.AccessKey(id)
	if errors.Is(err, directory.ErrNotFound) || err == nil && k.Account != r.account {
		return nil
	}
	if err != nil {
		return err
	}
	if k.Owner == k.Account {
		r.arn = directory.RootARN(k.Account)
		return nil
	}
	u, err := t.UserByID(k.Owner)
	if err != nil {
		return err
	}
	r.found(u.ARN(), &u.Holder)
	return nil
}

func (r *target) group(t *directory.ReadTx) error {
	name := r.text("GroupName")
	g, err := t.Group(r.account, name)
	if r.creates() || errors.Is(err, directory.ErrNotFound) {
		r.missing(directory.KindGroup, name)
		return nil
	}
	if err != nil {
		return err
	}
	r.arn = g.ARN()
	return nil
}

func (r *target) role(t *directory.ReadTx) error {
	if r.linkedRole() {
		return nil
	}
	name := r.text("RoleName")
	role, err := t.Role(r.account, name)
	if r.creates() || errors.Is(err, directory.ErrNotFound) {
		r.missing(directory.KindRole, name)
		return nil
	}
	if err != nil {
		return err
	}
	r.found(role.ARN(), &role.Holder)
	return nil
}

// principal is the user, group or role whose policies a simulation asks about.
func (r *target) principal(t *directory.ReadTx) error {
	r.arn = r.text("PolicySourceArn")
	p, err := arn.ParsePrincipal(r.arn)
	if err != nil || p.Account != r.account {
		return nil // of nobody here: the operation refuses it
	}
	switch p.Kind {
	case arn.KindUser:
		if u, err := t.User(r.account, p.Name); err == nil && u.ARN() == r.arn {
			r.found(r.arn, &u.Holder)
		}
	case arn.KindRole:
		if role, err := t.Role(r.account, p.Name); err == nil && role.ARN() == r.arn {
			r.found(r.arn, &role.Holder)
		}
	}
	return nil
}

// renamedUser is what UpdateUser's user is to become.
func (r *target) renamedUser(ctx context.Context, t *directory.ReadTx) error {
	if err := r.user(ctx, t); err != nil {
		return err
	}
	r.renamed(r.text("NewUserName"))
	return nil
}

// renamedGroup is what UpdateGroup's group is to become.
func (r *target) renamedGroup(t *directory.ReadTx) error {
	if err := r.group(t); err != nil {
		return err
	}
	r.renamed(r.text("NewGroupName"))
	return nil
}

func (r *target) renamed(name string) {
	p, err := arn.Parse(r.arn)
	if err != nil {
		return
	}
	kind, rest, _ := strings.Cut(p.Resource, "/")
	cut := strings.LastIndexByte(rest, '/') + 1
	path, old := "/"+rest[:cut], rest[cut:]
	r.arn = "arn:aws:iam::" + r.account + ":" + kind + cmp.Or(r.text("NewPath"), path) + cmp.Or(name, old)
}

func (r *target) found(entityARN string, h *directory.Holder) {
	r.arn, r.tags, r.boundary = entityARN, h.Tags, h.Boundary
}

// missing names an entity that does not exist: the one to be made, with its
// path, or one that was looked for in vain.
func (r *target) missing(k directory.Kind, name string) {
	r.missingResource(k.String(), name)
}

func (r *target) missingResource(word, name string) {
	r.arn = "arn:aws:iam::" + r.account + ":" + word + cmp.Or(r.text("Path"), "/") + name
}

// policy is the managed policy that the ARN names, letter by letter, or the one
// that CreatePolicy is to make. An ARN of another account stays what it is: the
// operation will not find it.
func (r *target) policy(t *directory.ReadTx) error {
	if r.creates() {
		r.missing(directory.KindPolicy, r.text("PolicyName"))
		return nil
	}
	r.arn = r.text("PolicyArn")
	p, err := policyFor(t, r.account, r.arn)
	if errors.Is(err, directory.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r.tags = p.Tags
	return nil
}

// context adds the condition keys that IAM alone knows. iam:PermissionsBoundary
// is the boundary that the request sets, where it can set one, else that of the
// entity, and only the actions that can widen what an entity may do have it.
func (r *target) context(v *policy.Values) {
	switch r.action {
	case "iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy",
		"iam:AttachGroupPolicy", "iam:DetachGroupPolicy":
		v.SetNamed("iam:PolicyARN", r.text("PolicyArn"))
	}
	if r.delegationOwner != "" {
		v.SetNamed("iam:DelegationRequestOwner", r.delegationOwner)
	}
	switch r.action {
	case "iam:DeleteServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus":
		if service := r.linkedService(); service != "" {
			v.SetNamed("iam:AWSServiceName", service)
		}
	case "iam:CreateUser", "iam:CreateRole", "iam:PutUserPermissionsBoundary", "iam:PutRolePermissionsBoundary":
		if set := r.text("PermissionsBoundary"); set != "" {
			v.SetNamed("iam:PermissionsBoundary", set)
		}
	case "iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy",
		"iam:PutUserPolicy", "iam:PutRolePolicy", "iam:DeleteUserPolicy", "iam:DeleteRolePolicy",
		"iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary":
		if r.boundary != "" {
			v.SetNamed("iam:PermissionsBoundary", r.boundary)
		}
	}
}
