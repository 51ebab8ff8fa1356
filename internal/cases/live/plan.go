package live

import (
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/cases"
)

// playable says what of a case no server could be asked.
func playable(c *cases.Case) error {
	r := &c.Request
	switch {
	case r.Via != "":
		return cannot("access points are not served")
	case given(r.EndpointPolicy):
		return cannot("there are no VPC endpoints")
	}
	for _, asked := range append([][2]string{{r.Action, r.Resource}}, r.Also...) {
		if service, _, _ := strings.Cut(cases.Action(asked[0]), ":"); service == "kms" {
			return cannot("KMS is not served")
		}
		if _, _, _, _, _, ok := arn.SplitAccessPoint(asked[1]); ok {
			return cannot("access points are not served")
		}
	}
	if r.Principal == "anonymous" || r.Principal == "" {
		return nil
	}
	who, err := arn.ParsePrincipal(r.Principal)
	switch {
	case err != nil:
		return cannot("no client signs as the service %s", r.Principal)
	case who.Kind == arn.KindOIDCProvider || who.Kind == arn.KindSAMLProvider:
		return cannot("identity providers are not served")
	case who.Kind != arn.KindRoot && who.Kind != arn.KindUser && who.Kind != arn.KindAssumedRole && who.Kind != arn.KindFederatedUser:
		return cannot("nobody signs as %s", r.Principal)
	case who.Partition != arn.PartitionAWS:
		return cannot("there is one partition, aws")
	}
	return serviceLinked(c, who)
}

// serviceLinked: such a role is known by its path, which changes the ARN that
// policies may name.
func serviceLinked(c *cases.Case, who arn.Principal) error {
	a := c.Accounts[who.Account]
	if who.Kind != arn.KindAssumedRole || a == nil || a.Roles[who.Name] == nil {
		return nil
	}
	if role := a.Roles[who.Name]; rolePath(role) != role.Path && strings.Contains(string(encoded(c)), ":role"+orSlash(role.Path)+who.Name) {
		return cannot("a service-linked role that is named without its path")
	}
	return nil
}

func orSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// plan is the requests that together ask what the case asks. Mostly that is one:
// the permissions asked besides follow from its headers.
func (p *player) plan() ([]*ask, error) {
	p.needed = map[string]bool{}
	rest := map[[2]string]bool{}
	for _, also := range p.c.Request.Also {
		rest[also] = true
	}
	first, err := p.planOne(p.c.Request.Action, p.c.Request.Resource, rest)
	if err != nil {
		return nil, err
	}
	out := []*ask{first}
	for _, also := range p.c.Request.Also {
		if !rest[also] {
			continue
		}
		one, err := p.planOne(also[0], also[1], nil)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// planOne plans the request for one action. It takes out of rest what the request
// asks besides; rest is nil for a request that is not the case's first.
func (p *player) planOne(action, resource string, rest map[[2]string]bool) (*ask, error) {
	switch service, _, _ := strings.Cut(cases.Action(action), ":"); service {
	case "s3":
		return p.planS3(action, resource, rest)
	case "sts":
		return p.planSTS(action, resource, rest)
	case "iam":
		return p.planIAM(action, resource, rest)
	}
	return nil, cannot("no request is written for %s", action)
}

// takes tells whether the case asks an action besides, and notes that the request
// asks it.
func takes(rest map[[2]string]bool, action, resource string) bool {
	for also, open := range rest {
		if open && cases.Action(also[0]) == cases.Action(action) && also[1] == resource {
			rest[also] = false
			return true
		}
	}
	return false
}

// besides is for a permission that the request asks although the case does not: the
// request can be sent only if it would be allowed, or if it is refused before.
func (p *player) besides(action, resource string) error {
	if p.c.Expect == "deny" && len(p.c.Request.Also) == 0 {
		return nil
	}
	if r, err := cases.Ask(p.c, action, resource); err != nil || !r.Allowed {
		return cannot("the request asks for %s too, of which the case does not speak", action)
	}
	return nil
}
