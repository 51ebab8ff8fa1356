package live

import (
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/cases"
)

const stsVersion = "2011-06-15"

func (p *player) planSTS(action, resource string, rest map[[2]string]bool) (*ask, error) {
	switch cases.Action(action) {
	case "sts:getcalleridentity":
		return form("sts", stsVersion, "GetCallerIdentity", action, resource, url.Values{}), nil
	case "sts:getsessiontoken":
		return form("sts", stsVersion, "GetSessionToken", action, resource, url.Values{}), nil
	case "sts:getaccesskeyinfo":
		return form("sts", stsVersion, "GetAccessKeyInfo", action, resource, url.Values{"AccessKeyId": {"AKIAIOSFODNN7EXAMPLE"}}), nil
	case "sts:assumerole":
		return p.planAssumeRole(action, resource, rest)
	case "sts:getfederationtoken":
		return p.planFederation(action, resource, rest)
	}
	return nil, cannot("no request is written for %s", action)
}

// stsAsk is a request to STS while it is planned.
type stsAsk struct {
	p          *player
	values     url.Values
	sent, made []string
}

func (a *stsAsk) key(name, parameter, otherwise string) {
	switch v := a.p.c.Request.Text(name); {
	case v != "":
		a.values.Set(parameter, v)
		a.sent = append(a.sent, name)
	case otherwise != "":
		a.values.Set(parameter, otherwise)
		a.made = append(a.made, name)
	}
}

// tags sends session tags, which are asked for by sts:TagSession besides.
func (a *stsAsk) tags(resource string, rest map[[2]string]bool) {
	r := &a.p.c.Request
	tags := r.Tags("aws:RequestTag/")
	_, transitive := r.Key("sts:TransitiveTagKeys")
	asked := takes(rest, "sts:TagSession", resource)
	if len(tags) == 0 && !transitive && !asked || !asked && !allowed(a.p.besides("sts:TagSession", resource)) {
		return
	}
	for k := range tags {
		a.sent = append(a.sent, "aws:RequestTag/"+k)
	}
	if len(tags) == 0 {
		tags["made-up"] = "value"
		a.made = append(a.made, "aws:TagKeys")
	}
	a.sent = append(a.sent, "aws:TagKeys")
	for i, k := range slices.Sorted(maps.Keys(tags)) {
		n := strconv.Itoa(i + 1)
		a.values.Set("Tags.member."+n+".Key", k)
		a.values.Set("Tags.member."+n+".Value", tags[k])
	}
	if keys, ok := r.Key("sts:TransitiveTagKeys"); ok {
		for i, k := range keys.List {
			a.values.Set("TransitiveTagKeys.member."+strconv.Itoa(i+1), k)
		}
		a.sent = append(a.sent, "sts:TransitiveTagKeys")
	}
}

func (p *player) planAssumeRole(action, resource string, rest map[[2]string]bool) (*ask, error) {
	role, err := arn.ParsePrincipal(resource)
	if err != nil || role.Kind != arn.KindRole || role.Partition != arn.PartitionAWS {
		return nil, cannot("%s is not asked on %s", action, resource)
	}
	a := &stsAsk{p: p, values: url.Values{"RoleArn": {resource}}}
	a.key("sts:RoleSessionName", "RoleSessionName", "case")
	if n := len(p.c.Request.Text("sts:ExternalId")); n >= 2 && n <= 1224 {
		a.key("sts:ExternalId", "ExternalId", "")
	}
	a.key("sts:DurationSeconds", "DurationSeconds", "")
	a.tags(resource, rest)
	identity := p.c.Request.Text("sts:SourceIdentity")
	asked := takes(rest, "sts:SetSourceIdentity", resource)
	switch {
	case asked:
		a.key("sts:SourceIdentity", "SourceIdentity", "case")
	case identity != "" && allowed(p.besides("sts:SetSourceIdentity", resource)):
		a.key("sts:SourceIdentity", "SourceIdentity", "")
	}
	out := form("sts", stsVersion, "AssumeRole", action, resource, a.values)
	out.sent, out.made = a.sent, a.made
	return out, nil
}

func (p *player) planFederation(action, resource string, rest map[[2]string]bool) (*ask, error) {
	who, err := arn.ParsePrincipal(resource)
	if err != nil || who.Kind != arn.KindFederatedUser || who.Account != p.asker() {
		return nil, cannot("%s is not asked on %s", action, resource)
	}
	a := &stsAsk{p: p, values: url.Values{"Name": {who.Name}}}
	a.key("sts:DurationSeconds", "DurationSeconds", "")
	a.tags(resource, rest)
	out := form("sts", stsVersion, "GetFederationToken", action, resource, a.values)
	out.sent, out.made = a.sent, a.made
	return out, nil
}
