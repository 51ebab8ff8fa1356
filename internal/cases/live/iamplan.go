package live

import (
	"net/url"
	"strings"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/wire"
)

const iamVersion = "2010-05-08"

const (
	somePolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`
	someTrust  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	someARN    = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

// planIAM plans a request to IAM, whose actions are its operations. The members
// that an input requires follow from the resource.
func (p *player) planIAM(action, resource string, rest map[[2]string]bool) (*ask, error) {
	op := iamOperation(action)
	if op == nil || !p.g.Serves("iam", op.Name) {
		return nil, cannot("%s is not served", action)
	}
	i := &iamAsk{p: p, op: op, values: url.Values{}, rest: rest}
	if resource != "*" {
		if err := i.entity(resource); err != nil {
			return nil, err
		}
	}
	for _, m := range op.Service.Shape(op.Input).Members {
		if err := i.member(&m); err != nil {
			return nil, err
		}
	}
	out := form("iam", iamVersion, op.Name, action, resource, i.values)
	out.sent, out.made = i.sent, i.made
	return out, nil
}

func iamOperation(action string) *wire.Operation {
	_, name, _ := strings.Cut(action, ":")
	for _, op := range api.API().Operations {
		if strings.EqualFold(op.Name, name) {
			return op
		}
	}
	return nil
}

// iamAsk is a request to IAM while it is planned.
type iamAsk struct {
	p          *player
	op         *wire.Operation
	values     url.Values
	kind       string // user, group, role or policy
	path, name string // of the resource
	resource   string
	sent, made []string
	rest       map[[2]string]bool
}

// entity takes the resource apart, which must be of the caller's account.
func (i *iamAsk) entity(resource string) error {
	a, err := arn.Parse(resource)
	if err != nil || a.Service != "iam" || strings.ContainsAny(a.Resource, "*?") {
		return cannot("%s is not asked on %s", i.op.Name, resource)
	}
	if who, err := arn.ParsePrincipal(i.p.c.Request.Principal); err != nil || who.Account != a.Account {
		return cannot("IAM has no calls across accounts")
	}
	kind, rest, ok := strings.Cut(a.Resource, "/")
	cut := strings.LastIndexByte(rest, '/') + 1
	i.kind, i.path, i.name, i.resource = kind, "/"+rest[:cut], rest[cut:], resource
	if !ok || i.name == "" {
		return cannot("%s is not asked on %s", i.op.Name, resource)
	}
	if !strings.HasPrefix(i.op.Name, "Create") || strings.HasSuffix(i.op.Name, "Version") || strings.HasSuffix(i.op.Name, "Key") {
		i.p.entity = i
	}
	return nil
}

func (i *iamAsk) member(m *wire.Member) error {
	r := &i.p.c.Request
	creates := strings.HasPrefix(i.op.Name, "Create")
	switch m.Name {
	case "PermissionsBoundary":
		if v := r.Text("iam:PermissionsBoundary"); v != "" {
			i.set(m.Name, v, "iam:PermissionsBoundary")
			return nil
		}
	case "PolicyArn":
		if v := r.Text("iam:PolicyARN"); v != "" && i.kind != "policy" {
			i.set(m.Name, v, "iam:PolicyARN")
			return nil
		}
	case "Tags":
		if creates && !i.mayTag() {
			return nil
		}
		n := "1"
		for k, v := range r.Tags("aws:RequestTag/") {
			i.set("Tags.member."+n+".Key", k, "aws:TagKeys")
			i.set("Tags.member."+n+".Value", v, "aws:RequestTag/"+k)
			n += "1" // the numbers need only differ
		}
		if n != "1" {
			return nil
		}
	case "TagKeys":
		if v, ok := r.Key("aws:TagKeys"); ok {
			for n, k := range v.List {
				i.set("TagKeys.member."+strings.Repeat("1", n+1), k, "aws:TagKeys")
			}
			return nil
		}
	case "UserName", "GroupName", "RoleName", "PolicyName":
		if strings.EqualFold(m.Name, i.kind+"Name") {
			i.values.Set(m.Name, i.name)
			return nil
		}
	case "Path":
		if creates && i.path != "/" && i.path != "" {
			i.values.Set(m.Name, i.path)
			return nil
		}
	}
	if !m.Required {
		return nil
	}
	return i.required(m.Name)
}

// mayTag tells whether a new entity may be made with tags, for which there is a
// permission of its own.
func (i *iamAsk) mayTag() bool {
	action := "iam:Tag" + strings.TrimPrefix(i.op.Name, "Create")
	return takes(i.rest, action, i.resource) || allowed(i.p.besides(action, i.resource))
}

func (i *iamAsk) set(parameter, value, key string) {
	i.values.Set(parameter, value)
	i.sent = append(i.sent, key)
}

// required makes up what an input must have.
func (i *iamAsk) required(member string) error {
	text := ""
	switch member {
	case "UserName", "GroupName", "RoleName", "PolicyName":
		text = "made-up"
	case "PolicyArn":
		if text = someARN; i.kind == "policy" {
			text = i.resource
		} else {
			i.made = append(i.made, "iam:PolicyARN")
		}
	case "PermissionsBoundary":
		text, i.made = someARN, append(i.made, "iam:PermissionsBoundary")
	case "PolicyDocument", "AssumeRolePolicyDocument":
		text = i.document(member)
	case "VersionId":
		text = "v1"
	case "AccessKeyId":
		text = "AKIAIOSFODNN7EXAMPLE"
	case "Status":
		text = "Active"
	case "AccountAlias":
		text = "made-up-alias"
	case "Description":
		text = "made up"
	case "Tags":
		i.values.Set("Tags.member.1.Key", "made-up")
		i.values.Set("Tags.member.1.Value", "value")
		i.made = append(i.made, "aws:TagKeys")
		return nil
	case "TagKeys":
		i.values.Set("TagKeys.member.1", "made-up")
		i.made = append(i.made, "aws:TagKeys")
		return nil
	default:
		return cannot("no %s is written for %s", member, i.op.Name)
	}
	i.values.Set(member, text)
	return nil
}

func (i *iamAsk) document(member string) string {
	switch {
	case given(i.p.c.Request.BodyPolicy):
		return string(i.p.c.BodyText())
	case member == "AssumeRolePolicyDocument" || i.op.Name == "UpdateAssumeRolePolicy":
		return someTrust
	}
	return somePolicy
}
