package iam

import (
	"fmt"
	"slices"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

func TestWindow(t *testing.T) {
	all := []string{"a", "b", "c", "d"}
	self := func(s string) string { return s }
	for _, c := range []struct {
		page directory.Page
		want string
		next string
	}{
		{directory.Page{}, "[a b c d]", ""},
		{directory.Page{Limit: 4}, "[a b c d]", ""},
		{directory.Page{Limit: 3}, "[a b c]", "c"},
		{directory.Page{Limit: 3, After: "c"}, "[d]", ""},
		{directory.Page{Limit: 1, After: "bb"}, "[c]", "c"}, // what was there is gone
		{directory.Page{Limit: 1, After: "z"}, "[]", ""},
	} {
		got := window(all, self, c.page)
		same(t, fmt.Sprint(c.page), fmt.Sprint(got.Items), c.want)
		same(t, fmt.Sprint(c.page), got.Next, c.next)
	}
}

// Markers come from the network: any text must be an error or a page.
func FuzzMarker(f *testing.F) {
	w := newWorld(f)
	w.furnish()
	_, start := truncated("Lp")
	f.Add(*start)
	f.Add("")
	f.Add("////")
	f.Add("MX4")
	f.Fuzz(func(t *testing.T, marker string) {
		if p, err := w.ListPolicies(w.ctx, &api.ListPoliciesInput{Marker: &marker}); err == nil && len(p.Policies) > 100 {
			t.Error("more than a page")
		}
		if u, err := w.ListUsers(w.ctx, &api.ListUsersInput{Marker: &marker}); err == nil {
			for _, user := range u.Users {
				if !slices.Contains([]string{"u1", "u2"}, *user.UserName) {
					t.Error(*user.UserName)
				}
			}
		}
		_, _ = w.GetAccountAuthorizationDetails(w.ctx, &api.GetAccountAuthorizationDetailsInput{Marker: &marker})
		_, _ = w.ListUserTags(w.ctx, &api.ListUserTagsInput{UserName: new("u1"), Marker: &marker})
		_, _ = w.ListAttachedGroupPolicies(w.ctx, &api.ListAttachedGroupPoliciesInput{GroupName: new("g"), Marker: &marker})
	})
}
