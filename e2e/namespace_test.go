package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// networks are two network namespaces joined by a cable: a host with the server and
// an instance on it, and a third one behind the instance, as a container on it. The
// machine's own network has no part in them.
type networks struct {
	*testing.T
	host, instance, container string
}

// The server's address on the cable.
const hostIP = "172.31.0.1"

func newNetworks(t *testing.T) *networks {
	t.Helper()
	name := fmt.Sprintf("sallyport-%d-", os.Getpid())
	n := &networks{t, name + "host", name + "instance", name + "container"}
	for _, ns := range []string{n.host, n.instance, n.container} {
		n.ip("netns", "add", ns)
		t.Cleanup(func() { runCommand(t, cleanEnv(), "", tool(t, "ip"), "netns", "del", ns) })
		n.ip("-n", ns, "link", "set", "lo", "up")
	}
	n.cable(n.host, hostIP+"/24", n.instance, "172.31.0.2/24")
	n.cable(n.instance, "172.31.1.1/24", n.container, "172.31.1.2/24")
	n.ip("-n", n.instance, "route", "add", "default", "via", hostIP)
	n.ip("-n", n.container, "route", "add", "default", "via", "172.31.1.1")
	n.ip("-n", n.host, "route", "add", "172.31.1.0/24", "via", "172.31.0.2")
	for _, address := range []string{"169.254.169.254", "169.254.170.2"} {
		n.ip("-n", n.host, "address", "add", address+"/32", "dev", "lo")
	}
	return n
}

func (n *networks) ip(args ...string) {
	n.Helper()
	runCommand(n, cleanEnv(), "", tool(n, "ip"), args...).ok(n)
}

// cable joins two namespaces and gives each its address.
func (n *networks) cable(a, addressA, b, addressB string) {
	n.Helper()
	nameA, nameB := "to"+b[strings.LastIndex(b, "-")+1:], "to"+a[strings.LastIndex(a, "-")+1:]
	n.ip("link", "add", nameA, "netns", a, "type", "veth", "peer", "name", nameB, "netns", b)
	for _, end := range [][3]string{{a, nameA, addressA}, {b, nameB, addressB}} {
		n.ip("-n", end[0], "address", "add", end[2], "dev", end[1])
		n.ip("-n", end[0], "link", "set", end[1], "up")
	}
}

// within is how a command is run in a namespace.
func within(ns string, command ...string) []string {
	return append([]string{"netns", "exec", ns}, command...)
}

// hosts says which names there are in a namespace, all of them the server's.
func (n *networks) hosts(ns string, names ...string) {
	n.Helper()
	dir := filepath.Join("/etc/netns", ns)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		n.Fatal(err)
	}
	n.Cleanup(func() { os.RemoveAll(dir) })
	text := "127.0.0.1 localhost\n" + hostIP + " " + strings.Join(names, " ") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "hosts"), []byte(text), 0o644); err != nil {
		n.Fatal(err)
	}
}

