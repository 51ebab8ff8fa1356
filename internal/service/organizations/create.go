package organizations

import (
	"context"
	"errors"
	"regexp"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

var (
	emailPattern = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
	namePattern  = regexp.MustCompile(`^[\x20-\x7E]{1,50}$`)
	rolePattern  = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
)

// CreateAccount makes a member account, with a role in it that the management
// account may assume and that may do everything. The account is there when the
// answer is: the status it holds is SUCCEEDED, or FAILED with the reason
// EMAIL_ALREADY_EXISTS.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html.
func (s *Service) CreateAccount(ctx context.Context, in *api.CreateAccountInput) (*api.CreateAccountOutput, error) {
	tags, err := checkCreate(in)
	if err != nil {
		return nil, err
	}
	var status *directory.CreateRequest
	err = s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) (err error) {
		status, err = create(t, o, in, tags)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateAccountOutput{CreateAccountStatus: renderStatus(status)}, nil
}

func checkCreate(in *api.CreateAccountInput) ([]directory.Tag, error) {
	email, billing := text(in.Email), text(in.IamUserAccessToBilling)
	switch {
	case len(email) < 6 || len(email) > 64 || !emailPattern.MatchString(email):
		return nil, invalidInput("INVALID_PATTERN", "You specified an invalid value for Email.")
	case !namePattern.MatchString(text(in.AccountName)):
		return nil, invalidInput("INVALID_PATTERN", "You specified an invalid value for AccountName.")
	case in.RoleName != nil && !rolePattern.MatchString(*in.RoleName):
		return nil, invalidInput("INVALID_ROLE_NAME", "You specified an invalid value for RoleName.")
	case in.IamUserAccessToBilling != nil && billing != "ALLOW" && billing != "DENY":
		return nil, invalidInput("INVALID_ENUM", "You specified an invalid value for IamUserAccessToBilling.")
	}
	return mergeTags(nil, in.Tags)
}

// create makes the account or records why it could not.
func create(t *directory.Tx, o *directory.Organization, in *api.CreateAccountInput, tags []directory.Tag) (*directory.CreateRequest, error) {
	id, err := t.NewRequestID()
	if err != nil {
		return nil, err
	}
	status := &directory.CreateRequest{ID: id, Org: o.Key, AccountName: text(in.AccountName), State: directory.RequestSucceeded, Requested: t.Now(), Completed: t.Now()}
	a := &directory.Account{Name: text(in.AccountName), Email: text(in.Email), RequestID: id, Tags: tags, Org: o.Key}
	switch err := t.CreateAccount(a); {
	case errors.Is(err, directory.ErrEmailExists):
		status.State, status.Failure = directory.RequestFailed, "EMAIL_ALREADY_EXISTS"
		return status, t.PutCreateRequest(status)
	case err != nil:
		return nil, err
	}
	role := directory.AccessRole
	if in.RoleName != nil {
		role = *in.RoleName
	}
	status.Account = a.ID
	return status, errors.Join(t.CreateAccessRole(a.ID, o.Management, role), t.PutCreateRequest(status))
}

func renderStatus(r *directory.CreateRequest) *api.CreateAccountStatus {
	out := &api.CreateAccountStatus{Id: &r.ID, AccountName: &r.AccountName, State: &r.State, RequestedTimestamp: &r.Requested}
	if !r.Completed.IsZero() {
		out.CompletedTimestamp = &r.Completed
	}
	if r.Account != "" {
		out.AccountId = &r.Account
	}
	if r.Failure != "" {
		out.FailureReason = &r.Failure
	}
	return out
}

// DescribeCreateAccountStatus shows what became of a CreateAccount request.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html.
func (s *Service) DescribeCreateAccountStatus(ctx context.Context, in *api.DescribeCreateAccountStatusInput) (*api.DescribeCreateAccountStatusOutput, error) {
	out := &api.DescribeCreateAccountStatusOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		r, err := t.CreateRequest(text(in.CreateAccountRequestId))
		if errors.Is(err, directory.ErrNotFound) || err == nil && r.Org != o.Key {
			return api.NewError("CreateAccountStatusNotFoundException", "You specified a create account request that doesn't exist.")
		}
		if err == nil {
			out.CreateAccountStatus = renderStatus(r)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListCreateAccountStatus lists the CreateAccount requests that are in one of
// the states, all of them if none is given.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListCreateAccountStatus.html.
func (s *Service) ListCreateAccountStatus(ctx context.Context, in *api.ListCreateAccountStatusInput) (*api.ListCreateAccountStatusOutput, error) {
	for _, state := range in.States {
		if state != directory.RequestInProgress && state != directory.RequestSucceeded && state != directory.RequestFailed {
			return nil, invalidInput("INVALID_ENUM", "You specified an invalid value for States.")
		}
	}
	out := &api.ListCreateAccountStatusOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		all, err := t.CreateRequests(directory.Page{})
		if err != nil {
			return err
		}
		wanted := slices.DeleteFunc(all.Items, func(r *directory.CreateRequest) bool {
			return r.Org != o.Key || len(in.States) > 0 && !slices.Contains(in.States, r.State)
		})
		some, next, err := page("ListCreateAccountStatus", wanted, func(r *directory.CreateRequest) string { return r.ID }, in.NextToken, in.MaxResults)
		for _, r := range some {
			out.CreateAccountStatuses = append(out.CreateAccountStatuses, *renderStatus(r))
		}
		out.NextToken = next
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
