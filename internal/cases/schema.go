package cases

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Case is one case.
type Case struct {
	ID       string              `json:"id"`
	Why      string              `json:"why"`
	Accounts map[string]*Account `json:"accounts"`
	Request  Request             `json:"request"`
	Expect   string              `json:"expect"` // allow or deny
	Reason   string              `json:"reason"`
	Error    *Error              `json:"error"`
}

// Error is the answer on the wire, where it is certain.
type Error struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Account is one account of a case's world.
type Account struct {
	CanonicalID  string                  `json:"canonical_id"`
	BPA          []string                `json:"bpa"`
	Users        map[string]*User        `json:"users"`
	Groups       map[string]*Group       `json:"groups"`
	Roles        map[string]*Role        `json:"roles"`
	Buckets      map[string]*Bucket      `json:"buckets"`
	AccessPoints map[string]*AccessPoint `json:"access_points"`
	Keys         map[string]*Key         `json:"keys"`
	Org          *Org                    `json:"org"`
}

// User is an IAM user.
type User struct {
	Path     string            `json:"path"`
	Policies []json.RawMessage `json:"policies"`
	Groups   []string          `json:"groups"`
	Boundary json.RawMessage   `json:"boundary"`
	Tags     map[string]string `json:"tags"`
	ID       string            `json:"id"`
}

// Group is an IAM group.
type Group struct {
	Policies []json.RawMessage `json:"policies"`
}

// Role is a role.
type Role struct {
	Path          string            `json:"path"`
	Trust         json.RawMessage   `json:"trust"`
	Policies      []json.RawMessage `json:"policies"`
	Boundary      json.RawMessage   `json:"boundary"`
	Tags          map[string]string `json:"tags"`
	ID            string            `json:"id"`
	ServiceLinked bool              `json:"service_linked"`
}

// Bucket is a bucket.
type Bucket struct {
	Policy        json.RawMessage    `json:"policy"`
	Ownership     string             `json:"ownership"`
	ACL           []Grant            `json:"acl"`
	BPA           []string           `json:"bpa"`
	RequesterPays bool               `json:"requester_pays"`
	Objects       map[string]*Object `json:"objects"`
}

// Object is an object.
type Object struct {
	Owner string            `json:"owner"`
	ACL   []Grant           `json:"acl"`
	Tags  map[string]string `json:"tags"`
	KMS   string            `json:"kms"`
}

// Grant is an ACL's grant.
type Grant struct {
	Grantee    string `json:"grantee"`
	Permission string `json:"permission"`
}

// AccessPoint is an access point.
type AccessPoint struct {
	Bucket        string          `json:"bucket"`
	BucketAccount string          `json:"bucket_account"`
	Policy        json.RawMessage `json:"policy"`
	VPC           string          `json:"vpc"`
	BPA           []string        `json:"bpa"`
}

// Key is a KMS key.
type Key struct {
	Policy     json.RawMessage `json:"policy"`
	Grants     []KeyGrant      `json:"grants"`
	AWSManaged bool            `json:"aws_managed"`
}

// KeyGrant is a KMS grant.
type KeyGrant struct {
	Grantee     string   `json:"grantee"`
	GranteeID   string   `json:"grantee_id"`
	Operations  []string `json:"operations"`
	Constraints struct {
		Equals map[string]string `json:"EncryptionContextEquals"`
		Subset map[string]string `json:"EncryptionContextSubset"`
	} `json:"constraints"`
}

// Org is an account's place in an organization.
type Org struct {
	ID         string              `json:"id"`
	Path       string              `json:"path"`
	Management bool                `json:"management"`
	SCPs       [][]json.RawMessage `json:"scps"`
	RCPs       [][]json.RawMessage `json:"rcps"`
}

// Request is what is asked.
type Request struct {
	Principal           string            `json:"principal"`
	Action              string            `json:"action"`
	Resource            string            `json:"resource"`
	Also                [][2]string       `json:"also"`
	Context             map[string]Values `json:"context"`
	SessionPolicy       json.RawMessage   `json:"session_policy"`
	SessionTags         map[string]string `json:"session_tags"`
	Issuer              string            `json:"issuer"`
	SessionToken        bool              `json:"session_token"`
	Via                 string            `json:"via"`
	EndpointPolicy      json.RawMessage   `json:"vpc_endpoint_policy"`
	ExpectedBucketOwner string            `json:"expected_bucket_owner"`
	RequestPayer        Flag              `json:"request_payer"`
	ObjectExists        *bool             `json:"object_exists"`
	BodyPolicy          json.RawMessage   `json:"body_policy"`
}

// Flag is a bool, or a header's value that says yes.
type Flag bool

// UnmarshalJSON takes true, false and strings; any string but "" is yes.
func (f *Flag) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case bool:
		*f = Flag(v)
	case string:
		*f = v != ""
	}
	return nil
}

// Values is one value or a list.
type Values struct {
	List []string
	Many bool
}

// UnmarshalJSON takes a string, number, bool, or a list of them.
func (v *Values) UnmarshalJSON(b []byte) error {
	var list []any
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if len(b) > 0 && b[0] == '[' {
		v.Many = true
		if err := dec.Decode(&list); err != nil {
			return err
		}
	} else {
		var one any
		if err := dec.Decode(&one); err != nil {
			return err
		}
		list = []any{one}
	}
	for _, x := range list {
		v.List = append(v.List, fmt.Sprint(x))
	}
	return nil
}

// MarshalJSON writes a list as a list and one value as it is.
func (v Values) MarshalJSON() ([]byte, error) {
	if v.Many || len(v.List) != 1 {
		return json.Marshal(v.List)
	}
	return json.Marshal(v.List[0])
}
