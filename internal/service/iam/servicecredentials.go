package iam

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// credentialServices are the services that know credentials of their own, and
// whether theirs are keys, which may end, instead of names with passwords.
var credentialServices = map[string]bool{
	"codecommit.amazonaws.com": false, "cassandra.amazonaws.com": false, "bedrock.amazonaws.com": true,
}

// CreateServiceSpecificCredential makes a name and a password, or a key, of a
// user for one service. The secret is in the answer and nowhere afterwards.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html
func (s *Service) CreateServiceSpecificCredential(ctx context.Context, in *api.CreateServiceSpecificCredentialInput) (*api.CreateServiceSpecificCredentialOutput, error) {
	service := value(in.ServiceName)
	isKey, ok := credentialServices[service]
	if !ok {
		return nil, api.NewError("NotSupportedService", "No such service "+service+" is supported for Service Specific Credentials")
	}
	if in.CredentialAgeDays != nil && !isKey {
		return nil, invalidInput("CredentialAgeDays is not supported for the service %s.", service)
	}
	out := new(api.CreateServiceSpecificCredentialOutput)
	err := s.changeCredentials(ctx, in.UserName, func(tx *directory.Tx, o owner, c *directory.UserCredentials) error {
		n := 0
		for _, k := range c.Services {
			if k.Service == service {
				n++
			}
		}
		if n >= s.quotas.ServiceCredentials {
			return api.LimitExceeded("ServiceSpecificCredentialsPerUser", s.quotas.ServiceCredentials)
		}
		id, err := tx.NewUniqueID(arn.PrefixContextKey)
		if err != nil {
			return err
		}
		k := directory.ServiceCredential{ID: id, Service: service, Status: directory.KeyActive, Created: tx.Now()}
		if in.CredentialAgeDays != nil {
			k.Expires = k.Created.Add(time.Duration(*in.CredentialAgeDays) * 24 * time.Hour)
		}
		if k.Name, err = serviceUserName(&tx.ReadTx, c, value(in.UserName)); err != nil {
			return err
		}
		secret, err := newServiceSecret(tx, &k)
		if err != nil {
			return err
		}
		c.Services = append(c.Services, k)
		out.ServiceSpecificCredential = showServiceCredential(o, &k, secret)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// serviceUserName is the first name of the form USER+N-at-ACCOUNT that nobody of
// the account has.
func serviceUserName(t *directory.ReadTx, c *directory.UserCredentials, user string) (string, error) {
	taken := map[string]bool{}
	err := t.EachUserCredentials(c.Account, func(other *directory.UserCredentials) {
		for _, k := range other.Services {
			taken[k.Name] = true
		}
	})
	if err != nil {
		return "", err
	}
	name := user + "-at-" + c.Account
	for n := 1; taken[name]; n++ {
		name = fmt.Sprintf("%s+%d-at-%s", user, n, c.Account)
	}
	return name, nil
}

// newServiceSecret makes a secret and keeps its hash.
func newServiceSecret(tx *directory.Tx, k *directory.ServiceCredential) (string, error) {
	var random [32]byte
	if err := tx.Random(random[:]); err != nil {
		return "", err
	}
	secret := base64.StdEncoding.EncodeToString(random[:])
	if credentialServices[k.Service] {
		secret = "ABSK" + base64.StdEncoding.EncodeToString([]byte(k.Name+":"+secret))
	}
	sum := sha256.Sum256([]byte(secret))
	k.Hash = sum[:]
	return secret, nil
}

func showServiceCredential(o owner, k *directory.ServiceCredential, secret string) *api.ServiceSpecificCredential {
	out := &api.ServiceSpecificCredential{
		UserName: o.name(), ServiceSpecificCredentialId: new(k.ID), ServiceName: new(k.Service),
		Status: new(k.Status), CreateDate: date(k.Created), ExpirationDate: expiry(k),
	}
	if credentialServices[k.Service] {
		out.ServiceCredentialAlias, out.ServiceCredentialSecret = new(k.Name), &secret
	} else {
		out.ServiceUserName, out.ServicePassword = new(k.Name), &secret
	}
	return out
}

// expiry is when a key ends, nil for never.
func expiry(k *directory.ServiceCredential) *time.Time {
	if k.Expires.IsZero() {
		return nil
	}
	return date(k.Expires)
}

// serviceStatus is a credential's status; one whose time is over has Expired.
func serviceStatus(ctx context.Context, k *directory.ServiceCredential) string {
	if !k.Expires.IsZero() && !now(ctx).Before(k.Expires) {
		return "Expired"
	}
	return k.Status
}

// serviceCredential is the user's credential with the id.
func serviceCredential(c *directory.UserCredentials, id *string) (*directory.ServiceCredential, error) {
	if k := find(c.Services, value(id), func(k *directory.ServiceCredential) string { return k.ID }); k != nil {
		return k, nil
	}
	return nil, noSuchEntity("No such credential %s exists", value(id))
}

// ListServiceSpecificCredentials lists the credentials of a user, of the caller
// when no name is given, or of all users of the account, those for one service if
// it is named.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html
func (s *Service) ListServiceSpecificCredentials(ctx context.Context, in *api.ListServiceSpecificCredentialsInput) (*api.ListServiceSpecificCredentialsOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	if value(in.AllUsers) && in.UserName != nil {
		return nil, invalidInput("AllUsers and UserName cannot be specified together.")
	}
	var all []row[api.ServiceSpecificCredentialMetadata]
	add := func(o owner, services []directory.ServiceCredential) {
		for _, k := range services {
			if in.ServiceName == nil || k.Service == *in.ServiceName {
				all = append(all, row[api.ServiceSpecificCredentialMetadata]{o.id() + k.ID, listedServiceCredential(ctx, o, &k)})
			}
		}
	}
	if value(in.AllUsers) {
		err = s.view(ctx, func(t *directory.ReadTx) error { return eachUser(t, accountOf(ctx), add) })
	} else {
		err = s.viewCredentials(ctx, in.UserName, func(o owner, c *directory.UserCredentials) error {
			add(o, c.Services)
			return nil
		})
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b row[api.ServiceSpecificCredentialMetadata]) int { return strings.Compare(a.place, b.place) })
	out := &api.ListServiceSpecificCredentialsOutput{ServiceSpecificCredentials: []api.ServiceSpecificCredentialMetadata{}}
	l := window(all, func(r row[api.ServiceSpecificCredentialMetadata]) string { return r.place }, p)
	for _, r := range l.Items {
		out.ServiceSpecificCredentials = append(out.ServiceSpecificCredentials, r.item)
	}
	out.IsTruncated, out.Marker = truncated(l.Next)
	return out, nil
}

// eachUser calls fn with the users of the account who have credentials for
// services.
func eachUser(t *directory.ReadTx, account string, fn func(owner, []directory.ServiceCredential)) error {
	have := map[string][]directory.ServiceCredential{}
	err := t.EachUserCredentials(account, func(c *directory.UserCredentials) {
		if len(c.Services) > 0 {
			have[c.Owner] = c.Services
		}
	})
	if err != nil {
		return err
	}
	for id, services := range have {
		u, err := t.UserByID(id)
		if err != nil {
			return err
		}
		fn(owner{user: u}, services)
	}
	return nil
}

func listedServiceCredential(ctx context.Context, o owner, k *directory.ServiceCredential) api.ServiceSpecificCredentialMetadata {
	out := api.ServiceSpecificCredentialMetadata{
		UserName: o.name(), ServiceSpecificCredentialId: new(k.ID), ServiceName: new(k.Service),
		Status: new(serviceStatus(ctx, k)), CreateDate: date(k.Created), ExpirationDate: expiry(k),
	}
	if credentialServices[k.Service] {
		out.ServiceCredentialAlias = new(k.Name)
	} else {
		out.ServiceUserName = new(k.Name)
	}
	return out
}

// ResetServiceSpecificCredential gives a credential another secret. The old one
// ends at once.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResetServiceSpecificCredential.html
func (s *Service) ResetServiceSpecificCredential(ctx context.Context, in *api.ResetServiceSpecificCredentialInput) (*api.ResetServiceSpecificCredentialOutput, error) {
	out := new(api.ResetServiceSpecificCredentialOutput)
	err := s.changeCredentials(ctx, in.UserName, func(tx *directory.Tx, o owner, c *directory.UserCredentials) error {
		k, err := serviceCredential(c, in.ServiceSpecificCredentialId)
		if err != nil {
			return err
		}
		secret, err := newServiceSecret(tx, k)
		out.ServiceSpecificCredential = showServiceCredential(o, k, secret)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateServiceSpecificCredential makes a credential Active or Inactive.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html
func (s *Service) UpdateServiceSpecificCredential(ctx context.Context, in *api.UpdateServiceSpecificCredentialInput) (*api.UpdateServiceSpecificCredentialOutput, error) {
	if err := checkStatus(in.Status); err != nil {
		return nil, err
	}
	err := s.changeCredentials(ctx, in.UserName, func(_ *directory.Tx, _ owner, c *directory.UserCredentials) error {
		k, err := serviceCredential(c, in.ServiceSpecificCredentialId)
		if err == nil {
			k.Status = *in.Status
		}
		return err
	})
	return &api.UpdateServiceSpecificCredentialOutput{}, err
}

// DeleteServiceSpecificCredential removes a credential.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceSpecificCredential.html
func (s *Service) DeleteServiceSpecificCredential(ctx context.Context, in *api.DeleteServiceSpecificCredentialInput) (*api.DeleteServiceSpecificCredentialOutput, error) {
	err := s.changeCredentials(ctx, in.UserName, func(_ *directory.Tx, _ owner, c *directory.UserCredentials) error {
		_, err := serviceCredential(c, in.ServiceSpecificCredentialId)
		c.Services = slices.DeleteFunc(c.Services, func(k directory.ServiceCredential) bool {
			return k.ID == value(in.ServiceSpecificCredentialId)
		})
		return err
	})
	return &api.DeleteServiceSpecificCredentialOutput{}, err
}
