package ec2

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
)

// maxKeyPairs is how many key pairs an account may have in a region.
const maxKeyPairs = 5000

func keyType(in *string) string {
	if in == nil {
		return rsaKey
	}
	return *in
}

// keyPairByName is the account's key pair with the name, case and all.
func (s *Service) keyPairByName(t *directory.ReadTx, account, name string) (*directory.KeyPair, error) {
	if name == "" {
		return nil, directory.ErrNotFound
	}
	k, err := directory.FindResource(t, &directory.KeyPair{Account: account, Name: name})
	if err == nil && k.Region != s.region {
		return nil, directory.ErrNotFound
	}
	return k, err
}

func (s *Service) keyPairByID(t *directory.ReadTx, account, id string) (*directory.KeyPair, error) {
	all, err := s.keyPairs(t, account)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		if k.ID == id {
			return k, nil
		}
	}
	return nil, directory.ErrNotFound
}

func (s *Service) keyPairs(t *directory.ReadTx, account string) ([]*directory.KeyPair, error) {
	all, err := directory.Resources(t, &directory.KeyPair{Account: account}, directory.Page{}, func(k *directory.KeyPair) bool { return k.Region == s.region })
	return all.Items, err
}

// keyPairOf is the one that a deletion names, by its name or else by its id.
func (s *Service) keyPairOf(t *directory.ReadTx, account string, in *api.DeleteKeyPairInput) (*directory.KeyPair, error) {
	switch {
	case in.KeyName != nil && in.KeyPairId != nil:
		return nil, notTogether("KeyName", "KeyPairId")
	case in.KeyName != nil:
		return s.keyPairByName(t, account, *in.KeyName)
	case in.KeyPairId != nil:
		return s.keyPairByID(t, account, *in.KeyPairId)
	}
	return nil, fault("MissingParameter", "The request must contain the parameter KeyName or KeyPairId")
}

func checkKeyName(name string) error {
	if name == "" {
		return fault("MissingParameter", "The request must contain the parameter KeyName")
	}
	if utf8.RuneCountInString(name) > 255 {
		return badValue(name, "keyName", "Length exceeds maximum of 255.")
	}
	for _, r := range name {
		if r < ' ' || r > '~' {
			return badValue(name, "keyName", "Character sets beyond ASCII are not supported.")
		}
	}
	return nil
}

// CreateKeyPair makes a key pair and answers its private part, which is kept
// nowhere.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html
func (s *Service) CreateKeyPair(ctx context.Context, in *api.CreateKeyPairInput) (*api.CreateKeyPairOutput, error) {
	kind := keyType(in.KeyType)
	if kind != rsaKey && kind != ed25519Key {
		return nil, badValue(kind, "KeyType", "Valid values are rsa and ed25519.")
	}
	switch format := value(in.KeyFormat); {
	case format == "ppk":
		return nil, fault("UnsupportedOperation", "Private keys in the format ppk are not supported here.")
	case in.KeyFormat != nil && format != "pem":
		return nil, badValue(format, "KeyFormat", "Valid values are pem and ppk.")
	}
	made, err := newSSHKey(kind)
	if err != nil {
		return nil, err
	}
	k, err := s.addKeyPair(ctx, made, *in.KeyName, in.TagSpecifications, value(in.DryRun))
	if err != nil {
		return nil, err
	}
	return &api.CreateKeyPairOutput{
		KeyPairId: &k.ID, KeyName: &k.Name, KeyFingerprint: &k.Fingerprint, KeyMaterial: &made.private, Tags: renderTags(k.Tags),
	}, nil
}

