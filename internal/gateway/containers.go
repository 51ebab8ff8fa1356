package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// Services that run containers, as trust policies name them.
const (
	ecsTasks = "ecs-tasks.amazonaws.com"
	eksPods  = "pods.eks.amazonaws.com"
)

// containerSession is how long a container's credentials last. It is AWS's doing,
// and not bound by the role's MaxSessionDuration.
const containerSession = 6 * time.Hour

// maxContainerRequest bounds a request for a container's credentials, in bytes.
const maxContainerRequest = 16 << 10

// containerRequest says for which container a role's credentials are. The caller
// says so as whoever registers a task or associates a pod's service account does on
// AWS, and passes the role as they do.
type containerRequest struct {
	RoleARN string `json:"roleArn"`
	Service string `json:"service"` // ecs-tasks.amazonaws.com, pods.eks.amazonaws.com
	// Cluster is the name of the ECS or EKS cluster.
	Cluster string `json:"cluster"`
	// TaskID names the sessions of an ECS task: 32 hexadecimal digits.
	TaskID string `json:"taskId,omitempty"`
	// What EKS puts into the session tags of a pod.
	Namespace      string `json:"namespace,omitempty"`
	ServiceAccount string `json:"serviceAccount,omitempty"`
	PodName        string `json:"podName,omitempty"`
	PodUID         string `json:"podUid,omitempty"`
}

// containerAnswer are the credentials.
type containerAnswer struct {
	RoleARN         string    `json:"roleArn"`
	AccountID       string    `json:"accountId"`
	AccessKeyID     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	Token           string    `json:"token"`
	LastUpdated     time.Time `json:"lastUpdated"`
	Expiration      time.Time `json:"expiration"`
	RequestID       string    `json:"requestId"`
}

// serveContainer answers POST /-/containers/credentials: credentials of a role for
// a container, to a caller who may run it and pass the role to the service that does.
func (g *Gateway) serveContainer(w http.ResponseWriter, r *http.Request) {
	c := &call{g: g, r: r, w: &answer{ResponseWriter: w, clock: g.clock}, ids: newRequestIDs(), now: g.clock(), mount: g.decisionsMount}
	c.body = &countingReader{r: r.Body, clock: g.clock}
	c.op = &wire.Operation{Service: c.mount.api, Name: "GetContainerCredentials", Method: http.MethodPost}
	if g.decisions != nil {
		c.w.call = c
	}
	code := ""
	out, err := c.container(r.Context())
	if err == nil {
		err = c.writeJSON(out)
	}
	if err != nil {
		code = c.fail(err)
	} else {
		c.used()
	}
	g.sink.Add(r.Context(), c.record(code))
}

// writeJSON answers with a value that is the caller's alone.
func (c *call) writeJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Amzn-Requestid", c.requestID())
	c.w.Write(append(text, '\n'))
	return nil
}

func (c *call) container(ctx context.Context) (*containerAnswer, error) {
	if err := c.authenticate(); err != nil {
		return nil, err
	}
	if c.who.cred == nil {
		return nil, sigv4.MissingToken(sigv4.Service)
	}
	in, err := readContainerRequest(c.req.Body)
	if err != nil {
		return nil, err
	}
	account := c.who.cred.Principal.Account
	if p, err := arn.ParsePrincipal(in.RoleARN); err != nil || p.Kind != arn.KindRole {
		return nil, invalidContainer("roleArn is not the ARN of a role.")
	} else if p.Account != account {
		return nil, &wire.Error{Code: "AccessDeniedException", Message: "Cross-account pass role is not allowed.", Status: http.StatusBadRequest}
	}
	role, err := c.g.directory.LookupRole(ctx, in.RoleARN)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return nil, err
	}
	if err != nil || role.ARN != in.RoleARN {
		// Trusts nobody, and may be passed by who may pass what has its name.
		role = &directory.RoleView{ARN: in.RoleARN, Account: account}
	}
	c.resource = role.ARN
	c.info.Decide = func(ctx context.Context, action string, t *caller.Target) error {
		return c.decide(ctx, &wire.Access{Action: action}, t)
	}
	if err := c.mayRun(ctx, in, role); err != nil {
		return nil, err
	}
	return c.containerSession(in, role)
}

