package iam

import (
	"fmt"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

// uses are accesses by the root user, a user of a group and a role's session,
// noted as the gateway notes them.
func (w *world) uses(user, role string) {
	w.t.Helper()
	for _, c := range []struct{ who, namespace, action, region string }{
		{user, "s3", "", "eu-west-1"}, {user, "iam", "iam:GetUser", ""}, {role, "s3", "s3:CreateBucket", ""},
	} {
		cred, err := w.credential(c.who)
		if err != nil {
			w.t.Fatal(err)
		}
		w.dir.Accessed(cred, c.namespace, c.action, c.region)
	}
}

// credential is the credential of a new key of the user, or of a new session of
// the role, with the name.
func (w *world) credential(name string) (*directory.Credential, error) {
	if role, err := w.GetRole(w.ctx, &api.GetRoleInput{RoleName: &name}); err == nil {
		token, session := "", &directory.Session{Kind: directory.RoleSession, Account: acctA, Principal: *role.Role.RoleId, Name: "s", Issued: start, Expires: start.Add(time.Hour)}
		if token, err = w.dir.IssueSession(session); err != nil {
			return nil, err
		}
		return w.dir.Credentials(w.t.Context(), session.KeyID, token)
	}
	key := must(w.CreateAccessKey(w.ctx, &api.CreateAccessKeyInput{UserName: &name})).AccessKey
	return w.dir.Credentials(w.t.Context(), *key.AccessKeyId, "")
}

func (w *world) serviceReport(arn string, level *string, size int32) (id, text string) {
	w.t.Helper()
	id = *must(w.GenerateServiceLastAccessedDetails(w.ctx, &api.GenerateServiceLastAccessedDetailsInput{Arn: &arn, Granularity: level})).JobId
	in := &api.GetServiceLastAccessedDetailsInput{JobId: &id, MaxItems: &size}
	for {
		out := must(w.GetServiceLastAccessedDetails(w.ctx, in))
		same(w.t, "status", *out.JobStatus, "COMPLETED")
		for _, s := range out.ServicesLastAccessed {
			text += fmt.Sprintf("%s(%d", *s.ServiceNamespace, *s.TotalAuthenticatedEntities)
			if s.LastAuthenticatedEntity != nil {
				text += " " + (*s.LastAuthenticatedEntity)[len("arn:aws:iam::111111111111:"):] + " " + *s.LastAuthenticatedRegion
			}
			for _, a := range s.TrackedActionsLastAccessed {
				if a.LastAccessedTime != nil {
					text += " " + *a.ActionName
				}
			}
			text += ") "
		}
		if in.Marker = out.Marker; !*out.IsTruncated {
			return id, text
		}
	}
}

func TestServiceLastAccessed(t *testing.T) {
	w := newWorld(t)
	user, group, role := w.user("u"), w.group("g"), w.role("r")
	w.user("other")
	for _, name := range []string{"u", "other"} {
		must(w.AddUserToGroup(w.ctx, &api.AddUserToGroupInput{GroupName: new("g"), UserName: &name}))
	}
	both := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","iam:*"],"Resource":"*"}]}`
	p := must(w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: new("p"), PolicyDocument: &both})).Policy
	must(w.AttachGroupPolicy(w.ctx, &api.AttachGroupPolicyInput{GroupName: new("g"), PolicyArn: p.Arn}))
	must(w.AttachRolePolicy(w.ctx, &api.AttachRolePolicyInput{RoleName: new("r"), PolicyArn: p.Arn}))
	must(w.PutUserPolicy(w.ctx, &api.PutUserPolicyInput{UserName: new("u"), PolicyName: new("kms"), PolicyDocument: new(strings.Replace(readOne, "s3:GetObject", "kms:*", 1))}))
	w.uses("u", "r")

	for _, c := range []struct {
		name, arn string
		level     *string
		want      string
	}{
		{"user", *user.Arn, nil, "iam(1 user/u us-east-1) kms(0) s3(1 user/u eu-west-1) "},
		{"actions of a user", *user.Arn, new("ACTION_LEVEL"), "iam(1 user/u us-east-1 GetUser) kms(0) s3(1 user/u eu-west-1) "},
		{"group", *group.Arn, new("SERVICE_LEVEL"), "iam(1 user/u us-east-1) s3(1 user/u eu-west-1) "},
		{"role", *role.Arn, nil, "iam(0) s3(1 role/r us-east-1) "},
		{"policy", *p.Arn, nil, "iam(1 user/u us-east-1) s3(2 user/u eu-west-1) "},
		{"policy of AWS", adminARN, nil, ""},
	} {
		for _, size := range []int32{1, 1000} {
			_, got := w.serviceReport(c.arn, c.level, size)
			if c.want == "" {
				if n := strings.Count(got, "(0) "); n != len(namespaces()) {
					t.Errorf("%s: %d services", c.name, n)
				}
				break
			}
			same(t, c.name, got, c.want)
		}
	}

	id, _ := w.serviceReport(*p.Arn, nil, 100)
	in := &api.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: &id, ServiceNamespace: new("iam"), MaxItems: new(int32(2))}
	got := ""
	for range 2 {
		out := must(w.GetServiceLastAccessedDetailsWithEntities(w.ctx, in))
		for _, d := range out.EntityDetailsList {
			got += fmt.Sprint(*d.EntityInfo.Type, " ", d.LastAuthenticated != nil, " ")
		}
		in.Marker = out.Marker
	}
	if !strings.HasPrefix(got, "USER true ") || strings.Count(got, "USER") != 2 || strings.Count(got, "ROLE") != 1 {
		t.Errorf("entities: %s", got)
	}
	in.ServiceNamespace, in.Marker = new("kms"), nil
	_, err := w.GetServiceLastAccessedDetailsWithEntities(w.ctx, in)
	refused(t, err, 404, "NoSuchEntity", "Service namespace kms was not found in the report.")

	// What was used goes with who used it, and a report stays what it was.
	must(w.DetachRolePolicy(w.ctx, &api.DetachRolePolicyInput{RoleName: new("r"), PolicyArn: p.Arn}))
	must(w.DeleteRole(w.ctx, &api.DeleteRoleInput{RoleName: new("r")}))
	w.role("r")
	must(w.AttachRolePolicy(w.ctx, &api.AttachRolePolicyInput{RoleName: new("r"), PolicyArn: p.Arn}))
	_, text := w.serviceReport(*role.Arn, nil, 100)
	same(t, "role made again", text, "iam(0) s3(0) ")
	out := must(w.GetServiceLastAccessedDetails(w.ctx, &api.GetServiceLastAccessedDetailsInput{JobId: &id}))
	same(t, "old report", *out.ServicesLastAccessed[1].TotalAuthenticatedEntities, 2)
}

