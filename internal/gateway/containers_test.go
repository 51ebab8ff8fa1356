package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// container asks for a container's credentials; members of the request follow in
// pairs and replace those of a plain one.
func (w *world) container(who sigv4.Credentials, role string, more ...string) (int, string) {
	w.Helper()
	in := map[string]string{"roleArn": role, "service": ecsTasks, "cluster": "default", "taskId": strings.Repeat("0a", 16)}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i]] = more[i+1]
	}
	body, err := json.Marshal(in)
	if err != nil {
		w.Fatal(err)
	}
	return w.own(who, string(body))
}

func (w *world) own(who sigv4.Credentials, body string) (int, string) {
	w.Helper()
	req := w.request("POST", "/-/containers/credentials", body)
	if who.AccessKeyID != "" {
		sigv4.Sign(req, who, "us-east-1", "sallyport", sigv4.HashPayload([]byte(body)), time.Now())
	}
	return w.send(req)
}

func containerCredentials(t *testing.T, body string) (sigv4.Credentials, *containerAnswer) {
	t.Helper()
	out := new(containerAnswer)
	if err := json.Unmarshal([]byte(body), out); err != nil || out.Token == "" {
		t.Fatalf("no credentials in %s: %v", body, err)
	}
	return sigv4.Credentials{AccessKeyID: out.AccessKeyID, SecretAccessKey: out.SecretAccessKey, SessionToken: out.Token}, out
}

func trustOf(service, action, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":` + action + condition + `}]}`
}

func passes(role, service string) string {
	return statements(allows("ecs:RunTask", "*"), allows("iam:PassRole", role, `{"StringEquals":{"iam:PassedToService":"`+service+`"}}`))
}

// pod is what EKS knows of a pod.
func pod() []string {
	return []string{"service", eksPods, "cluster", "c1", "namespace", "web", "serviceAccount", "front", "podName", "front-1", "podUid", "01234567-89ab-cdef-0123-456789abcdef"}
}

