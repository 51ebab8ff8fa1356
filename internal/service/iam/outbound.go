package iam

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// signingRSA is the length of an RSA key that tokens are signed with, in bits.
const signingRSA = 2048

// EnableOutboundWebIdentityFederation lets the account's principals get web
// identity tokens and gives the account its issuer. Switched on again it has the
// issuer and the keys that it had.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOutboundWebIdentityFederation.html
func (s *Service) EnableOutboundWebIdentityFederation(ctx context.Context, _ *api.EnableOutboundWebIdentityFederationInput) (*api.EnableOutboundWebIdentityFederationOutput, error) {
	made, err := tokenKeys()
	if err != nil {
		return nil, err
	}
	out := new(api.EnableOutboundWebIdentityFederationOutput)
	err = s.update(ctx, func(tx *directory.Tx) error {
		f, err := outbound(&tx.ReadTx, accountOf(ctx))
		if err != nil {
			return err
		}
		if f.Enabled {
			return api.NewError("FeatureEnabled", "Outbound web identity federation is already enabled for the account.")
		}
		f.Enabled = true
		if f.ID == "" {
			if f.ID, err = tx.NewLowerID("", 32); err != nil {
				return err
			}
			for alg, key := range made {
				sealed, err := sealTokenKey(tx, f.Account, alg, key)
				if err != nil {
					return err
				}
				f.Keys = append(f.Keys, *sealed)
			}
		}
		out.IssuerIdentifier = new(s.issuer(f.Account, f.ID))
		return tx.SetResource(f)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// tokenKeys makes a key for each algorithm, before any transaction.
func tokenKeys() (map[string]crypto.Signer, error) {
	r, err := rsa.GenerateKey(rand.Reader, signingRSA)
	if err != nil {
		return nil, err
	}
	e, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return map[string]crypto.Signer{"RS256": r, "ES384": e}, nil
}

func sealTokenKey(tx *directory.Tx, account, alg string, key crypto.Signer) (*directory.TokenKey, error) {
	id, err := tx.NewLowerID("", 20)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	return &directory.TokenKey{
		ID: id, Algorithm: alg, Public: public, Sealed: tx.Seal(private, directory.TokenKeySecret, account+"/"+id),
	}, nil
}

// outbound is the account's issuer, or a new one without an id.
func outbound(t *directory.ReadTx, account string) (*directory.OutboundFederation, error) {
	f, err := directory.FindResource(t, &directory.OutboundFederation{Account: account})
	if errors.Is(err, directory.ErrNotFound) {
		return &directory.OutboundFederation{Account: account}, nil
	}
	return f, err
}

func featureDisabled() error {
	return api.NewError("FeatureDisabled", "Outbound web identity federation is not enabled for the account.")
}

// DisableOutboundWebIdentityFederation ends the issuing of tokens. Those that are
// out stay good until they end: the issuer's keys go on being published.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOutboundWebIdentityFederation.html
func (s *Service) DisableOutboundWebIdentityFederation(ctx context.Context, _ *api.DisableOutboundWebIdentityFederationInput) (*api.DisableOutboundWebIdentityFederationOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		f, err := outbound(&tx.ReadTx, accountOf(ctx))
		if err != nil {
			return err
		}
		if !f.Enabled {
			return featureDisabled()
		}
		f.Enabled = false
		return tx.PutResource(f)
	})
	if err != nil {
		return nil, err
	}
	return &api.DisableOutboundWebIdentityFederationOutput{}, nil
}

// GetOutboundWebIdentityFederationInfo shows the account's issuer.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOutboundWebIdentityFederationInfo.html
func (s *Service) GetOutboundWebIdentityFederationInfo(ctx context.Context, _ *api.GetOutboundWebIdentityFederationInfoInput) (*api.GetOutboundWebIdentityFederationInfoOutput, error) {
	out := new(api.GetOutboundWebIdentityFederationInfoOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		f, err := outbound(t, accountOf(ctx))
		if err != nil {
			return err
		}
		if !f.Enabled {
			return featureDisabled()
		}
		out.IssuerIdentifier, out.JwtVendingEnabled = new(s.issuer(f.Account, f.ID)), new(true)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
