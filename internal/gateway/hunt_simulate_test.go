package gateway

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// TestSimulationsStayInTheirAccount: of other accounts nothing is simulated, and
// nobody learns whom they have; in one account the principal must be granted.
func TestSimulationsStayInTheirAccount(t *testing.T) {
	w := newWorld(t)
	for _, of := range []*RootAccount{w.green, w.blue} {
		w.user(of, "alice", allow("s3:GetObject", "arn:aws:s3:::hidden-name/*"))
		w.role(of, "worker", trusts(of.ID), allow("s3:GetObject", "arn:aws:s3:::hidden-name/*"))
	}
	own := func(name string) string { return "arn:aws:iam::" + w.blue.ID + ":" + name }
	admin := w.user(w.blue, "admin", allOfIt)
	none := w.user(w.blue, "none", allow("iam:Get*", own("user/other")))
	some := w.user(w.blue, "some", allow("iam:*", own("user/some")))
	call := func(who sigv4.Credentials, operation, source string) (int, string) {
		in := []string{"PolicySourceArn", source}
		if operation == "SimulatePrincipalPolicy" {
			in = append(in, "ActionNames.member.1", "s3:GetObject", "ResourceArns.member.1", "arn:aws:s3:::hidden-name/k")
		}
		status, body := w.call(who, "iam", operation, in...)
		return status, strings.ReplaceAll(body, element(body, "RequestId"), "")
	}
	for _, operation := range []string{"SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy"} {
		w.want(200, "")(call(admin, operation, own("user/alice")))
		w.want(200, "")(call(some, operation, own("user/some")))
		for _, who := range []sigv4.Credentials{admin, w.blue.credentials(), some, none} {
			for _, pair := range [][2]string{{"user/alice", "user/absent"}, {"role/worker", "role/absent"}} {
				var seen [2]string
				for i, name := range pair {
					status, body := call(who, operation, "arn:aws:iam::"+w.green.ID+":"+name)
					if status < 400 {
						t.Errorf("%s of %s: %d %s", operation, name, status, body)
					}
					_, short, _ := strings.Cut(name, "/")
					seen[i] = fmt.Sprint(status, strings.ReplaceAll(body, short, "NAME"))
				}
				if seen[0] != seen[1] {
					t.Errorf("%s: one that is there: %s\none that is not: %s", operation, seen[0], seen[1])
				}
			}
		}
		for _, source := range []string{own("user/alice"), own("role/worker"), own("user/absent")} {
			w.want(403, "AccessDenied")(call(none, operation, source))
			w.want(403, "AccessDenied")(call(some, operation, source))
		}
		for _, source := range []string{"", "*", own("root"), own("user/*"), "arn:aws:sts::" + w.blue.ID + ":assumed-role/worker/x", "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam:::user/alice", own("user/"), own("group/x")} {
			if status, body := call(admin, operation, source); status < 400 || status >= 500 {
				t.Errorf("%s of %q: %d %s", operation, source, status, body)
			}
		}
	}
	w.want(403, "AccessDenied")(w.call(none, "iam", "SimulateCustomPolicy", "PolicyInputList.member.1", allOfIt, "ActionNames.member.1", "s3:GetObject"))
	// A caller of another account has no more than its ARN says.
	tagged := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:PrincipalTag/team":"false"}}}]}`
	w.ok(w.green.credentials(), "iam", "TagUser", "UserName", "alice", "Tags.member.1.Key", "team", "Tags.member.1.Value", "secret")
	w.want(200, "implicitDeny")(w.call(admin, "iam", "SimulateCustomPolicy", "PolicyInputList.member.1", tagged, "ActionNames.member.1", "s3:GetObject",
		"CallerArn", "arn:aws:iam::"+w.green.ID+":user/alice"))
}

// TestASimulationIsNoFlood: of a large request with much to do a page has as many
// results as can be had at once, and the next page goes on.
func TestASimulationIsNoFlood(t *testing.T) {
	w := newWorld(t)
	in := []string{"MaxItems", "1000"}
	for i := range 100 {
		in = append(in, fmt.Sprintf("ActionNames.member.%d", i+1), "s3:GetObject", fmt.Sprintf("ResourceArns.member.%d", i+1), fmt.Sprintf("arn:aws:s3:::b/%d", i))
	}
	var text strings.Builder
	text.WriteString(`{"Version":"2012-10-17","Statement":[`)
	for i := range 1000 {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(`{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"s3:prefix":"*a*b*"}}}`)
	}
	text.WriteString("]}")
	for i := range 4 {
		in = append(in, fmt.Sprintf("PolicyInputList.member.%d", i+1), text.String())
	}
	seen := 0
	for range 2 {
		body := w.ok(w.blue.credentials(), "iam", "SimulateCustomPolicy", in...)
		n := strings.Count(body, "<EvalActionName>")
		if seen += n; n == 0 || n > 100 || element(body, "IsTruncated") != "true" || element(body, "Marker") == "" {
			t.Fatalf("%d results, %d bytes", n, len(body))
		}
		if !strings.Contains(body, fmt.Sprintf("<EvalResourceName>arn:aws:s3:::b/%d<", seen-1)) {
			t.Errorf("the page does not end with result %d", seen)
		}
		in = append(in, "Marker", element(body, "Marker"))
	}
}
