package directory

import "time"

// KindLoginProfile is the kind of LoginProfile.
const KindLoginProfile ResourceKind = 11

// LoginProfile is the password of a user, or says that an account's root user may
// set one.
type LoginProfile struct {
	Account string    `json:"account"`
	Owner   string    `json:"owner"` // the user's unique id, or the account's id for its root user
	Created time.Time `json:"created"`
	// Changed is when the password was last set.
	Changed       time.Time `json:"changed,omitzero"`
	ResetRequired bool      `json:"resetRequired,omitempty"`
	// Password is empty for root users.
	Password PasswordHash `json:"password,omitzero"`
	// Former are the passwords before it, the latest first.
	Former []PasswordHash `json:"former,omitempty"`
}

// Place implements Resource.
func (p *LoginProfile) Place() (k ResourceKind, account, name string) {
	return KindLoginProfile, p.Account, p.Owner
}

// PasswordHash is what Argon2id makes of a password: nothing else of it is kept.
type PasswordHash struct {
	Salt    []byte `json:"salt"`
	Key     []byte `json:"key"`
	Passes  uint32 `json:"passes"`
	Memory  uint32 `json:"memory"` // KiB
	Threads uint8  `json:"threads"`
}

// PasswordPolicy is an account's own policy for the passwords of its users. The
// fields are those of IAM's structure of that name.
type PasswordPolicy struct {
	Account       string `json:"account"`
	MinimumLength int32  `json:"minimumLength"` // characters
	Symbols       bool   `json:"symbols,omitempty"`
	Numbers       bool   `json:"numbers,omitempty"`
	Uppercase     bool   `json:"uppercase,omitempty"`
	Lowercase     bool   `json:"lowercase,omitempty"`
	// AllowChange gives every user the right to change its own password.
	AllowChange bool  `json:"allowChange,omitempty"`
	MaxAge      int32 `json:"maxAge,omitempty"` // days, 0: passwords do not expire
	// ReusePrevention is how many of a user's last passwords may not be its next.
	ReusePrevention int32 `json:"reusePrevention,omitempty"`
	HardExpiry      *bool `json:"hardExpiry,omitempty"` // nil when it was not given
}

// Place implements Resource.
func (p *PasswordPolicy) Place() (k ResourceKind, account, name string) {
	return KindAccountSettings, p.Account, "password policy"
}

// TokenPreferences are an account's preferences for the tokens of STS.
type TokenPreferences struct {
	Account string `json:"account"`
	// GlobalEndpoint is the version of the tokens of the global endpoint: v1Token or
	// v2Token. Tokens of Sallyport are the same in all Regions, whatever it is.
	GlobalEndpoint string `json:"globalEndpoint"`
}

// Place implements Resource.
func (p *TokenPreferences) Place() (k ResourceKind, account, name string) {
	return KindAccountSettings, p.Account, "token preferences"
}
