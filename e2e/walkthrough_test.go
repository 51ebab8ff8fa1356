package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// step is one thing a person does in a walkthrough. The steps of a walkthrough
// are played once all together, and once for each step with that step and all
// that need it left out.
type step struct {
	name  string
	needs []string // steps without which this one cannot be done
	do    func(w *world)
	// without plays the walkthrough's end when this step was left out and fails
	// the test unless the request is refused as AWS refuses it.
	without func(w *world)
}

// walkthrough is a way of sharing a bucket that people look up.
type walkthrough struct {
	steps []step
	works func(w *world) // the end, when nothing was left out
}

// world is what one playing of a walkthrough works on. Names are its own, so
// that playings on one server do not meet.
type world struct {
	*testing.T
	s           *server
	green, blue account
	n           int64
	vars        map[string]string
	keys        map[string]credentials
	// quick makes what every playing needs with the Go SDK, which starts faster
	// than the AWS CLI; the playing in full uses the CLI for all.
	quick bool
}

var worlds atomic.Int64

func newWorld(t *testing.T, s *server) *world {
	copied := *s
	copied.t = t // failures belong to this playing
	return &world{
		T: t, s: &copied, green: s.account("green"), blue: s.account("blue"), n: worlds.Add(1),
		vars: map[string]string{}, keys: map[string]credentials{},
	}
}

// text fills {green}, {blue}, {n} and what vars holds into s.
func (w *world) text(s string) string {
	pairs := []string{"{green}", w.green.id, "{blue}", w.blue.id, "{n}", fmt.Sprint(w.n)}
	for k, v := range w.vars {
		pairs = append(pairs, "{"+k+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

func (w *world) texts(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = w.text(a)
	}
	return out
}

// aws runs the AWS CLI with a profile ("green", "blue") or with credentials kept
// under that name.
func (w *world) aws(as string, args ...string) result {
	w.Helper()
	args = w.texts(args)
	if c, ok := w.keys[as]; ok {
		return w.s.awsWith(c, args...)
	}
	return w.s.aws(as, args...)
}

// file makes a file with the text and returns its path.
func (w *world) file(name, text string) string {
	w.Helper()
	path := filepath.Join(w.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
	return path
}

// user makes a user with an access key and keeps the credentials under name.
func (w *world) user(profile, name string) {
	w.Helper()
	if !w.quick {
		w.aws(profile, "iam", "create-user", "--user-name", name+"-{n}").ok(w)
		w.accessKey(profile, name)
		return
	}
	client, user := w.s.iam(w.s.profileKeys(profile)), w.text(name+"-{n}")
	must(client.CreateUser(w.Context(), &iam.CreateUserInput{UserName: &user}))(w)
	k := must(client.CreateAccessKey(w.Context(), &iam.CreateAccessKeyInput{UserName: &user}))(w).AccessKey
	w.keys[name] = credentials{AccessKeyID: *k.AccessKeyId, SecretAccessKey: *k.SecretAccessKey}
}

func (w *world) accessKey(profile, name string) {
	w.Helper()
	var out struct{ AccessKey credentials }
	w.aws(profile, "iam", "create-access-key", "--user-name", name+"-{n}").decode(w, &out)
	w.keys[name] = out.AccessKey
}

// assume assumes a role and keeps the credentials under name.
func (w *world) assume(as, roleARN, name string, more ...string) result {
	w.Helper()
	r := w.aws(as, append([]string{"sts", "assume-role", "--role-arn", roleARN, "--role-session-name", "walk"}, more...)...)
	if r.code == 0 {
		var out struct{ Credentials credentials }
		r.decode(w, &out)
		w.keys[name] = out.Credentials
	}
	return r
}

// bucket makes a bucket with the objects docs/a.txt and other/b.txt.
func (w *world) bucket(profile, name string) {
	w.Helper()
	keys := []string{"docs/a.txt", "other/b.txt"}
	if w.quick {
		client, bucket := w.s.s3(w.s.profileKeys(profile)), w.text(name)
		makeBucket(w, client, bucket)
		for _, key := range keys {
			putText(w, client, bucket, key, "text of "+key)
		}
		return
	}
	w.aws(profile, "s3", "mb", "s3://"+name).ok(w)
	for _, key := range keys {
		w.aws(profile, "s3", "cp", w.file("up", "text of "+key), "s3://"+name+"/"+key).ok(w)
	}
}

// reads checks that a caller gets an object's bytes.
func (w *world) reads(as, url, want string) {
	w.Helper()
	path := filepath.Join(w.TempDir(), "down")
	w.aws(as, "s3", "cp", url, path).ok(w)
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		w.Fatalf("%s holds %q, want %q (%v)", w.text(url), got, want, err)
	}
}

// play runs a walkthrough in full and with each step left out.
func play(t *testing.T, s *server, wt walkthrough) {
	t.Run("in full", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, s)
		for _, st := range wt.steps {
			st.do(w)
		}
		wt.works(w)
	})
	for _, out := range wt.steps {
		if out.without == nil {
			continue
		}
		t.Run("without "+out.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s)
			w.quick = true
			missing := []string{out.name}
			for _, st := range wt.steps {
				if st.name == out.name {
					continue
				}
				if slices.ContainsFunc(st.needs, func(n string) bool { return slices.Contains(missing, n) }) {
					missing = append(missing, st.name)
					continue
				}
				st.do(w)
			}
			out.without(w)
		})
	}
}

func policyJSON(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func allow(actions, resources string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":%s,"Resource":%s}`, actions, resources)
}

func allowTo(principal, actions, resources string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Principal":%s,"Action":%s,"Resource":%s}`, principal, actions, resources)
}

func trusts(principal string, condition ...string) string {
	c := ""
	if len(condition) > 0 {
		c = `,"Condition":` + condition[0]
	}
	return policyJSON(fmt.Sprintf(`{"Effect":"Allow","Principal":%s,"Action":"sts:AssumeRole"%s}`, principal, c))
}
