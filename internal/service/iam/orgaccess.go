package iam

import (
	"context"
	"errors"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// GenerateOrganizationsAccessReport makes a report of the services that the SCPs
// on a root, unit or account allow, or one SCP does, and of which of the accounts
// there used them last. The management account, which no SCP binds, counts only
// in a report of its own. Only that account may call it.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateOrganizationsAccessReport.html
func (s *Service) GenerateOrganizationsAccessReport(ctx context.Context, in *api.GenerateOrganizationsAccessReportInput) (*api.GenerateOrganizationsAccessReportOutput, error) {
	if err := s.dir.Flush(ctx); err != nil {
		return nil, err
	}
	out := new(api.GenerateOrganizationsAccessReportOutput)
	err := s.update(ctx, func(tx *directory.Tx) error {
		q := orgQuery{t: &tx.ReadTx}
		var err error
		if q.org, err = managedOrganization(ctx, q.t, "iam:GenerateOrganizationsAccessReport"); err != nil {
			return err
		}
		if !q.org.Enabled(directory.ServiceControl) {
			return invalidInput("Service control policies are not enabled for the organization.")
		}
		if err := q.enter(value(in.EntityPath)); err != nil {
			return err
		}
		r := &directory.Report{Account: accountOf(ctx), Type: organizationReport}
		if r.Namespaces, err = q.services(value(in.OrganizationsPolicyId)); err != nil {
			return err
		}
		if r.Principals, err = q.accounts(r, value(in.OrganizationsPolicyId)); err != nil {
			return err
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

// managedOrganization is the organization of which the caller's account is the
// management account; any other caller is refused.
func managedOrganization(ctx context.Context, t *directory.ReadTx, action string) (*directory.Organization, error) {
	o, err := t.OrganizationOf(accountOf(ctx))
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return nil, err
	}
	if err != nil || o.Management != accountOf(ctx) {
		return nil, denied(callerOf(ctx).ARN, action, "*")
	}
	return o, nil
}

// orgQuery looks through an organization below one of its entities.
type orgQuery struct {
	t   *directory.ReadTx
	org *directory.Organization
	way []string // ids from the root down to the entity
}

// enter takes the path o-…/r-…/ou-…/ACCOUNT of an entity, which must be there.
func (q *orgQuery) enter(path string) error {
	wrong := invalidInput("The entity path %s is not valid.", path)
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(parts) < 2 || parts[0] != q.org.ID || parts[1] != q.org.RootID {
		return wrong
	}
	q.way = parts[1:]
	for i, id := range q.way[1:] {
		parent := q.way[i]
		if strings.HasPrefix(id, "ou-") {
			u, err := q.t.Unit(id)
			if errors.Is(err, directory.ErrNotFound) || err == nil && u.Parent != parent {
				return wrong
			}
			if err != nil {
				return err
			}
			continue
		}
		a, err := q.t.Account(id)
		if errors.Is(err, directory.ErrNotFound) || err == nil && (!q.org.Has(a, q.t.Now()) || q.org.ParentOf(a) != parent || i+2 != len(q.way)) {
			return wrong
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (q *orgQuery) entity() string { return q.way[len(q.way)-1] }

// services are the namespaces that the SCP with the id allows or, without one,
// those that some SCP allows on each level of the way.
func (q *orgQuery) services(policyID string) ([]string, error) {
	if policyID != "" {
		p, err := q.t.OrganizationPolicy(policyID)
		if errors.Is(err, directory.ErrNotFound) || err == nil && (p.Type != directory.ServiceControl || !p.AWSManaged && p.Org != q.org.Key) {
			return nil, noSuchEntity("Policy %s was not found.", policyID)
		}
		if err != nil {
			return nil, err
		}
		var g grants
		g.add(p.Content)
		return g.services(), nil
	}
	var all grants
	all.add(directory.AWSOrganizationPolicies()[0].Content)
	allowed := all.services()
	if q.entity() == q.org.Management {
		return allowed, nil
	}
	for _, target := range q.way {
		ids, err := q.t.PoliciesOf(target)
		if err != nil {
			return nil, err
		}
		var level grants
		for _, id := range ids {
			p, err := q.t.OrganizationPolicy(id)
			if err != nil {
				return nil, err
			}
			if p.Type == directory.ServiceControl {
				level.add(p.Content)
			}
		}
		allowed = slices.DeleteFunc(allowed, func(namespace string) bool { return !level.service(namespace) })
	}
	return allowed, nil
}

// accounts are the accounts of the entity with what their users, roles and root
// users used last. With an SCP only those count that it binds.
func (q *orgQuery) accounts(r *directory.Report, policyID string) ([]directory.ReportPrincipal, error) {
	members, err := q.t.MembersOf(q.org)
	if err != nil {
		return nil, err
	}
	var out []directory.ReportPrincipal
	for _, a := range members {
		way, err := q.wayTo(a)
		if err != nil {
			return nil, err
		}
		if a.ID == q.org.Management && q.entity() != a.ID || !slices.Contains(way, q.entity()) {
			continue
		}
		if policyID != "" {
			if bound, err := q.bound(way, policyID); err != nil || !bound {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		used, err := q.used(r, a.ID)
		if err != nil {
			return nil, err
		}
		if len(used) > 0 {
			out = append(out, directory.ReportPrincipal{ID: a.ID, Path: q.org.ID + "/" + strings.Join(way, "/"), Used: used})
		}
	}
	return out, nil
}

// wayTo is the ids from the root down to the account.
func (q *orgQuery) wayTo(a *directory.Account) ([]string, error) {
	way := []string{a.ID}
	for at := q.org.ParentOf(a); at != q.org.RootID; {
		way = append(way, at)
		u, err := q.t.Unit(at)
		if err != nil {
			return nil, err
		}
		at = u.Parent
	}
	way = append(way, q.org.RootID)
	slices.Reverse(way)
	return way, nil
}

func (q *orgQuery) bound(way []string, policyID string) (bool, error) {
	for _, target := range way {
		ids, err := q.t.PoliciesOf(target)
		if err != nil || slices.Contains(ids, policyID) {
			return err == nil, err
		}
	}
	return false, nil
}

// used is what any principal of the account used last of the report's services.
func (q *orgQuery) used(r *directory.Report, account string) (map[string]directory.Access, error) {
	l, err := directory.Resources[directory.ServiceAccess](q.t, &directory.ServiceAccess{Account: account}, directory.Page{}, nil)
	if err != nil {
		return nil, err
	}
	used := map[string]directory.Access{}
	for _, rec := range l.Items {
		for _, namespace := range r.Namespaces {
			a, ok := rec.Used[namespace]
			if ok && q.t.Now().Sub(a.Time) < trackingPeriod && a.Time.After(used[namespace].Time) {
				used[namespace] = a
			}
		}
	}
	return used, nil
}

// GetOrganizationsAccessReport shows a report that
// GenerateOrganizationsAccessReport made, by service namespace or by the time of
// the last access.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOrganizationsAccessReport.html
func (s *Service) GetOrganizationsAccessReport(ctx context.Context, in *api.GetOrganizationsAccessReportInput) (*api.GetOrganizationsAccessReportOutput, error) {
	page, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	r, err := s.report(ctx, value(in.JobId), organizationReport)
	if err != nil {
		return nil, err
	}
	all, unused := make([]api.AccessDetail, 0, len(r.Namespaces)), 0
	for _, namespace := range r.Namespaces {
		d := showAccess(r, namespace)
		if d.LastAuthenticatedTime == nil {
			unused++
		}
		all = append(all, d)
	}
	sortAccess(all, value(in.SortKey))
	if page.After != "" {
		at := slices.IndexFunc(all, func(d api.AccessDetail) bool { return *d.ServiceNamespace == page.After })
		if at < 0 {
			return nil, api.ValidationError("Invalid Marker.")
		}
		all = all[at+1:]
	}
	next := ""
	if len(all) > page.Limit {
		all = all[:page.Limit]
		next = *all[page.Limit-1].ServiceNamespace
	}
	out := &api.GetOrganizationsAccessReportOutput{
		JobStatus: new(jobCompleted), JobCreationDate: date(r.Created), JobCompletionDate: date(r.Created),
		NumberOfServicesAccessible: new(int32(len(r.Namespaces))), NumberOfServicesNotAccessed: new(int32(unused)),
		AccessDetails: all,
	}
	out.IsTruncated, out.Marker = truncated(next)
	return out, nil
}

func showAccess(r *directory.Report, namespace string) api.AccessDetail {
	who, last, n := latest(r, namespace)
	d := api.AccessDetail{ServiceName: serviceName(namespace), ServiceNamespace: &namespace, TotalAuthenticatedEntities: new(int32(n))}
	if who != nil {
		d.EntityPath, d.LastAuthenticatedTime, d.Region = &who.Path, date(last.Time), text(last.Region)
	}
	return d
}

// sortAccess sorts what is sorted by namespace in another way. Services that were
// never used are the oldest.
func sortAccess(all []api.AccessDetail, key string) {
	switch key {
	case "SERVICE_NAMESPACE_DESCENDING":
		slices.Reverse(all)
	case "LAST_AUTHENTICATED_TIME_ASCENDING":
		slices.SortStableFunc(all, func(a, b api.AccessDetail) int {
			return value(a.LastAuthenticatedTime).Compare(value(b.LastAuthenticatedTime))
		})
	case "LAST_AUTHENTICATED_TIME_DESCENDING":
		slices.SortStableFunc(all, func(a, b api.AccessDetail) int {
			return value(b.LastAuthenticatedTime).Compare(value(a.LastAuthenticatedTime))
		})
	}
}