// mayRun asks what running a task and associating a pod's service account ask: for
// themselves, and for passing the role. Who may only pass it has no use of it.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
func (c *call) mayRun(ctx context.Context, in *containerRequest, role *directory.RoleView) error {
	action, run := "ecs:RunTask", &caller.Target{Resource: authz.Resource{Account: role.Account}}
	if in.Service == eksPods {
		action, run.Resource.ARN = "eks:CreatePodIdentityAssociation", c.clusterARN(in, role.Account)
	} else {
		// No task definition is registered here: it may be any.
		run.Resource.ARN = "arn:aws:ecs:" + c.g.regions[0] + ":" + role.Account + ":task-definition/*"
		run.Context = func(v *policy.Values) { v.SetNamed("ecs:cluster", c.clusterARN(in, role.Account)) }
	}
	if err := c.decide(ctx, &wire.Access{Action: action}, run); err != nil {
		return err
	}
	return c.decide(ctx, &wire.Access{Action: "iam:PassRole"}, &caller.Target{
		Resource: authz.Resource{ARN: role.ARN, Account: role.Account, Tags: role.Tags},
		Context:  func(v *policy.Values) { v.SetNamed("iam:PassedToService", in.Service) },
	})
}

// clusterARN is the ARN of the container's cluster.
func (c *call) clusterARN(in *containerRequest, account string) string {
	service := "ecs"
	if in.Service == eksPods {
		service = "eks"
	}
	return "arn:aws:" + service + ":" + c.g.regions[0] + ":" + account + ":cluster/" + in.Cluster
}

// containerSession assumes the role as the service does, if the role's trust policy
// lets it.
func (c *call) containerSession(in *containerRequest, role *directory.RoleView) (*containerAnswer, error) {
	session := &directory.Session{
		Kind: directory.RoleSession, Account: role.Account, Principal: role.ID, Issued: c.now, Expires: c.now.Add(containerSession),
	}
	who := s3.ServiceCaller{Principal: in.Service, SourceAccount: role.Account}
	actions := []string{"sts:AssumeRole"}
	if in.Service == eksPods {
		who.SourceARN = c.clusterARN(in, role.Account)
		session.Name, session.Tags = podSession(in, c.ids.uuid), podTags(in, who.SourceARN)
		for _, t := range session.Tags {
			session.Transitive = append(session.Transitive, t.Key)
		}
		actions = append(actions, "sts:TagSession")
	} else {
		who.SourceARN = "arn:aws:ecs:" + c.g.regions[0] + ":" + role.Account + ":task/" + in.Cluster + "/" + in.TaskID
		session.Name = in.TaskID
	}
	for _, action := range actions {
		if !c.trusts(who, role, action, session) {
			return nil, untrusted(in)
		}
	}
	token, err := c.g.directory.IssueSession(session)
	if err != nil {
		return nil, err
	}
	return &containerAnswer{
		RoleARN: role.ARN, AccountID: role.Account, AccessKeyID: session.KeyID, SecretAccessKey: session.Secret, Token: token,
		LastUpdated: session.Issued, Expiration: session.Expires, RequestID: c.requestID(),
	}, nil
}

// trusts asks the role's trust policy for a service that the caller has run
// something, and keeps the decision with the caller's own.
func (c *call) trusts(who s3.ServiceCaller, role *directory.RoleView, action string, session *directory.Session) bool {
	values := new(policy.Values)
	values.SetTime(policy.KeyCurrentTime, c.now)
	values.SetInt(policy.KeyEpochTime, c.now.Unix())
	values.Set(policy.KeySTSRoleSessionName, session.Name)
	c.g.sourceKeys(values, who)
	if len(session.Tags) > 0 {
		for _, t := range session.Tags {
			values.SetNamed("aws:RequestTag/"+t.Key, t.Value)
		}
		values.SetList(policy.KeyTagKeys, session.Transitive)
		values.SetList(policy.KeySTSTransitiveTagKeys, session.Transitive)
	}
	req := authz.Request{
		Principal: &authz.Principal{Caller: policy.Caller{Kind: policy.CallerService, ARN: who.Principal}},
		Action:    policy.MakeAction(action), Context: values,
		Resource: authz.Resource{Kind: authz.ResourceRole, ARN: role.ARN, Account: role.Account, Tags: role.Tags},
	}
	docs := authz.Documents{Resource: role.Trust}
	c.g.resourceSide(&req, &docs)
	d := authz.Decide(&req, &docs)
	c.note(&req, &docs, &d)
	if !d.Allowed {
		c.reason = d.Code()
	}
	return d.Allowed
}

