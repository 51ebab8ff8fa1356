package iam

import (
	"errors"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
)

// subject is a user, group, role or managed policy that an ARN names.
type subject struct {
	kind   directory.Kind
	holder *directory.Holder        // nil of a policy
	user   *directory.User          // of a user
	policy *directory.ManagedPolicy // of a policy
}

// byARN is the account's entity with exactly the ARN, or a policy that AWS
// manages. Anything else is NoSuchEntity, and what is no such ARN is
// InvalidInput.
func byARN(t *directory.ReadTx, account, wanted string) (*subject, error) {
	a, err := arn.Parse(wanted)
	kind, rest, _ := strings.Cut(a.Resource, "/")
	if err != nil || a.Partition != arn.PartitionAWS || a.Service != "iam" || a.Region != "" || rest == "" || strings.HasSuffix(rest, "/") {
		return nil, invalidInput("ARN %s is not valid.", wanted)
	}
	missing := noSuchEntity("ARN %s was not found.", wanted)
	if a.Account != account && (kind != "policy" || a.Account != directory.AWSAccount) {
		return nil, missing
	}
	s, found, err := named(t, account, kind, wanted, rest[strings.LastIndexByte(rest, '/')+1:])
	switch {
	case errors.Is(err, directory.ErrNotFound), err == nil && found != wanted:
		return nil, missing
	case errors.Is(err, errKind):
		return nil, invalidInput("ARN %s is not valid.", wanted)
	}
	return s, err
}

var errKind = errors.New("iam: an ARN of another kind")

// named is the entity of the kind and name, and its ARN.
func named(t *directory.ReadTx, account, kind, wanted, name string) (*subject, string, error) {
	switch kind {
	case "user":
		u, err := t.User(account, name)
		if err != nil {
			return nil, "", err
		}
		return &subject{kind: directory.KindUser, holder: &u.Holder, user: u}, u.ARN(), nil
	case "group":
		g, err := t.Group(account, name)
		if err != nil {
			return nil, "", err
		}
		return &subject{kind: directory.KindGroup, holder: &g.Holder}, g.ARN(), nil
	case "role":
		r, err := t.Role(account, name)
		if err != nil {
			return nil, "", err
		}
		return &subject{kind: directory.KindRole, holder: &r.Holder}, r.ARN(), nil
	case "policy":
		p, err := policyFor(t, account, wanted)
		if err != nil {
			return nil, "", err
		}
		return &subject{kind: directory.KindPolicy, policy: p}, p.ARN(), nil
	}
	return nil, "", errKind
}

// byARNTarget is the entity that the input's Arn names. What is not there, or not
// the account's, stays what the input says: the operation will not find it.
func (r *target) byARNTarget(t *directory.ReadTx) error {
	r.arn = r.text("Arn")
	s, err := byARN(t, r.account, r.arn)
	if _, refused := wire.AsError(err); refused {
		return nil
	}
	if err != nil {
		return err
	}
	if s.holder != nil {
		r.tags = s.holder.Tags
	} else {
		r.tags = s.policy.Tags
	}
	return nil
}

// source is one policy of an entity: managed, or embedded in the entity that
// holder is.
type source struct {
	name, arn, document string
	kind                directory.Kind // of the holder
	holder              string         // its name
}

// sources are the policies of the subject: of a user also those of its groups.
func (s *subject) sources(t *directory.ReadTx) ([]source, error) {
	if s.kind == directory.KindPolicy {
		return []source{{name: s.policy.Name, arn: s.policy.ARN(), document: s.policy.Document()}}, nil
	}
	out, err := held(t, s.kind, s.holder, nil)
	if err != nil || s.user == nil {
		return out, err
	}
	for _, id := range s.user.Groups {
		g, err := t.GroupByID(id)
		if err != nil {
			return nil, err
		}
		if out, err = held(t, directory.KindGroup, &g.Holder, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func held(t *directory.ReadTx, k directory.Kind, h *directory.Holder, out []source) ([]source, error) {
	for _, p := range h.Inline {
		out = append(out, source{name: p.Name, document: p.Document, kind: k, holder: h.Name})
	}
	for _, policyARN := range h.Attached {
		p, err := t.PolicyByARN(policyARN)
		if err != nil {
			return nil, err
		}
		out = append(out, source{name: p.Name, arn: policyARN, document: p.Document(), kind: k, holder: h.Name})
	}
	return out, nil
}