// ImportKeyPair keeps the public part of a key pair that was made elsewhere.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html
func (s *Service) ImportKeyPair(ctx context.Context, in *api.ImportKeyPairInput) (*api.ImportKeyPairOutput, error) {
	key, err := parsePublicKey(in.PublicKeyMaterial)
	if err != nil {
		return nil, fault("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
	}
	k, err := s.addKeyPair(ctx, key, *in.KeyName, in.TagSpecifications, value(in.DryRun))
	if err != nil {
		return nil, err
	}
	return &api.ImportKeyPairOutput{KeyPairId: &k.ID, KeyName: &k.Name, KeyFingerprint: &k.Fingerprint, Tags: renderTags(k.Tags)}, nil
}

func (s *Service) addKeyPair(ctx context.Context, key *sshKey, name string, specs []api.TagSpecification, dry bool) (*directory.KeyPair, error) {
	if err := checkKeyName(name); err != nil {
		return nil, err
	}
	tags, err := specified(specs, api.TaggedByKeyPairs)
	if err != nil {
		return nil, err
	}
	k := &directory.KeyPair{
		Account: accountOf(ctx), Region: s.region, Name: name, Type: key.kind, PublicKey: key.public, Fingerprint: key.fingerprint,
		Created: now(ctx), Tags: tags["key-pair"],
	}
	err = s.update(ctx, func(t *directory.Tx) (err error) {
		n, err := t.CountResources(directory.KindKeyPair, k.Account)
		if err != nil {
			return err
		}
		if n >= maxKeyPairs {
			return fault("ResourceLimitExceeded", "You have reached the limit of %d key pairs.", maxKeyPairs)
		}
		if k.ID, err = newID(t, "key"); err != nil {
			return err
		}
		if err := t.CreateResource(k); err != nil {
			return err
		}
		if dry {
			return dryRun()
		}
		return nil
	})
	if errors.Is(err, directory.ErrExists) {
		return nil, fault("InvalidKeyPair.Duplicate", "The keypair already exists")
	}
	return k, err
}

// DeleteKeyPair takes a key pair away, if it is there. Instances keep its public
// part.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteKeyPair.html
func (s *Service) DeleteKeyPair(ctx context.Context, in *api.DeleteKeyPairInput) (*api.DeleteKeyPairOutput, error) {
	out := &api.DeleteKeyPairOutput{Return: new(true)}
	err := s.update(ctx, func(t *directory.Tx) error {
		out.KeyPairId = nil
		k, err := s.keyPairOf(&t.ReadTx, accountOf(ctx), in)
		switch {
		case errors.Is(err, directory.ErrNotFound) && !value(in.DryRun):
			return nil
		case err != nil && !errors.Is(err, directory.ErrNotFound):
			return err
		case value(in.DryRun):
			return dryRun()
		}
		out.KeyPairId = &k.ID
		return t.DeleteResource(k)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DescribeKeyPairs shows the account's key pairs, and their public keys if it is
// asked to.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeKeyPairs.html
func (s *Service) DescribeKeyPairs(ctx context.Context, in *api.DescribeKeyPairsInput) (*api.DescribeKeyPairsOutput, error) {
	type pair = *directory.KeyPair
	keep, err := filtered(in.Filters, fields[pair]{
		"key-pair-id": one(func(k pair) string { return k.ID }), "key-name": one(func(k pair) string { return k.Name }),
		"fingerprint": one(func(k pair) string { return k.Fingerprint }), "key-type": one(func(k pair) string { return k.Type }),
	}, func(k pair) []directory.Tag { return k.Tags })
	if err != nil {
		return nil, err
	}
	var all []pair
	if err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		all, err = s.keyPairs(t, accountOf(ctx))
		return err
	}); err != nil {
		return nil, err
	}
	for _, name := range in.KeyNames {
		if !slices.ContainsFunc(all, func(k pair) bool { return k.Name == name }) {
			return nil, fault("InvalidKeyPair.NotFound", "The key pair '%s' does not exist", cut(name))
		}
	}
	for _, id := range in.KeyPairIds {
		if !slices.ContainsFunc(all, func(k pair) bool { return k.ID == id }) {
			return nil, fault("InvalidKeyPair.NotFound", "The key pair ID '%s' does not exist", cut(id))
		}
	}
	if value(in.DryRun) {
		return nil, dryRun()
	}
	out := &api.DescribeKeyPairsOutput{KeyPairs: []api.KeyPairInfo{}}
	for _, k := range all {
		named := len(in.KeyNames)+len(in.KeyPairIds) == 0 || slices.Contains(in.KeyNames, k.Name) || slices.Contains(in.KeyPairIds, k.ID)
		if !named || !keep(k) {
			continue
		}
		info := api.KeyPairInfo{
			KeyPairId: &k.ID, KeyName: &k.Name, KeyType: &k.Type, KeyFingerprint: &k.Fingerprint, CreateTime: &k.Created, Tags: renderTags(k.Tags),
		}
		if info.Tags == nil {
			info.Tags = []api.Tag{}
		}
		if value(in.IncludePublicKey) {
			info.PublicKey = new(k.PublicKey + " " + k.Name)
		}
		out.KeyPairs = append(out.KeyPairs, info)
	}
	return out, nil
}
