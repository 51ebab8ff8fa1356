package directory

import "time"

// Instance is an EC2 instance: a workload identity. Nothing boots; it has an id,
// a state, what it was launched with, and the instance profile that gives whoever
// acts as the instance its credentials.
type Instance struct {
	Account     string    `json:"account"`
	ID          string    `json:"id"` // i-…
	Region      string    `json:"region"`
	Zone        string    `json:"zone"` // us-east-1a
	Subnet      string    `json:"subnet"`
	Reservation string    `json:"reservation"` // r-…
	Index       int       `json:"index,omitempty"`
	Launched    time.Time `json:"launched"` // again when it is started
	Created     time.Time `json:"created"`  // by RunInstances
	Image       string    `json:"image"`
	Type        string    `json:"type"`
	KeyName     string    `json:"keyName,omitempty"`
	PublicKey   string    `json:"publicKey,omitempty"` // of the key pair at launch, in OpenSSH's form
	IP          string    `json:"ip"`                  // private
	MAC         string    `json:"mac"`
	Interface   string    `json:"interface"` // eni-…
	Tags        []Tag     `json:"tags,omitempty"`
	HasUserData bool      `json:"hasUserData,omitempty"` // see UserData
	// ClientToken made RunInstances idempotent; RequestHash is of that request.
	ClientToken string `json:"clientToken,omitempty"`
	RequestHash string `json:"requestHash,omitempty"`

	State string `json:"state"` // running, stopped or terminated
	// StateReason says why an instance is not running: its code, and in
	// StateTransition a text with the time.
	StateReason     string    `json:"stateReason,omitempty"`
	StateTransition string    `json:"stateTransition,omitempty"`
	Changed         time.Time `json:"changed"` // when State changed last

	Metadata InstanceMetadata `json:"metadata"`
	// Association is nil for an instance without an instance profile.
	Association *ProfileAssociation `json:"association,omitempty"`
}

// InstanceMetadata is how the instance's metadata service answers, in the words
// of ModifyInstanceMetadataOptions.
type InstanceMetadata struct {
	Tokens   string `json:"tokens"`   // optional, required
	Endpoint string `json:"endpoint"` // enabled, disabled
	HopLimit int32  `json:"hopLimit"` // 1–64
	IPv6     string `json:"ipv6"`     // enabled, disabled
	Tags     string `json:"tags"`     // enabled, disabled
}

// ProfileAssociation ties an instance to an instance profile.
type ProfileAssociation struct {
	ID        string    `json:"id"` // iip-assoc-…
	ARN       string    `json:"arn"`
	Name      string    `json:"name"`
	ProfileID string    `json:"profile"` // AIPA…; a profile made anew under the name is another
	Since     time.Time `json:"since"`
}

// Place implements Resource.
func (i *Instance) Place() (k ResourceKind, account, name string) {
	return KindInstance, i.Account, i.ID
}

// ARN is arn:aws:ec2:REGION:ACCOUNT:instance/ID.
func (i *Instance) ARN() string {
	return "arn:aws:ec2:" + i.Region + ":" + i.Account + ":instance/" + i.ID
}

// UserData is what an instance was given to start with. It stands apart, so that
// listing instances does not read it.
type UserData struct {
	Account  string `json:"account"`
	Instance string `json:"instance"`
	Data     []byte `json:"data"` // 16,384 bytes at most
}

// Place implements Resource.
func (u *UserData) Place() (k ResourceKind, account, name string) {
	return KindUserData, u.Account, u.Instance
}

// KeyPair is the public part of an SSH key pair. The private part is with whoever
// made it.
type KeyPair struct {
	Account     string    `json:"account"`
	Region      string    `json:"region"`
	ID          string    `json:"id"` // key-…
	Name        string    `json:"name"`
	Type        string    `json:"type"` // rsa, ed25519
	PublicKey   string    `json:"publicKey"`
	Fingerprint string    `json:"fingerprint"`
	Created     time.Time `json:"created"`
	Tags        []Tag     `json:"tags,omitempty"`
}

// Place implements Resource.
func (k *KeyPair) Place() (kind ResourceKind, account, name string) {
	return KindKeyPair, k.Account, k.Name
}

// IdentitySigner is the key with which the installation signs the identity
// documents of instances. There is one, which belongs to no account.
type IdentitySigner struct {
	Key         []byte `json:"key"`         // PKCS #8, sealed
	Certificate []byte `json:"certificate"` // DER
}

// Place implements Resource.
func (*IdentitySigner) Place() (k ResourceKind, account, name string) {
	return KindIdentitySigner, "", "ec2"
}
