package organizations

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/wire"
)

// clocked is a world whose time is at the tests' hands, with as many accounts as
// the names, the first the management account.
func clocked(t *testing.T, accounts ...string) (w *world, later func(time.Duration)) {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	store := memory.New()
	dir, err := directory.Open(t.Context(), store, seal.NewKey(), directory.Options{
		PollInterval: time.Hour, FlushInterval: time.Hour, Logger: slog.New(slog.DiscardHandler), Clock: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close(); store.Close() })
	for _, id := range accounts {
		if _, err := dir.EnsureAccount(t.Context(), "n"+id, id); err != nil {
			t.Fatal(err)
		}
	}
	return &world{dir, New(dir)}, func(d time.Duration) { now = now.Add(d) }
}

// alone takes an account out of the organization.
func (w *world) alone(t *testing.T, account string) {
	t.Helper()
	if _, err := w.svc.LeaveOrganization(by(t, account), &api.LeaveOrganizationInput{}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) invite(t *testing.T, from, to string) *api.Handshake {
	t.Helper()
	out, err := w.svc.InviteAccountToOrganization(by(t, from), &api.InviteAccountToOrganizationInput{
		Target: &api.HandshakeParty{Type: new("ACCOUNT"), Id: &to},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Handshake
}

func (w *world) accept(t *testing.T, account string, h *api.Handshake) error {
	_, err := w.svc.AcceptHandshake(by(t, account), &api.AcceptHandshakeInput{HandshakeId: h.Id})
	return err
}

func (w *world) state(t *testing.T, account string, h *api.Handshake) string {
	t.Helper()
	out, err := w.svc.DescribeHandshake(by(t, account), &api.DescribeHandshakeInput{HandshakeId: h.Id})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Handshake.State
}

func access(operation string) *wire.Access {
	return &wire.Access{Action: "organizations:" + operation, Resource: "*"}
}

const day = 24 * time.Hour

func TestInvitationsEnd(t *testing.T) {
	w, later := clocked(t, management, member)
	w.alone(t, member)
	h := w.invite(t, management, member)
	if got := h.ExpirationTimestamp.Sub(*h.RequestedTimestamp); got != 15*day || *h.State != "OPEN" {
		t.Errorf("%v %s", got, *h.State)
	}
	later(15 * day)
	if got := w.state(t, member, h); got != "EXPIRED" {
		t.Errorf("the state is %s", got)
	}
	wantCode(t, "too late", w.accept(t, member, h), "InvalidHandshakeTransitionException", "")
	h = w.invite(t, management, member) // the first is no obstacle
	if _, err := w.svc.CancelHandshake(by(t, management), &api.CancelHandshakeInput{HandshakeId: h.Id}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "canceled", w.accept(t, member, h), "InvalidHandshakeTransitionException", "")
	h = w.invite(t, management, member)
	if _, err := w.svc.DeclineHandshake(by(t, member), &api.DeclineHandshakeInput{HandshakeId: h.Id}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "declined", w.accept(t, member, h), "InvalidHandshakeTransitionException", "")
	list, err := w.svc.ListHandshakesForOrganization(by(t, management), &api.ListHandshakesForOrganizationInput{Filter: &api.HandshakeFilter{ActionType: new("INVITE")}})
	if err != nil || len(list.Handshakes) != 3 {
		t.Errorf("%+v, %v", list, err)
	}
	later(30 * day)
	list, err = w.svc.ListHandshakesForOrganization(by(t, management), &api.ListHandshakesForOrganizationInput{})
	if err != nil || len(list.Handshakes) != 0 {
		t.Errorf("after 30 days: %+v, %v", list, err)
	}
	_, err = w.svc.DescribeHandshake(by(t, member), &api.DescribeHandshakeInput{HandshakeId: h.Id})
	wantCode(t, "after 30 days", err, "HandshakeNotFoundException", "")
	w.invite(t, management, member)
	var kept int
	if err := w.dir.View(t.Context(), func(tx *directory.ReadTx) (err error) {
		kept, err = tx.CountResources(directory.KindHandshake, directory.AWSAccount)
		return err
	}); err != nil || kept != 1 {
		t.Errorf("%d handshakes are kept, %v", kept, err)
	}
}

func TestInvitationsAreChecked(t *testing.T) {
	w, later := clocked(t, management, member)
	for _, c := range []struct{ kind, id, reason string }{
		{"ORGANIZATION", "o-1234567890", "INVALID_PARTY_TYPE_TARGET"}, {"ACCOUNT", "12", "INVALID_PATTERN_TARGET_ID"},
		{"ACCOUNT", "999999999999", "INVALID_PATTERN_TARGET_ID"}, {"EMAIL", "nobody", "INVALID_EMAIL_ADDRESS_TARGET"},
	} {
		_, err := w.svc.InviteAccountToOrganization(by(t, management), &api.InviteAccountToOrganizationInput{Target: &api.HandshakeParty{Type: &c.kind, Id: &c.id}})
		wantCode(t, c.kind+" "+c.id, err, "InvalidInputException", c.reason)
	}
	w.alone(t, member)
	for range maxInvitations {
		h := w.invite(t, management, member)
		if _, err := w.svc.CancelHandshake(by(t, management), &api.CancelHandshakeInput{HandshakeId: h.Id}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.svc.InviteAccountToOrganization(by(t, management), &api.InviteAccountToOrganizationInput{Target: &api.HandshakeParty{Type: new("ACCOUNT"), Id: new(member)}})
	wantCode(t, "one more", err, "HandshakeConstraintViolationException", "HANDSHAKE_RATE_LIMIT_EXCEEDED")
	later(day)
	w.invite(t, management, member)
}

// TestAllFeatures turns an organization with consolidated billing into one with all
// features, which takes everybody who was invited.
func TestAllFeatures(t *testing.T) {
	const other, third = "333333333333", "444444444444"
	w, _ := clocked(t, management, member, other, third)
	for _, id := range []string{member, other, third} {
		w.alone(t, id)
	}
	ctx := by(t, member)
	made, err := w.svc.CreateOrganization(ctx, &api.CreateOrganizationInput{FeatureSet: new("CONSOLIDATED_BILLING")})
	if err != nil || *made.Organization.FeatureSet != "CONSOLIDATED_BILLING" || len(made.Organization.AvailablePolicyTypes) != 0 {
		t.Fatalf("%+v, %v", made, err)
	}
	for _, id := range []string{other, third} {
		if err := w.accept(t, id, w.invite(t, member, id)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := w.svc.ListRoots(ctx, &api.ListRootsInput{})
	if err != nil {
		t.Fatal(err)
	}
	enable := func() error {
		_, err := w.svc.EnablePolicyType(ctx, &api.EnablePolicyTypeInput{RootId: root.Roots[0].Id, PolicyType: new(scp)})
		return err
	}
	wantCode(t, "billing alone", enable(), "PolicyTypeNotAvailableForOrganizationException", "")
	_, err = w.svc.EnableAWSServiceAccess(ctx, &api.EnableAWSServiceAccessInput{ServicePrincipal: new("iam.amazonaws.com")})
	wantCode(t, "billing alone", err, "ConstraintViolationException", "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE")

	begun, err := w.svc.EnableAllFeatures(ctx, &api.EnableAllFeaturesInput{})
	if err != nil || *begun.Handshake.State != "REQUESTED" || *begun.Handshake.Action != "ENABLE_ALL_FEATURES" {
		t.Fatalf("%+v, %v", begun, err)
	}
	_, err = w.svc.EnableAllFeatures(ctx, &api.EnableAllFeaturesInput{})
	wantCode(t, "again", err, "HandshakeConstraintViolationException", "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION")
	wantCode(t, "before all agreed", w.accept(t, member, begun.Handshake), "InvalidHandshakeTransitionException", "")
	asked, err := w.svc.ListHandshakesForAccount(by(t, other), &api.ListHandshakesForAccountInput{Filter: &api.HandshakeFilter{ActionType: new("APPROVE_ALL_FEATURES")}})
	if err != nil || len(asked.Handshakes) != 1 {
		t.Fatalf("%+v, %v", asked, err)
	}
	wantCode(t, "for another", w.accept(t, third, &asked.Handshakes[0]), "HandshakeNotFoundException", "")
	wantCode(t, "for itself", w.accept(t, member, &asked.Handshakes[0]), "AccessDeniedException", "")
	if err := w.accept(t, other, &asked.Handshakes[0]); err != nil {
		t.Fatal(err)
	}
	if got := w.state(t, member, begun.Handshake); got != "REQUESTED" {
		t.Errorf("the state is %s", got)
	}
	w.alone(t, third) // who left need not agree
	if got := w.state(t, member, begun.Handshake); got != "OPEN" {
		t.Errorf("the state is %s", got)
	}
	if err := w.accept(t, member, begun.Handshake); err != nil {
		t.Fatal(err)
	}
	if err := enable(); err != nil {
		t.Error(err)
	}
	_, err = w.svc.EnableAllFeatures(ctx, &api.EnableAllFeaturesInput{})
	wantCode(t, "with all features", err, "HandshakeConstraintViolationException", "ORGANIZATION_ALREADY_HAS_ALL_FEATURES")
}

func TestCreatedAccountsStayFourDays(t *testing.T) {
	w, later := clocked(t, management)
	made, err := w.svc.CreateAccount(by(t, management), &api.CreateAccountInput{Email: new("red@example.org"), AccountName: new("red"), RoleName: new("Own")})
	if err != nil {
		t.Fatal(err)
	}
	id := *made.CreateAccountStatus.AccountId
	if _, err := w.dir.LookupRole(t.Context(), "arn:aws:iam::"+id+":role/Own"); err != nil {
		t.Error(err)
	}
	remove := func() error {
		_, err := w.svc.RemoveAccountFromOrganization(by(t, management), &api.RemoveAccountFromOrganizationInput{AccountId: &id})
		return err
	}
	wantCode(t, "at once", remove(), "ConstraintViolationException", "WAIT_PERIOD_ACTIVE")
	later(4 * day)
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "twice", remove(), "AccountNotFoundException", "")
}

func TestClosedAccountsAreShownForNinetyDays(t *testing.T) {
	w, later := clocked(t, management, member)
	closing := func(id string) error {
		_, err := w.svc.CloseAccount(by(t, management), &api.CloseAccountInput{AccountId: &id})
		return err
	}
	service := new("config.amazonaws.com")
	if _, err := w.svc.EnableAWSServiceAccess(by(t, management), &api.EnableAWSServiceAccessInput{ServicePrincipal: service}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.RegisterDelegatedAdministrator(by(t, management), &api.RegisterDelegatedAdministratorInput{AccountId: new(member), ServicePrincipal: service}); err != nil {
		t.Fatal(err)
	}
	if err := closing(member); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.DisableAWSServiceAccess(by(t, management), &api.DisableAWSServiceAccessInput{ServicePrincipal: service}); err != nil {
		t.Errorf("a closed account still administers: %v", err)
	}
	later(90*day - time.Second)
	out, err := w.svc.DescribeAccount(by(t, management), &api.DescribeAccountInput{AccountId: new(member)})
	if err != nil || *out.Account.Status != "SUSPENDED" || *out.Account.State != "CLOSED" {
		t.Errorf("%+v, %v", out, err)
	}
	later(time.Second)
	_, err = w.svc.DescribeAccount(by(t, management), &api.DescribeAccountInput{AccountId: new(member)})
	wantCode(t, "after 90 days", err, "AccountNotFoundException", "")

	var ids []string
	for i := range freeClosed + 1 {
		made, err := w.svc.CreateAccount(by(t, management), &api.CreateAccountInput{Email: new(fmt.Sprintf("a%d@example.org", i)), AccountName: new("a")})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, *made.CreateAccountStatus.AccountId)
	}
	for _, id := range ids[:freeClosed] {
		if err := closing(id); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, "one too many", closing(ids[freeClosed]), "ConstraintViolationException", "CLOSE_ACCOUNT_QUOTA_EXCEEDED")
	later(30 * day)
	if err := closing(ids[freeClosed]); err != nil {
		t.Error(err)
	}
}

// TestDelegatesAreFew: ten for a service, in pages.
func TestDelegatesAreFew(t *testing.T) {
	ids := []string{management}
	for i := range maxDelegates + 1 {
		ids = append(ids, fmt.Sprintf("5000000000%02d", i))
	}
	w, _ := clocked(t, ids...)
	ctx, service := by(t, management), new("config.amazonaws.com")
	if _, err := w.svc.EnableAWSServiceAccess(ctx, &api.EnableAWSServiceAccessInput{ServicePrincipal: service}); err != nil {
		t.Fatal(err)
	}
	register := func(id string) error {
		_, err := w.svc.RegisterDelegatedAdministrator(ctx, &api.RegisterDelegatedAdministratorInput{AccountId: &id, ServicePrincipal: service})
		return err
	}
	for _, id := range ids[1 : maxDelegates+1] {
		if err := register(id); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, "one more", register(ids[maxDelegates+1]), "ConstraintViolationException", "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED")
	var got []string
	in := &api.ListDelegatedAdministratorsInput{ServicePrincipal: service, MaxResults: new(int32(4))}
	for range 4 {
		out, err := w.svc.ListDelegatedAdministrators(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range out.DelegatedAdministrators {
			got = append(got, *a.Id)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if len(got) != maxDelegates || got[0] != ids[1] {
		t.Errorf("%v", got)
	}
	for _, name := range []string{"config", "config.example.com", "CONFIG.amazonaws.com", ".amazonaws.com"} {
		_, err := w.svc.EnableAWSServiceAccess(ctx, &api.EnableAWSServiceAccessInput{ServicePrincipal: &name})
		wantCode(t, name, err, "InvalidInputException", "UNRECOGNIZED_SERVICE_PRINCIPAL")
	}
}

// TestAPermissionIsForWhatWasAsked: when the organization's resource policy changes
// between the question and the answer, the operation is refused.
func TestAPermissionIsForWhatWasAsked(t *testing.T) {
	w, _ := clocked(t, management, member)
	ctx := by(t, member)
	if _, err := w.svc.Target(ctx, access("ListAccounts"), &api.ListAccountsInput{}); err != nil {
		t.Fatal(err)
	}
	put := func(ctx context.Context) {
		content := `{"Statement":{"Effect":"Allow","Principal":"*","Action":"organizations:List*","Resource":"*"}}`
		if _, err := w.svc.PutResourcePolicy(ctx, &api.PutResourcePolicyInput{Content: &content}); err != nil {
			t.Fatal(err)
		}
	}
	put(by(t, management))
	_, err := w.svc.ListAccounts(ctx, &api.ListAccountsInput{})
	wantCode(t, "asked as a stranger", err, "AccessDeniedException", "")
	again := by(t, member)
	target, err := w.svc.Target(again, access("ListAccounts"), &api.ListAccountsInput{})
	if err != nil || target.Resource.Account != management || target.Policy == nil {
		t.Fatalf("%+v, %v", target, err)
	}
	if _, err := w.svc.ListAccounts(again, &api.ListAccountsInput{}); err != nil {
		t.Error(err)
	}
}
