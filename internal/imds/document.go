package imds

import (
	"context"
	"time"
)

// Document is everything that the metadata service of one instance can say. The
// server answers with it, in JSON, on GET /-/instances/INSTANCE-ID/metadata.
type Document struct {
	InstanceID       string    `json:"instanceId"`
	AccountID        string    `json:"accountId"`
	Region           string    `json:"region"`
	AvailabilityZone string    `json:"availabilityZone"`
	ImageID          string    `json:"imageId"`
	InstanceType     string    `json:"instanceType"`
	Architecture     string    `json:"architecture"` // x86_64, arm64
	PrivateIP        string    `json:"privateIp"`
	Hostname         string    `json:"hostname"` // private DNS name
	LaunchTime       time.Time `json:"launchTime"`
	ReservationID    string    `json:"reservationId"`
	AMILaunchIndex   int       `json:"amiLaunchIndex"`
	// State is pending, running, stopping, stopped, shutting-down or terminated.
	State string `json:"state"`
	// KeyName and PublicKey are empty for an instance that was launched without a
	// key pair. PublicKey is in OpenSSH's form.
	KeyName   string            `json:"keyName,omitempty"`
	PublicKey string            `json:"publicKey,omitempty"`
	Tags      map[string]string `json:"tags,omitempty"`
	// UserData is as given to RunInstances, decoded; nil for none.
	UserData []byte `json:"userData,omitempty"`

	MetadataOptions MetadataOptions `json:"metadataOptions"`

	// InstanceProfile is nil for an instance without one.
	InstanceProfile *InstanceProfile `json:"instanceProfile,omitempty"`
	// Credentials is nil for an instance without a profile, or with one that has no
	// role. Where EC2 may not assume the role, Code and Message say so and there are
	// no keys.
	Credentials *Credentials `json:"credentials,omitempty"`

	// IdentityDocument is the instance identity document, letter by letter as it was
	// signed; the others are its signatures in base64, as EC2 serves them: without
	// PEM's first and last line. Each may be empty.
	IdentityDocument  string `json:"identityDocument,omitempty"`
	IdentitySignature string `json:"identitySignature,omitempty"`
	IdentityPKCS7     string `json:"identityPkcs7,omitempty"`
	IdentityRSA2048   string `json:"identityRsa2048,omitempty"`
}

// MetadataOptions are the values of ec2:ModifyInstanceMetadataOptions. An empty
// one has EC2's default.
type MetadataOptions struct {
	HTTPEndpoint            string `json:"httpEndpoint,omitempty"`            // enabled, disabled
	HTTPTokens              string `json:"httpTokens,omitempty"`              // optional, required
	HTTPPutResponseHopLimit int    `json:"httpPutResponseHopLimit,omitempty"` // 1–64
	InstanceMetadataTags    string `json:"instanceMetadataTags,omitempty"`    // enabled, disabled
}

// InstanceProfile names the instance profile of an instance.
type InstanceProfile struct {
	ARN string `json:"arn"`
	ID  string `json:"id"` // AIPA…
}

// Credentials are a role session for the instance, or the reason why there is
// none.
type Credentials struct {
	RoleName        string    `json:"roleName"`                  // empty for a profile that is gone or has no role
	Code            string    `json:"code"`                      // Success, AssumeRoleUnauthorizedAccess, InstanceProfileNotFound
	Message         string    `json:"message,omitempty"`         // says why, where Code is not Success
	LastUpdated     time.Time `json:"lastUpdated"`               // when the session was made, or tried
	Type            string    `json:"type,omitempty"`            // AWS-HMAC
	AccessKeyID     string    `json:"accessKeyId,omitempty"`     // ASIA…
	SecretAccessKey string    `json:"secretAccessKey,omitempty"` //
	Token           string    `json:"token,omitempty"`           // session token
	Expiration      time.Time `json:"expiration,omitzero"`       //
	// RequestID is that of the decision on the role's trust policy, for `sallyport explain`.
	RequestID string `json:"requestId,omitempty"`
}

// Delivery is how a role's credentials reach the programs of an instance. The
// session has it as ec2:RoleDelivery, by which policies can tell credentials that
// were fetched without a token.
type Delivery string

// The two versions of the service.
const (
	V1 Delivery = "1.0"
	V2 Delivery = "2.0"
)

// Source fetches the facts of the instance, and credentials that are new or far
// from their end. An error that wraps [linklocal.ErrOver] says that the instance is
// gone, or not the caller's to use.
type Source interface {
	Document(ctx context.Context, d Delivery) (*Document, error)
}