// untrusted words that the service may not assume the role: as AWS does, it does not
// tell a role that is not there from one that does not trust it.
func untrusted(in *containerRequest) *wire.Error {
	if in.Service == eksPods {
		return &wire.Error{Code: "AccessDeniedException", Status: http.StatusBadRequest,
			Message: "Unauthorized Exception! EKS does not have permissions to assume the associated role."}
	}
	return &wire.Error{Code: "ClientException", Status: http.StatusBadRequest,
		Message: "ECS was unable to assume the role '" + in.RoleARN + "' that was provided for this task. Please verify that the role being " +
			"passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."}
}

// podTags are the tags that EKS gives the session of a pod, all of them transitive.
//
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
func podTags(in *containerRequest, clusterARN string) []directory.Tag {
	return []directory.Tag{
		{Key: "eks-cluster-arn", Value: clusterARN},
		{Key: "eks-cluster-name", Value: in.Cluster},
		{Key: "kubernetes-namespace", Value: in.Namespace},
		{Key: "kubernetes-service-account", Value: in.ServiceAccount},
		{Key: "kubernetes-pod-name", Value: in.PodName},
		{Key: "kubernetes-pod-uid", Value: in.PodUID},
	}
}

// podSession names a pod's session: cluster and pod as far as there is room, and
// what tells it from all others.
func podSession(in *containerRequest, unique string) string {
	const room = 64 - 1 - 36
	name := "eks-" + in.Cluster + "-" + in.PodName
	return strings.TrimRight(name[:min(len(name), room)], "-") + "-" + unique
}

var (
	clusterPattern = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)
	taskPattern    = regexp.MustCompile(`^[0-9a-f]{32}$`)
	labelPattern   = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`) // a name of Kubernetes'
	uidPattern     = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

func readContainerRequest(body io.Reader) (*containerRequest, error) {
	if body == nil {
		return nil, invalidContainer("There is no request.")
	}
	text, err := wire.ReadBody(body, -1, maxContainerRequest)
	if errors.Is(err, wire.ErrBodyTooLarge) {
		return nil, invalidContainer("The request is too long.")
	}
	if err != nil {
		return nil, err
	}
	return parseContainerRequest(text)
}

func parseContainerRequest(text []byte) (*containerRequest, error) {
	in := new(containerRequest)
	if err := json.Unmarshal(text, in); err != nil {
		return nil, invalidContainer("The request is not the JSON that it is to be.")
	}
	for _, rule := range []struct {
		name, value string
		pattern     *regexp.Regexp
		service     string // for which it counts, "" for all
	}{
		{"cluster", in.Cluster, clusterPattern, ""},
		{"taskId", in.TaskID, taskPattern, ecsTasks},
		{"namespace", in.Namespace, labelPattern, eksPods},
		{"serviceAccount", in.ServiceAccount, labelPattern, eksPods},
		{"podName", in.PodName, labelPattern, eksPods},
		{"podUid", in.PodUID, uidPattern, eksPods},
	} {
		if (rule.service == "" || rule.service == in.Service) && !rule.pattern.MatchString(rule.value) {
			return nil, invalidContainer(rule.name + " does not match " + rule.pattern.String() + ".")
		}
	}
	if in.Service != ecsTasks && in.Service != eksPods {
		return nil, invalidContainer("service is neither " + ecsTasks + " nor " + eksPods + ".")
	}
	return in, nil
}

func invalidContainer(message string) *wire.Error {
	return &wire.Error{Code: "InvalidParameterException", Message: message, Status: http.StatusBadRequest}
}
