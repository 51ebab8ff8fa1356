package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

const (
	serviceLevel = "SERVICE_LEVEL"
	actionLevel  = "ACTION_LEVEL"
)

// GenerateServiceLastAccessedDetails makes a report of the services that the
// policies of a user, group or role, or a managed policy, allow, and of who used
// them last. Only identity policies count. The report can be asked for during
// seven days.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
func (s *Service) GenerateServiceLastAccessedDetails(ctx context.Context, in *api.GenerateServiceLastAccessedDetailsInput) (*api.GenerateServiceLastAccessedDetailsOutput, error) {
	if err := s.dir.Flush(ctx); err != nil {
		return nil, err
	}
	account, out := accountOf(ctx), new(api.GenerateServiceLastAccessedDetailsOutput)
	err := s.update(ctx, func(tx *directory.Tx) error {
		of, err := byARN(&tx.ReadTx, account, value(in.Arn))
		if err != nil {
			return err
		}
		r := &directory.Report{Account: account, Type: serviceReport, ByAction: value(in.Granularity) == actionLevel}
		sources, err := of.sources(&tx.ReadTx)
		if err != nil {
			return err
		}
		var allowed grants
		for _, source := range sources {
			allowed.add(source.document)
		}
		r.Namespaces = allowed.services()
		if r.ByAction {
			r.Actions = s.trackedOf(&allowed, r.Namespaces)
		}
		if r.Principals, err = of.principals(&tx.ReadTx, account); err != nil {
			return err
		}
		for i := range r.Principals {
			p := &r.Principals[i]
			if p.Used, err = accessed(&tx.ReadTx, r, account, p.ID); err != nil {
				return err
			}
		}
		if err := makeReport(ctx, tx, r); err != nil {
			return err
		}
		out.JobId = &r.ID
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// trackedOf are the tracked actions, sorted, that are allowed.
func (s *Service) trackedOf(allowed *grants, namespaces []string) (actions []string) {
	for _, namespace := range namespaces {
		for _, action := range s.tracked[namespace] {
			if allowed.action(action) {
				actions = append(actions, action)
			}
		}
	}
	return actions
}

// principals are the users and roles that have the subject's policies: itself, a
// group's members, and those that a managed policy is attached to, be it through
// a group.
func (s *subject) principals(t *directory.ReadTx, account string) ([]directory.ReportPrincipal, error) {
	switch s.kind {
	case directory.KindUser:
		return []directory.ReportPrincipal{reported(directory.KindUser, &s.user.Entity, s.user.ARN())}, nil
	case directory.KindRole:
		r, err := t.RoleByID(s.holder.ID)
		if err != nil {
			return nil, err
		}
		return []directory.ReportPrincipal{reported(directory.KindRole, &r.Entity, r.ARN())}, nil
	case directory.KindGroup:
		return members(t, s.holder.ID, nil)
	}
	ids, err := t.UsedIn(account, s.policy.ARN(), directory.UsageAttached)
	if err != nil {
		return nil, err
	}
	var all []directory.ReportPrincipal
	for _, id := range ids {
		if all, err = addPrincipal(t, id, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func addPrincipal(t *directory.ReadTx, id string, all []directory.ReportPrincipal) ([]directory.ReportPrincipal, error) {
	k, _, _, err := t.Locate(id)
	switch {
	case err != nil:
		return nil, err
	case k == directory.KindGroup:
		return members(t, id, all)
	case k == directory.KindRole:
		r, err := t.RoleByID(id)
		if err != nil {
			return nil, err
		}
		return append(all, reported(k, &r.Entity, r.ARN())), nil
	}
	u, err := t.UserByID(id)
	if err != nil {
		return nil, err
	}
	return appendNew(all, reported(k, &u.Entity, u.ARN())), nil
}

func members(t *directory.ReadTx, group string, all []directory.ReportPrincipal) ([]directory.ReportPrincipal, error) {
	l, err := t.Members(group, directory.Page{})
	for _, u := range l.Items {
		all = appendNew(all, reported(directory.KindUser, &u.Entity, u.ARN()))
	}
	return all, err
}

func appendNew(all []directory.ReportPrincipal, p directory.ReportPrincipal) []directory.ReportPrincipal {
	if slices.ContainsFunc(all, func(o directory.ReportPrincipal) bool { return o.ID == p.ID }) {
		return all
	}
	return append(all, p)
}

func reported(k directory.Kind, e *directory.Entity, arn string) directory.ReportPrincipal {
	return directory.ReportPrincipal{Kind: k, ID: e.ID, Name: e.Name, Path: e.Path, ARN: arn}
}

// GetServiceLastAccessedDetails shows a report that
// GenerateServiceLastAccessedDetails made, by service namespace.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
func (s *Service) GetServiceLastAccessedDetails(ctx context.Context, in *api.GetServiceLastAccessedDetailsInput) (*api.GetServiceLastAccessedDetailsOutput, error) {
	page, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	r, err := s.report(ctx, value(in.JobId), serviceReport)
	if err != nil {
		return nil, err
	}
	out := &api.GetServiceLastAccessedDetailsOutput{
		JobStatus: new(jobCompleted), JobType: new(serviceLevel), JobCreationDate: date(r.Created), JobCompletionDate: date(r.Created),
		ServicesLastAccessed: []api.ServiceLastAccessed{},
	}
	if r.ByAction {
		out.JobType = new(actionLevel)
	}
	l := window(r.Namespaces, func(namespace string) string { return namespace }, page)
	for _, namespace := range l.Items {
		out.ServicesLastAccessed = append(out.ServicesLastAccessed, showService(r, namespace))
	}
	out.IsTruncated, out.Marker = truncated(l.Next)
	return out, nil
}

func showService(r *directory.Report, namespace string) api.ServiceLastAccessed {
	who, last, n := latest(r, namespace)
	out := api.ServiceLastAccessed{
		ServiceName: serviceName(namespace), ServiceNamespace: &namespace, TotalAuthenticatedEntities: new(int32(n)),
	}
	if who != nil {
		out.LastAuthenticated, out.LastAuthenticatedEntity, out.LastAuthenticatedRegion = date(last.Time), &who.ARN, text(last.Region)
	}
	for _, action := range r.Actions {
		name, ok := strings.CutPrefix(action, namespace+":")
		if !ok {
			continue
		}
		tracked := api.TrackedActionLastAccessed{ActionName: &name}
		if who, last, _ := latest(r, action); who != nil {
			tracked.LastAccessedEntity, tracked.LastAccessedTime, tracked.LastAccessedRegion = &who.ARN, date(last.Time), text(last.Region)
		}
		out.TrackedActionsLastAccessed = append(out.TrackedActionsLastAccessed, tracked)
	}
	return out
}

// GetServiceLastAccessedDetailsWithEntities shows who of a report could use a
// service, those that used it last first.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetailsWithEntities.html
func (s *Service) GetServiceLastAccessedDetailsWithEntities(ctx context.Context, in *api.GetServiceLastAccessedDetailsWithEntitiesInput) (*api.GetServiceLastAccessedDetailsWithEntitiesOutput, error) {
	page, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	namespace := value(in.ServiceNamespace)
	if err := knownNamespaces(namespace); err != nil {
		return nil, err
	}
	r, err := s.report(ctx, value(in.JobId), serviceReport)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(r.Namespaces, namespace) {
		return nil, noSuchEntity("Service namespace %s was not found in the report.", namespace)
	}
	out := &api.GetServiceLastAccessedDetailsWithEntitiesOutput{
		JobStatus: new(jobCompleted), JobCreationDate: date(r.Created), JobCompletionDate: date(r.Created),
		EntityDetailsList: []api.EntityDetails{},
	}
	slices.SortFunc(r.Principals, func(a, b directory.ReportPrincipal) int {
		if byTime := b.Used[namespace].Time.Compare(a.Used[namespace].Time); byTime != 0 {
			return byTime
		}
		return strings.Compare(a.ID, b.ID)
	})
	rest := r.Principals
	if page.After != "" {
		at := slices.IndexFunc(rest, func(p directory.ReportPrincipal) bool { return p.ID == page.After })
		if at < 0 {
			return nil, api.ValidationError("Invalid Marker.")
		}
		rest = rest[at+1:]
	}
	next := ""
	if len(rest) > page.Limit {
		rest = rest[:page.Limit]
		next = rest[page.Limit-1].ID
	}
	for _, p := range rest {
		d := api.EntityDetails{EntityInfo: &api.EntityInfo{
			Arn: new(p.ARN), Name: new(p.Name), Id: new(p.ID), Path: new(p.Path), Type: new(strings.ToUpper(p.Kind.String())),
		}}
		if last, ok := p.Used[namespace]; ok {
			d.LastAuthenticated = date(last.Time)
		}
		out.EntityDetailsList = append(out.EntityDetailsList, d)
	}
	out.IsTruncated, out.Marker = truncated(next)
	return out, nil
}
