package policy

import "strings"

// Action is the name of what is asked for ("s3:GetObject") in the two forms that a decision needs, so that the way of a
// request makes neither again. Make it once per operation, not per request.
type Action struct {
	name, lower string
}

// MakeAction is the action called name; its letter case is kept for messages and ignored in matching.
func MakeAction(name string) Action { return Action{name: name, lower: asciiLower(name)} }

// String is the name as given.
func (a Action) String() string { return a.name }

// Lower is the name in lower case.
func (a Action) Lower() string { return a.lower }

// Service is the lower-case prefix before the colon.
func (a Action) Service() string {
	service, _, _ := strings.Cut(a.lower, ":")
	return service
}