// TestMetadataInANamespace: on an instance, with the metadata service where it is on
// EC2 and S3 under its own name, the AWS CLI needs no configuration at all to reach
// another account's bucket. So does one in a container of ECS.
func TestMetadataInANamespace(t *testing.T) {
	t.Parallel()
	names := []string{"s3.amazonaws.com", "s3.us-east-1.amazonaws.com"}
	cert, key, _ := certificate(t, "s3.amazonaws.com", "*.s3.amazonaws.com", "s3.us-east-1.amazonaws.com", "*.s3.us-east-1.amazonaws.com", hostIP)
	w := newWorld(t, startServer(t))
	bucket, role := w.hosted("web", trusts(`{"Service":["ec2.amazonaws.com","ecs-tasks.amazonaws.com"]}`))
	w.profileOf("web")
	id := w.launch("--iam-instance-profile", "Name=web", "--metadata-options", "HttpTokens=required,HttpPutResponseHopLimit=1")
	w.s.stop()

	// The same server, on the host of the instance.
	n := newNetworks(t)
	for _, name := range names {
		names = append(names, bucket+"."+name)
	}
	n.hosts(n.instance, names...)
	ip := tool(t, "ip")
	env := append(w.s.clientEnv(), "AWS_CA_BUNDLE="+cert)
	lines, stop := serves(t, env, ip, within(n.host, binary, "serve", "--data", w.s.dir, "--listen", hostIP+":443", "--tls-cert", cert, "--tls-key", key, "--domain", "amazonaws.com")...)
	for !strings.HasPrefix(lines(1)[0], "Serving on ") {
	}
	client := []string{"--endpoint", "https://" + hostIP, "--profile", "blue"}
	lines, _ = serves(t, env, ip, within(n.host, append([]string{binary, "instance", "metadata", "--instance-id", id, "--listen", "169.254.169.254:80"}, client...)...)...)
	lines(1)
	lines, _ = serves(t, env, ip, within(n.host, append([]string{binary, "container", "credentials", "--role-arn", role, "--listen", "169.254.170.2:80"}, client...)...)...)
	relative, ok := strings.CutPrefix(lines(2)[1], "export ")
	if !ok || !strings.HasPrefix(relative, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/") {
		t.Fatalf("the container is given %q", relative)
	}

	cli := func(more ...string) func(args ...string) result {
		bare := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_CA_BUNDLE=" + cert, "LC_ALL=C.UTF-8"}, more...)
		return func(args ...string) result {
			t.Helper()
			return runCommand(t, bare, "", ip, within(n.instance, append([]string{tool(t, "aws")}, args...)...)...)
		}
	}
	for what, aws := range map[string]func(...string) result{"instance": cli(), "container": cli(relative, "AWS_EC2_METADATA_DISABLED=true")} {
		gift, back := w.file("gift", "from the "+what), filepath.Join(t.TempDir(), "back")
		aws("s3", "cp", gift, "s3://"+bucket+"/"+what).ok(t)
		aws("s3", "cp", "s3://"+bucket+"/"+what, back).ok(t)
		if text, err := os.ReadFile(back); err != nil || string(text) != "from the "+what {
			t.Errorf("got %q back (%v)", text, err)
		}
		aws("s3", "rm", "s3://"+bucket+"/"+what).refused(t, "AccessDenied")
	}

	w.hops(n, env, id)
	if code := stop(); code != 0 {
		t.Errorf("the server ended with %d", code)
	}
	w.s.cmd = nil
}

// askToken asks for a token, and waits for it for two seconds.
const askToken = `import urllib.request as u
r = u.Request("http://169.254.169.254/latest/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
print(len(u.urlopen(r, timeout=2).read()))`

// hops checks that a token for one hop is dropped by the instance, which is a router
// to its container, and that one for two gets there.
func (w *world) hops(n *networks, env []string, id string) {
	w.Helper()
	ip := tool(w, "ip")
	ask := func(ns string) result {
		w.Helper()
		return runCommand(w, cleanEnv(), "", ip, within(ns, "python3", "-c", askToken)...)
	}
	n.ip(within(n.instance, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")...)
	ask(n.instance).ok(w)
	ask(n.container).refused(w, "timed out")
	// The instance says that it had to drop it.
	snmp := runCommand(w, cleanEnv(), "", ip, within(n.instance, "cat", "/proc/net/snmp")...).ok(w)
	if dropped := icmp(snmp.stdout, "OutTimeExcds"); dropped == "" || dropped == "0" {
		w.Errorf("the instance dropped %q packets", dropped)
	}
	runCommand(w, env, "", ip, within(n.host, tool(w, "aws"), "--endpoint-url", "https://"+hostIP, "--profile", "blue", "--region", "us-east-1",
		"ec2", "modify-instance-metadata-options", "--instance-id", id, "--http-put-response-hop-limit", "2")...).ok(w)
	until := time.Now().Add(time.Minute) // a guard against hanging; the change is seen in seconds
	r := ask(n.container)
	for r.code != 0 && time.Now().Before(until) {
		r = ask(n.container)
	}
	if r.ok(w); strings.TrimSpace(r.stdout) != "56" {
		w.Errorf("the token is %s", r.stdout)
	}
}

// icmp is a counter of /proc/net/snmp, which names them in one line and has their
// values in the next.
func icmp(snmp, counter string) string {
	var names []string
	for line := range strings.Lines(snmp) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "Icmp:" {
			continue
		}
		if names == nil {
			names = fields
		} else if i := slices.Index(names, counter); i >= 0 && i < len(fields) {
			return fields[i]
		}
	}
	return ""
}
