package directory

import (
	"errors"
	"testing"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

func TestSimulated(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	const inline = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	w.update(t, func(tx *Tx) error {
		g := newGroup(acctA, "devs")
		g.Path = "/g/"
		g.Inline = []InlinePolicy{{Name: "group", Document: inline}}
		if err := tx.CreateGroup(g); err != nil {
			return err
		}
		u := newUser(acctA, "/u/", "ada")
		u.Groups = []string{g.ID}
		u.Inline = []InlinePolicy{{Name: "own", Document: inline}}
		return errors.Join(tx.CreateUser(u), tx.CreateRole(newRole(acctA, "/r/", "job", `{"Version":"2012-10-17","Statement":[]}`)))
	})
	for arn, want := range map[string]struct {
		kind policy.CallerKind
		name string
		docs int
	}{
		"arn:aws:iam::111111111111:user/u/ada":   {policy.CallerUser, "arn:aws:iam::111111111111:user/u/ada", 2},
		"arn:aws:iam::111111111111:role/r/job":   {policy.CallerSession, "arn:aws:iam::111111111111:role/r/job", 0},
		"arn:aws:iam::111111111111:group/g/devs": {policy.CallerUser, "", 1},
	} {
		c, err := w.Simulated(arn)
		if err != nil {
			t.Errorf("%s: %v", arn, err)
			continue
		}
		var docs authz.Documents
		w.Documents(c, &docs)
		if p := c.Principal; p.Kind != want.kind || p.ARN != want.name || p.Account != acctA || len(docs.Identity) != want.docs || c.Secret != "" {
			t.Errorf("%s: %+v with %d policies", arn, p, len(docs.Identity))
		}
	}
	for _, arn := range []string{
		"", "x", "arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:user/ada", "arn:aws:iam::111111111111:user/u/Ada",
		"arn:aws:iam::222222222222:user/u/ada", "arn:aws-cn:iam::111111111111:user/u/ada", "arn:aws:iam::111111111111:group/devs",
		"arn:aws-cn:iam::111111111111:group/g/devs", "arn:aws:sts::111111111111:assumed-role/job/s",
	} {
		if _, err := w.Simulated(arn); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", arn, err)
		}
	}
}
