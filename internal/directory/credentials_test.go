package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/policy"
)

// userKey makes a user with a key.
func (w *world) userKey(t testing.TB, u *User) (key, secret string) {
	t.Helper()
	w.update(t, func(tx *Tx) error {
		own := *u
		if err := tx.CreateUser(&own); err != nil {
			return err
		}
		k, s, err := tx.CreateAccessKey(u.Account, &own)
		if err != nil {
			return err
		}
		*u, key, secret = own, k.ID, s
		return nil
	})
	return key, secret
}

func (w *world) session(t testing.TB, s Session) (Session, string) {
	t.Helper()
	s.Issued = w.clock.Now()
	if s.Expires.IsZero() {
		s.Expires = s.Issued.Add(time.Hour)
	}
	token, err := w.IssueSession(&s)
	if err != nil {
		t.Fatal(err)
	}
	return s, token
}

func (w *world) mustSign(t testing.TB, key, token string) *Credential {
	t.Helper()
	c, err := w.Credentials(t.Context(), key, token)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCallers(t *testing.T) {
	w := open(t)
	root, err := w.EnsureAccount(t.Context(), "a", acctA)
	if err != nil {
		t.Fatal(err)
	}
	w.account(t, "b", acctB)
	u := newUser(acctA, "/team/", "alice")
	u.Tags = []Tag{{"team", "blue"}}
	userKey, _ := w.userKey(t, u)
	r := newRole(acctB, "/apps/", "app", "{}")
	r.Tags = []Tag{{"Team", "green"}, {"cost", "7"}}
	w.update(t, func(tx *Tx) error { return tx.CreateRole(r) })
	rs, rt := w.session(t, Session{Kind: RoleSession, Account: acctB, Principal: r.ID, Name: "s1",
		Tags: []Tag{{"team", "red"}, {"x", "y"}}, Transitive: []string{"x"}, SourceIdentity: "ann"})
	us, ut := w.session(t, Session{Kind: UserSession, Account: acctA, Principal: u.ID, MFA: w.clock.Now().Add(-time.Minute)})
	as, at := w.session(t, Session{Kind: RootSession, Account: acctA, Principal: acctA})
	fs, ft := w.session(t, Session{Kind: FederatedSession, Account: acctA, Principal: u.ID, Name: "fed"})

	userARN := "arn:aws:iam::" + acctA + ":user/team/alice"
	for _, c := range []struct {
		name, key, token, want string
	}{
		{"root", root.KeyID, "", "kind=1 arn=arn:aws:iam::111111111111:root parn=arn:aws:iam::111111111111:root uid= userid=111111111111 name= session=false token=false tags="},
		{"user", userKey, "", fmt.Sprintf("kind=2 arn=%s parn=%[1]s uid=%s userid=%[2]s name=alice session=false token=false tags=team:blue", userARN, u.ID)},
		{"role", rs.KeyID, rt, fmt.Sprintf("kind=3 arn=arn:aws:sts::222222222222:assumed-role/app/s1 parn=arn:aws:iam::222222222222:role/apps/app uid=%s userid=%[1]s:s1 name= session=true token=false tags=cost:7,team:red,x:y", r.ID)},
		{"user's session", us.KeyID, ut, fmt.Sprintf("kind=2 arn=%s parn=%[1]s uid=%s userid=%[2]s name=alice session=true token=true tags=team:blue", userARN, u.ID)},
		{"root's session", as.KeyID, at, "kind=1 arn=arn:aws:iam::111111111111:root parn=arn:aws:iam::111111111111:root uid= userid=111111111111 name= session=true token=true tags="},
		{"federated user", fs.KeyID, ft, "kind=4 arn=arn:aws:sts::111111111111:federated-user/fed parn=arn:aws:sts::111111111111:federated-user/fed uid= userid=111111111111:fed name= session=true token=false tags="},
	} {
		cred := w.mustSign(t, c.key, c.token)
		p := cred.Principal
		var tags []string
		for _, tag := range p.Tags.All() {
			tags = append(tags, tag.Key+":"+tag.Value)
		}
		slices.Sort(tags)
		got := fmt.Sprintf("kind=%d arn=%s parn=%s uid=%s userid=%s name=%s session=%t token=%t tags=%s", p.Kind, p.ARN, p.PrincipalARN,
			p.UniqueID, p.UserID, p.UserName, cred.Session != nil, p.SessionToken, strings.Join(tags, ","))
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if len(cred.Secret) != 40 || len(p.CanonicalID) != 64 || p.Org.ID == "" || p.Org.Management != (p.Account == acctA) {
			t.Errorf("%s: %+v", c.name, p)
		}
		if again := w.mustSign(t, c.key, c.token); again != cred {
			t.Errorf("%s: found twice, not the same", c.name)
		}
	}
	cred := w.mustSign(t, rs.KeyID, rt)
	if s := cred.Session; s.SourceIdentity != "ann" || len(s.Transitive) != 1 || s.Transitive[0] != (policy.Tag{Key: "x", Value: "y"}) || cred.RoleID() != r.ID {
		t.Errorf("the role's session: %+v", cred.Session)
	}
	var v policy.Values
	w.mustSign(t, us.KeyID, ut).AddKeys(&v, w.clock.Now())
	if v.Get(policy.KeyMultiFactorAuthPresent) != "true" || v.Get(policy.KeyMultiFactorAuthAge) != "60" {
		t.Errorf("MFA keys: %q %q", v.Get(policy.KeyMultiFactorAuthPresent), v.Get(policy.KeyMultiFactorAuthAge))
	}
}

func TestCredentialErrors(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	u := newUser(acctA, "/", "u")
	key, _ := w.userKey(t, u)
	off := newUser(acctA, "/", "off")
	offKey, _ := w.userKey(t, off)
	w.update(t, func(tx *Tx) error {
		k, err := tx.AccessKey(offKey)
		if err != nil {
			return err
		}
		k.Status = KeyInactive
		return tx.PutAccessKey(k)
	})
	r := newRole(acctA, "/", "r", "{}")
	w.update(t, func(tx *Tx) error { return tx.CreateRole(r) })
	s, token := w.session(t, Session{Kind: RoleSession, Account: acctA, Principal: r.ID, Name: "n"})
	other, otherToken := w.session(t, Session{Kind: RoleSession, Account: acctA, Principal: r.ID, Name: "n"})
	short, shortToken := w.session(t, Session{Kind: RoleSession, Account: acctA, Principal: r.ID, Name: "n", Expires: w.clock.Now().Add(time.Minute)})
	stranger, strangerToken := w.session(t, Session{Kind: RoleSession, Account: acctA, Principal: u.ID, Name: "n"}) // a user's id is no role's
	flip := []byte(token)
	flip[len(flip)/2] ^= 1
	w.mustSign(t, short.KeyID, shortToken)
	w.clock.Advance(time.Minute)
	for _, c := range []struct {
		name, key, token string
		want             error
	}{
		{"unknown key", "AKIAIOSFODNN7EXAMPLE", "", ErrUnknownKey},
		{"no key", "", "", ErrUnknownKey},
		{"inactive key", offKey, "", ErrInactiveKey},
		{"long-term key with a token", key, token, ErrToken},
		{"temporary key without its token", s.KeyID, "", ErrUnknownKey},
		{"another key's token", s.KeyID, otherToken, ErrToken},
		{"a changed token", s.KeyID, string(flip), ErrToken},
		{"half a token", s.KeyID, token[:len(token)/2], ErrToken},
		{"no token at all", s.KeyID, "x", ErrToken},
		{"a huge token", s.KeyID, strings.Repeat("A", 1<<20), ErrToken},
		{"an expired session", short.KeyID, shortToken, ErrExpired},
		{"a principal of another kind", stranger.KeyID, strangerToken, ErrGone},
	} {
		if got, err := w.Credentials(t.Context(), c.key, c.token); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	w.mustSign(t, other.KeyID, otherToken)
	w.update(t, func(tx *Tx) error { return tx.DeleteRole(r) })
	w.update(t, func(tx *Tx) error { return tx.CreateRole(newRole(acctA, "/", "r", "{}")) })
	if _, err := w.Credentials(t.Context(), other.KeyID, otherToken); !errors.Is(err, ErrGone) {
		t.Errorf("after the role was made again: %v", err)
	}
	w.update(t, func(tx *Tx) error { return tx.DeleteUser(u) })
	if _, err := w.Credentials(t.Context(), key, ""); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("after the user was deleted: %v", err)
	}
	w.update(t, func(tx *Tx) error {
		a, err := tx.Account(acctA)
		if err != nil {
			return err
		}
		a.Status = AccountSuspended
		return tx.PutAccount(a)
	})
	root, err := w.EnsureAccount(t.Context(), "a", acctA)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Credentials(t.Context(), root.KeyID, ""); !errors.Is(err, ErrGone) {
		t.Errorf("root of a suspended account: %v", err)
	}
}

func TestSessionsSurviveARestart(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	r := newRole(acctA, "/", "r", "{}")
	w.update(t, func(tx *Tx) error { return tx.CreateRole(r) })
	s, token := w.session(t, Session{Kind: RoleSession, Account: acctA, Principal: r.ID, Name: "n"})
	again := openOn(t, w.store, w.clock)
	if c := again.mustSign(t, s.KeyID, token); c.Secret != s.Secret || c.Principal.UserID != r.ID+":n" {
		t.Errorf("%+v", c)
	}
}

func TestTheTokenCacheIsBounded(t *testing.T) {
	c := newTokenCache(10)
	for i := range 1000 {
		c.put(fmt.Sprint(i), new(session))
		if c.get("0") == nil {
			t.Fatalf("a token in use was forgotten after %d others", i)
		}
	}
	if n := c.len(); n > 10 {
		t.Errorf("%d tokens are kept", n)
	}
	if c.get("5") != nil {
		t.Error("a token out of use was kept")
	}
}

// names are the documents' names, for comparison.
func names(w *world, c *Credential) string {
	var docs authz.Documents
	w.Documents(c, &docs)
	var out []string
	for _, d := range docs.Identity {
		out = append(out, d.Source.On+":"+d.Source.Name)
	}
	s := strings.Join(out, " ")
	if docs.Boundary != nil {
		s += " | " + docs.Boundary.Source.Name
	}
	for _, d := range docs.Session {
		s += " + " + d.Source.Name
	}
	return s
}

const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func TestDocuments(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	p, b := newPolicy(acctA, "P", allowAll), newPolicy(acctA, "B", allowAll)
	g := newGroup(acctA, "g")
	w.update(t, func(tx *Tx) error {
		g.Inline, g.Attached = []InlinePolicy{{"gi", allowAll}}, []string{"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
		return errors.Join(tx.CreatePolicy(p), tx.CreatePolicy(b), tx.CreateGroup(g))
	})
	u := newUser(acctA, "/", "u")
	u.Inline, u.Attached, u.Boundary, u.Groups = []InlinePolicy{{"ui", allowAll}}, []string{p.ARN()}, b.ARN(), []string{g.ID}
	key, _ := w.userKey(t, u)
	all := "user/u:ui user/u:P group/g:gi group/g:AmazonS3ReadOnlyAccess | B"
	if got := names(w, w.mustSign(t, key, "")); got != all {
		t.Errorf("user: %s", got)
	}
	fs, ft := w.session(t, Session{Kind: FederatedSession, Account: acctA, Principal: u.ID, Name: "f", Policy: allowAll, PolicyARNs: []string{p.ARN()}})
	if got := names(w, w.mustSign(t, fs.KeyID, ft)); got != all+" +  + P" {
		t.Errorf("federated user: %s", got)
	}
	for _, step := range []struct {
		name, want string
		fn         func(*Tx) error
	}{
		{"detach", "user/u:ui group/g:gi group/g:AmazonS3ReadOnlyAccess | B", func(tx *Tx) error {
			u, err := tx.UserByID(u.ID)
			if err != nil {
				return err
			}
			u.Attached = nil
			return tx.PutUser(u)
		}},
		{"change the group", "user/u:ui group/g:AmazonS3ReadOnlyAccess | B", func(tx *Tx) error {
			g, err := tx.GroupByID(g.ID)
			if err != nil {
				return err
			}
			g.Inline = nil
			return tx.PutGroup(g)
		}},
		{"leave the group", "user/u:ui | B", func(tx *Tx) error {
			u, err := tx.UserByID(u.ID)
			if err != nil {
				return err
			}
			u.Groups = nil
			return tx.PutUser(u)
		}},
	} {
		w.update(t, step.fn)
		if got := names(w, w.mustSign(t, key, "")); got != step.want {
			t.Errorf("%s: %s", step.name, got)
		}
	}
}

func TestDeadAndUnreadablePoliciesAllowNothing(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	b := newPolicy(acctA, "B", allowAll)
	w.update(t, func(tx *Tx) error { return tx.CreatePolicy(b) })
	u := newUser(acctA, "/", "u")
	u.Inline, u.Boundary = []InlinePolicy{{"all", allowAll}}, b.ARN()
	key, _ := w.userKey(t, u)
	decide := func() authz.Decision {
		cred := w.mustSign(t, key, "")
		var docs authz.Documents
		w.Documents(cred, &docs)
		return authz.Decide(&authz.Request{
			Principal: cred.Principal, Action: policy.MakeAction("iam:ListUsers"),
			Resource: authz.Resource{ARN: "*", Account: acctA}, Context: new(policy.Values),
		}, &docs)
	}
	if d := decide(); !d.Allowed {
		t.Fatalf("with both: %s", d.Code())
	}
	w.update(t, func(tx *Tx) error { return tx.DeletePolicy(b) })
	if d := decide(); d.Reason != authz.NoBoundary {
		t.Errorf("without the boundary: %s", d.Code())
	}
	w.update(t, func(tx *Tx) error {
		u, err := tx.UserByID(u.ID)
		if err != nil {
			return err
		}
		u.Boundary, u.Inline = "", append(u.Inline, InlinePolicy{"broken", "{"})
		return tx.PutUser(u)
	})
	if d := decide(); d.Reason != authz.ExplicitDenyIdentity {
		t.Errorf("with an unreadable policy: %s", d.Code())
	}
}

func TestSameTextsShareOneDocument(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	before := w.mem.Load().docs.len()
	w.update(t, func(tx *Tx) error {
		for i := range 100 {
			r := newRole(acctA, "/", fmt.Sprint("r", i), allowAll)
			r.Inline = []InlinePolicy{{"p", allowAll}}
			if err := tx.CreateRole(r); err != nil {
				return err
			}
		}
		return nil
	})
	if n := w.mem.Load().docs.len() - before; n != 1 {
		t.Errorf("%d documents", n)
	}
}

func TestARecordOfAnUnknownFormatStopsTheStart(t *testing.T) {
	w := open(t)
	w.update(t, func(tx *Tx) error { return tx.CreateUser(newUser(acctA, "/", "u")) })
	w.store.Update(t.Context(), func(tx kv.Txn) error { return tx.Put(entityKey(KindUser, acctA, "u"), []byte{9, '{', '}'}) })
	if _, err := Open(t.Context(), w.store, master, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("opened: %v", err)
	}
}