func TestReportsEnd(t *testing.T) {
	w := newWorld(t)
	u := w.user("u")
	id, _ := w.serviceReport(*u.Arn, nil, 100)
	get := func(account string, at time.Time, id string) error {
		ctx := w.root(account)
		info := *caller.From(ctx)
		info.Time = at
		return second(w.GetServiceLastAccessedDetails(caller.With(ctx, &info), &api.GetServiceLastAccessedDetailsInput{JobId: &id}))
	}
	if err := get(acctA, start.Add(reportLife-time.Second), id); err != nil {
		t.Error(err)
	}
	missing := "JobId " + id + " was not found."
	refused(t, get(acctA, start.Add(reportLife), id), 404, "NoSuchEntity", missing)
	refused(t, get(acctB, start, id), 404, "NoSuchEntity", missing)
	_, err := w.GetOrganizationsAccessReport(w.ctx, &api.GetOrganizationsAccessReportInput{JobId: &id})
	refused(t, err, 404, "NoSuchEntity", missing)
	for _, wrong := range []string{"arn:aws:iam::222222222222:user/u", "arn:aws:iam::111111111111:user/x/u", "arn:aws:iam::111111111111:role/u", "arn:aws:iam::aws:policy/None"} {
		_, err := w.GenerateServiceLastAccessedDetails(w.ctx, &api.GenerateServiceLastAccessedDetailsInput{Arn: &wrong})
		refused(t, err, 404, "NoSuchEntity", "ARN "+wrong+" was not found.")
	}
	for _, wrong := range []string{"arn:aws:iam::111111111111:root", "arn:aws:s3:::bucket/with/a/key", "twenty-letters-and-no-arn"} {
		_, err := w.GenerateServiceLastAccessedDetails(w.ctx, &api.GenerateServiceLastAccessedDetailsInput{Arn: &wrong})
		refused(t, err, 400, "InvalidInput", "ARN "+wrong+" is not valid.")
	}
	// No more than so many are kept.
	for range reportsKept {
		w.serviceReport(*u.Arn, nil, 100)
	}
	err = w.dir.View(t.Context(), func(tx *directory.ReadTx) error {
		n, err := tx.CountResources(directory.KindReport, acctA)
		same(t, "reports", n, reportsKept)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPoliciesGrantingServiceAccess(t *testing.T) {
	w := newWorld(t)
	u := w.user("u")
	w.group("g")
	must(w.AddUserToGroup(w.ctx, &api.AddUserToGroupInput{GroupName: new("g"), UserName: new("u")}))
	must(w.AttachGroupPolicy(w.ctx, &api.AttachGroupPolicyInput{GroupName: new("g"), PolicyArn: new(adminARN)}))
	must(w.AttachUserPolicy(w.ctx, &api.AttachUserPolicyInput{UserName: new("u"), PolicyArn: new(adminARN)}))
	must(w.PutGroupPolicy(w.ctx, &api.PutGroupPolicyInput{GroupName: new("g"), PolicyName: new("read"), PolicyDocument: new(readOne)}))
	out := must(w.ListPoliciesGrantingServiceAccess(w.ctx, &api.ListPoliciesGrantingServiceAccessInput{Arn: u.Arn, ServiceNamespaces: []string{"s3", "iam"}}))
	got := ""
	for _, e := range out.PoliciesGrantingServiceAccess {
		got += *e.ServiceNamespace + ":"
		for _, p := range e.Policies {
			got += " " + *p.PolicyType + " " + *p.PolicyName + " " + value(p.EntityType) + value(p.EntityName) + value(p.PolicyArn)
		}
		got += "; "
	}
	same(t, "policies", got, "iam: MANAGED AdministratorAccess "+adminARN+"; s3: MANAGED AdministratorAccess "+adminARN+" INLINE read GROUPg; ")
	_, err := w.ListPoliciesGrantingServiceAccess(w.ctx, &api.ListPoliciesGrantingServiceAccessInput{Arn: u.Arn, ServiceNamespaces: []string{"nothing"}})
	refused(t, err, 400, "InvalidInput", "Invalid service namespace: nothing")
	_, err = w.ListPoliciesGrantingServiceAccess(w.ctx, &api.ListPoliciesGrantingServiceAccessInput{Arn: new(adminARN), ServiceNamespaces: []string{"s3"}})
	refused(t, err, 400, "InvalidInput", "ARN "+adminARN+" is not valid.")
}