func TestTaskCredentials(t *testing.T) {
	w := newWorld(t)
	role := w.role(w.green, "task", trustOf(ecsTasks, `"sts:AssumeRole"`, `{"StringEquals":{"aws:SourceAccount":"`+w.green.ID+`"},"ArnLike":{"aws:SourceArn":"arn:aws:ecs:us-east-1:`+w.green.ID+`:*"}}`),
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:CreateBucket","Resource":"*"}]}`)
	status, body := w.container(w.green.credentials(), role)
	w.want(200, `"roleArn":"`+role+`"`)(status, body)
	got, out := containerCredentials(t, body)
	if left := out.Expiration.Sub(out.LastUpdated); left != containerSession || out.AccountID != w.green.ID {
		t.Errorf("lives %v in account %s", left, out.AccountID)
	}
	if who := element(w.ok(got, "sts", "GetCallerIdentity"), "Arn"); who != "arn:aws:sts::"+w.green.ID+":assumed-role/task/"+strings.Repeat("0a", 16) {
		t.Errorf("the container is %s", who)
	}
	w.want(200, "")(w.as(got, "PUT", "/task-bucket", ""))
	w.want(403, "AccessDenied")(w.as(got, "GET", "/task-bucket", ""))

	// A user needs iam:PassRole, for this role and this service.
	w.want(200, "token")(w.container(w.user(w.green, "may", passes(role, ecsTasks)), role))
	for name, policy := range map[string]string{
		"none": allow("ecs:RunTask", "*"), "other-role": passes(role+"2", ecsTasks), "other-service": passes(role, "ec2.amazonaws.com"),
		"no-pass": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:PassRole","Resource":"*"}]}`,
	} {
		w.want(403, "is not authorized to perform: iam:PassRole on resource: "+role)(w.container(w.user(w.green, name, policy), role))
	}
	w.want(403, "iam:PassRole on resource: "+role+"x")(w.container(w.user(w.green, "knows-nothing", allow("ecs:*", "*")), role+"x"))
}

// TestContainerTrust: a role that does not trust the service, one that is not
// there, and one of another account's are refused.
func TestContainerTrust(t *testing.T) {
	w := newWorld(t)
	green := w.green.credentials()
	unable := func(role string) string { return "ECS was unable to assume the role '" + role + "'" }
	for i, trust := range []string{
		trustOf("ec2.amazonaws.com", `"sts:AssumeRole"`, ""),
		trustOf(ecsTasks, `"sts:TagSession"`, ""),
		trustOf(ecsTasks, `"sts:AssumeRole"`, `{"StringEquals":{"aws:SourceAccount":"`+w.blue.ID+`"}}`),
		trustOf(ecsTasks, `"sts:AssumeRole"`, `{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:*:*:task/other/*"}}`),
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + w.green.ID + `"},"Action":"sts:AssumeRole"}]}`,
	} {
		role := w.role(w.green, "r"+string(rune('a'+i)), trust, "")
		w.want(400, unable(role))(w.container(green, role))
	}
	missing := "arn:aws:iam::" + w.green.ID + ":role/missing"
	w.want(400, unable(missing))(w.container(green, missing))
	pathless := w.role(w.green, "good", trustOf(ecsTasks, `"sts:AssumeRole"`, ""), "")
	elsewhere := strings.Replace(pathless, "role/", "role/path/", 1)
	w.want(400, unable(elsewhere))(w.container(green, elsewhere))
	theirs := w.role(w.blue, "theirs", trustOf(ecsTasks, `"sts:AssumeRole"`, ""), "")
	w.want(400, "Cross-account pass role is not allowed.")(w.container(green, theirs))
	w.want(400, "Cross-account pass role is not allowed.")(w.container(green, theirs+"x"))
	w.want(400, "ARN of a role")(w.container(green, "arn:aws:iam::"+w.green.ID+":user/u"))
	w.want(400, "ARN of a role")(w.container(green, "x"))
	w.want(400, "Request is missing Authentication Token")(w.container(sigv4.Credentials{}, pathless))
	w.want(400, "neither")(w.container(green, pathless, "service", "ec2.amazonaws.com"))
	w.want(400, "taskId")(w.container(green, pathless, "taskId", "x"))
	w.want(400, "cluster")(w.container(green, pathless, "cluster", "a/b"))
	w.want(400, "JSON")(w.own(green, "x"))
	w.want(400, "too long")(w.own(green, `{"roleArn":"`+strings.Repeat("x", maxContainerRequest)))
	w.want(405, "")(w.send(w.request("GET", "/-/containers/credentials", "")))
}

// TestPodCredentials: EKS tags the session, which the role must let it do.
func TestPodCredentials(t *testing.T) {
	w := newWorld(t)
	green := w.green.credentials()
	condition := `{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"web","aws:RequestTag/kubernetes-service-account":"front","aws:RequestTag/eks-cluster-arn":"arn:aws:eks:us-east-1:` +
		w.green.ID + `:cluster/c1"},"ArnEquals":{"aws:SourceArn":"arn:aws:eks:us-east-1:` + w.green.ID + `:cluster/c1"}}`
	role := w.role(w.green, "pod", trustOf(eksPods, `["sts:AssumeRole","sts:TagSession"]`, condition),
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:CreateBucket","Resource":"arn:aws:s3:::${aws:PrincipalTag/kubernetes-namespace}-${aws:PrincipalTag/kubernetes-pod-name}"},
		{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}]}`)
	status, body := w.container(green, role, pod()...)
	w.want(200, "token")(status, body)
	got, _ := containerCredentials(t, body)
	if who := element(w.ok(got, "sts", "GetCallerIdentity"), "Arn"); !strings.HasPrefix(who, "arn:aws:sts::"+w.green.ID+":assumed-role/pod/eks-c1-front-1-") {
		t.Errorf("the pod is %s", who)
	}
	w.want(200, "")(w.as(got, "PUT", "/web-front-1", ""))
	w.want(403, "AccessDenied")(w.as(got, "PUT", "/web-front-2", ""))
	// The tags go on to the next role.
	next := w.role(w.green, "next", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+role+`"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:CreateBucket","Resource":"arn:aws:s3:::next-${aws:PrincipalTag/kubernetes-service-account}"}]}`)
	chained := credentialsIn(w.ok(got, "sts", "AssumeRole", "RoleArn", next, "RoleSessionName", "hop"))
	w.want(200, "")(w.as(chained, "PUT", "/next-front", ""))

	for _, change := range [][]string{{"namespace", "other"}, {"serviceAccount", "back"}, {"cluster", "c2"}} {
		w.want(400, "EKS does not have permissions to assume the associated role.")(w.container(green, role, append(pod(), change...)...))
	}
	untagged := w.role(w.green, "untagged", trustOf(eksPods, `"sts:AssumeRole"`, ""), "")
	w.want(400, "EKS does not have permissions")(w.container(green, untagged, pod()...))
	w.want(400, "namespace")(w.container(green, role, append(pod(), "namespace", "")...))
	w.want(400, "podUid")(w.container(green, role, append(pod(), "podUid", "x")...))
}

// TestContainerExplained: what was refused is explained to who asked, the trust
// policy included, and credentials are in no log.
func TestContainerExplained(t *testing.T) {
	w := newWorld(t)
	role := w.role(w.green, "task", trustOf("ec2.amazonaws.com", `"sts:AssumeRole"`, ""), "")
	id := func(who sigv4.Credentials, role string) string {
		t.Helper()
		body := `{"roleArn":"` + role + `","service":"` + ecsTasks + `","cluster":"c","taskId":"` + strings.Repeat("0a", 16) + `"}`
		req := w.request("POST", "/-/containers/credentials", body)
		sigv4.Sign(req, who, "us-east-1", "sallyport", sigv4.HashPayload([]byte(body)), time.Now())
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.Header.Get("X-Amzn-Requestid")
	}
	refused := w.explained(w.green.credentials(), id(w.green.credentials(), role))
	if refused.Operation != "GetContainerCredentials" || len(refused.Questions) != 3 || refused.Questions[0].Action != "ecs:RunTask" || refused.Questions[1].Action != "iam:PassRole" ||
		refused.Questions[2].Action != "sts:AssumeRole" || !refused.Questions[1].Allowed || refused.Questions[2].Allowed {
		t.Errorf("explained as %+v", refused)
	}
	user := w.user(w.green, "u", "")
	if r := w.explained(user, id(user, role)); len(r.Questions) != 1 || r.Questions[0].Allowed || r.Questions[0].Action != "ecs:RunTask" {
		t.Errorf("explained as %+v", r)
	}
	w.ok(w.green.credentials(), "iam", "PutUserPolicy", "UserName", "u", "PolicyName", "p", "PolicyDocument", allow("ecs:RunTask", "*"))
	if r := w.explained(user, id(user, role)); len(r.Questions) != 2 || r.Questions[1].Allowed || r.Questions[1].Resource != role {
		t.Errorf("explained as %+v", r)
	}
	good := w.role(w.green, "good", trustOf(ecsTasks, `"sts:AssumeRole"`, ""), "")
	_, body := w.container(w.green.credentials(), good)
	got, _ := containerCredentials(t, body)
	if log := w.log.String(); strings.Contains(log, got.SecretAccessKey) || strings.Contains(log, got.SessionToken) {
		t.Error("credentials are in the log")
	}
}

func FuzzContainerRequest(f *testing.F) {
	f.Add(`{"roleArn":"arn:aws:iam::111111111111:role/r","service":"ecs-tasks.amazonaws.com","cluster":"c","taskId":"0123456789abcdef0123456789abcdef"}`)
	f.Add(`{"service":"pods.eks.amazonaws.com","cluster":"c","namespace":"n","serviceAccount":"s","podName":"p","podUid":"01234567-89ab-cdef-0123-456789abcdef"}`)
	f.Fuzz(func(t *testing.T, text string) {
		in, err := parseContainerRequest([]byte(text))
		if err != nil {
			return
		}
		if name := podSession(in, newRequestIDs().uuid); len(name) > 64 {
			t.Errorf("%q is too long a name", name)
		}
	})
}
