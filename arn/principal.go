package arn

import "strings"

// Kind is the kind of principal (or thing mistaken for one) that an IAM or STS ARN names.
type Kind uint8

// Kinds of ARNs that can stand where a principal is expected.
const (
	KindRoot Kind = iota + 1
	KindUser
	KindRole
	KindGroup
	KindAssumedRole
	KindFederatedUser
	KindSAMLProvider
	KindOIDCProvider
)

// Principal is an IAM or STS ARN taken apart.
type Principal struct {
	Kind      Kind
	Partition string
	Account   string
	Path      string // of users, roles and groups: begins and ends with "/"
	Name      string // user, role (of a session too), group, federated user or provider
	Session   string // of KindAssumedRole alone
}

// ParsePrincipal takes apart the ARN of a root user, user, role, group, role session, federated user or identity
// provider. ErrInvalid: any other string. Names are not checked against IAM's rules for names.
func ParsePrincipal(s string) (Principal, error) {
	a, err := Parse(s)
	if err != nil || a.Region != "" || !ValidPartition(a.Partition) || !ValidAccountID(a.Account) {
		return Principal{}, ErrInvalid
	}
	p := Principal{Partition: a.Partition, Account: a.Account}
	switch a.Service {
	case "iam":
		return p.iam(a.Resource)
	case "sts":
		return p.sts(a.Resource)
	}
	return Principal{}, ErrInvalid
}

func (p Principal) iam(resource string) (Principal, error) {
	if resource == "root" {
		p.Kind = KindRoot
		return p, nil
	}
	kind, rest, ok := strings.Cut(resource, "/")
	if !ok || rest == "" || strings.HasSuffix(rest, "/") {
		return Principal{}, ErrInvalid
	}
	switch kind {
	case "user":
		p.Kind = KindUser
	case "role":
		p.Kind = KindRole
	case "group":
		p.Kind = KindGroup
	case "saml-provider":
		p.Kind, p.Name = KindSAMLProvider, rest
		return p, nil
	case "oidc-provider":
		p.Kind, p.Name = KindOIDCProvider, rest
		return p, nil
	default:
		return Principal{}, ErrInvalid
	}
	cut := strings.LastIndexByte(rest, '/') + 1
	p.Path, p.Name = "/"+rest[:cut], rest[cut:]
	return p, nil
}

func (p Principal) sts(resource string) (Principal, error) {
	kind, rest, _ := strings.Cut(resource, "/")
	switch kind {
	case "assumed-role":
		name, session, ok := strings.Cut(rest, "/")
		if !ok || name == "" || session == "" || strings.Contains(session, "/") {
			return Principal{}, ErrInvalid
		}
		p.Kind, p.Name, p.Session = KindAssumedRole, name, session
		return p, nil
	case "federated-user":
		if rest == "" || strings.Contains(rest, "/") {
			return Principal{}, ErrInvalid
		}
		p.Kind, p.Name = KindFederatedUser, rest
		return p, nil
	}
	return Principal{}, ErrInvalid
}

// String prints the principal's ARN.
func (p Principal) String() string {
	head := "arn:" + p.Partition + ":iam::" + p.Account + ":"
	switch p.Kind {
	case KindRoot:
		return head + "root"
	case KindUser:
		return head + "user" + p.path() + p.Name
	case KindRole:
		return head + "role" + p.path() + p.Name
	case KindGroup:
		return head + "group" + p.path() + p.Name
	case KindSAMLProvider:
		return head + "saml-provider/" + p.Name
	case KindOIDCProvider:
		return head + "oidc-provider/" + p.Name
	case KindAssumedRole:
		return Session(p.Partition, p.Account, p.Name, p.Session)
	case KindFederatedUser:
		return FederatedUser(p.Partition, p.Account, p.Name)
	}
	return ""
}

func (p Principal) path() string {
	if p.Path == "" {
		return "/"
	}
	return p.Path
}

// Root is the ARN of an account's root user, which in policies stands for the account.
func Root(partition, account string) string { return "arn:" + partition + ":iam::" + account + ":root" }

// User is the ARN of an IAM user; path begins and ends with "/".
func User(partition, account, path, name string) string {
	return "arn:" + partition + ":iam::" + account + ":user" + path + name
}

// Role is the ARN of a role; path begins and ends with "/".
func Role(partition, account, path, name string) string {
	return "arn:" + partition + ":iam::" + account + ":role" + path + name
}

// Session is the ARN of a role's session, which never shows the role's path.
func Session(partition, account, role, session string) string {
	return "arn:" + partition + ":sts::" + account + ":assumed-role/" + role + "/" + session
}

// FederatedUser is the ARN of what GetFederationToken makes.
func FederatedUser(partition, account, name string) string {
	return "arn:" + partition + ":sts::" + account + ":federated-user/" + name
}

// SessionOfRole is the session ARN for a session name under a role ARN. ErrInvalid: roleARN is not a role's ARN.
func SessionOfRole(roleARN, session string) (string, error) {
	p, err := ParsePrincipal(roleARN)
	if err != nil || p.Kind != KindRole {
		return "", ErrInvalid
	}
	return Session(p.Partition, p.Account, p.Name, session), nil
}
