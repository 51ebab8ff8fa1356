package authz_test

import "github.com/sallyport/sallyport/internal/cases"

// The cases are read and turned into Decide's terms by internal/cases, which plays
// them through the server too.
type (
	Case        = cases.Case
	Account     = cases.Account
	User        = cases.User
	Group       = cases.Group
	Role        = cases.Role
	Bucket      = cases.Bucket
	Object      = cases.Object
	Grant       = cases.Grant
	AccessPoint = cases.AccessPoint
	Key         = cases.Key
	KeyGrant    = cases.KeyGrant
	Org         = cases.Org
	Request     = cases.Request
	Values      = cases.Values
	Flag        = cases.Flag
	Result      = cases.Result
)

var (
	LoadCases = cases.Load
	Build     = cases.Build
	Play      = cases.Play
)
